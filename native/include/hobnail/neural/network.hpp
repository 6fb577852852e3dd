// The transformer's weights as a pass reads them: what `hobnail-train export` writes beside the graph `plain`.
#pragma once

#include "hobnail/neural/products.hpp"

#if HOBNAIL_NEURAL
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace hobnail::neural {

constexpr std::size_t kStreams = 3;   // text, vision, history
constexpr std::size_t kWaves = 64;    // of each number that modulates
constexpr std::size_t kTold = 4;      // flow time, interval, age, length
constexpr std::size_t kPeriod = 4096;  // hops after which places on the clock repeat
constexpr float kAbsent = -1e4F;      // logit of a stream that is not there

struct Sizes {
    std::size_t latents = 0, width = 0, layers = 0, heads = 0, inner = 0, cue = 0, ages = 0, history_least = 0;
    std::size_t ends = 0;  // rows of the table of ends; 0: nobody is told when a sound ends

    [[nodiscard]] std::size_t head_width() const noexcept { return width / heads; }
};

struct Layer {
    Int8Matrix pair, values, self_o, cross_q, head_gate, project, gate, mlp_up, mlp_down;
    FloatMatrix dynamic;
    std::vector<float> gains;        // [2 * width], of the block's queries and keys
    std::vector<float> cross_gains;  // [streams, width]
    std::vector<float> sinks;        // [heads, streams - 1, head width]: row 0 of vision and history, asked standing still
    std::array<float, kStreams> bias{}, single{};  // of the weighting
    float temperature = 1.0F;
};

// Never changes once it is filled. [any]
struct Network {
    Sizes sizes;
    FloatMatrix enter, cue_in, cue_out, time, hidden, modulation, leave;
    std::vector<float> places;      // [ages, width]
    std::vector<float> ends;        // [ends, width]: that nobody knows it, then from long after the end to long before it
    std::vector<float> old;         // [ages]
    std::vector<float> wave_rates;  // [told, waves]
    std::vector<float> offsets;     // [layers, 6 * width]
    std::vector<float> norm_gain;   // [width]
    std::vector<float> cos, sin;    // [period, head width / 2]
    std::vector<Layer> layers;

    // Tables of turns, from rates [head width / 2].
    void turn_by(const float* rates) {
        const std::size_t half = sizes.head_width() / 2;
        cos.resize(kPeriod * half), sin.resize(kPeriod * half);
        for (std::size_t place = 0; place < kPeriod; ++place) {
            for (std::size_t k = 0; k < half; ++k) {
                const float angle = static_cast<float>(place) * rates[k];
                cos[place * half + k] = std::cos(angle);
                sin[place * half + k] = std::sin(angle);
            }
        }
    }
};

}  // namespace hobnail::neural
#endif
