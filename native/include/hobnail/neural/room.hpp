// What a pass is given, and the memory that it works in.
#pragma once

#include "hobnail/neural/attention.hpp"
#include "hobnail/neural/network.hpp"

#if HOBNAIL_NEURAL
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace hobnail::neural {

// What goes in and comes out, by the names of the graph `plain`: arrays of all voices, one after the other.
struct Given {
    float *x = nullptr, *t = nullptr, *r = nullptr;  // a descent moves them
    const float *prompt = nullptr, *cue = nullptr;
    const std::int64_t *first = nullptr, *age = nullptr, *lasts = nullptr;
    const float *prior = nullptr, *hold = nullptr, *instead = nullptr, *share = nullptr;  // steering
    std::array<const bool*, kStreams> seen{};
    std::array<std::size_t, kStreams> rows{};                      // the sink is one of them
    std::array<std::vector<const Half*>, kStreams> keys, values;   // by layer: [voices, pieces, head width, 16] and
                                                                   // [voices, rows, head width]
    float *velocity = nullptr, *weights = nullptr, *logits = nullptr, *entropy = nullptr, *sink = nullptr, *gates = nullptr;
};

// Some neighbouring voices of what is given: few enough for their numbers to stay in the cache beside a layer.
struct Some {
    const Given& given;
    std::size_t from;    // the first voice
    std::size_t voices;  // of them
};

// Memory for blocks of `hops` of some voices at once, at most `most`.
struct Room {
    static constexpr std::size_t kRows = 32;  // that are worked on at once, about: weights come from far, numbers stay near

    static std::size_t most_of(std::size_t voices, std::size_t hops) noexcept {
        return std::min(voices, std::max<std::size_t>(1, kRows / hops));
    }

    std::size_t hops, most;
    Lined<float> hidden, normed, pair, values, asked, queries, gate, out, inner;  // [rows, a width]
    Lined<float> found;                                                           // [streams, rows, width]
    Lined<float> dynamic, left;                                                   // [rows, outputs, padded]
    Lined<float> waves, changed, parts;  // [voices, ...]: parts of one layer
    Lined<float> scores, whole;          // of one voice: [queries, stride], [queries]
    Lined<std::uint8_t> small;           // [rows, the widest input]
    std::vector<std::uint16_t> bits;     // [voices, streams, pieces]
    std::vector<std::array<float, kStreams>> counts;  // by voice: rows seen, without the sink
    std::vector<std::array<float, kStreams>> entropy, sink, weights;  // of one voice, by hop
    std::size_t stride = 0;              // of scores

    Room(const Sizes& s, std::size_t voices, std::size_t hops_) : hops(hops_), most(voices) {
        const std::size_t rows = most * hops, width = s.width;
        for (auto* buffer : {&hidden, &normed, &values, &asked, &queries, &gate, &out}) buffer->resize(rows * width);
        pair.resize(rows * 2 * width);
        inner.resize(rows * std::max(s.inner, width));
        found.resize(kStreams * rows * width);
        dynamic.resize(rows * kLanes);
        left.resize(rows * ((s.latents + kLanes - 1) / kLanes * kLanes));
        waves.resize(most * kTold * 2 * kWaves);
        changed.resize(most * 6 * width);
        parts.resize(most * 6 * width);
        whole.resize(hops * s.heads);
        small.resize(rows * std::max(s.inner, kStreams * width));
        counts.resize(most);
        for (auto* each : {&entropy, &sink, &weights}) each->resize(hops);
    }

    // Streams may have more rows than before; then, and only then, memory is asked for.
    void fit(const Given& given, const Sizes& s) {
        std::size_t widest = hops;
        for (const std::size_t rows : given.rows) widest = std::max(widest, rows);
        widest = (widest + kLanes - 1) / kLanes * kLanes;
        if (widest <= stride) return;
        stride = widest;
        scores.resize(hops * s.heads * stride);
        bits.resize(most * kStreams * stride / kLanes);
    }

    [[nodiscard]] std::uint16_t* seen(std::size_t voice, std::size_t stream) noexcept {
        return bits.data() + (voice * kStreams + stream) * (stride / kLanes);
    }
};

}  // namespace hobnail::neural
#endif
