// Keeps a thread off the core of the one that it works for.
#pragma once

#include <thread>

#if defined(__linux__)
#include <pthread.h>
#include <sched.h>
#endif

namespace hobnail {

// Some kernels wake a thread on the core of whoever wakes it, although another is idle; then it can begin only when
// that one sleeps, a millisecond or more later, and two threads take as long as one. Linux only; elsewhere, and where
// there is one core, nothing happens.
class Elsewhere {
   public:
    // [control] Which thread. What it may run on is what it may run on now.
    void lead([[maybe_unused]] std::thread& thread) noexcept {
#if defined(__linux__)
        thread_ = thread.native_handle();
        active_ = pthread_getaffinity_np(thread_, sizeof(allowed_), &allowed_) == 0 && CPU_COUNT(&allowed_) > 1;
#endif
    }

    // [its caller] Before it is woken: any core but this one. A system call, where the caller is on another than the
    // last time.
    void follow() noexcept {
#if defined(__linux__)
        if (!active_) return;
        const int here = sched_getcpu();
        if (here == avoided_) return;
        avoided_ = here;
        if (here < 0 || here >= CPU_SETSIZE) return;
        cpu_set_t rest = allowed_;
        CPU_CLR(here, &rest);
        pthread_setaffinity_np(thread_, sizeof(rest), &rest);  // refused: it runs where it may
#endif
    }

   private:
#if defined(__linux__)
    pthread_t thread_{};
    cpu_set_t allowed_{};
    int avoided_ = -1;
    bool active_ = false;
#endif
};

}  // namespace hobnail
