// Four band-pass filters side by side.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>

#include "hobnail/synth/context.hpp"
#include "hobnail/synth/quad.hpp"

namespace hobnail::synth {

constexpr std::size_t kBandLanes = 4;
using BandLanes = std::array<float, kBandLanes>;

// Four state-variable filters side by side, in trapezoidal form, which stays calm while its cutoff moves: Zavalishin,
// "The art of VA filter design", 2012, ch. 4; Simper, "Linear trapezoidal integrated SVF", 2013. Here as a state-space
// step, so that the chain from sample to sample is one product and two sums. Output: band-pass, peak gain 1.
struct BandPassLanes {
    BandLanes bb{}, bl{}, bx{}, lb{}, ll{}, lx{}, yb{}, yl{}, yx{};  // what goes from where (b, l, x) to where
    BandLanes band{}, low{};

    void tune(std::size_t k, float centre_hz, float bandwidth_hz, float rate_hz) noexcept {
        const float centre = std::clamp(centre_hz, 10.0F, 0.45F * rate_hz);
        const float g = std::tan(std::numbers::pi_v<float> * centre / rate_hz);
        const float damping = std::clamp(bandwidth_hz / centre, 0.005F, 8.0F);
        const float a1 = 1.0F / (1.0F + g * (g + damping));
        const float a2 = g * a1;
        const float a3 = g * a2;
        bb[k] = 2.0F * a1 - 1.0F;
        bl[k] = -2.0F * a2;
        bx[k] = 2.0F * a2;
        lb[k] = 2.0F * a2;
        ll[k] = 1.0F - 2.0F * a3;
        lx[k] = 2.0F * a3;
        yb[k] = damping * a1;
        yl[k] = -damping * a2;
        yx[k] = damping * a2;
    }

    // In place over a block; the copies stay in registers.
    void run(std::array<Quad, kBlock>& block, std::size_t frames) noexcept {
        const Quad from_b[3] = {load_quad(bb.data()), load_quad(lb.data()), load_quad(yb.data())};
        const Quad from_l[3] = {load_quad(bl.data()), load_quad(ll.data()), load_quad(yl.data())};
        const Quad from_x[3] = {load_quad(bx.data()), load_quad(lx.data()), load_quad(yx.data())};
        Quad b = load_quad(band.data());
        Quad l = load_quad(low.data());
        for (std::size_t i = 0; i < frames; ++i) {
            const Quad x = block[i];
            block[i] = (from_x[2] * x + from_b[2] * b) + from_l[2] * l;
            const Quad next_b = (from_x[0] * x + from_b[0] * b) + from_l[0] * l;
            l = (from_x[1] * x + from_b[1] * b) + from_l[1] * l;
            b = next_b;
        }
        store_quad(band.data(), b);
        store_quad(low.data(), l);
    }

    void flush() noexcept {
        for (std::size_t k = 0; k < kBandLanes; ++k) {
            if (std::fabs(band[k]) + std::fabs(low[k]) < kDenormal) band[k] = low[k] = 0.0F;
        }
    }
};

}  // namespace hobnail::synth
