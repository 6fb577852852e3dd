// Tokens as rows of keys and values for every layer, and history's tokens: small networks in float32. What voices share
// is one product for all of them; a voice's numbers are the same in any company.
#pragma once

#include "hobnail/neural/attention.hpp"
#include "hobnail/neural/network.hpp"
#include "hobnail/neural/rows.hpp"

#if HOBNAIL_NEURAL
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace hobnail::neural {

// LayerNorm with a gain; x and y may be the same.
HOBNAIL_WIDE_INLINE void gained(const float* x, const float* gain, std::size_t width, float* y) {
    norm(x, width, y);
    scaled(y, gain, width, y);
}

// x += y.
HOBNAIL_WIDE inline void added(const float* y, std::size_t count, float* x) noexcept {
    for (std::size_t k = 0; k < count; k += kLanes)
        _mm512_storeu_ps(x + k, _mm512_add_ps(_mm512_loadu_ps(x + k), _mm512_loadu_ps(y + k)));
}

// Where rows of some voices go, in arrays [layers, slots, places, head width]: one after the other, or round and round
// behind a sink. Of rows that a ring has no room for, the newest stay. A ring has them in half precision too, as a pass
// reads them: keys [layers, slots, pieces, head width, 16].
struct Rows {
    float *keys, *values;
    Half *half_keys, *half_values;  // of a ring
    std::size_t slots, places;
    std::size_t ring;           // 0: there is no ring and no sink
    const std::int64_t* slot;   // [voices] of a ring; without one voices lie as they come
    const std::int64_t* first;  // [voices], the first hop on the clock
    std::size_t from, voices;   // of all of them
    std::size_t rows, each;     // of a voice; `each` of them are a hop

    // Some of the voices.
    [[nodiscard]] Rows some(std::size_t begin, std::size_t count) const noexcept {
        Rows part = *this;
        part.from = begin, part.voices = count;
        return part;
    }

    // The slot of a voice; the first here is 0.
    [[nodiscard]] std::size_t seat(std::size_t voice) const noexcept {
        return ring == 0 ? from + voice : static_cast<std::size_t>(slot[from + voice]);
    }

    // Where a voice's row goes.
    [[nodiscard]] std::size_t place(std::size_t voice, std::size_t row) const noexcept {
        if (ring == 0) return row;
        const auto round = static_cast<std::int64_t>(ring);
        const std::int64_t at = (first[from + voice] * static_cast<std::int64_t>(each) + static_cast<std::int64_t>(row)) % round;
        return 1 + static_cast<std::size_t>(at < 0 ? at + round : at);
    }

    [[nodiscard]] bool kept(std::size_t row) const noexcept { return ring == 0 || row + ring >= rows; }

    // A row that has been written, in half precision as well.
    HOBNAIL_WIDE void halve(std::size_t layer, std::size_t voice, std::size_t row, std::size_t width) const noexcept {
        const std::size_t block = layer * slots + seat(voice), at = place(voice, row), pieces = (places + kLanes - 1) / kLanes;
        const std::size_t whole = (block * places + at) * width;
        Half key[kMostWidth];
        halved(keys + whole, width, key);
        Half* to = half_keys + (block * pieces + at / kLanes) * width * kLanes + at % kLanes;
        for (std::size_t d = 0; d < width; ++d) to[d * kLanes] = key[d];
        halved(values + whole, width, half_values + whole);
    }
};

// Scratch that only ever grows.
class Scratch {
   public:
    float* take(std::size_t size) {
        if (memory_.size() < size) memory_.resize(size);
        return memory_.data();
    }

   private:
    std::vector<float> memory_;
};

// Tokens [voices * rows, width] -> rows: keys normed, scaled and turned by their places, values as they are.
struct KeysAndValues {
    std::vector<float> norm_gain;  // [width]
    FloatMatrix both;              // width -> 2 * layers * head width
    std::vector<float> gain;       // [layers, head width]

    // `tokens` are normed in place; `made` [voices * rows, both.wide()].
    HOBNAIL_WIDE void keep(const Network& net, float* tokens, const Rows& to, float* made) const noexcept {
        const Sizes& s = net.sizes;
        const std::size_t count = to.voices * to.rows, width = s.head_width();
        constexpr auto period = static_cast<std::int64_t>(kPeriod);
        for (std::size_t k = 0; k < count; ++k) gained(tokens + k * s.width, norm_gain.data(), s.width, tokens + k * s.width);
        both(tokens, s.width, count, made);
        for (std::size_t k = 0; k < count; ++k) {
            const std::size_t voice = k / to.rows, row = k % to.rows;
            if (!to.kept(row)) continue;
            const std::int64_t place = to.first[to.from + voice] + static_cast<std::int64_t>(row / to.each);
            const auto turn = static_cast<std::size_t>((place % period + period) % period) * (width / 2);
            for (std::size_t layer = 0; layer < s.layers; ++layer) {
                const std::size_t at = ((layer * to.slots + to.seat(voice)) * to.places + to.place(voice, row)) * width;
                const float* here = made + k * both.wide();
                gained(here + layer * width, gain.data() + layer * width, width, to.keys + at);
                turned(to.keys + at, net.cos.data() + turn, net.sin.data() + turn, width);
                std::copy_n(here + (s.layers + layer) * width, width, to.values + at);
                if (to.ring > 0) to.halve(layer, voice, row, width);
            }
        }
    }
};

// History: a hop's row from its own latent and the ones before.
struct Remember {
    std::size_t taps = 0;  // 0: it is not there
    FloatMatrix enter, hidden;
    KeysAndValues memory;

    // `latents` [voices, taps - 1 + rows, latents], of the voices that `to` begins with.
    HOBNAIL_WIDE void operator()(const Network& net, const float* latents, const Rows& to, Scratch& scratch) const {
        const std::size_t width = net.sizes.width, count = to.voices * to.rows, span = taps - 1 + to.rows;
        float* entered = scratch.take(count * (3 * width + memory.both.wide()));
        float *moved = entered + count * width, *tokens = moved + count * width;
        for (std::size_t voice = 0; voice < to.voices; ++voice)  // rows overlap: each begins a latent later
            enter(latents + voice * span * net.sizes.latents, net.sizes.latents, to.rows, entered + voice * to.rows * width);
        std::copy_n(entered, count * width, moved);
        silus(moved, count * width);
        hidden(moved, width, count, tokens);
        added(entered, count * width, tokens);
        memory.keep(net, tokens, to, tokens + count * width);
    }
};

}  // namespace hobnail::neural
#endif
