// Which session frame is played at which host frame: anchored once, then carried on by the host's own samples. Pure.
//
// The host's clock and the server's drift apart, so their distance is watched: the best of a quarter second, since a busy
// machine calls late but never early. Beyond 2 ms it is taken back by playing 0.1 % fast or slow; beyond 5 ms, as when
// the host stood still, and when the server was started again, it is anchored anew.
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
        if (epoch != epoch_) {
            epoch_ = epoch;
            return anchor(session_now);
        }
        best_ = std::max(best_, off);
        watched_s_ += static_cast<double>(frames) / host_rate_hz_;
        if (watched_s_ >= kWatchS) {
            const double best = best_;
            forget();
            if (std::abs(best) > kLost) {
                return anchor(session_now);
            }
            nudge_ = std::abs(best) > kBand || (nudge_ * best < 0.0) ? (best > 0.0 ? -kNudge : kNudge) : 0.0;
        }
        if (nudge_ != 0.0) {
            step_ = ratio_ * (1.0 + nudge_);
        } else if (step_ != ratio_ && at_ - std::floor(at_) < kNearly) {
            step_ = ratio_;
            at_ = ratio_ == 1.0 ? std::floor(at_) : at_;  // at equal rates samples pass unchanged again
        }
        return false;
    }

    // [audio] After a block, or a piece of one.
    void end(std::size_t frames) noexcept { at_ += static_cast<double>(frames) * step_; }

   private:
    static constexpr double kBand = 96.0, kLost = 240.0, kNudge = 0.001, kWatchS = 0.25, kNearly = 0.5;
    static constexpr double kNone = -1e18;

    bool anchor(double session_now) noexcept {
        at_ = std::floor(session_now - delay_);
        nudge_ = 0.0;
        step_ = ratio_;
        forget();
        return true;
    }

    void forget() noexcept {
        best_ = kNone;
        watched_s_ = 0.0;
    }

    double host_rate_hz_, ratio_, delay_, step_;
    double at_ = 0.0, nudge_ = 0.0, best_ = kNone, watched_s_ = 0.0;
    std::int32_t epoch_ = 0;
};

}  // namespace hobnail::daw
