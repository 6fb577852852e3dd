// Work in pieces for the calling thread and one that helps it. Whoever is free takes the next piece, so a helper that is
// not woken in time leaves its share to the caller; one that loses its core within a piece is waited for.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <thread>

#if defined(__x86_64__) || defined(_M_X64)
#include <immintrin.h>
#endif

#include "hobnail/elsewhere.hpp"

namespace hobnail {

// One caller at a time. [any thread] calls `share`; the helper sleeps between calls.
class Team {
   public:
    explicit Team(bool helped) {
        if (!helped) return;
        helper_ = std::thread([this] { help(); });
        elsewhere_.lead(helper_);
    }

    ~Team() {
        if (!helper_.joinable()) return;
        over_.store(true, std::memory_order_relaxed);
        open(0);
        helper_.join();
    }

    Team(const Team&) = delete;
    Team& operator=(const Team&) = delete;

    // How many threads may be at work at once.
    [[nodiscard]] std::size_t size() const noexcept { return helper_.joinable() ? 2 : 1; }

    // Pieces that the helper took, so far.
    [[nodiscard]] std::uint64_t helped() const noexcept { return helped_.load(std::memory_order_relaxed); }

    // work(piece, thread) for every piece below `pieces`, in any order; `thread` is 0 or 1. Back when all are done.
    template <class Work>
    void share(std::size_t pieces, Work&& work) noexcept {
        if (!helper_.joinable() || pieces < 2) {
            for (std::size_t piece = 0; piece < pieces; ++piece) work(piece, std::size_t{0});
            return;
        }
        call_.store([](void* context, std::size_t piece, std::size_t thread) { (*static_cast<Work*>(context))(piece, thread); },
                    std::memory_order_relaxed);
        context_.store(&work, std::memory_order_relaxed);
        done_.store(0, std::memory_order_relaxed);
        elsewhere_.follow();
        const std::uint32_t turn = open(static_cast<std::uint32_t>(pieces));
        take(turn, 0);
        while (done_.load(std::memory_order_acquire) < pieces) pause();
    }

   private:
    using Call = void (*)(void*, std::size_t, std::size_t);
    static constexpr int kPatience = 2'000;  // looks for more before it sleeps: some tens of microseconds

    static void pause() noexcept {
#if defined(__x86_64__) || defined(_M_X64)
        _mm_pause();
#else
        std::this_thread::yield();
#endif
    }

    // A new turn: what was written before is seen by whoever takes a piece of it.
    std::uint32_t open(std::uint32_t pieces) noexcept {
        const std::uint32_t turn = turn_.load(std::memory_order_relaxed) + 1;
        pieces_.store(pieces, std::memory_order_relaxed);
        next_.store(std::uint64_t{turn} << 32, std::memory_order_release);
        {
            const std::lock_guard<std::mutex> lock(mutex_);
            turn_.store(turn, std::memory_order_release);
        }
        wake_.notify_one();
        return turn;
    }

    // Pieces of this turn, until there are none. A piece can only be taken while its turn lasts, so what belongs to it
    // is still there.
    void take(std::uint32_t turn, std::size_t thread) noexcept {
        std::uint64_t next = next_.load(std::memory_order_acquire);
        while (next >> 32 == turn) {
            const auto call = call_.load(std::memory_order_relaxed);
            void* const context = context_.load(std::memory_order_relaxed);
            const std::uint64_t piece = next & 0xffff'ffffU;
            if (piece >= pieces_.load(std::memory_order_relaxed)) return;
            if (!next_.compare_exchange_weak(next, next + 1, std::memory_order_acq_rel)) continue;
            call(context, piece, thread);
            if (thread != 0) helped_.fetch_add(1, std::memory_order_relaxed);
            done_.fetch_add(1, std::memory_order_release);
            next = next_.load(std::memory_order_acquire);
        }
    }

    void help() noexcept {
        std::uint32_t seen = 0;
        for (;;) {
            std::uint32_t turn = turn_.load(std::memory_order_acquire);
            for (int look = 0; turn == seen && look < kPatience; ++look) {
                pause();
                turn = turn_.load(std::memory_order_acquire);
            }
            if (turn == seen) {
                std::unique_lock<std::mutex> lock(mutex_);
                wake_.wait(lock, [&] { return turn_.load(std::memory_order_acquire) != seen; });
                continue;
            }
            if (over_.load(std::memory_order_relaxed)) return;
            take(turn, 1);
            seen = turn;
        }
    }

    std::atomic<Call> call_{nullptr};
    std::atomic<void*> context_{nullptr};
    std::atomic<std::uint32_t> pieces_{0};
    std::atomic<std::uint64_t> next_{0};  // turn, then the next piece of it
    std::atomic<std::uint32_t> turn_{0};
    std::atomic<std::size_t> done_{0};
    std::atomic<bool> over_{false};
    std::atomic<std::uint64_t> helped_{0};
    // Not turn_.wait(): who waits and who wakes are compiled into different extension modules, and the sleepers that
    // libstdc++ keeps for it are each module's own, so that nobody would be woken.
    std::mutex mutex_;
    std::condition_variable wake_;
    Elsewhere elsewhere_;
    std::thread helper_;
};

}  // namespace hobnail
