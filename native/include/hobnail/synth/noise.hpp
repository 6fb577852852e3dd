// Noise as a function of (seed, stream, index): no state, so any chunking gives the same samples.
#pragma once

#include <cstdint>

namespace hobnail::synth {

// SplitMix64 used as a counter-based generator: Steele, Lea and Flood, "Fast splittable pseudorandom number
// generators", OOPSLA 2014; the finaliser is David Stafford's variant 13.
constexpr std::uint64_t kGolden = 0x9e3779b97f4a7c15ULL;

[[nodiscard]] constexpr std::uint64_t mix(std::uint64_t x) noexcept {
    x ^= x >> 30U;
    x *= 0xbf58476d1ce4e5b9ULL;
    x ^= x >> 27U;
    x *= 0x94d049bb133111ebULL;
    x ^= x >> 31U;
    return x;
}

class Noise {
   public:
    constexpr Noise() = default;
    constexpr Noise(std::uint64_t seed, std::uint64_t stream) noexcept
        : key_(mix(mix(seed + kGolden) + kGolden * (stream + 1))) {}

    [[nodiscard]] constexpr std::uint64_t bits(std::uint64_t index) const noexcept {
        return mix(key_ + kGolden * (index + 1));
    }

    // Uniform in [0, 1), 24 bits: every value is exact in a float.
    [[nodiscard]] constexpr float unit(std::uint64_t index) const noexcept {
        return static_cast<float>(bits(index) >> 40U) * 0x1p-24F;
    }

    // Uniform in [-1, 1); variance 1/3.
    [[nodiscard]] constexpr float bipolar(std::uint64_t index) const noexcept {
        return static_cast<float>(static_cast<std::int32_t>(bits(index) >> 32U)) * 0x1p-31F;
    }

    // Uniform in [-1, 1) with 16 bits, four samples from one hash: a noise floor 96 dB below full scale.
    [[nodiscard]] static constexpr float quarter(std::uint64_t bits, std::uint64_t index) noexcept {
        return static_cast<float>(static_cast<std::int16_t>(bits >> (16U * (index & 3U)))) * 0x1p-15F;
    }

   private:
    std::uint64_t key_ = 0;
};

}  // namespace hobnail::synth
