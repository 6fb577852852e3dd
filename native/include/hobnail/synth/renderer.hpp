// The procedural synthesiser of one voice: patches in, sound out.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "hobnail/synth/bands.hpp"
#include "hobnail/synth/context.hpp"
#include "hobnail/synth/grains.hpp"
#include "hobnail/synth/modes.hpp"
#include "hobnail/synth/modulators.hpp"
#include "hobnail/synth/pulses.hpp"
#include "hobnail/voice_renderer.hpp"

namespace hobnail::synth {

// [engine] `play` and `render` belong to one thread; neither allocates.
class SynthRenderer final : public VoiceRenderer {
   public:
    static constexpr std::size_t kQueue = 16;  // patches told ahead

    explicit SynthRenderer(std::uint64_t seed, float rate_hz = 48000.0F) noexcept
        : rate_hz_(rate_hz),
          fade_frames_(static_cast<std::size_t>(0.005F * rate_hz)),
          modes_(rate_hz),
          bands_(seed, rate_hz),
          grains_(seed, rate_hz),
          pulses_(seed, rate_hz),
          modulators_(seed, rate_hz) {}

    // False when the queue is full or the last patch has been told already.
    [[nodiscard]] bool play(std::shared_ptr<const Patch> patch, std::size_t frames, bool last) noexcept {
        if (queued_ == kQueue || told_last_) return false;
        queue_[(head_ + queued_) % kQueue] = {std::move(patch), frames, last};
        ++queued_;
        told_last_ = last;
        return true;
    }

    std::size_t render(float* out, std::size_t frames) override {
        std::size_t done = 0;
        while (done < frames) {
            if (read_ == block_.frames && !next_block()) break;
            const std::size_t n = std::min(frames - done, block_.frames - read_);
            for (std::size_t i = 0; i < n; ++i) out[done + i] = block_.out[read_ + i];
            read_ += n;
            done += n;
        }
        return done;
    }

    [[nodiscard]] std::size_t granted() const override {
        if (died_) return block_.frames - read_;
        std::size_t frames = segment_left_ + block_.frames - read_;
        for (std::size_t k = 0; k < queued_; ++k) frames += queue_[(head_ + k) % kQueue].frames;
        return frames;
    }

    [[nodiscard]] bool finished() const override {
        const bool rendered = read_ == block_.frames;
        return rendered && (died_ || (in_last_ && segment_left_ == 0));
    }

   private:
    struct Segment {
        std::shared_ptr<const Patch> patch;
        std::size_t frames = 0;
        bool last = false;
    };

    bool next_block() noexcept {
        if (died_) return false;
        while (segment_left_ == 0) {
            if (queued_ == 0) return false;
            begin(queue_[head_]);
            head_ = (head_ + 1) % kQueue;  // the slot keeps its patch, so that render() frees nothing
            --queued_;
        }
        block_.start = position_;
        block_.frames = std::min(kBlock, segment_left_);
        const std::size_t gliding = std::min(glide_left_, block_.frames);
        block_.glide = glide_left_ > gliding ? static_cast<float>(gliding) / static_cast<float>(glide_left_) : 1.0F;
        block_.out.fill(0.0F);
        block_.exciter.fill(0.0F);

        modulators_.render(block_);
        pulses_.render(block_);
        bands_.render(block_);
        if (glide_left_ > 0) modes_.advance(block_);
        grains_.render(block_, modes_);
        modes_.render(block_);
        shape();

        glide_left_ -= gliding;
        segment_left_ -= block_.frames;
        position_ += block_.frames;
        read_ = 0;
        return true;
    }

    void begin(const Segment& segment) noexcept {
        const Patch& patch = *segment.patch;
        const bool first = !started_;
        modulators_.aim(patch.modulators, first);
        bands_.aim(patch.bands, first, position_);
        grains_.aim(patch.grains, first, position_);
        modes_.aim(patch.modes, first);
        pulses_.add(patch.pulses, position_);
        gain_target_ = patch.gain;
        if (first) gain_ = patch.gain;
        glide_left_ = first ? 0 : kGlideFrames;
        segment_left_ = segment.frames;
        in_last_ = segment.last;
        started_ = true;
    }

    // Level, soft limit, the last fade, and whether anything is left to hear.
    void shape() noexcept {
        const float gain_before = gain_;
        glide_to(gain_, gain_target_, block_.glide);
        const float part = 1.0F / static_cast<float>(block_.frames);
        float peak = 0.0F;
        for (std::size_t i = 0; i < block_.frames; ++i) {
            float y = block_.out[i] * (gain_before + (gain_ - gain_before) * static_cast<float>(i + 1) * part);
            const std::size_t left = segment_left_ - i;
            if (in_last_ && left < fade_frames_) y *= static_cast<float>(left) / static_cast<float>(fade_frames_);
            y = limited(y);
            peak = std::max(peak, std::fabs(y));
            block_.out[i] = y;
        }
        quiet_frames_ = peak < kSilence ? quiet_frames_ + block_.frames : 0;
        const std::uint64_t now = block_.start + block_.frames;
        died_ = in_last_ && quiet_frames_ >= kQuietFrames && pulses_.spent() && bands_.spent(now) && grains_.spent(now);
    }

    // Straight below 0.7, then bending towards 1: overlapping contacts saturate instead of wrapping or clipping.
    [[nodiscard]] static float limited(float y) noexcept {
        const float size = std::fabs(y);
        if (!(size > 0.7F)) return y;
        return std::copysign(0.7F + 0.3F * std::tanh((size - 0.7F) / 0.3F), y);
    }

    static constexpr std::size_t kQuietFrames = 640;  // longer than half a cycle of any mode that is heard

    float rate_hz_;
    std::size_t fade_frames_;
    ModeBank modes_;
    NoiseBands bands_;
    GrainTrains grains_;
    Pulses pulses_;
    Modulators modulators_;
    std::array<Segment, kQueue> queue_{};
    std::size_t head_ = 0, queued_ = 0;
    BlockContext block_{};
    std::size_t read_ = 0;
    std::size_t segment_left_ = 0;
    std::size_t glide_left_ = 0;
    std::size_t quiet_frames_ = 0;
    std::uint64_t position_ = 0;
    float gain_ = 1.0F, gain_target_ = 1.0F;
    bool started_ = false, in_last_ = false, told_last_ = false, died_ = false;
};

}  // namespace hobnail::synth
