// What all voices of one spectral format share: phases, windows, and the way from bands to bins.
#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <utility>
#include <vector>

#include "hobnail/spectral/format.hpp"

namespace hobnail::spectral {

// Phases to choose from by chance.
class Directions {
   public:
    static constexpr std::size_t kCount = 1024;  // 10 bits of a hash choose one

    struct Direction {  // on the unit circle
        float cos, sin;
    };

    Directions() {
        for (std::size_t k = 0; k < kCount; ++k) {
            const double angle = 2.0 * std::numbers::pi * static_cast<double>(k) / static_cast<double>(kCount);
            values_[k] = {static_cast<float>(std::cos(angle)), static_cast<float>(std::sin(angle))};
        }
    }
    [[nodiscard]] Direction operator[](std::size_t phase) const noexcept { return values_[phase]; }

   private:
    std::array<Direction, kCount> values_{};
};

// Frames of one size, and the bins that they make: from `from_hz` up to, but not with, `to_hz`. Never changes after
// construction. [any]
class Resolution {
   public:
    Resolution(const Format& format, std::size_t size, float from_hz, float to_hz)
        : size_(size), stride_(format.stride()), reach_((size - stride_) / 2) {
        const std::size_t stride = stride_;
        // Independent frames add as powers, so the windows are scaled until their squares sum to 1.
        std::vector<double> window(size);
        for (std::size_t n = 0; n < size; ++n) {
            const double rise = std::sin(std::numbers::pi * (static_cast<double>(n) + 0.5) / static_cast<double>(size));
            window[n] = size / stride > 2 ? rise * rise : rise;  // at half overlap the sine's squares sum to 1
        }
        double whole = 0.0;
        for (std::size_t n = 0; n < size; n += stride) whole += window[n] * window[n];
        for (double& value : window) value /= std::sqrt(whole);
        for (double value : window) window_.push_back(static_cast<float>(value / std::sqrt(static_cast<double>(size))));
        for (double value : window) shares_.push_back(static_cast<float>(value * value));
        // A voice begins with its first frame: where earlier ones are missing, the level is made good.
        for (std::size_t n = 0; n < size - stride; ++n) {
            double sum = 0.0;
            for (std::size_t at = 0; at <= n + reach_; at += stride) {
                if (n + reach_ - at < size) sum += window[n + reach_ - at] * window[n + reach_ - at];
            }
            opening_.push_back(static_cast<float>(1.0 / std::sqrt(sum)));
        }
        place_bins(format, from_hz, to_hz);
    }

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] std::size_t stride() const noexcept { return stride_; }
    [[nodiscard]] std::size_t overlap() const noexcept { return size_ / stride_; }  // frames over every sample
    [[nodiscard]] std::size_t bins() const noexcept { return size_ / 2 + 1; }
    // Samples by which a window goes beyond its stride, on either side.
    [[nodiscard]] std::size_t reach() const noexcept { return reach_; }
    [[nodiscard]] const std::vector<float>& window() const noexcept { return window_; }
    // What a frame of power 1 adds to the variance of each of its samples; over all frames that is 1.
    [[nodiscard]] const std::vector<float>& shares() const noexcept { return shares_; }
    // Gain of the first samples of a voice, [size - stride].
    [[nodiscard]] const std::vector<float>& opening() const noexcept { return opening_; }
    // Bins that sound: first .. last - 1.
    [[nodiscard]] std::size_t first() const noexcept { return first_; }
    [[nodiscard]] std::size_t last() const noexcept { return first_ + band_.size(); }

    // Amplitudes of the bins that sound from the log powers of the bands: straight lines between centres, level beyond.
    void amplitudes(const float* log_power, float* out) const noexcept {
        for (std::size_t k = 0; k < band_.size(); ++k) {
            const float below = log_power[band_[k]], above = log_power[band_[k] + 1];
            out[k] = below + part_[k] * (above - below);
        }
        for (std::size_t k = 0; k < band_.size(); ++k) out[k] = exp_half(out[k]);  // apart: this one in vectors
    }

   private:
    // exp(x / 2) for x in -60..60 with a relative error below 2e-7: a polynomial that compilers turn into vectors.
    static constexpr float kRound = 12582912.0F;  // 1.5 * 2^23: what is added to it has no bits below 1

    [[nodiscard]] static float exp_half(float x) noexcept {
        const float limited = x < -60.0F ? -60.0F : (x > 60.0F ? 60.0F : x);
        const float power = limited * (0.5F * std::numbers::log2e_v<float>);
        const float whole = (power + kRound) - kRound;
        const float y = (power - whole) * std::numbers::ln2_v<float>;  // -0.35..0.35
        float series = 1.0F / 5040.0F;                                   // Taylor, to the seventh power
        for (const float factor : {1.0F / 720.0F, 1.0F / 120.0F, 1.0F / 24.0F, 1.0F / 6.0F, 0.5F, 1.0F, 1.0F}) {
            series = series * y + factor;
        }
        const auto exponent = static_cast<std::uint32_t>(static_cast<std::int32_t>(whole) + 127) << 23U;
        return series * std::bit_cast<float>(exponent);
    }

    void place_bins(const Format& format, float from_hz, float to_hz) {
        const auto& centres = format.centres_hz;
        const float width = format.rate_hz / static_cast<float>(size_);
        std::size_t band = 0;
        first_ = 1;  // no direct current, and no half rate
        for (std::size_t k = 1; k + 1 < bins(); ++k) {
            const float hz = static_cast<float>(k) * width;
            if (hz < from_hz) first_ = k + 1;
            if (hz < from_hz || hz >= to_hz) continue;
            while (band + 2 < centres.size() && hz >= centres[band + 1]) ++band;
            const float part = (hz - centres[band]) / (centres[band + 1] - centres[band]);
            band_.push_back(band);
            part_.push_back(part < 0.0F ? 0.0F : (part > 1.0F ? 1.0F : part));
        }
    }

    std::size_t size_, stride_, reach_, first_ = 1;
    std::vector<float> window_, shares_, opening_, part_;
    std::vector<std::size_t> band_;
};

}  // namespace hobnail::spectral
