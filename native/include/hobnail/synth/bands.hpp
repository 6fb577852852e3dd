// Noise bands: white noise through a band-pass, under an attack-decay envelope or held.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "hobnail/synth/context.hpp"
#include "hobnail/synth/noise.hpp"

namespace hobnail::synth {

// The state-variable filter in trapezoidal form, which stays calm while its cutoff moves: Zavalishin, "The art of VA
// filter design", 2012, ch. 4; Simper, "Linear trapezoidal integrated SVF", 2013. Output: band-pass, peak gain 1.
class BandPass {
   public:
    void tune(float centre_hz, float bandwidth_hz, float rate_hz) noexcept {
        const float centre = std::clamp(centre_hz, 10.0F, 0.45F * rate_hz);
        const float g = std::tan(std::numbers::pi_v<float> * centre / rate_hz);
        damping_ = std::clamp(bandwidth_hz / centre, 0.005F, 8.0F);
        a1_ = 1.0F / (1.0F + g * (g + damping_));
        a2_ = g * a1_;
        a3_ = g * a2_;
    }

    [[nodiscard]] float operator()(float x) noexcept {
        const float v3 = x - low_;
        const float v1 = a1_ * band_ + a2_ * v3;
        const float v2 = low_ + a2_ * band_ + a3_ * v3;
        band_ = 2.0F * v1 - band_;
        low_ = 2.0F * v2 - low_;
        return damping_ * v1;
    }

    void flush() noexcept {
        if (std::fabs(band_) + std::fabs(low_) < kDenormal) band_ = low_ = 0.0F;
    }

   private:
    float a1_ = 0.0F, a2_ = 0.0F, a3_ = 0.0F, damping_ = 1.0F;
    float band_ = 0.0F, low_ = 0.0F;
};

class NoiseBands {
   public:
    NoiseBands(std::uint64_t seed, float rate_hz) noexcept : rate_hz_(rate_hz) {
        for (std::size_t k = 0; k < kMaxBands; ++k) noise_[k] = Noise(seed, kStreamBands + k);
    }

    void aim(const Rows<BandRow, kMaxBands>& rows, bool snap, std::uint64_t now) noexcept {
        for (std::size_t k = 0; k < kMaxBands; ++k) {
            Band& band = band_[k];
            if (k >= rows.count) {
                band.target.gain = band.target.to_modes = 0.0F;
                continue;
            }
            band.target = rows.row[k];
            if (snap || k >= count_) begin(band, snap, now);
        }
        count_ = std::max(count_, rows.count);
    }

    void render(BlockContext& block) noexcept {
        for (std::size_t k = 0; k < count_; ++k) render_one(band_[k], noise_[k], block);
    }

    // True when no band will be heard any more, or again.
    [[nodiscard]] bool spent(std::uint64_t now) const noexcept {
        for (std::size_t k = 0; k < count_; ++k) {
            const Band& band = band_[k];
            const float level = std::max(std::fabs(band.target.gain), std::fabs(band.target.to_modes));
            if (now < band.starts || level * band.decay > kSilence) return false;
        }
        return true;
    }

   private:
    struct Band {
        BandRow now{}, target{};
        std::array<BandPass, 2> filter{};
        std::uint64_t starts = 0;
        float rise = 1.0F, decay = 1.0F;  // the envelope is their product
    };

    void begin(Band& band, bool snap, std::uint64_t now) const noexcept {
        band.now = band.target;
        if (!snap) band.now.gain = band.now.to_modes = 0.0F;
        band.starts = now + to_samples(band.target.delay_s, rate_hz_);
        band.rise = 0.0F;
        band.decay = 1.0F;
    }

    // Makes `gain` the RMS of the band: the noise bandwidth of one stage is pi/2 of its -3 dB bandwidth, of two
    // equal stages pi/4; white noise in [-1, 1) has variance 1/3 spread over half the rate.
    [[nodiscard]] float unit_rms(const BandRow& row) const noexcept {
        const float width = row.bandwidth_hz * (row.stages >= 2.0F ? 0.7854F : 1.5708F);
        return std::sqrt(3.0F / std::min(0.8F, width / (0.5F * rate_hz_)));
    }

    void render_one(Band& band, const Noise& noise, BlockContext& block) const noexcept {
        BandRow& row = band.now;
        const float gain_before = row.gain;
        const float modes_before = row.to_modes;
        glide_to(row.centre_hz, band.target.centre_hz, block.glide);
        glide_to(row.bandwidth_hz, band.target.bandwidth_hz, block.glide);
        glide_to(row.gain, band.target.gain, block.glide);
        glide_to(row.to_modes, band.target.to_modes, block.glide);
        glide_to(row.depth, band.target.depth, block.glide);
        row.modulator = band.target.modulator;
        row.decay_s = band.target.decay_s;
        const std::size_t first = band.starts > block.start ? band.starts - block.start : 0;
        const float loudest = std::max({std::fabs(gain_before), std::fabs(row.gain), std::fabs(modes_before),
                                        std::fabs(row.to_modes)});
        if (first >= block.frames || loudest * band.decay < 0.01F * kSilence) return;

        for (auto& filter : band.filter) filter.tune(row.centre_hz, row.bandwidth_hz, rate_hz_);
        const bool two = row.stages >= 2.0F;
        const float scale = unit_rms(row);
        const float fall = row.decay_s > 0.0F ? decay_factor(row.decay_s, rate_hz_) : 1.0F;
        const float rise = row.attack_s > 0.0F ? 1.0F / (row.attack_s * rate_hz_) : 1.0F;
        const float part = 1.0F / static_cast<float>(block.frames);
        for (std::size_t i = first; i < block.frames; ++i) {
            band.rise = std::min(1.0F, band.rise + rise);
            float y = band.filter[0](noise.bipolar(block.start + i));
            if (two) y = band.filter[1](y);
            y *= scale * band.rise * band.decay * block.modulation(row.modulator, row.depth, i);
            const float t = static_cast<float>(i + 1) * part;
            block.out[i] += y * (gain_before + (row.gain - gain_before) * t);
            block.exciter[i] += y * (modes_before + (row.to_modes - modes_before) * t);
            band.decay *= fall;
        }
        for (auto& filter : band.filter) filter.flush();
    }

    float rate_hz_;
    std::size_t count_ = 0;
    std::array<Band, kMaxBands> band_{};
    std::array<Noise, kMaxBands> noise_{};
};

}  // namespace hobnail::synth
