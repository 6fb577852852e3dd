// Sleeping for a fraction of a millisecond and more, on systems that differ in how well they do it.
#pragma once

#include <chrono>
#include <cstdint>
#include <thread>

#if defined(_WIN32)
#ifndef NOMINMAX
#define NOMINMAX
#endif
#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#include <windows.h>
#endif

#include "hobnail/monotonic.hpp"

namespace hobnail {

// [mixer] Until a moment on the clock of monotonic_ns, or somewhat later; never much earlier.
#if defined(_WIN32)
class Sleeper {
   public:
    // Ordinary sleeps there last up to 15.6 ms longer; a high-resolution timer (Windows 10, 1803) does not.
    Sleeper() noexcept : timer_(CreateWaitableTimerExW(nullptr, nullptr, 0x2 /* high resolution */, TIMER_ALL_ACCESS)) {}
    ~Sleeper() {
        if (timer_ != nullptr) {
            CloseHandle(timer_);
        }
    }
    Sleeper(const Sleeper&) = delete;
    Sleeper& operator=(const Sleeper&) = delete;

    void until(std::int64_t ns) const noexcept {
        const std::int64_t left = ns - monotonic_ns();
        if (left <= 0) {
            return;
        }
        LARGE_INTEGER due;
        due.QuadPart = -(left + 99) / 100;  // relative, in units of 100 ns
        if (timer_ != nullptr && SetWaitableTimer(timer_, &due, 0, nullptr, nullptr, FALSE) != 0) {
            WaitForSingleObject(timer_, INFINITE);
        } else {
            std::this_thread::sleep_for(std::chrono::nanoseconds(left));
        }
    }

   private:
    HANDLE timer_;
};
#else
class Sleeper {
   public:
    void until(std::int64_t ns) const noexcept {
        std::this_thread::sleep_until(std::chrono::steady_clock::time_point(std::chrono::nanoseconds(ns)));
    }
};
#endif

}  // namespace hobnail
