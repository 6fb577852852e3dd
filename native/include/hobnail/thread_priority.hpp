// Asks the operating system to run the calling thread before others. The one header with platform calls.
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

}  // namespace hobnail
