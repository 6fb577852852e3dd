// Sound of one topic on its way into an engine's audio callback: a ring, held at a constant depth.
//
// The server's clock and the sound card's drift apart, and their rates may differ (48 kHz here, 44.1 kHz there), so the
// reader interpolates, and runs up to 0.2 % fast or slow when the ring's depth leaves its band. At equal rates within
// the band every sample passes unchanged. When the sound does not come in time it fades out in 64 frames, and in again.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "hobnail_client/audio_target.hpp"
#include "hobnail_client/frame_ring.hpp"

namespace hobnail::client {

struct FeedOptions {
    std::size_t channels = 1;               // 1 for an emitter, 2 for the mix
    std::size_t block_frames = 512;         // frames that the callback asks for at a time
    std::size_t output_frames = 0;          // what the engine buffers behind the callback; only reported
    std::size_t safety_frames = 512;        // kept ready against late packets, at the source's rate
    double source_rate_hz = 48'000.0;       // welcome.rate
    double sink_rate_hz = 48'000.0;         // the engine's
};

class AudioFeed final : public AudioTarget {
   public:
    explicit AudioFeed(const FeedOptions& options)
        : options_(options),
          ratio_(options.source_rate_hz / options.sink_rate_hz),
          target_(static_cast<std::size_t>(std::ceil(static_cast<double>(options.block_frames) * ratio_)) + kPacket +
                  options.safety_frames),
          ring_(options.channels, 2 * target_ + kRoom),
          scratch_((static_cast<std::size_t>(kPiece * ratio_ * 1.01) + 4) * options.channels),
          window_(4 * options.channels, 0.0F),
          step_(ratio_) {}

    // [receiver] Samples whose first belongs to session frame `at`; small gaps become silence, so that time is kept.
    void write(std::int64_t at, const float* samples, std::size_t frames) noexcept override {
        const auto gap = at - next_frame_;
        if (next_frame_ >= 0 && gap > 0) {
            lost_.fetch_add(gap, std::memory_order_relaxed);
            if (gap <= static_cast<std::int64_t>(target_)) {
                ring_.write(nullptr, static_cast<std::size_t>(gap));
            }
        }
        next_frame_ = at + static_cast<std::int64_t>(frames);
        const auto taken = ring_.write(samples, frames);
        lost_.fetch_add(static_cast<std::int64_t>(frames - taken), std::memory_order_relaxed);
    }

    // [audio] Fills `frames` frames, with silence where there is no sound. Takes no lock and no memory.
    void read(float* samples, std::size_t frames) noexcept {
        settle();
        while (frames > 0) {
            const auto piece = std::min(frames, kPiece);
            render(samples, piece);
            samples += piece * options_.channels;
            frames -= piece;
        }
    }

    // [any] Frames of the session between a sample's due time and the loudspeaker: this ring and the engine's buffers.
    [[nodiscard]] double latency_frames() const noexcept {
        return depth_.load(std::memory_order_relaxed) + kPacket / 2.0 + kLookahead +
               static_cast<double>(options_.output_frames) * ratio_;
    }
    // [any] Frames that did not arrive, or found the ring full.
    [[nodiscard]] std::int64_t lost_frames() const noexcept { return lost_.load(std::memory_order_relaxed); }
    // [any] How often the sound was interrupted because none was ready.
    [[nodiscard]] std::int64_t interruptions() const noexcept { return interruptions_.load(std::memory_order_relaxed); }
    // [any] Frames thrown away because the callback had stood still.
    [[nodiscard]] std::int64_t skipped_frames() const noexcept { return skipped_.load(std::memory_order_relaxed); }
    [[nodiscard]] std::size_t target_frames() const noexcept { return target_; }
    [[nodiscard]] std::size_t channels() const noexcept override { return options_.channels; }

   private:
    static constexpr std::size_t kPacket = 256;   // frames that the server publishes at a time
    static constexpr std::size_t kPiece = 256;    // frames rendered at a time
    static constexpr std::size_t kRoom = 24'000;  // half a second for a callback that stands still
    static constexpr std::size_t kLookahead = 2;  // frames that interpolation needs to know in advance
    static constexpr double kSmoothing = 0.02, kBand = 256.0, kNudge = 0.002;
    static constexpr float kRamp = 1.0F / 64.0F;

