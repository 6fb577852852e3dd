// One short sound of a train.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "hobnail/synth/context.hpp"
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
        Grain g = *this;  // its own copy stays in registers while block.out is written
        std::uint64_t bits = 0;
        for (std::size_t i = first; i < block.frames; ++i) {
            const std::uint64_t at = block.start + i;
            if (i == first || (at & 3U) == 0) bits = noise.bits(at >> 2U);
            const float turned = g.re * g.c - g.im * g.s + g.feed * Noise::quarter(bits, at);
            g.im = g.re * g.s + g.im * g.c;
            g.re = turned;
            g.rise = std::min(1.0F, g.rise + g.rise_step);
            block.out[i] += g.im * g.level * g.rise;
            g.level *= g.fall;
        }
        *this = g;
    }

    void tone(BlockContext& block, std::size_t first) noexcept {
        Grain g = *this;
        for (std::size_t i = first; i < block.frames; ++i) {
            const float turned = g.re * g.c - g.im * g.s;
            g.im = g.re * g.s + g.im * g.c;
            g.re = turned;
            const float next_c = g.c * g.turn_c - g.s * g.turn_s;
            g.s = g.c * g.turn_s + g.s * g.turn_c;
            g.c = next_c;
            g.rise = std::min(1.0F, g.rise + g.rise_step);
            block.out[i] += g.im * g.level * g.rise;
            g.level *= g.fall;
        }
        *this = g;
    }
};

}  // namespace hobnail::synth
