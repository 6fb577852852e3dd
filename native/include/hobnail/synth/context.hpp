// What the layers of a voice share while one small block is made.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>

#include "hobnail/synth/patch.hpp"

namespace hobnail::synth {

// Coefficients change once per block, gains per sample: 0.67 ms is far below what is heard as a step.
constexpr std::size_t kBlock = 32;
constexpr std::size_t kGlideFrames = 256;
constexpr float kSilence = 3.0e-5F;   // -90 dBFS
constexpr float kDenormal = 1.0e-15F;  // states below are set to zero, long before they turn denormal
constexpr float kTwoPi = 2.0F * std::numbers::pi_v<float>;

// Noise streams of a voice; each layer owns a range.
constexpr std::uint64_t kStreamBands = 0x100;
constexpr std::uint64_t kStreamTrains = 0x200;
constexpr std::uint64_t kStreamGrains = 0x300;
constexpr std::uint64_t kStreamPulses = 0x400;
constexpr std::uint64_t kStreamModulators = 0x500;

struct BlockContext {
    std::uint64_t start = 0;   // first sample of the block, counted from the voice's start
    std::size_t frames = 0;    // <= kBlock
    float glide = 1.0F;        // share of the way to the newest patch that this block covers
    std::array<float, kBlock> exciter{};  // what strikes the modes
    std::array<float, kBlock> out{};      // what is heard
    std::array<std::array<float, kBlock>, kMaxModulators> modulator{};  // 0..1

    // 1 when the row follows no modulator, else a mix of 1 and the modulator.
    [[nodiscard]] float modulation(float index, float depth, std::size_t i) const noexcept {
        const auto which = static_cast<std::size_t>(index);
        return which == 0 ? 1.0F : 1.0F - depth + depth * modulator[which - 1][i];
    }
};

// Ends exactly on its target, so that what has arrived can be told by comparing.
inline void glide_to(float& value, float target, float share) noexcept {
    value = share >= 1.0F ? target : value + (target - value) * share;
}

// Factor per sample of an exponential that falls by 60 dB in `decay_s`.
[[nodiscard]] inline float decay_factor(float decay_s, float rate_hz) noexcept {
    return std::exp(-6.9077553F / (std::max(decay_s, 1.0e-4F) * rate_hz));
}

[[nodiscard]] inline std::uint64_t to_samples(float seconds, float rate_hz) noexcept {
    return static_cast<std::uint64_t>(std::max(0.0F, seconds) * rate_hz);
}

}  // namespace hobnail::synth
