// A sustained voice's block at its level: held where it swells, turned by its gain, sinking after a stop; and the soft
// bend of whatever a voice plays.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace hobnail {

struct LevelHold {
    double free_db = 6.0;    // so far above its event's level a voice may be
    double most_db = 18.0;   // what it is turned down by, at most
    double seconds = 1.5;    // of the mean power that is looked at
    float knee = 0.7F;       // of the bend
    double rate_hz = 48'000.0;

    struct Voice {
        double power = 0.0;  // mean square as it was made
        double gain = 1.0;   // of the hold, at the end of the last block
    };

    // Multiplies a block in place. `steady_db` NaN: it is not held. `from`, `to`: of what is left after a stop.
    void operator()(float* samples, std::size_t frames, Voice& voice, double steady_db, float level, double from, double to) const noexcept {
        if (frames == 0) return;
        if (!std::isnan(steady_db)) {
            const double before = voice.gain;
            const double share = std::min(1.0, static_cast<double>(frames) / (seconds * rate_hz));
            voice.power += share * (squares(samples, frames) / static_cast<double>(frames) - voice.power);
            const double above = 10.0 * std::log10(voice.power + 1e-12) - steady_db - free_db;
            voice.gain = std::pow(10.0, -std::min(most_db, std::max(0.0, above)) / 20.0);
            if (before != 1.0 || voice.gain != 1.0) ramp(samples, frames, before, voice.gain);
        }
        for (std::size_t k = 0; k < frames; ++k) samples[k] *= level;
        if (from != 1.0 || to != 1.0) ramp(samples, frames, from, to);
    }

    // Above the knee no more than 1.
    void bend(float* samples, std::size_t frames) const noexcept {
        float top = 0.0F;
        for (std::size_t k = 0; k < frames; ++k) top = std::max(top, std::abs(samples[k]));
        if (!(top > knee)) return;
        const auto rest = static_cast<float>(1.0 - static_cast<double>(knee));
        for (std::size_t k = 0; k < frames; ++k) {
            const float size = std::abs(samples[k]);
            if (!(size > knee)) continue;
            samples[k] = std::copysign(knee + rest * std::tanh((size - knee) / rest), samples[k]);
        }
    }

   private:
    // A gain that moves evenly.
    static void ramp(float* samples, std::size_t frames, double from, double to) noexcept {
        const double step = (to - from) / static_cast<double>(frames);
        for (std::size_t k = 0; k < frames; ++k) samples[k] *= static_cast<float>(static_cast<double>(k) * step + from);
    }

    // Sum of squares, halves first, so that it is as exact for long blocks as for short ones.
    [[nodiscard]] static double squares(const float* samples, std::size_t frames) noexcept {
        constexpr std::size_t lanes = 8;
        if (frames > 128) {
            const std::size_t half = frames / 2 / lanes * lanes;
            return squares(samples, half) + squares(samples + half, frames - half);
        }
        double sum[lanes] = {};
        const std::size_t even = frames / lanes * lanes;
        for (std::size_t k = 0; k < even; ++k) sum[k % lanes] += static_cast<double>(samples[k]) * static_cast<double>(samples[k]);
        double whole = ((sum[0] + sum[1]) + (sum[2] + sum[3])) + ((sum[4] + sum[5]) + (sum[6] + sum[7]));
        for (std::size_t k = even; k < frames; ++k) whole += static_cast<double>(samples[k]) * static_cast<double>(samples[k]);
        return whole;
    }
};

}  // namespace hobnail
