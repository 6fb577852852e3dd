// Poisson trains of short sounds: crunching stones, drops, bubbles, micro-impacts.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "hobnail/synth/context.hpp"
#include "hobnail/synth/grain.hpp"
#include "hobnail/synth/modes.hpp"
#include "hobnail/synth/noise.hpp"

namespace hobnail::synth {

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
        const std::size_t first = train.starts > block.start ? train.starts - block.start : 0;
        if (first >= block.frames) return;
        const float fall = row.train_decay_s > 0.0F ? decay_factor(row.train_decay_s, rate_hz_) : 1.0F;
        const float rise = row.train_attack_s > 0.0F ? 1.0F / (row.train_attack_s * rate_hz_) : 1.0F;
        const auto heard = static_cast<float>(block.frames - first);
        const float chance = row.rate_hz / rate_hz_;
        const float risen = std::min(1.0F, train.rise + rise * heard);
        // A Poisson process in discrete time: each sample has its own small chance, so chunks cannot matter. Sixteen
        // bits rule nearly all of them out against the most that this block allows; the rest is judged exactly.
        const float most = chance * risen * train.decay * 65536.0F;
        std::uint64_t bits = 0;
        for (std::size_t i = first; i < block.frames; ++i) {
            const std::uint64_t at = block.start + i;
            if (i == first || (at & 3U) == 0) bits = train.noise.bits(at >> 2U);
            const auto drawn = static_cast<float>((bits >> (16U * (at & 3U))) & 0xffffU);
            if (drawn < most) judge(train, index, {at, drawn, chance, rise, fall, i - first}, block, modes);
        }
        train.rise = risen;
        train.decay *= fall == 1.0F ? 1.0F : std::pow(fall, heard);
    }

    // A sample at which a grain may be born.
    struct Candidate {
        std::uint64_t at;
        float drawn, chance, rise, fall;
        std::size_t after;  // samples since the block's first one that counts
    };

    void judge(const Train& train, std::size_t index, const Candidate& c, const BlockContext& block,
               ModeBank& modes) noexcept {
        const GrainRow& row = train.row;
        const auto after = static_cast<float>(c.after);
        const float sunk = c.fall == 1.0F ? 1.0F : std::pow(c.fall, after);
        const float density = std::min(1.0F, train.rise + c.rise * (after + 1.0F)) * train.decay * sunk;
        const Noise dice(seed_, kStreamGrains + index + c.at * kMaxGrainTrains);
        const float drawn = (c.drawn + dice.unit(5)) * 0x1p-16F;
        const auto i = static_cast<std::size_t>(c.at - block.start);
        if (drawn >= c.chance * density * block.modulation(row.modulator, row.depth, i)) return;
        // Three uniforms make a bell that never runs away, unlike a Gaussian.
        const float bell = dice.bipolar(0) + dice.bipolar(1) + dice.bipolar(2);
        const float place = dice.unit(3);
        const float frequency = row.low_hz * std::pow(row.high_hz / row.low_hz, place);
        const float tilt = std::pow(frequency / row.low_hz, -row.gain_tilt);
        const float swell = std::sqrt(density * std::sqrt(density));
        const float loud = row.gain * tilt * std::pow(10.0F, 0.05F * row.spread_db * bell) * swell;
        if (static_cast<GrainKind>(static_cast<int>(row.kind)) == GrainKind::strike) {
            modes.kick(loud, frequency, row.shape, dice, 1);
        } else if (sounding_ < kSounding) {
            grain_[sounding_++] = make(row, frequency, loud, c.at, dice);
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
