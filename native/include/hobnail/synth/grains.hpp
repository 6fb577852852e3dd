// Poisson trains of short sounds: crunching stones, drops, bubbles, micro-impacts.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "hobnail/synth/context.hpp"
#include "hobnail/synth/modes.hpp"
#include "hobnail/synth/noise.hpp"

namespace hobnail::synth {

// One sounding grain: a decaying rotator, kicked once (tone) or fed with noise (burst).
class Grain {
   public:
    float re = 0.0F, im = 0.0F;        // rotator state
    float c = 0.0F, s = 0.0F;          // its step
    float turn_c = 1.0F, turn_s = 0.0F;  // how that step itself turns each sample: the chirp
    float level = 0.0F, fall = 0.0F;   // output envelope
    float rise = 0.0F, rise_step = 1.0F;
    float feed = 0.0F;                 // noise into the rotator; 0 for tones
    std::uint64_t starts = 0;
    Noise noise{};

    // Adds its sound to the block; false when it has died away.
    [[nodiscard]] bool render(BlockContext& block) noexcept {
        const std::size_t first = starts > block.start ? static_cast<std::size_t>(starts - block.start) : 0;
        if (feed != 0.0F) {
            burst(block, first);
        } else {
            tone(block, first);
        }
        return std::fabs(level) > 0.3F * kSilence;
    }

   private:
    void burst(BlockContext& block, std::size_t first) noexcept {
        for (std::size_t i = first; i < block.frames; ++i) {
            const float turned = re * c - im * s + feed * noise.bipolar(block.start + i);
            im = re * s + im * c;
            re = turned;
            rise = std::min(1.0F, rise + rise_step);
            block.out[i] += im * level * rise;
            level *= fall;
        }
    }

    void tone(BlockContext& block, std::size_t first) noexcept {
        for (std::size_t i = first; i < block.frames; ++i) {
            const float turned = re * c - im * s;
            im = re * s + im * c;
            re = turned;
            const float next_c = c * turn_c - s * turn_s;
            s = c * turn_s + s * turn_c;
            c = next_c;
            rise = std::min(1.0F, rise + rise_step);
            block.out[i] += im * level * rise;
            level *= fall;
        }
    }
};

class GrainTrains {
   public:
    GrainTrains(std::uint64_t seed, float rate_hz) noexcept : rate_hz_(rate_hz), seed_(seed) {
        for (std::size_t k = 0; k < kMaxGrainTrains; ++k) train_[k].noise = Noise(seed, kStreamTrains + k);
    }

    void aim(const Rows<GrainRow, kMaxGrainTrains>& rows, bool snap, std::uint64_t now) noexcept {
        for (std::size_t k = 0; k < kMaxGrainTrains; ++k) {
            Train& train = train_[k];
            if (k >= rows.count) {
                train.row.rate_hz = 0.0F;
                continue;
            }
            train.row = rows.row[k];  // grains draw their values when they are born: nothing to glide
            if (snap || k >= count_) {
                train.starts = now + to_samples(train.row.delay_s, rate_hz_);
                train.rise = train.row.train_attack_s > 0.0F ? 0.0F : 1.0F;
                train.decay = 1.0F;
            }
        }
        count_ = std::max(count_, rows.count);
    }

    void render(BlockContext& block, ModeBank& modes) noexcept {
        for (std::size_t k = 0; k < count_; ++k) spawn(train_[k], k, block, modes);
        std::size_t kept = 0;
        for (std::size_t g = 0; g < sounding_; ++g) {
            if (grain_[g].render(block)) {
                if (kept != g) grain_[kept] = grain_[g];
                ++kept;
            }
        }
        sounding_ = kept;
    }

    // True when no grain sounds and none is likely to be heard any more.
    [[nodiscard]] bool spent(std::uint64_t now) const noexcept {
        if (sounding_ > 0) return false;
        for (std::size_t k = 0; k < count_; ++k) {
            const Train& train = train_[k];
            const bool over = train.row.rate_hz <= 0.0F || train.row.gain == 0.0F || train.decay < 1.0e-3F;
            if (now < train.starts || !over) return false;
        }
        return true;
    }

   private:
    static constexpr std::size_t kSounding = 64;  // grains at once; one more is not born

