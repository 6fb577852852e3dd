// When each frame is due: arithmetic only, so that it can be tested without a clock.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "hobnail/clock_page.hpp"

namespace hobnail {

// Frames against the monotonic clock: a straight line through an anchor. The frame count never jumps; when the
// machine slept, it is the anchor that moves.
class ClockLine {
   public:
    static constexpr std::int64_t kLateNs = 5'000'000;       // later than this is counted
    static constexpr std::int64_t kGiveUpNs = 500'000'000;  // later than this is a suspend: nobody wants to catch up

    ClockLine(ClockAnchor anchor, std::int64_t rate_hz) noexcept : anchor_(anchor), rate_hz_(rate_hz) {}

    [[nodiscard]] std::int64_t due_ns(std::int64_t frame) const noexcept {
        const std::int64_t frames = frame - anchor_.frame;  // whole seconds apart, so that nothing overflows
        return anchor_.ns + frames / rate_hz_ * 1'000'000'000 + frames % rate_hz_ * 1'000'000'000 / rate_hz_;
    }

    void anchor(ClockAnchor anchor) noexcept { anchor_ = anchor; }

    // The first frame of the block of `step` frames that a moment lies in; the anchor's own frame if it lies before it.
    [[nodiscard]] std::int64_t block_at(std::int64_t ns, std::int64_t step) const noexcept {
        const std::int64_t left = std::max<std::int64_t>(0, ns - anchor_.ns);
        const std::int64_t steps = (left / 1'000'000'000 * rate_hz_ + left % 1'000'000'000 * rate_hz_ / 1'000'000'000) / step;
        return anchor_.frame + steps * step;
    }

   private:
    ClockAnchor anchor_;
    std::int64_t rate_hz_;
};

// Frames against a sound card that takes them in bursts: follows the mean of when they were taken.
class RingLine {
   public:
    RingLine(ClockAnchor anchor, std::int64_t rate_hz) noexcept : anchor_(anchor), rate_hz_(rate_hz) {}

    // `frame` is mixed now; returns the smoothed time for it.
    ClockAnchor follow(std::int64_t frame, std::int64_t now_ns) noexcept {
        const std::int64_t expected = anchor_.ns + (frame - anchor_.frame) * 1'000'000'000 / rate_hz_;
        const std::int64_t error = now_ns - expected;
        anchor_ = {frame, std::abs(error) > kJumpNs ? now_ns : expected + error / kSlowness};
        return anchor_;
    }

   private:
    static constexpr std::int64_t kJumpNs = 50'000'000;
    static constexpr std::int64_t kSlowness = 64;

    ClockAnchor anchor_;
    std::int64_t rate_hz_;
};

}  // namespace hobnail
