// What voices see of a scene, hop by hop: rows of squashed values and of what is known, and contacts that stand out. Portable.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace hobnail {

// How a column of a scene becomes a number in -1..1.
enum class Squash : std::uint8_t { kLog, kSize, kLight, kShare };

struct Column {
    Squash squash = Squash::kShare;
    double least = 1.0;  // of kLog: where it bends; of kSize: the middle
    double scale = 1.0;  // of kLog: 1 / log(1 + top / least)

    [[nodiscard]] double operator()(double value) const noexcept {
        double found = 0.0;
        switch (squash) {
            case Squash::kLog: found = std::copysign(std::log1p(std::abs(value) / least), value) / scale; break;
            case Squash::kSize: found = std::log10(std::max(value, 1e-9) / least) / 2.0; break;
            case Squash::kLight: found = 2.0 * std::sqrt(std::max(value, 0.0)) - 1.0; break;
            case Squash::kShare: found = 2.0 * value - 1.0; break;
        }
        return std::clamp(found, -1.0, 1.0);
    }
};

// Memory of many voices, by slot. Never resized. [one thread]
struct Sights {
    static constexpr std::size_t kValues = 12, kImpulse = 2, kPosition = 9;
    static constexpr std::array<std::size_t, 3> kBack{6, 12, 24};  // hops over which it is told how far it moved
    static constexpr std::size_t kPast = 24;
    static constexpr double kStandsOut = 4.0;  // times the impulses of the last steps
    static constexpr double kFades = 0.5;      // of those, a step

    std::array<Column, kValues> columns;
    std::size_t hops;          // that are kept
    double *held, *track;      // [slots, values], [slots, past, 3], NaN: unknown
    float *scene, *contacts;   // [slots, hops, 2 * values], [slots, hops, 2]
    bool* seen;                // [slots, hops]
    double* usual;             // [slots], impulses lately; before the first look infinite

    // `count` hops later. `told` [values], NaN: nothing new; `blow`: the impulse that came, 0 if none; `known`: whether
    // anything is told at all.
    void look(std::size_t slot, const double* told, double blow, bool known, std::size_t count) const noexcept {
        double* now = held + slot * kValues;
        double impulse = 0.0;
        for (std::size_t k = 0; k < kValues; ++k) {
            if (!std::isfinite(told[k])) continue;
            now[k] = static_cast<double>(static_cast<float>(told[k]));
            if (k == kImpulse) impulse = now[k];
        }
        std::array<float, 2 * kValues> row{};
        for (std::size_t k = 0; k < kValues; ++k) {
            const bool there = std::isfinite(now[k]);
            row[kValues + k] = there ? 1.0F : 0.0F;
            row[k] = there && k < kPosition ? static_cast<float>(columns[k](k == kImpulse ? 0.0 : now[k])) : 0.0F;
        }
        const bool strikes = row[kValues + kImpulse] > 0.0F;
        const float struck = strikes ? static_cast<float>(columns[kImpulse](impulse)) : 0.0F;
        const float still = row[kImpulse];
        make_room(slot, count);
        for (std::size_t hop = 0; hop < count; ++hop) {
            move(slot, now + kPosition, row);
            row[kImpulse] = hop == 0 ? struck : still;
            if (hop + hops < count) continue;  // so many hops are not kept
            const std::size_t at = slot * hops + hops - (count - hop);
            std::copy(row.begin(), row.end(), scene + at * 2 * kValues);
            seen[at] = known;
            contacts[2 * at] = hop == 0 && blow > kStandsOut * usual[slot] ? struck : 0.0F;
            contacts[2 * at + 1] = known && strikes ? 1.0F : 0.0F;
        }
        usual[slot] = std::max(std::isfinite(usual[slot]) ? kFades * usual[slot] : 0.0, blow);
    }

   private:
    // The oldest hops go.
    void make_room(std::size_t slot, std::size_t count) const noexcept {
        const std::size_t gone = std::min(count, hops);
        const auto shift = [&](auto* memory, std::size_t width) {
            auto* begin = memory + slot * hops * width;
            std::copy(begin + gone * width, begin + hops * width, begin);
        };
        shift(scene, 2 * kValues);
        shift(contacts, 2);
        shift(seen, 1);
    }

    // A hop later it is `here`: how far from where it was, into the position columns of a row.
    void move(std::size_t slot, const double* here, std::array<float, 2 * kValues>& row) const noexcept {
        double* past = track + slot * kPast * 3;
        for (std::size_t k = 0; k < kBack.size(); ++k) {
            const double* there = past + (kPast - kBack[k]) * 3;
            double square = 0.0;
            for (std::size_t axis = 0; axis < 3; ++axis) square += (here[axis] - there[axis]) * (here[axis] - there[axis]);
            const double far = std::sqrt(square);
            const bool known = std::isfinite(far);
            row[kPosition + k] = known ? static_cast<float>(columns[kPosition + k](far)) : 0.0F;
            row[kValues + kPosition + k] = known ? 1.0F : 0.0F;
        }
        std::copy(past + 3, past + kPast * 3, past);
        std::copy_n(here, 3, past + (kPast - 1) * 3);
    }
};

}  // namespace hobnail
