// A voice's slot: allocated once, used by one voice after another, shared by the engine thread and the mixer.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "hobnail/report.hpp"
#include "hobnail/voice_fifo.hpp"
#include "hobnail/voice_renderer.hpp"

namespace hobnail {

inline constexpr std::int64_t kNextBlock = -1;  // start_frame: at the beginning of the next block to be mixed

//   free --engine opens--> open --mixer, its last report delivered--> done --engine reaps--> free
enum class VoiceState : std::uint8_t { free, open, done };

// What the renderer still has; stored with release after the last sample was written.
enum class SourceState : std::uint8_t { more, finished, failed };

struct FadeRequest {
    std::uint32_t frames = 0;
    EndReason reason = EndReason::stopped;
};

struct VoiceSlot {
    explicit VoiceSlot(std::size_t fifo_frames) : fifo(fifo_frames) {}

    std::atomic<VoiceState> state{VoiceState::free};

    // Written by the engine thread before it publishes the slot, constant while the voice is open.
    std::int64_t voice = 0;
    std::int64_t start_frame = kNextBlock;
    std::size_t emitter = 0;
    float gain = 1.0F;

    std::shared_ptr<VoiceRenderer> renderer;  // [engine] the mixer never touches it
    VoiceFifo fifo;
    std::atomic<SourceState> source{SourceState::more};
    std::atomic<float> level{1.0F};  // [mixer writes] RMS of its last block after its gains; 1 until it has begun

    // [engine] The mixer takes the newest at its next block.
    void request_fade(FadeRequest fade) noexcept {
        fade_.store((std::uint64_t{fade.frames} << 8U) | (static_cast<std::uint64_t>(fade.reason) + 1),
                    std::memory_order_release);
    }

    // [mixer] True when there was a new request.
    bool take_fade(FadeRequest& fade) noexcept {
        if (fade_.load(std::memory_order_relaxed) == 0) {
            return false;
        }
        const std::uint64_t packed = fade_.exchange(0, std::memory_order_acquire);
        fade.frames = static_cast<std::uint32_t>(packed >> 8U);
        fade.reason = static_cast<EndReason>((packed & 0xFFU) - 1);
        return true;
    }

    // [engine] Before publishing.
    void clear() noexcept {
        fifo.clear();
        source.store(SourceState::more, std::memory_order_relaxed);
        level.store(1.0F, std::memory_order_relaxed);
        fade_.store(0, std::memory_order_relaxed);
    }

   private:
    std::atomic<std::uint64_t> fade_{0};  // 0: none; else frames << 8 | reason + 1
};

}  // namespace hobnail
