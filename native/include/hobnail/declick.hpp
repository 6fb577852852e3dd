// Short ramps that keep a gap or an end from clicking.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "hobnail/report.hpp"
#include "hobnail/strip.hpp"

namespace hobnail {

inline constexpr std::size_t kDeclick = 64;  // frames, 1.3 ms

// What is heard after samples stop short: the last one, let down in a straight line.
class Tail {
   public:
    void stop() noexcept { left_ = 0; }
    void begin(float level) noexcept {
        level_ = level;
        left_ = level == 0.0F ? 0 : kDeclick;
    }
    [[nodiscard]] bool running() const noexcept { return left_ > 0; }

    // Adds itself to samples [from, to); returns the first index after its end, or `from` when it was not running.
    std::size_t add(float* samples, std::size_t from, std::size_t to) noexcept {
        for (; from < to && left_ > 0; ++from) {
            --left_;
            samples[from] += level_ * static_cast<float>(left_) / static_cast<float>(kDeclick);
        }
        return from;
    }

   private:
    float level_ = 0.0F;
    std::size_t left_ = 0;
};

// What samples get when they come back after a gap.
class Rise {
   public:
    void stop() noexcept { left_ = 0; }
    void begin() noexcept { left_ = kDeclick; }
    void apply(float* samples, std::size_t from, std::size_t to) noexcept {
        for (; from < to && left_ > 0; ++from) {
            samples[from] *= static_cast<float>(kDeclick - left_) / static_cast<float>(kDeclick);
            --left_;
        }
    }

   private:
    std::size_t left_ = 0;
};

// A fade that was asked for: smoothstep, so that it begins and ends without a corner. The shorter of two wins.
class Fade {
   public:
    void stop() noexcept { total_ = 0; }
    [[nodiscard]] bool running() const noexcept { return total_ > 0; }
    [[nodiscard]] EndReason reason() const noexcept { return reason_; }

    void begin(std::uint32_t frames, EndReason reason) noexcept {
        const std::uint32_t total = std::max<std::uint32_t>(frames, kDeclick);
        if (running() && total >= total_ - done_) {
            return;
        }
        level_ = running() ? level() : 1.0F;
        total_ = total;
        done_ = 0;
        reason_ = reason;
    }

    // Applies itself to samples [0, count); returns where silence begins, or `count` when it goes on.
    std::size_t apply(float* samples, std::size_t count) noexcept {
        std::size_t at = 0;
        for (; at < count && done_ < total_; ++at) {
            ++done_;
            samples[at] *= level();
        }
        std::fill(samples + at, samples + count, 0.0F);
        return done_ < total_ ? count : at;
    }

   private:
    [[nodiscard]] float level() const noexcept {
        const float t = static_cast<float>(done_) / static_cast<float>(total_);
        return level_ * (1.0F - t * t * (3.0F - 2.0F * t));
    }

    std::uint32_t total_ = 0;  // 0: not running
    std::uint32_t done_ = 0;
    float level_ = 1.0F;
    EndReason reason_ = EndReason::stopped;
};

}  // namespace hobnail
