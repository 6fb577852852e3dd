// Where the server's session clock stands, estimated from pings. Pure: every time is passed in, in monotonic ns.
//
// A pong that was answered within rtt was written at the middle, give or take rtt / 2 (Cristian 1989). As in NTP's
// clock filter (RFC 5905, section 10) the best of the last samples counts; its error bound grows with its age.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <deque>

namespace hobnail::client {

class SessionClock {
   public:
    explicit SessionClock(std::int64_t rate_hz = 48'000) : rate_hz_(static_cast<double>(rate_hz)) {}

    [[nodiscard]] std::size_t samples() const noexcept { return samples_.size(); }

    // A pong: `frame` was due somewhere between sending the ping and receiving the answer.
    void add(std::int64_t sent_ns, std::int64_t received_ns, std::int64_t frame) {
        const Sample sample{sent_ns + (received_ns - sent_ns) / 2, frame,
                            static_cast<double>(std::max<std::int64_t>(0, received_ns - sent_ns)) / 2.0};
        if (!samples_.empty()) {
            const auto& best = best_at(sample.local_ns);
            const double off_frames = std::abs(frame_at(best, sample.local_ns) - static_cast<double>(frame));
            const double off_ns = off_frames * 1e9 / rate_hz_;
            if (off_ns > sample.error_ns + best.error_at(sample.local_ns) + kSlackNs) {
                samples_.clear();  // the server's clock was set anew: what came before says nothing
            }
        }
        samples_.push_back(sample);
        if (samples_.size() > kKept) {
            samples_.pop_front();
        }
    }

    // The session frame due at a local time. Needs a sample.
    [[nodiscard]] std::int64_t frame_at(std::int64_t local_ns) const {
        return std::llround(frame_at(best_at(local_ns), local_ns));
    }

    // The local time at which a session frame is due. Needs a sample.
    [[nodiscard]] std::int64_t local_ns_at(std::int64_t frame) const {
        const auto& newest = samples_.back();
        const auto& best = best_at(newest.local_ns + ns_of(frame - newest.frame));
        return best.local_ns + ns_of(frame - best.frame);
    }

    // A bound on the error at that time, in ns. Needs a sample.
    [[nodiscard]] double error_ns(std::int64_t local_ns) const { return best_at(local_ns).error_at(local_ns); }

   private:
    static constexpr std::size_t kKept = 32;
    static constexpr double kDrift = 100e-6;  // how far the session's clock may run from this one: two cheap crystals
    static constexpr double kSlackNs = 2e6;   // a sample may contradict the estimate by so much beyond its error

    struct Sample {
        std::int64_t local_ns;
        std::int64_t frame;
        double error_ns;

        [[nodiscard]] double error_at(std::int64_t at_ns) const {
            return error_ns + kDrift * static_cast<double>(std::llabs(at_ns - local_ns));
        }
    };

    [[nodiscard]] const Sample& best_at(std::int64_t local_ns) const {
        return *std::min_element(samples_.begin(), samples_.end(), [local_ns](const Sample& a, const Sample& b) {
            return a.error_at(local_ns) < b.error_at(local_ns);
        });
    }

    [[nodiscard]] double frame_at(const Sample& sample, std::int64_t local_ns) const {
        return static_cast<double>(sample.frame) + static_cast<double>(local_ns - sample.local_ns) * rate_hz_ / 1e9;
    }

    [[nodiscard]] std::int64_t ns_of(std::int64_t frames) const {
        return std::llround(static_cast<double>(frames) * 1e9 / rate_hz_);
    }

    double rate_hz_;
    std::deque<Sample> samples_;
};

}  // namespace hobnail::client