    struct Train {
        GrainRow row{};
        Noise noise{};
        std::uint64_t starts = 0;
        float rise = 1.0F, decay = 1.0F;
    };

    void spawn(Train& train, std::size_t index, BlockContext& block, ModeBank& modes) noexcept {
        const GrainRow& row = train.row;
        if (row.rate_hz <= 0.0F || row.gain == 0.0F) return;
        const float fall = row.train_decay_s > 0.0F ? decay_factor(row.train_decay_s, rate_hz_) : 1.0F;
        const float rise = row.train_attack_s > 0.0F ? 1.0F / (row.train_attack_s * rate_hz_) : 1.0F;
        const std::size_t first = train.starts > block.start ? train.starts - block.start : 0;
        const float chance = row.rate_hz / rate_hz_;
        for (std::size_t i = first; i < block.frames; ++i) {
            train.rise = std::min(1.0F, train.rise + rise);
            const float density = train.rise * train.decay;
            train.decay *= fall;
            // A Poisson process in discrete time: each sample has its own small chance, so chunks cannot matter.
            const std::uint64_t at = block.start + i;
            if (train.noise.unit(at) >= chance * density * block.modulation(row.modulator, row.depth, i)) continue;
            const Noise dice(seed_, kStreamGrains + index + at * kMaxGrainTrains);
            // Three uniforms make a bell that never runs away, unlike a Gaussian.
            const float bell = dice.bipolar(0) + dice.bipolar(1) + dice.bipolar(2);
            const float place = dice.unit(3);
            const float frequency = row.low_hz * std::pow(row.high_hz / row.low_hz, place);
            const float tilt = std::pow(frequency / row.low_hz, -row.gain_tilt);
            const float loud = row.gain * tilt * std::pow(10.0F, 0.05F * row.spread_db * bell) * std::sqrt(density * std::sqrt(density));
            if (static_cast<GrainKind>(static_cast<int>(row.kind)) == GrainKind::strike) {
                modes.kick(loud, frequency, row.shape, dice, 1);
            } else if (sounding_ < kSounding) {
                grain_[sounding_++] = make(row, frequency, loud, at, dice);
            }
        }
    }

    [[nodiscard]] Grain make(const GrainRow& row, float frequency, float loud, std::uint64_t at,
                             const Noise& dice) const noexcept {
        Grain grain;
        grain.starts = at;
        grain.noise = dice;
        const float decay_s = row.decay_s * std::pow(frequency / row.low_hz, -row.decay_tilt);
        const float w = kTwoPi * std::min(frequency, 0.45F * rate_hz_) / rate_hz_;
        grain.level = loud * (dice.bits(4) & 1U ? 1.0F : -1.0F);
        grain.fall = decay_factor(decay_s, rate_hz_);
        grain.rise_step = row.attack_s > 0.0F ? 1.0F / (row.attack_s * rate_hz_) : 1.0F;
        float r = 1.0F;
        if (static_cast<GrainKind>(static_cast<int>(row.kind)) == GrainKind::tone) {
            grain.re = 1.0F;
            // Rises by `shape` octaves over its decay; never beyond the top of the band.
            const float highest = std::min(w * std::exp2(row.shape), 0.9F * std::numbers::pi_v<float>);
            const float turn = (highest - w) / std::max(32.0F, decay_s * rate_hz_ * 1.6F);
            grain.turn_c = std::cos(turn);
            grain.turn_s = std::sin(turn);
        } else {
            r = std::exp(-0.5F * w * std::clamp(row.shape, 0.02F, 4.0F));
            // RMS 1: the rotator's imaginary part has power 1 / (2 (1 - r^2)) for white noise of power 1.
            grain.feed = std::sqrt(3.0F * 2.0F * (1.0F - r * r));
        }
        grain.c = r * std::cos(w);
        grain.s = r * std::sin(w);
        return grain;
    }

    float rate_hz_;
    std::uint64_t seed_;
    std::size_t count_ = 0;
    std::array<Train, kMaxGrainTrains> train_{};
    std::size_t sounding_ = 0;
    std::array<Grain, kSounding> grain_{};
};

}  // namespace hobnail::synth
