// Single-producer single-consumer queue of small values; wait-free on both sides. Memory is taken once.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace hobnail::daw {

template <typename Value>
class SpscQueue {
   public:
    explicit SpscQueue(std::size_t capacity) : values_(capacity) {}

    // [producer]
    [[nodiscard]] bool full() const noexcept {
        return head_.load(std::memory_order_relaxed) - tail_.load(std::memory_order_acquire) == values_.size();
    }

    // [producer] False when it is full; the value is not taken then.
    bool push(const Value& value) noexcept {
        if (full()) {
            return false;
        }
        const auto head = head_.load(std::memory_order_relaxed);
        values_[static_cast<std::size_t>(head % values_.size())] = value;
        head_.store(head + 1, std::memory_order_release);
        return true;
    }

    // [consumer] The oldest value, which stays where it is; none when it is empty.
    [[nodiscard]] Value* front() noexcept {
        const auto tail = tail_.load(std::memory_order_relaxed);
        const bool empty = tail == head_.load(std::memory_order_acquire);
        return empty ? nullptr : &values_[static_cast<std::size_t>(tail % values_.size())];
    }

    // [consumer] Lets go of the front.
    void pop() noexcept { tail_.store(tail_.load(std::memory_order_relaxed) + 1, std::memory_order_release); }

   private:
    static constexpr std::size_t kCacheLine = 64;
    std::vector<Value> values_;
    alignas(kCacheLine) std::atomic<std::uint64_t> head_{0};
    alignas(kCacheLine) std::atomic<std::uint64_t> tail_{0};
};

}  // namespace hobnail::daw