    // Decides, once a callback, whether to play, to skip, and how fast.
    void settle() noexcept {
        auto ready = ring_.readable();
        const auto wanted = static_cast<double>(target_);
        if (!playing_) {
            if (ready < target_) {
                return;
            }
            ring_.drop(std::exchange(ready, target_) - target_);
            playing_ = true;
            settling_ = false;
            smooth_ = wanted;
            step_ = ratio_;
        }
        if (ready > target_ + 6 * kPacket + options_.block_frames) {
            ring_.drop(ready - target_);
            skipped_.fetch_add(static_cast<std::int64_t>(ready - target_), std::memory_order_relaxed);
            gain_ = 0.0F;
            smooth_ = wanted;
        } else {
            smooth_ += kSmoothing * (static_cast<double>(ready) - smooth_);
        }
        depth_.store(smooth_, std::memory_order_relaxed);
        const double excess = smooth_ - wanted;
        if (std::abs(excess) > kBand) {
            step_ = ratio_ * (excess > 0.0 ? 1.0 + kNudge : 1.0 - kNudge);
        } else if ((step_ > ratio_ && excess <= 0.0) || (step_ < ratio_ && excess >= 0.0)) {
            settling_ = true;
        }
    }

    void render(float* samples, std::size_t frames) noexcept {
        const auto channels = options_.channels;
        const auto needed = static_cast<std::size_t>(phase_ + static_cast<double>(frames) * step_) + 1;
        const auto found = playing_ ? ring_.peek(scratch_.data(), std::min(needed, scratch_.size() / channels)) : 0;
        std::size_t next = 0;
        for (std::size_t frame = 0; frame < frames; ++frame) {
            gain_ = playing_ ? std::min(1.0F, gain_ + kRamp) : std::max(0.0F, gain_ - kRamp);
            for (std::size_t channel = 0; channel < channels; ++channel) {
                samples[frame * channels + channel] = gain_ * between(window_.data() + 4 * channel);
            }
            if (!playing_) {
                continue;
            }
            for (phase_ += step_; phase_ >= 1.0; phase_ -= 1.0) {
                if (next == found) {
                    playing_ = false;
                    phase_ = 0.0;
                    interruptions_.fetch_add(1, std::memory_order_relaxed);
                    break;
                }
                shift(scratch_.data() + next++ * channels);
            }
            if (settling_ && phase_ <= 2.0 * kNudge) {
                end_nudge();
            }
        }
        ring_.drop(next);
    }

    // At equal rates on a whole frame again, so that samples pass unchanged; the jump is 0.4 % of a frame.
    void end_nudge() noexcept {
        settling_ = false;
        step_ = ratio_;
        phase_ = ratio_ == 1.0 ? 0.0 : phase_;
    }

    void shift(const float* frame) noexcept {
        for (std::size_t channel = 0; channel < options_.channels; ++channel) {
            float* window = window_.data() + 4 * channel;
            std::copy(window + 1, window + 4, window);
            window[3] = frame[channel];
        }
    }

    // Cubic Hermite between window[1] and window[2]; exactly window[1] at phase 0.
    [[nodiscard]] float between(const float* w) const noexcept {
        const auto t = static_cast<float>(phase_);
        const float inner = 2.0F * w[0] - 5.0F * w[1] + 4.0F * w[2] - w[3] + t * (3.0F * (w[1] - w[2]) + w[3] - w[0]);
        return w[1] + 0.5F * t * (w[2] - w[0] + t * inner);
    }

    FeedOptions options_;
    double ratio_;
    std::size_t target_;
    FrameRing ring_;
    std::int64_t next_frame_ = -1;  // the receiver's
    std::vector<float> scratch_, window_;  // from here on the audio thread's
    double step_, phase_ = 0.0, smooth_ = 0.0;
    float gain_ = 0.0F;
    bool playing_ = false, settling_ = false;
    std::atomic<double> depth_{0.0};
    std::atomic<std::int64_t> lost_{0}, interruptions_{0}, skipped_{0};
};

}  // namespace hobnail::client
