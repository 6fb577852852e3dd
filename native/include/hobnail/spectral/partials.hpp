// The partials of a spectral codec: sines whose frequency and amplitude move in straight lines from hop to hop.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <vector>

namespace hobnail::spectral {

// One turn is 2^32: phases wrap by themselves, and sums of whole numbers are the same however they are cut.
class SineTable {
   public:
    SineTable() {
        for (std::size_t k = 0; k < values_.size(); ++k) {
            const double angle = 2.0 * std::numbers::pi * static_cast<double>(k) / kSteps;
            values_[k] = static_cast<float>(std::sin(angle));
        }
    }
    // Straight lines between 4096 values: 3e-7 off at most.
    [[nodiscard]] float operator()(std::uint32_t phase) const noexcept {
        const std::size_t step = phase >> 20U;
        const float part = static_cast<float>(phase & 0xfffffU) * 0x1p-20F;
        return values_[step] + part * (values_[step + 1] - values_[step]);
    }

   private:
    static constexpr std::size_t kSteps = 4096;
    std::array<float, kSteps + 1> values_{};
};

// The sines of one voice. Between the middles of two hops it draws straight lines; before the first middle the first
// hop's values hold. [engine]
class Partials {
   public:
    static constexpr float kSilence = -9.0F;  // natural log of an amplitude that counts as nothing: -78 dB

    Partials(std::size_t count, std::size_t hop, float rate_hz)
        : hop_(hop), turns_(4294967296.0 / static_cast<double>(rate_hz)), now_(count), before_(count), phases_(count) {}

    // Adds the samples from the middle of the last row to the middle of this one to `out`, `hop` samples; for the first
    // row of a voice only the first half hop is written. `row`: log frequency and log amplitude of each partial.
    std::size_t add(const SineTable& sine, const float* row, float* out) noexcept {
        const std::size_t frames = started_ ? hop_ : hop_ / 2;
        std::swap(before_, now_);
        for (std::size_t k = 0; k < now_.size(); ++k) now_[k] = aimed(row[2 * k], row[2 * k + 1]);
        if (!started_) before_ = now_;
        started_ = true;
        for (std::size_t k = 0; k < now_.size(); ++k) draw(sine, before_[k], now_[k], phases_[k], frames, out);
        return frames;
    }

    // Adds the half hop after the last row's middle: its values hold.
    void hold(const SineTable& sine, float* out) noexcept {
        for (std::size_t k = 0; k < now_.size(); ++k) draw(sine, now_[k], now_[k], phases_[k], hop_ - hop_ / 2, out);
    }

   private:
    struct Point {
        std::uint32_t step = 0;  // of the phase, each sample
        float amplitude = 0.0F;
    };

    [[nodiscard]] Point aimed(float log_hz, float log_amplitude) const noexcept {
        const double hz = std::exp(static_cast<double>(std::clamp(log_hz, 0.0F, 10.0F)));
        const float amplitude = std::exp(std::min(log_amplitude, 3.0F)) - std::exp(kSilence);
        return {static_cast<std::uint32_t>(hz * turns_), std::max(0.0F, amplitude)};
    }

    static void draw(const SineTable& sine, Point from, Point to, std::uint32_t& phase, std::size_t frames,
                     float* out) noexcept {
        if (from.amplitude == 0.0F && to.amplitude == 0.0F) {
            phase = 0;  // what begins later begins with a rising sine, without a step
            return;
        }
        if (from.amplitude == 0.0F) from.step = to.step;  // nothing is heard there: no glide from a former frequency
        if (to.amplitude == 0.0F) to.step = from.step;
        // The step glides too, in whole 1/65536 of itself: no rounding that could depend on how it is cut.
        std::int64_t step = static_cast<std::int64_t>(from.step) * 65536;
        const std::int64_t glide =
            (static_cast<std::int64_t>(to.step) * 65536 - step) / static_cast<std::int64_t>(frames);
        const float slope = (to.amplitude - from.amplitude) / static_cast<float>(frames);
        for (std::size_t n = 0; n < frames; ++n) {
            out[n] += sine(phase) * (from.amplitude + slope * static_cast<float>(n));
            phase += static_cast<std::uint32_t>(step >> 16U);
            step += glide;
        }
    }

    std::size_t hop_;
    double turns_;
    std::vector<Point> now_, before_;
    std::vector<std::uint32_t> phases_;
    bool started_ = false;
};

}  // namespace hobnail::spectral
