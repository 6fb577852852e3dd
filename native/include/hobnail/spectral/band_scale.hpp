// The bands of a spectral format as a scale: how wide they are, how much they count, what stands out of them.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <vector>

#include "hobnail/spectral/format.hpp"

namespace hobnail::spectral {

// Shared by all voices of one format. Never changes after construction. [any]
class BandScale {
   public:
    static constexpr std::size_t kReach = 6;  // bands to each side over which a spectrum is smoothed

    explicit BandScale(const Format& format) : centres_(format.centres_hz), rate_(format.rate_hz) {
        const std::size_t last = centres_.size() - 1;
        for (std::size_t b = 0; b <= last; ++b) {  // from the middle between two centres to the next
            const double below = b > 0 ? 0.5 * (hz(b - 1) + hz(b)) : 1.5 * hz(0) - 0.5 * hz(1);
            const double above = b < last ? 0.5 * (hz(b) + hz(b + 1)) : 1.5 * hz(b) - 0.5 * hz(b - 1);
            shares_.push_back(static_cast<float>(2.0 * (above - std::max(0.0, below)) / static_cast<double>(rate_)));
            logs_.push_back(static_cast<float>(std::log(hz(b))));
            weights_.push_back(weight(centres_[b]));
        }
        double whole = 0.0;
        std::array<double, 2 * kReach + 1> window{};
        for (std::size_t k = 0; k < window.size(); ++k) {
            const double turn = std::numbers::pi * static_cast<double>(k + 1) / static_cast<double>(window.size() + 1);
            window[k] = std::sin(turn) * std::sin(turn);
            whole += window[k];
        }
        for (std::size_t k = 0; k < window.size(); ++k) window_[k] = static_cast<float>(window[k] / whole);
    }

    [[nodiscard]] std::size_t count() const noexcept { return centres_.size(); }
    [[nodiscard]] float rate_hz() const noexcept { return rate_; }
    [[nodiscard]] const std::vector<float>& centres_hz() const noexcept { return centres_; }
    [[nodiscard]] const std::vector<float>& log_hz() const noexcept { return logs_; }
    // What a band of power 1 adds to the variance of the sound.
    [[nodiscard]] const std::vector<float>& shares() const noexcept { return shares_; }
    // `weight` of the centres.
    [[nodiscard]] const std::vector<float>& weights() const noexcept { return weights_; }

    // How much power counts at a frequency where loudness is to be kept: half the decibels of A-weighting (IEC 61672).
    // All of them would turn a rumble that is moved down up by 20 dB.
    [[nodiscard]] static float weight(float hz) noexcept {
        const double f = static_cast<double>(hz) * static_cast<double>(hz), top = 12194.0 * 12194.0;
        const double low = (f + 20.6 * 20.6) * std::sqrt((f + 107.7 * 107.7) * (f + 737.9 * 737.9));
        return static_cast<float>(1.2589 * top * f * f / (low * (f + top)));
    }

    // What of `values` stands out of the bands around; edges go on level. Both [count].
    void fine(const float* values, float* out) const noexcept {
        const auto last = static_cast<std::ptrdiff_t>(count()) - 1;
        for (std::ptrdiff_t b = 0; b <= last; ++b) {
            float around = 0.0F;
            for (std::size_t k = 0; k < window_.size(); ++k) {
                const std::ptrdiff_t at = b + static_cast<std::ptrdiff_t>(k) - static_cast<std::ptrdiff_t>(kReach);
                around += window_[k] * values[std::clamp<std::ptrdiff_t>(at, 0, last)];
            }
            out[b] = values[b] - around;
        }
    }

   private:
    [[nodiscard]] double hz(std::size_t b) const noexcept { return static_cast<double>(centres_[b]); }

    std::vector<float> centres_, logs_, shares_, weights_;
    std::array<float, 2 * kReach + 1> window_{};
    float rate_;
};

}  // namespace hobnail::spectral
