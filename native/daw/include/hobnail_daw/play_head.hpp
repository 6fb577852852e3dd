// Which session frame is played at which host frame: anchored once, then carried on by the host's own samples. Pure.
//
// The host's clock and the server's drift apart, so the distance is watched over a second and, beyond 2 ms, taken back
// by playing 0.1 % fast or slow. A jump (the server was started again, the host stood still) anchors it anew.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace hobnail::daw {

class PlayHead {
   public:
    // `delay_frames`: of the session, by which the first sample of a block is behind the session's now.
    PlayHead(double host_rate_hz, double delay_frames)
        : host_rate_hz_(host_rate_hz), ratio_(48'000.0 / host_rate_hz), delay_(delay_frames), step_(ratio_) {}

    [[nodiscard]] double at() const noexcept { return at_; }
    [[nodiscard]] double step() const noexcept { return step_; }
    [[nodiscard]] double ratio() const noexcept { return ratio_; }

    // [audio] Before a block: whether it was anchored anew, so that the sound has to fade in.
    bool begin(double session_now, std::int32_t epoch, std::size_t frames) noexcept {
        const double off = at_ - (session_now - delay_);
        smooth_ += std::min(1.0, static_cast<double>(frames) / host_rate_hz_) * (off - smooth_);
        if (epoch != epoch_ || std::abs(off) > kJump || std::abs(smooth_) > kLost) {
            epoch_ = epoch;
            at_ = std::floor(session_now - delay_);
            smooth_ = 0.0;
            step_ = ratio_;
            return true;
        }
        if (std::abs(smooth_) > kBand) {
            step_ = ratio_ * (smooth_ > 0.0 ? 1.0 - kNudge : 1.0 + kNudge);
        } else if (step_ != ratio_ && (smooth_ > 0.0) == (step_ > ratio_) && at_ - std::floor(at_) < 0.05) {
            step_ = ratio_;
            at_ = ratio_ == 1.0 ? std::floor(at_) : at_;  // at equal rates samples pass unchanged again
        }
        return false;
    }

    // [audio] After a block, or a piece of one.
    void end(std::size_t frames) noexcept { at_ += static_cast<double>(frames) * step_; }

   private:
    static constexpr double kBand = 96.0, kLost = 1'200.0, kJump = 9'600.0, kNudge = 0.001;

    double host_rate_hz_, ratio_, delay_, step_;
    double at_ = 0.0, smooth_ = 0.0;
    std::int32_t epoch_ = 0;
};

}  // namespace hobnail::daw
