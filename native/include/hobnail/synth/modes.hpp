// A bank of damped modes: one complex rotator each, struck by the exciter.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "hobnail/synth/context.hpp"
#include "hobnail/synth/noise.hpp"

namespace hobnail::synth {

// z' = r e^{jw} z + gain * x, heard is Im z: an impulse gives gain * r^n sin(wn). The rotator keeps its energy when
// its frequency glides, which a direct-form resonator does not (Mathews and Smith, "Methods for synthesizing very
// high Q parametrically well behaved two pole filters", SMAC 2003).
class ModeBank {
   public:
    explicit ModeBank(float rate_hz) noexcept : rate_hz_(rate_hz) {}

    // `snap`: the voice's first patch, nothing to glide from.
    void aim(const Rows<ModeRow, kMaxModes>& rows, bool snap) noexcept {
        for (std::size_t k = 0; k < kMaxModes; ++k) {
            if (k < rows.count) {
                target_[k] = rows.row[k];
                if (snap || k >= count_) now_[k] = {target_[k].frequency_hz, target_[k].decay_s, 0.0F};
                if (snap) now_[k].gain = target_[k].gain;
            } else {
                target_[k].gain = 0.0F;  // a row that went away is struck no more and rings out
            }
        }
        count_ = std::max(count_, rows.count);
        tune();
    }

    void advance(const BlockContext& block) noexcept {
        for (std::size_t k = 0; k < count_; ++k) {
            glide_to(now_[k].frequency_hz, target_[k].frequency_hz, block.glide);
            glide_to(now_[k].decay_s, target_[k].decay_s, block.glide);
            glide_to(now_[k].gain, target_[k].gain, block.glide);
        }
        tune();
    }

    // A short strike at one place: high modes take less of a soft one, and each place wakes the modes differently.
    void kick(float amplitude, float cutoff_hz, float variation, const Noise& place, std::uint64_t index) noexcept {
        for (std::size_t k = 0; k < count_; ++k) {
            const float ratio = now_[k].frequency_hz / cutoff_hz;
            const float weight = 1.0F - variation * place.unit(index * kMaxModes + k);
            re_[k] += amplitude * gain_[k] * weight / (1.0F + ratio * ratio);
        }
    }

    void render(BlockContext& block) noexcept {
        std::array<std::array<float, kLanes>, kBlock> lanes{};
        for (std::size_t first = 0; first < count_; first += kLanes) {
            std::array<float, kLanes> re{};
            std::array<float, kLanes> im{};
            for (std::size_t k = 0; k < kLanes; ++k) {
                re[k] = re_[first + k];
                im[k] = im_[first + k];
            }
            for (std::size_t i = 0; i < block.frames; ++i) {
                const float x = block.exciter[i];
                for (std::size_t k = 0; k < kLanes; ++k) {
                    const float c = cos_[first + k];
                    const float s = sin_[first + k];
                    const float turned = re[k] * c - im[k] * s + gain_[first + k] * x;
                    im[k] = re[k] * s + im[k] * c;
                    re[k] = turned;
                    lanes[i][k] += im[k];
                }
            }
            for (std::size_t k = 0; k < kLanes; ++k) {
                const bool still = std::fabs(re[k]) + std::fabs(im[k]) < kDenormal;
                re_[first + k] = still ? 0.0F : re[k];
                im_[first + k] = still ? 0.0F : im[k];
            }
        }
        if (count_ == 0) return;
        for (std::size_t i = 0; i < block.frames; ++i) {
            // A fixed order of addition: the compiler may not choose another one without fast-math.
            const auto& v = lanes[i];
            float sum = 0.0F;
            for (std::size_t k = 0; k < kLanes; ++k) sum += v[k];
            block.out[i] += sum;
        }
    }

   private:
    static constexpr std::size_t kLanes = 16;
    static_assert(kMaxModes % kLanes == 0);

    void tune() noexcept {
        for (std::size_t k = 0; k < count_; ++k) {
            const float frequency = now_[k].frequency_hz;
            const bool audible = frequency < 0.45F * rate_hz_;
            const float r = decay_factor(now_[k].decay_s, rate_hz_);
            const float w = kTwoPi * std::min(frequency, 0.45F * rate_hz_) / rate_hz_;
            cos_[k] = r * std::cos(w);
            sin_[k] = r * std::sin(w);
            gain_[k] = audible ? now_[k].gain : 0.0F;
        }
    }

    float rate_hz_;
    std::size_t count_ = 0;
    std::array<ModeRow, kMaxModes> now_{};
    std::array<ModeRow, kMaxModes> target_{};
    alignas(32) std::array<float, kMaxModes> cos_{};
    alignas(32) std::array<float, kMaxModes> sin_{};
    alignas(32) std::array<float, kMaxModes> gain_{};
    alignas(32) std::array<float, kMaxModes> re_{};
    alignas(32) std::array<float, kMaxModes> im_{};
};

}  // namespace hobnail::synth
