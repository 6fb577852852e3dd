// The two counters of a single-producer single-consumer ring, each on a cache line of its own.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace hobnail {

inline constexpr std::size_t kCacheLine = 64;
static_assert(std::atomic<std::uint64_t>::is_always_lock_free, "rings in shared memory need lock-free 64-bit atomics");

// Both only grow; a position in the ring is a counter modulo the capacity. Each side has its own question, and
// each question acquires the OTHER side's counter: that is what makes the data behind it visible.
struct SpscCursors {
    alignas(kCacheLine) std::atomic<std::uint64_t> head{0};  // moved by the producer
    alignas(kCacheLine) std::atomic<std::uint64_t> tail{0};  // moved by the consumer

    // [consumer] Items ready. Clamped, so that counters damaged by another process cannot lead outside the ring.
    [[nodiscard]] std::uint64_t readable(std::uint64_t capacity) const noexcept {
        const auto used = head.load(std::memory_order_acquire) - tail.load(std::memory_order_relaxed);
        return std::min(used, capacity);
    }

    // [producer] Items of room.
    [[nodiscard]] std::uint64_t writable(std::uint64_t capacity) const noexcept {
        const auto used = head.load(std::memory_order_relaxed) - tail.load(std::memory_order_acquire);
        return capacity - std::min(used, capacity);
    }

    void produced(std::uint64_t count) noexcept {
        head.store(head.load(std::memory_order_relaxed) + count, std::memory_order_release);
    }

    void consumed(std::uint64_t count) noexcept {
        tail.store(tail.load(std::memory_order_relaxed) + count, std::memory_order_release);
    }
};

// One more for a counter that a single thread writes and any thread reads: cheaper than an atomic addition.
inline void bump(std::atomic<std::uint64_t>& counter, std::uint64_t by = 1) noexcept {
    counter.store(counter.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
}

}  // namespace hobnail
