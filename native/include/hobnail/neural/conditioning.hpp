// What stands before the layers: how they are modulated, what enters, and which rows may be looked at.
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

// An age as a place in tables.
[[nodiscard]] inline std::size_t aged(const Network& net, std::int64_t age) noexcept {
    return static_cast<std::size_t>(std::clamp<std::int64_t>(age, 0, static_cast<std::int64_t>(net.sizes.ages) - 1));
}

// Cosines, then sines, of what is told, at the rates of its place.
inline void waved(const Network& net, std::size_t place, float told, float* wave) noexcept {
    for (std::size_t k = 0; k < kWaves; ++k) {
        const float angle = told * net.wave_rates[place * kWaves + k];
        wave[k] = std::cos(angle);
        wave[kWaves + k] = std::sin(angle);
    }
}

// Shift, 1 + scale and gate, twice, but for what each layer adds: from flow time, interval, age, length and prompt.
HOBNAIL_WIDE inline void modulate(const Network& net, const Some& some, Room& room) noexcept {
    const std::size_t width = net.sizes.width, span = kTold * 2 * kWaves;
    const float length = std::log(static_cast<float>(room.hops)) * (1.0F / (6.0F * std::log(2.0F)));
    std::array<float, kTold> before{};
    for (std::size_t voice = 0; voice < some.voices; ++voice) {
        const Given& given = some.given;
        const std::size_t v = some.from + voice;
        const std::array<float, kTold> told{given.t[v], given.t[v] - given.r[v], net.old[aged(net, given.age[v])], length};
        for (std::size_t k = 0; k < kTold; ++k) {
            float* wave = room.waves.data() + voice * span + k * 2 * kWaves;
            if (voice > 0 && told[k] == before[k])  // flow times are the same for all
                std::copy_n(wave - span, 2 * kWaves, wave);
            else
                waved(net, k, told[k], wave);
        }
        before = told;
    }
    float* vector = room.out.data();
    net.time(room.waves.data(), span, some.voices, vector);
    const float* prompt = some.given.prompt + some.from * width;
    for (std::size_t k = 0; k < some.voices * width; ++k) vector[k] += prompt[k];
    silus(vector, some.voices * width);
    net.hidden(vector, width, some.voices, room.normed.data());
    silus(room.normed.data(), some.voices * width);
    net.modulation(room.normed.data(), width, some.voices, room.changed.data());
}

// room.parts of a layer, [voices, 6 * width].
inline void modulate_layer(const Network& net, std::size_t index, const Some& some, Room& room) noexcept {
    const std::size_t six = 6 * net.sizes.width;
    const float* offset = net.offsets.data() + index * six;
    for (std::size_t voice = 0; voice < some.voices; ++voice) {
        const float* changed = room.changed.data() + voice * six;
        float* part = room.parts.data() + voice * six;
        for (std::size_t k = 0; k < six; ++k) part[k] = changed[k] + offset[k];
    }
}

// How long a sound still lasts at an age, as a place in the table of ends; `lasts` 0: nobody knows.
[[nodiscard]] inline std::size_t left(const Network& net, std::int64_t lasts, std::int64_t age) noexcept {
    const auto oldest = static_cast<std::int64_t>(net.sizes.ages) - 1;
    const auto gone = static_cast<std::int64_t>(net.sizes.ends) - oldest - 2;
    return lasts > 0 ? static_cast<std::size_t>(std::clamp(lasts - age, -gone, oldest) + gone + 1) : 0;
}

// The noised block, each hop's own age, how long its sound still lasts, and what it is told of contacts.
HOBNAIL_WIDE inline void enter(const Network& net, const Some& some, Room& room) noexcept {
    const std::size_t width = net.sizes.width, rows = some.voices * room.hops, first = some.from * room.hops;
    float* hidden = room.hidden.data();
    net.enter(some.given.x + first * net.sizes.latents, net.sizes.latents, rows, hidden);
    for (std::size_t row = 0; row < rows; ++row) {
        const std::size_t voice = some.from + row / room.hops;
        const std::int64_t age = some.given.age[voice] + static_cast<std::int64_t>(row % room.hops);
        const float* place = net.places.data() + aged(net, age) * width;
        for (std::size_t k = 0; k < width; ++k) hidden[row * width + k] += place[k];
        if (net.sizes.ends == 0) continue;
        const float* end = net.ends.data() + left(net, some.given.lasts[voice], age) * width;
        for (std::size_t k = 0; k < width; ++k) hidden[row * width + k] += end[k];
    }
    if (net.sizes.cue == 0) return;
    net.cue_in(some.given.cue + first * net.sizes.cue, net.sizes.cue, rows, room.out.data());
    silus(room.out.data(), rows * net.cue_in.wide());
    net.cue_out(room.out.data(), net.cue_in.wide(), rows, room.normed.data());
    for (std::size_t k = 0; k < rows * width; ++k) hidden[k] += room.normed.data()[k];
}

// Which rows each voice may look at, and how many they are. Too little history is none.
inline void look(const Network& net, const Some& some, Room& room) noexcept {
    for (std::size_t voice = 0; voice < some.voices; ++voice) {
        for (std::size_t stream = 0; stream < kStreams; ++stream) {
            const std::size_t rows = some.given.rows[stream];
            const bool* seen = some.given.seen[stream] + (some.from + voice) * rows;
            const auto count = static_cast<std::size_t>(std::count(seen, seen + rows, true));
            const bool enough = stream + 1 < kStreams || count > net.sizes.history_least;
            seen_bits(seen, rows, enough, room.seen(voice, stream));
            room.counts[voice][stream] = static_cast<float>(enough ? count - static_cast<std::size_t>(seen[0]) : 0);
        }
    }
}

}  // namespace hobnail::neural
#endif
