// The noise of a spectral codec: band powers in, one windowed frame of random phases out.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "hobnail/spectral/fft.hpp"
#include "hobnail/spectral/tables.hpp"
#include "hobnail/synth/noise.hpp"

namespace hobnail::spectral {

// Makes frames of one resolution; holds scratch memory only, so one object serves any number of voices of one thread.
// [engine]
class NoiseFrames {
   public:
    explicit NoiseFrames(Resolution resolution)
        : resolution_(std::move(resolution)),
          inverse_(resolution_.size()),
          amplitude_(resolution_.bins()),
          re_(resolution_.bins()),
          im_(resolution_.bins()),
          samples_(resolution_.size()) {}

    [[nodiscard]] const Resolution& resolution() const noexcept { return resolution_; }

    // Frame number `frame` of a voice, windowed: `size` samples. Phases depend on (noise, frame, bin) alone.
    const std::vector<float>& make(const synth::Noise& noise, std::uint64_t frame, const float* log_power) noexcept {
        const std::size_t first = resolution_.first(), last = resolution_.last();
        resolution_.amplitudes(log_power, amplitude_.data() + first);
        const std::uint64_t hashes = frame * ((resolution_.bins() + 3) / 4);
        for (std::size_t k = first & ~std::size_t{3}; k < last; k += 4) {  // one hash serves four bins
            const std::uint64_t bits = noise.bits(hashes + k / 4);
            for (std::size_t i = std::max(k, first); i < std::min(last, k + 4); ++i) {
                const auto phase = static_cast<std::size_t>(bits >> (16U * (i & 3U))) & (Directions::kCount - 1);
                const Directions::Direction direction = directions_[phase];
                re_[i] = amplitude_[i] * direction.cos;
                im_[i] = amplitude_[i] * direction.sin;
            }
        }
        inverse_(re_.data(), im_.data(), samples_.data());
        const float* window = resolution_.window().data();
        for (std::size_t n = 0; n < samples_.size(); ++n) samples_[n] *= window[n];
        return samples_;
    }

    // Sum of the powers of the bins of the last frame that was made.
    [[nodiscard]] float power() const noexcept {
        std::array<float, 8> sums{};  // so that compilers can use vectors
        for (std::size_t k = resolution_.first(); k < resolution_.last(); ++k) {
            sums[k & 7U] += amplitude_[k] * amplitude_[k];
        }
        float whole = 0.0F;
        for (const float sum : sums) whole += sum;
        return whole;
    }

   private:
    Resolution resolution_;
    Directions directions_;
    InverseRealFft inverse_;
    std::vector<float> amplitude_, re_, im_, samples_;  // bins that do not sound stay 0
};

}  // namespace hobnail::spectral
