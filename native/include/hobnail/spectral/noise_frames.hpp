// The noise of a spectral codec: band powers in, one windowed frame of random phases out.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "hobnail/spectral/fft.hpp"
#include "hobnail/spectral/tables.hpp"
#include "hobnail/synth/noise.hpp"

namespace hobnail::spectral {

// Makes frames; holds scratch memory only, so one object serves any number of voices of one thread. [engine]
class NoiseFrames {
   public:
    explicit NoiseFrames(std::shared_ptr<const Tables> tables)
        : tables_(std::move(tables)),
          inverse_(tables_->format().size),
          amplitude_(tables_->format().bins()),
          re_(amplitude_.size()),
          im_(amplitude_.size()),
          samples_(tables_->format().size) {}

    // Adds frame number `frame` of a voice to `out`, `size` samples. Phases depend on (noise, frame, bin) alone.
    void add(const synth::Noise& noise, std::uint64_t frame, const float* log_power, float* out) noexcept {
        const std::size_t bins = amplitude_.size();
        tables_->amplitudes(log_power, amplitude_.data());
        const std::uint64_t first = frame * ((bins + 3) / 4);
        for (std::size_t k = 0; k < bins; k += 4) {  // one hash serves four bins, 10 of every 16 bits each
            const std::uint64_t bits = noise.bits(first + k / 4);
            for (std::size_t i = k; i < std::min(bins, k + 4); ++i) {
                const auto phase = static_cast<std::size_t>(bits >> (16U * (i & 3U))) & (Tables::kPhases - 1);
                const Tables::Direction direction = tables_->direction(phase);
                re_[i] = amplitude_[i] * direction.cos;
                im_[i] = amplitude_[i] * direction.sin;
            }
        }
        re_[0] = im_[0] = re_[bins - 1] = im_[bins - 1] = 0.0F;
        inverse_(re_.data(), im_.data(), samples_.data());
        const float* window = tables_->window().data();
        for (std::size_t n = 0; n < samples_.size(); ++n) out[n] += window[n] * samples_[n];
    }

   private:
    std::shared_ptr<const Tables> tables_;
    InverseRealFft inverse_;
    std::vector<float> amplitude_, re_, im_, samples_;
};

}  // namespace hobnail::spectral
