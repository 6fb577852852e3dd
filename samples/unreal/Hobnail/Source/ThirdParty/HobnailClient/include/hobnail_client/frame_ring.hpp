// Single-producer single-consumer ring of interleaved float frames; wait-free on both sides. Memory is taken once.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <vector>

namespace hobnail::client {

class FrameRing {
   public:
    FrameRing(std::size_t channels, std::size_t capacity_frames)
        : channels_(channels), capacity_(capacity_frames), samples_(channels * capacity_frames) {}

    [[nodiscard]] std::size_t channels() const noexcept { return channels_; }

    // [consumer] Frames ready. Acquires the producer's counter, which makes the samples behind it visible.
    [[nodiscard]] std::size_t readable() const noexcept {
        return static_cast<std::size_t>(head_.load(std::memory_order_acquire) - tail_.load(std::memory_order_relaxed));
    }

    // [producer] Appends what fits; `samples` may be null for silence. Returns the frames taken.
    std::size_t write(const float* samples, std::size_t frames) noexcept {
        const auto head = head_.load(std::memory_order_relaxed);
        const auto used = static_cast<std::size_t>(head - tail_.load(std::memory_order_acquire));
        const auto taken = std::min(frames, capacity_ - used);
        const auto at = static_cast<std::size_t>(head % capacity_);
        const auto first = std::min(taken, capacity_ - at);
        put(at, samples, first);
        put(0, samples == nullptr ? samples : samples + first * channels_, taken - first);
        head_.store(head + taken, std::memory_order_release);
        return taken;
    }

    // [consumer] Copies up to `frames` without taking them; returns how many.
    std::size_t peek(float* samples, std::size_t frames) const noexcept {
        const auto found = std::min(frames, readable());
        const auto at = static_cast<std::size_t>(tail_.load(std::memory_order_relaxed) % capacity_);
        const auto first = std::min(found, capacity_ - at);
        std::copy_n(samples_.data() + at * channels_, first * channels_, samples);
        std::copy_n(samples_.data(), (found - first) * channels_, samples + first * channels_);
        return found;
    }

    // [consumer] Takes `frames`, of which there must be so many.
    void drop(std::size_t frames) noexcept {
        tail_.store(tail_.load(std::memory_order_relaxed) + frames, std::memory_order_release);
    }

   private:
    void put(std::size_t at, const float* samples, std::size_t frames) noexcept {
        float* to = samples_.data() + at * channels_;
        samples == nullptr ? std::fill_n(to, frames * channels_, 0.0F) : std::copy_n(samples, frames * channels_, to);
    }

    static constexpr std::size_t kCacheLine = 64;
    std::size_t channels_, capacity_;
    std::vector<float> samples_;
    alignas(kCacheLine) std::atomic<std::uint64_t> head_{0};  // moved by the producer
    alignas(kCacheLine) std::atomic<std::uint64_t> tail_{0};  // moved by the consumer
};

}  // namespace hobnail::client
