// Noise bands: white noise through a band-pass, under an attack-decay envelope or held.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "hobnail/synth/band_mix.hpp"
#include "hobnail/synth/band_pass.hpp"
#include "hobnail/synth/context.hpp"
#include "hobnail/synth/noise.hpp"

namespace hobnail::synth {

class NoiseBands {
   public:
    NoiseBands(std::uint64_t seed, float rate_hz) noexcept : rate_hz_(rate_hz) {
        for (std::size_t g = 0; g < kGroups; ++g) group_[g].noise = Noise(seed, kStreamBands + g);
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
        for (std::size_t g = 0; g * kBandLanes < count_; ++g) render_group(group_[g], g * kBandLanes, block);
    }

    // True when no band will be heard any more, or again.
    [[nodiscard]] bool spent(std::uint64_t now) const noexcept {
        for (std::size_t k = 0; k < count_; ++k) {
            const Band& band = band_[k];
            const float level = std::max(std::fabs(band.target.gain), std::fabs(band.target.to_modes));
            if (level > 0.0F && (now < band.starts || level * band.decay > kSilence)) return false;
        }
        return true;
    }

   private:
    struct Band {
        BandRow now{}, target{};
        std::uint64_t starts = 0;
        float rise = 0.0F, decay = 1.0F;  // the envelope is their product
        float tuned_hz = 0.0F, tuned_width_hz = 0.0F, tuned_stages = 0.0F, scale = 0.0F;  // what its filters are at
    };

    struct Group {
        Noise noise{};
        std::array<BandPassLanes, 2> filter{};
    };

    static constexpr std::size_t kGroups = kMaxBands / kBandLanes;
    static_assert(kMaxBands % kBandLanes == 0);

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

    // Tangents and roots only when the band moved.
    void tune(Band& band, std::size_t k, Group& group) const noexcept {
        const BandRow& row = band.now;
        if (row.centre_hz == band.tuned_hz && row.bandwidth_hz == band.tuned_width_hz &&
            row.stages == band.tuned_stages) {
            return;
        }
        for (auto& filter : group.filter) filter.tune(k, row.centre_hz, row.bandwidth_hz, rate_hz_);
        band.tuned_hz = row.centre_hz;
        band.tuned_width_hz = row.bandwidth_hz;
        band.tuned_stages = row.stages;
        band.scale = unit_rms(row);
    }

    // Moves one band to this block and lays it into lane k; false when it is not heard in it.
    bool lay(Band& band, std::size_t k, BandMix& lanes, Group& group, const BlockContext& block) const noexcept {
        BandRow& row = band.now;
        const float gain = row.gain;
        const float modes = row.to_modes;
        glide_to(row.centre_hz, band.target.centre_hz, block.glide);
        glide_to(row.bandwidth_hz, band.target.bandwidth_hz, block.glide);
        glide_to(row.gain, band.target.gain, block.glide);
        glide_to(row.to_modes, band.target.to_modes, block.glide);
        glide_to(row.depth, band.target.depth, block.glide);
        row.modulator = band.target.modulator;
        row.decay_s = band.target.decay_s;
        const float loudest =
            std::max({std::fabs(gain), std::fabs(row.gain), std::fabs(modes), std::fabs(row.to_modes)});
        const bool later = band.starts >= block.start + block.frames;
        lanes.first[k] = later ? kBlock : band.starts > block.start ? std::size_t(band.starts - block.start) : 0;
        if (later || loudest * band.decay < 0.01F * kSilence) return false;

        tune(band, k, group);
        const float part = 1.0F / static_cast<float>(block.frames);
        const auto follows = static_cast<std::size_t>(row.modulator);
        lanes.rise[k] = band.rise;
        lanes.rise_step[k] = row.attack_s > 0.0F ? 1.0F / (row.attack_s * rate_hz_) : 1.0F;
        lanes.decay[k] = band.decay;
        lanes.fall[k] = row.decay_s > 0.0F ? decay_factor(row.decay_s, rate_hz_) : 1.0F;
        lanes.scale[k] = band.scale;
        lanes.gain[k] = gain;
        lanes.gain_step[k] = (row.gain - gain) * part;
        lanes.modes[k] = modes;
        lanes.modes_step[k] = (row.to_modes - modes) * part;
        lanes.two[k] = row.stages >= 2.0F ? 1.0F : 0.0F;
        lanes.any_two = lanes.any_two || row.stages >= 2.0F;
        lanes.mod[k] = block.modulator[follows == 0 ? 0 : follows - 1].data();
        lanes.mod_depth[k] = follows == 0 ? 0.0F : row.depth;
        lanes.mod_base[k] = 1.0F - lanes.mod_depth[k];
        return true;
    }

    void render_group(Group& group, std::size_t first, BlockContext& block) noexcept {
        BandMix lanes;
        lanes.mod.fill(block.modulator[0].data());
        bool heard = false;
        for (std::size_t k = 0; k < kBandLanes; ++k) {
            if (first + k < count_ && lay(band_[first + k], k, lanes, group, block)) heard = true;
        }
        if (!heard) return;
        // Pass by pass, each small enough for the registers.
        std::array<Quad, kBlock> x;
        for (std::size_t i = 0; i < block.frames; ++i) {
            // One hash feeds four bands with 16 bits each: their noise floor is 96 dB below them.
            const std::uint64_t bits = group.noise.bits(block.start + i);
            x[i] = Quad{Noise::quarter(bits, 0), Noise::quarter(bits, 1), Noise::quarter(bits, 2), Noise::quarter(bits, 3)};
        }
        group.filter[0].run(x, block.frames);
        if (lanes.any_two) {
            std::array<Quad, kBlock> y = x;
            group.filter[1].run(y, block.frames);
            const Quad two = load_quad(lanes.two.data());
            for (std::size_t i = 0; i < block.frames; ++i) x[i] += two * (y[i] - x[i]);
        }
        lanes.mix(x, block);
        for (auto& filter : group.filter) filter.flush();
        for (std::size_t k = 0; k < kBandLanes && first + k < count_; ++k) {
            if (lanes.rise_step[k] == 0.0F) continue;
            band_[first + k].rise = lanes.rise[k];
            band_[first + k].decay = lanes.decay[k];
        }
    }

    float rate_hz_;
    std::size_t count_ = 0;
    std::array<Band, kMaxBands> band_{};
    std::array<Group, kGroups> group_{};
};

}  // namespace hobnail::synth
