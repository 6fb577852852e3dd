// A layer looks at its three streams, weighs them by what it found (DAF), and lets the sum in by gates (GCA).
#pragma once

#include "hobnail/neural/room.hpp"
#include "hobnail/neural/rows.hpp"

#if HOBNAIL_NEURAL
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace hobnail::neural {

// Where a hop of a voice stands in the tables of turns.
[[nodiscard]] inline std::size_t turn_of(const Network& net, std::int64_t first, std::size_t hop) noexcept {
    constexpr auto period = static_cast<std::int64_t>(kPeriod);
    const std::int64_t place = ((first + static_cast<std::int64_t>(hop)) % period + period) % period;
    return static_cast<std::size_t>(place) * (net.sizes.head_width() / 2);
}

// What one voice finds in one stream: room.found of the stream, sums of entropies and of what rests in sinks by hop.
HOBNAIL_WIDE inline void find(const Network& net, const Layer& layer, std::size_t index, const Some& some, std::size_t voice,
                              std::size_t stream, Room& room) noexcept {
    const std::size_t width = net.sizes.width, heads = net.sizes.heads, each = net.sizes.head_width(), hops = room.hops;
    const std::size_t base = voice * hops * width, v = some.from + voice, rows = some.given.rows[stream];
    const float* asked = room.asked.data() + base;
    float* queries = room.queries.data();
    for (std::size_t hop = 0; hop < hops; ++hop) {
        scaled(asked + hop * width, layer.cross_gains.data() + stream * width, width, queries + hop * width);
        if (stream == 0) continue;  // words have no place on the clock
        const std::size_t turn = turn_of(net, some.given.first[v], hop);
        for (std::size_t head = 0; head < heads; ++head)
            turned(queries + hop * width + head * each, net.cos.data() + turn, net.sin.data() + turn, each);
    }
    const bool ahead = voice + 1 < some.voices;
    const std::uint16_t* seen = room.seen(voice, stream);
    const TableOf<Half> values{some.given.values[stream][index] + v * rows * each, each, rows};
    const std::size_t pieces = values.pieces();
    const Half* keys = some.given.keys[stream][index] + v * pieces * kLanes * each;
    scores_seen({queries, each, hops * heads}, keys, pieces, each, seen, ahead, room.scores.data(), room.stride);
    if (ahead) fetch_ahead(values.data + rows * each, rows * each);
    for (std::size_t q = 0; q < hops * heads; ++q) {
        float* score = room.scores.data() + q * room.stride;
        if (stream > 0)  // the sink is asked by a query that stands still
            score[0] = dot(asked + q * each, layer.sinks.data() + ((q % heads) * (kStreams - 1) + stream - 1) * each, each);
        const Found found = masses(score, pieces, seen);
        room.whole.data()[q] = found.whole;
        room.entropy[q / heads][stream] += found.entropy;
        room.sink[q / heads][stream] += found.sink;
    }
    float* out = room.found.data() + stream * room.most * hops * width + base;
    sums({room.scores.data(), room.stride, hops * heads}, room.whole.data(), values, each, seen, out, each);
}

// Weights of a hop's streams, and the logits that they come from.
inline void weigh(const Layer& layer, const Given& given, std::size_t v, const std::array<float, kStreams>& count,
                  const std::array<float, kStreams>& entropy, const float* dynamic, std::array<float, kStreams>& logits,
                  std::array<float, kStreams>& weights) noexcept {
    bool any = false;
    float top = kAbsent, sum = 0.0F;
    for (const float rows : count) any = any || rows > 0.0F;
    for (std::size_t k = 0; k < kStreams; ++k) {
        const float doubt = count[k] > 1.0F ? entropy[k] : layer.single[k];
        const float own = (layer.bias[k] - doubt + dynamic[k]) / layer.temperature;
        logits[k] = own * (1.0F - given.hold[v]) + given.hold[v] * given.prior[v * kStreams + k];
        weights[k] = count[k] > 0.0F || !any ? logits[k] : kAbsent;
        top = std::max(top, weights[k]);
    }
    for (float& weight : weights) sum += weight = std::exp(weight - top);
    for (std::size_t k = 0; k < kStreams; ++k)
        weights[k] = weights[k] / sum * (1.0F - given.share[v]) + given.share[v] * given.instead[v * kStreams + k];
}

// One voice: all streams, their weights, and their weighed and gated sum as room.small [hops, streams * width].
HOBNAIL_WIDE inline void gather(const Network& net, const Layer& layer, std::size_t index, const Some& some, std::size_t voice,
                                Room& room) noexcept {
    const std::size_t width = net.sizes.width, hops = room.hops, v = some.from + voice;
    for (std::size_t hop = 0; hop < hops; ++hop) room.entropy[hop] = room.sink[hop] = {};
    for (std::size_t stream = 0; stream < kStreams; ++stream) find(net, layer, index, some, voice, stream, room);
    const auto& count = room.counts[voice];
    const Given& given = some.given;
    const float heads = 1.0F / static_cast<float>(net.sizes.heads);
    const float share = 1.0F / static_cast<float>(net.sizes.layers * hops);
    for (std::size_t hop = 0; hop < hops; ++hop) {
        std::array<float, kStreams> entropy{}, logits{};
        for (std::size_t k = 0; k < kStreams; ++k) {
            const float per = 1.0F / std::log(std::max(count[k], 2.0F));
            entropy[k] = std::clamp(room.entropy[hop][k] * heads * per, 0.0F, 1.0F);
        }
        auto& weights = room.weights[hop];
        const std::size_t row = voice * hops + hop;
        weigh(layer, given, v, count, entropy, room.dynamic.data() + row * kLanes, logits, weights);
        for (std::size_t k = 0; k < kStreams; ++k) {
            given.weights[v * kStreams + k] += share * weights[k];
            given.logits[v * kStreams + k] += share * logits[k];
            given.entropy[v * kStreams + k] += share * entropy[k];
            given.sink[v * kStreams + k] += share * heads * room.sink[hop][k];
        }
        for (std::size_t stream = 0; stream < kStreams; ++stream) {
            const float* part = room.found.data() + (stream * room.most * hops + row) * width;
            const float* gate = room.gate.data() + row * width;
            std::uint8_t* small = room.small.data() + (row * kStreams + stream) * width;
            const __m512 weight = _mm512_set1_ps(weights[stream]);
            for (std::size_t k = 0; k < width; k += kLanes) {
                const __m512 gated = _mm512_mul_ps(_mm512_loadu_ps(part + k), _mm512_loadu_ps(gate + k));
                _mm_storeu_si128(reinterpret_cast<__m128i*>(small + k),
                                 rounded16(_mm512_mul_ps(gated, weight), layer.project.inverse(), layer.project.zero()));
            }
        }
    }
}

// room.hidden, after the streams.
HOBNAIL_WIDE inline void across(const Network& net, const Layer& layer, std::size_t index, const Some& some, Room& room) noexcept {
    const std::size_t width = net.sizes.width, rows = some.voices * room.hops, each = net.sizes.head_width();
    for (std::size_t row = 0; row < rows; ++row) norm(room.hidden.data() + row * width, width, room.normed.data() + row * width);
    rounded(room.normed.data(), rows * width, layer.cross_q.inverse(), layer.cross_q.zero(), room.small.data());
    layer.cross_q(room.small.data(), rows, room.asked.data());
    layer.head_gate(room.small.data(), rows, room.gate.data());
    sigmoids(room.gate.data(), rows * width);
    layer.dynamic(room.normed.data(), width, rows, room.dynamic.data());
    for (std::size_t k = 0; k < rows * width; k += each) norm(room.asked.data() + k, each, room.asked.data() + k);
    for (std::size_t voice = 0; voice < some.voices; ++voice) gather(net, layer, index, some, voice, room);
    layer.project(room.small.data(), rows, room.out.data());
    rounded(room.out.data(), rows * width, layer.gate.inverse(), layer.gate.zero(), room.small.data());
    layer.gate(room.small.data(), rows, room.gate.data());
    sigmoids(room.gate.data(), rows * width);
    for (std::size_t row = 0; row < rows; ++row) {
        const std::size_t at = row * width;
        const float mean = mixed(room.out.data() + at, room.gate.data() + at, width, room.hidden.data() + at);
        some.given.gates[(some.from + row / room.hops) * net.sizes.layers + index] += mean / static_cast<float>(room.hops);
    }
}

}  // namespace hobnail::neural
#endif
