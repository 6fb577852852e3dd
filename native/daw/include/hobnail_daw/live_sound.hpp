// The sound that came from the server, played at the place on the session's clock where the head stands.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "hobnail_daw/resampler.hpp"

namespace hobnail::daw {

// [audio] Fades in whenever it begins; what is missing after the first sound is counted.
class LiveSound {
public:
    void begin() noexcept {
        fade_ = 0.0F;
        heard_ = false;  // it takes a moment until the sound comes
    }

    // [any] Session frames that came too late, or not at all.
    [[nodiscard]] std::int64_t lost_frames() const noexcept { return lost_.load(std::memory_order_relaxed); }

    // `source.read(from, count, missing)` gives sound by session frame. `at`: session frame of the first host frame; `step`: session frames from one host frame to the next.
    template <typename Source>
    void render(Source& source, const Resampler& resampler, double at, double step, float* left, float* right,
                std::size_t frames) noexcept {
        const auto first = static_cast<std::int64_t>(at) - Resampler::kReach;
        const auto last = static_cast<std::int64_t>(at + static_cast<double>(frames - 1) * step) + Resampler::kReach + 1;
        std::size_t missing = 0;
        const float* samples = source.read(first, static_cast<std::size_t>(last - first), missing);
        heard_ = heard_ || missing == 0;
        if (missing > 0 && heard_) {
            lost_.fetch_add(static_cast<std::int64_t>(missing), std::memory_order_relaxed);
        }
        for (std::size_t i = 0; i < frames; ++i) {
            const double place = at + static_cast<double>(i) * step;
            const auto whole_place = static_cast<std::int64_t>(place);
            fade_ = std::min(1.0F, fade_ + kFade);
            left[i] = fade_ * kCentre * resampler.between(samples + (whole_place - first), place - static_cast<double>(whole_place));
            right[i] = left[i];
        }
    }

private:
    static constexpr float kCentre = 0.70710678F;  // equal power, as the session's own mix
    static constexpr float kFade = 1.0F / 64.0F;

    std::atomic<std::int64_t> lost_{0};
    float fade_ = 0.0F;
    bool heard_ = false;
};

}  // namespace hobnail::daw
