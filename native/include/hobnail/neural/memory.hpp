// Tokens as rows of keys and values for every layer, and history's tokens: small networks in float32. What voices share
// is one product for all of them; a voice's numbers are the same in any company.
#pragma once

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
// behind a sink. Of rows that a ring has no room for, the newest stay.
struct Rows {
    float *keys, *values;
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

    // The place of a voice's row in the first layer, in rows; the first voice here is 0.
    [[nodiscard]] std::size_t at(std::size_t voice, std::size_t row) const noexcept {
        const std::size_t v = from + voice;
        if (ring == 0) return v * places + row;
        const auto round = static_cast<std::int64_t>(ring);
        const std::int64_t place = (first[v] * static_cast<std::int64_t>(each) + static_cast<std::int64_t>(row)) % round;
        return static_cast<std::size_t>(slot[v]) * places + 1 + static_cast<std::size_t>(place < 0 ? place + round : place);
    }

    [[nodiscard]] bool kept(std::size_t row) const noexcept { return ring == 0 || row + ring >= rows; }
    [[nodiscard]] std::size_t layer() const noexcept { return slots * places; }  // in rows
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
                const std::size_t at = (layer * to.layer() + to.at(voice, row)) * width;
                const float* here = made + k * both.wide();
                gained(here + layer * width, gain.data() + layer * width, width, to.keys + at);
                turned(to.keys + at, net.cos.data() + turn, net.sin.data() + turn, width);
                std::copy_n(here + (s.layers + layer) * width, width, to.values + at);
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
