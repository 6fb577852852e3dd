// A bank of damped modes: one complex rotator each, struck by the exciter.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "hobnail/synth/context.hpp"
#include "hobnail/synth/noise.hpp"
#include "hobnail/synth/quad.hpp"

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
        const bool struck = std::any_of(block.exciter.begin(), block.exciter.begin() + block.frames,
                                        [](float x) { return x != 0.0F; });
        std::array<Quad, kBlock> heard;
        bool any = false;
        for (std::size_t first = 0; first < count_; first += kLanes) {
            if (!struck && asleep(first)) continue;
            if (!any) heard.fill(quad_of(0.0F));
            any = true;
            if (struck) {
                turn<true>(first, block, heard);
            } else {
                turn<false>(first, block, heard);
            }
        }
        if (!any) return;
        for (std::size_t i = 0; i < block.frames; ++i) block.out[i] += sum_of(heard[i]);
    }

   private:
    static constexpr std::size_t kLanes = 8;
    static constexpr float kAsleep = 1.0e-6F;  // -120 dBFS: nobody hears it end
    static_assert(kMaxModes % kLanes == 0);

    // Eight modes side by side: two chains hide each other's latency. Their state and step stay in registers.
    template <bool Struck>
    void turn(std::size_t first, const BlockContext& block, std::array<Quad, kBlock>& heard) noexcept {
        Quad re[2], im[2], c[2], s[2], gain[2];
        for (std::size_t q = 0; q < 2; ++q) {
            re[q] = load_quad(&re_[first + 4 * q]);
            im[q] = load_quad(&im_[first + 4 * q]);
            c[q] = load_quad(&cos_[first + 4 * q]);
            s[q] = load_quad(&sin_[first + 4 * q]);
            gain[q] = load_quad(&gain_[first + 4 * q]);
        }
        for (std::size_t i = 0; i < block.frames; ++i) {
            Quad sum = heard[i];
            for (std::size_t q = 0; q < 2; ++q) {
                Quad turned = re[q] * c[q] - im[q] * s[q];
                if constexpr (Struck) turned += gain[q] * quad_of(block.exciter[i]);
                im[q] = re[q] * s[q] + im[q] * c[q];
                re[q] = turned;
                sum += im[q];
            }
            heard[i] = sum;
        }
        for (std::size_t q = 0; q < 2; ++q) {
            for (std::size_t k = 0; k < 4; ++k) {
                const bool still = std::fabs(re[q][k]) + std::fabs(im[q][k]) < kDenormal;
                re_[first + 4 * q + k] = still ? 0.0F : re[q][k];
                im_[first + 4 * q + k] = still ? 0.0F : im[q][k];
            }
        }
    }

    // True when eight modes have died away; what was left of them is dropped.
    [[nodiscard]] bool asleep(std::size_t first) noexcept {
        float loudest = 0.0F;
        for (std::size_t k = first; k < first + kLanes; ++k) {
            loudest = std::max(loudest, std::fabs(re_[k]) + std::fabs(im_[k]));
        }
        if (loudest >= kAsleep) return false;
        std::fill_n(re_.begin() + static_cast<std::ptrdiff_t>(first), kLanes, 0.0F);
        std::fill_n(im_.begin() + static_cast<std::ptrdiff_t>(first), kLanes, 0.0F);
        return true;
    }

    // Sines and exponentials only for rows that moved: a held voice mostly keeps its modes.
    void tune() noexcept {
        for (std::size_t k = 0; k < count_; ++k) {
            const ModeRow& row = now_[k];
            if (row.frequency_hz != tuned_[k].frequency_hz || row.decay_s != tuned_[k].decay_s) {
                const float r = decay_factor(row.decay_s, rate_hz_);
                const float w = kTwoPi * std::min(row.frequency_hz, 0.45F * rate_hz_) / rate_hz_;
                cos_[k] = r * std::cos(w);
                sin_[k] = r * std::sin(w);
                tuned_[k] = row;
            }
            gain_[k] = row.frequency_hz < 0.45F * rate_hz_ ? row.gain : 0.0F;
        }
    }

    float rate_hz_;
    std::size_t count_ = 0;
    std::array<ModeRow, kMaxModes> now_{};
    std::array<ModeRow, kMaxModes> target_{};
    std::array<ModeRow, kMaxModes> tuned_{};  // what cos_ and sin_ were made for
    alignas(32) std::array<float, kMaxModes> cos_{};
    alignas(32) std::array<float, kMaxModes> sin_{};
    alignas(32) std::array<float, kMaxModes> gain_{};
    alignas(32) std::array<float, kMaxModes> re_{};
    alignas(32) std::array<float, kMaxModes> im_{};
};

}  // namespace hobnail::synth
