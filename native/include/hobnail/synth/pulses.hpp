// Contact pulses: the force of a touch over its contact time, into the modes and straight to the ear.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "hobnail/synth/context.hpp"
#include "hobnail/synth/noise.hpp"

namespace hobnail::synth {

// The force of a Hertzian contact is close to a half-sine (Goldsmith, "Impact", 1960). Its area is the impulse, so
// modes slower than the contact hear the whole of it and faster ones less: hardness is heard without any filter.
class Pulses {
   public:
    Pulses(std::uint64_t seed, float rate_hz) noexcept : rate_hz_(rate_hz), noise_(seed, kStreamPulses) {}

    // Pulses of every patch are played once, counted from that patch's first sample.
    void add(const Rows<PulseRow, kMaxPulses>& rows, std::uint64_t now) noexcept {
        for (std::size_t k = 0; k < rows.count && count_ < kCapacity; ++k) {
            const PulseRow& row = rows.row[k];
            const float width = std::max(1.0F, row.width_s * rate_hz_);
            pulse_[count_++] = {row, now + to_samples(row.delay_s, rate_hz_), width};
        }
    }

    void render(BlockContext& block) noexcept {
        std::size_t kept = 0;
        for (std::size_t k = 0; k < count_; ++k) {
            const Pulse pulse = pulse_[k];
            const std::uint64_t ends = pulse.starts + static_cast<std::uint64_t>(std::ceil(pulse.width));
            play(pulse, ends, block);
            if (ends > block.start + block.frames) pulse_[kept++] = pulse;
        }
        count_ = kept;
    }

    [[nodiscard]] bool spent() const noexcept { return count_ == 0; }

   private:
    struct Pulse {
        PulseRow row{};
        std::uint64_t starts = 0;
        float width = 1.0F;
    };
    static constexpr std::size_t kCapacity = 4 * kMaxPulses;

    void play(const Pulse& pulse, std::uint64_t ends, BlockContext& block) const noexcept {
        const std::uint64_t block_end = block.start + block.frames;
        if (pulse.starts >= block_end) return;
        // The samples' sum is 1 / sin(pi / 2w), so this is a unit area at any width, down to a single sample.
        const float unit_area = std::sin(0.5F * std::numbers::pi_v<float> / pulse.width);
        for (std::uint64_t n = std::max(pulse.starts, block.start); n < std::min(ends, block_end); ++n) {
            const float phase = (static_cast<float>(n - pulse.starts) + 0.5F) / pulse.width;
            if (phase >= 1.0F) break;
            const float half_sine = std::sin(std::numbers::pi_v<float> * phase);
            const float rough = 1.0F + pulse.row.roughness * (2.0F * noise_.bipolar(n) - 0.5F);
            const auto i = static_cast<std::size_t>(n - block.start);
            block.exciter[i] += pulse.row.impulse * unit_area * half_sine * rough;
            // Pressure follows the change of force: one push, one pull.
            block.out[i] += pulse.row.thump * half_sine * std::cos(std::numbers::pi_v<float> * phase) * 2.0F;
        }
    }

    float rate_hz_;
    Noise noise_;
    std::size_t count_ = 0;
    std::array<Pulse, kCapacity> pulse_{};
};

}  // namespace hobnail::synth
