// One block of four noise bands: their envelopes, and where they go.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>

#include "hobnail/synth/band_pass.hpp"
#include "hobnail/synth/context.hpp"
#include "hobnail/synth/quad.hpp"

namespace hobnail::synth {

// Constants of one block, and the envelopes as they move through it.
struct BandMix {
    BandLanes rise{}, rise_step{}, decay{}, fall{}, scale{}, gain{}, gain_step{}, modes{}, modes_step{}, two{};
    BandLanes mod_base{}, mod_depth{};
    std::array<const float*, kBandLanes> mod{};
    std::array<std::size_t, kBandLanes> first{};
    bool any_two = false;

    // Adds four filtered noises to what is heard and to what strikes the modes.
    void mix(const std::array<Quad, kBlock>& x, BlockContext& block) noexcept {
        std::array<BandLanes, kBlock> envelope;
        shape(envelope, block.frames);
        Quad to_out = load_quad(gain.data());
        Quad to_modes = load_quad(modes.data());
        const Quad out_step = load_quad(gain_step.data());
        const Quad mode_step = load_quad(modes_step.data());
        for (std::size_t i = 0; i < block.frames; ++i) {
            to_out += out_step;
            to_modes += mode_step;
            const Quad y = x[i] * load_quad(envelope[i].data());
            block.out[i] += sum_of(y * to_out);
            block.exciter[i] += sum_of(y * to_modes);
        }
    }

   private:
    void shape(std::array<BandLanes, kBlock>& envelope, std::size_t frames) noexcept {
        for (std::size_t k = 0; k < kBandLanes; ++k) {
            float risen = rise[k];
            float left = decay[k];
            for (std::size_t i = 0; i < std::min(first[k], frames); ++i) envelope[i][k] = 0.0F;
            for (std::size_t i = first[k]; i < frames; ++i) {
                risen = std::min(1.0F, risen + rise_step[k]);
                envelope[i][k] = scale[k] * risen * left * (mod_base[k] + mod_depth[k] * mod[k][i]);
                left *= fall[k];
            }
            rise[k] = risen;
            decay[k] = left;
        }
    }
};

}  // namespace hobnail::synth
