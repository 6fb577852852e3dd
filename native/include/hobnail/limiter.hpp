// The safety limiter on the mix: nothing leaves beyond full scale, and what stays below -1 dBFS is not touched.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include "hobnail/strip.hpp"

namespace hobnail {

// No latency: it sees one block at a time and hands that block out. Within a block it looks ahead, so the gain falls
// in a straight line to the sample that needs it; a peak on the block's first sample gets it at once. It comes back
// with a time constant of 100 ms. Peaks between the threshold and far above are bent into the last decibel:
// level out = T + (1 - T) * (1 - exp(-(level - T) / (1 - T))) < 1, continuous in value and slope at T.
class Limiter {
   public:
    static constexpr float kThreshold = 0.891F;  // -1 dBFS
    static constexpr float kReleaseS = 0.1F;

    explicit Limiter(float rate_hz) noexcept : release_(1.0F - std::exp(-1.0F / (kReleaseS * rate_hz))) {}

    // In place: float [kBlock, 2], interleaved and finite.
    void process(float* stereo) noexcept {
        bool any = false;
        for (std::size_t i = 0; i < kBlock; ++i) {
            const float level = std::max(std::abs(stereo[2 * i]), std::abs(stereo[2 * i + 1]));
            any = any || level > kThreshold;
            allowed_[i] = level;
        }
        if (!any && gain_ == 1.0F) {
            return;  // bit-exact
        }
        for (float& level : allowed_) {
            level = allowed_gain(level);
        }
        plan();
        for (std::size_t i = 0; i < kBlock; ++i) {
            stereo[2 * i] = std::clamp(stereo[2 * i] * gains_[i], -1.0F, 1.0F);  // the clamp catches rounding only
            stereo[2 * i + 1] = std::clamp(stereo[2 * i + 1] * gains_[i], -1.0F, 1.0F);
        }
    }

   private:
    [[nodiscard]] static float allowed_gain(float level) noexcept {
        if (level <= kThreshold) {
            return 1.0F;
        }
        constexpr float kRoom = 1.0F - kThreshold;
        return (kThreshold + kRoom * (1.0F - std::exp((kThreshold - level) / kRoom))) / level;
    }

    // Gains that stay at or below what is allowed, falling as gently as this block lets them.
    void plan() noexcept {
        std::size_t at = 0;
        while (at < kBlock) {
            std::size_t pressing = kBlock;  // the sample whose demand needs the steepest fall from here
            float slope = 0.0F;
            for (std::size_t i = at; i < kBlock; ++i) {
                const float needed = (allowed_[i] - gain_) / static_cast<float>(i - at + 1);
                if (needed < slope) {
                    slope = needed;
                    pressing = i;
                }
            }
            if (pressing == kBlock) {
                recover(at);
                return;
            }
            const float from = gain_;
            for (std::size_t i = at; i <= pressing; ++i) {
                gain_ = std::min(from + slope * static_cast<float>(i - at + 1), allowed_[i]);
                gains_[i] = gain_;
            }
            at = pressing + 1;
        }
    }

    // Nothing ahead asks for less than the gain of now, but it may ask for less than what it would recover to.
    void recover(std::size_t at) noexcept {
        for (; at < kBlock; ++at) {
            gain_ += (1.0F - gain_) * release_;
            gain_ = gain_ > kAsGoodAsOne ? 1.0F : gain_;
            gain_ = std::min(gain_, allowed_[at]);
            gains_[at] = gain_;
        }
    }

    static constexpr float kAsGoodAsOne = 1.0F - 1.0e-3F;  // 0.009 dB; near 1 a float's steps grow too coarse to get there

    float release_;
    float gain_ = 1.0F;
    std::array<float, kBlock> allowed_{};
    std::array<float, kBlock> gains_{};
};

}  // namespace hobnail
