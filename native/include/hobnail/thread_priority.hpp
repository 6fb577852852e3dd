// Asks the operating system to run the calling thread before others, or sooner. The one header with platform calls.
#pragma once

#include <cstdint>

#if defined(_WIN32)
#ifndef NOMINMAX
#define NOMINMAX
#endif
#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#include <windows.h>
#elif defined(__APPLE__)
#include <pthread.h>
#include <pthread/qos.h>
#elif defined(__unix__)
#include <pthread.h>
#include <sched.h>
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif
#endif

namespace hobnail {

enum class Priority : std::uint8_t { normal, raised, realtime };

// For a thread that works for microseconds and sleeps for milliseconds: anything longer could starve the machine.
// On Linux it takes the right to do so (RLIMIT_RTPRIO, or root); refused, the thread runs as before.
inline Priority ask_for_priority() noexcept {
#if defined(_WIN32)
    return SetThreadPriority(GetCurrentThread(), THREAD_PRIORITY_TIME_CRITICAL) != 0 ? Priority::realtime
                                                                                    : Priority::normal;
#elif defined(__APPLE__)
    return pthread_set_qos_class_self_np(QOS_CLASS_USER_INTERACTIVE, 0) == 0 ? Priority::raised : Priority::normal;
#elif defined(__unix__)
    sched_param lowest{};
    lowest.sched_priority = sched_get_priority_min(SCHED_RR);
    return pthread_setschedparam(pthread_self(), SCHED_RR, &lowest) == 0 ? Priority::realtime : Priority::normal;
#else
    return Priority::normal;
#endif
}

// For a thread that is woken by a message, works for a fraction of a millisecond and sleeps again. Its share of the
// processor stays what it was; it takes it in turns of 0.1 ms, and whoever takes short turns need not wait for the end
// of another's long one. Linux grants it to everyone, from 6.12 on; threads and processes started later inherit it.
// False: no such system, or the thread has a real-time policy already.
inline bool ask_for_short_turns() noexcept {
#if defined(__linux__)
    struct {  // sched_attr as the kernel first had it; the C library names it only since 2.41
        std::uint32_t size;
        std::uint32_t policy;
        std::uint64_t flags;
        std::int32_t nice;
        std::uint32_t priority;
        std::uint64_t runtime_ns, deadline_ns, period_ns;
    } attributes{};
    constexpr unsigned kSize = sizeof(attributes);
    static_assert(kSize == 48);
    if (syscall(SYS_sched_getattr, 0, &attributes, kSize, 0U) != 0 || attributes.policy != SCHED_OTHER) {
        return false;
    }
    attributes.size = kSize;
    attributes.runtime_ns = 100'000;
    return syscall(SYS_sched_setattr, 0, &attributes, 0U) == 0 &&
           syscall(SYS_sched_getattr, 0, &attributes, kSize, 0U) == 0 && attributes.runtime_ns == 100'000;
#else
    return false;
#endif
}

}  // namespace hobnail
