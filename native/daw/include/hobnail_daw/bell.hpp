// Wakes a thread from the audio thread: no lock, no memory, and the system is called only when somebody sleeps.
#pragma once

#include <semaphore.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <ctime>

namespace hobnail::daw {

class Bell {
   public:
    Bell() { sem_init(&semaphore_, 0, 0); }
    Bell(const Bell&) = delete;
    Bell& operator=(const Bell&) = delete;
    ~Bell() { sem_destroy(&semaphore_); }

    // [any, audio] Whoever waits goes on, or does not begin to wait. Many rings before that are one.
    void ring() noexcept {
        if (!rung_.exchange(true, std::memory_order_acq_rel)) {
            sem_post(&semaphore_);
        }
    }

    // [one thread] Until it rings, or for `patience_ns`. What was said before a ring is visible afterwards.
    void wait(std::int64_t patience_ns) noexcept {
        timespec until{};
        clock_gettime(CLOCK_MONOTONIC, &until);
        const auto ns = until.tv_nsec + patience_ns;
        until.tv_sec += static_cast<time_t>(ns / kSecond);
        until.tv_nsec = static_cast<long>(ns % kSecond);
        int answer = 0;
        do {
            answer = sem_clockwait(&semaphore_, CLOCK_MONOTONIC, &until);
        } while (answer != 0 && errno == EINTR);
        if (answer == 0) {
            rung_.exchange(false, std::memory_order_acq_rel);  // before looking: a ring from now on is a new one
        }
    }

   private:
    static constexpr std::int64_t kSecond = 1'000'000'000;
    sem_t semaphore_;
    std::atomic<bool> rung_{false};
};

}  // namespace hobnail::daw
