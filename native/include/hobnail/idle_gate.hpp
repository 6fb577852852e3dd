// Lets the mixer sleep long while nothing sounds, and wakes it at once when there is work.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>

#include "hobnail/monotonic.hpp"

namespace hobnail {

// The mixer declares itself idle and then looks whether work was announced since it last looked; the other side
// announces work and then looks whether the mixer is idle. Both in sequentially consistent order, so one of the two
// always notices. The lock is taken only around an idle sleep, never while voices sound.
class IdleGate {
   public:
    [[nodiscard]] std::uint64_t works() const noexcept { return works_.load(); }  // [mixer] ask before looking for work

    // [engine] After work was made visible.
    void announce() {
        works_.fetch_add(1);
        if (idle_.load()) {
            const std::lock_guard lock(mutex_);
            woken_ = true;
            wake_.notify_one();
        }
    }

    // [mixer] Sleeps until `ns`, or until work is announced that `works` did not count yet.
    void sleep_until(std::int64_t ns, std::uint64_t works) {
        std::unique_lock lock(mutex_);
        woken_ = false;
        idle_.store(true);
        if (works_.load() == works) {
            const std::chrono::steady_clock::time_point deadline{std::chrono::nanoseconds(ns)};
            wake_.wait_until(lock, deadline, [this] { return woken_; });
        }
        idle_.store(false);
    }

   private:
    std::atomic<std::uint64_t> works_{0};
    std::atomic<bool> idle_{false};
    std::mutex mutex_;
    std::condition_variable wake_;
    bool woken_ = false;
};

}  // namespace hobnail
