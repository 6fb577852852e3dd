// The mixer as a whole: the engine's desk, the mixing core, and the thread or the hand that drives it.
#pragma once

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "hobnail/clock_page.hpp"
#include "hobnail/idle_gate.hpp"
#include "hobnail/mix_board.hpp"
#include "hobnail/mix_core.hpp"
#include "hobnail/mix_thread.hpp"
#include "hobnail/voice_desk.hpp"

namespace hobnail {

// Wrong arguments throw invalid_argument, calls at the wrong time logic_error; nothing was changed then.
class Mixer {
   public:
    // `clock` must outlive the mixer; without one it keeps its own.
    explicit Mixer(const MixSpec& spec, ClockPage* clock = nullptr)
        : own_clock_(clock == nullptr ? std::make_unique<ClockPage>() : nullptr),
          clock_(clock == nullptr ? *own_clock_ : *clock),
          board_(checked(spec)),
          core_(board_),
          desk_(board_, gate_),
          thread_(board_, core_, gate_, clock_) {
        clock_.write({0, monotonic_ns()});
    }
    Mixer(const Mixer&) = delete;
    Mixer& operator=(const Mixer&) = delete;

    void start(Pace pace, std::size_t ring_target = 256) {  // [control]
        const std::lock_guard lock(control_);
        if (thread_.running()) {
            throw std::logic_error("Mixer.start: the mixer is already running; stop it first");
        }
        if (pace == Pace::ring) {
            check_ring_target(ring_target);
        }
        left_ = 0;  // what pull() had mixed but not handed out
        thread_.start(pace, ring_target);
    }

    void stop() {  // [control]
        const std::lock_guard lock(control_);
        thread_.stop();
    }

    // [control] Mixes by hand into float [frames, 2]. Blocks are whole inside; what is left over waits for the next
    // call, so any chunking gives the same samples, and `frame` may run up to kBlock - 1 ahead of what was handed out.
    void pull(float* out, std::size_t frames) {
        const std::lock_guard lock(control_);
        if (thread_.running()) {
            throw std::logic_error("Mixer.pull: the mixer's thread is running; stop it first, or read an output ring");
        }
        while (frames > 0) {
            if (left_ == 0) {
                core_.mix();
                left_ = kBlock;
            }
            const std::size_t taken = std::min(left_, frames);
            out = std::copy_n(core_.block() + 2 * (kBlock - left_), 2 * taken, out);
            left_ -= taken;
            frames -= taken;
        }
        clock_.write({frame(), monotonic_ns()});
    }

    // [control] When they return, the ring that was there before is no longer used. Null takes it away.
    void set_output(std::size_t index, FrameRing* ring) {
        const std::lock_guard lock(control_);
        check_index("set_output: index", index, kOutputs);
        check_channels("set_output", ring, 2);
        board_.outputs.set_output(index, ring);
        gate_.announce();  // a long sleep that nobody was to hear is over
    }
    void set_tap(std::size_t index, FrameRing* ring, std::int64_t emitter) {
        const std::lock_guard lock(control_);
        check_index("set_tap: index", index, kTaps);
        if (emitter != kWholeMix) {
            check_index("set_tap: emitter", static_cast<std::size_t>(emitter), board_.emitters.size());
        }
        check_channels("set_tap", ring, emitter == kWholeMix ? 2 : 1);
        board_.outputs.set_tap(index, ring, emitter);
        gate_.announce();
    }

    void set_emitter(std::size_t emitter, float gain, float pan, float distance_m, std::size_t bus) {  // [engine]
        check_index("set_emitter: emitter", emitter, board_.emitters.size());
        check_index("set_emitter: bus", bus, board_.buses.size());
        check_range("set_emitter: gain", gain, 0.0F, kMostGain);
        check_range("set_emitter: pan", pan, -1.0F, 1.0F);
        check_range("set_emitter: distance_m", distance_m, 0.0F, 1.0e9F);
        board_.emitters[emitter].set(gain, pan, distance_m, bus, static_cast<float>(board_.spec.rate_hz));
    }
    void set_bus(std::size_t bus, float gain) {  // [engine]
        check_index("set_bus: bus", bus, board_.buses.size());
        check_range("set_bus: gain", gain, 0.0F, kMostGain);
        board_.buses[bus].store(gain, std::memory_order_relaxed);
    }

    bool open_voice(std::int64_t voice, std::shared_ptr<VoiceRenderer> renderer, std::size_t emitter,
                    std::int64_t start_frame, float gain) {  // [engine]
        check_index("open_voice: emitter", emitter, board_.emitters.size());
        check_range("open_voice: gain", gain, 0.0F, kMostGain);
        if (start_frame < kNextBlock) {
            throw std::invalid_argument("Mixer.open_voice: start_frame is " + std::to_string(start_frame) +
                                        ", expected a frame of the session or NEXT_BLOCK");
        }
        return desk_.open(voice, std::move(renderer), emitter, start_frame, gain);
    }
    [[nodiscard]] VoiceDesk& desk() noexcept { return desk_; }  // [engine]

    [[nodiscard]] Meters& meters() noexcept { return board_.meters; }  // [any]
    // [any] First frame that is still to come: not yet mixed, nor gone by in an idle sleep.
    [[nodiscard]] std::int64_t frame() const noexcept { return thread_.next_frame(); }
    // [any] Odd while a block is being mixed. Even and the same before and after a call: the block at `frame` saw it first.
    [[nodiscard]] std::uint64_t epoch() const noexcept { return board_.outputs.epoch(); }
    [[nodiscard]] Priority priority() const noexcept { return thread_.priority(); }  // [any]
    [[nodiscard]] std::size_t open_voices() const noexcept {  // [any]
        return static_cast<std::size_t>(std::count_if(board_.slots.begin(), board_.slots.end(), [](const auto& slot) {
            return slot->state.load(std::memory_order_relaxed) == VoiceState::open;
        }));
    }

   private:
    static constexpr float kMostGain = 1000.0F;  // +60 dB

    template <class Number>
    [[noreturn]] static void refuse(const char* what, Number found, const std::string& expected) {
        throw std::invalid_argument(std::string("Mixer.") + what + " is " + std::to_string(found) + ", expected " +
                                    expected);
    }
    static void check_index(const char* what, std::size_t found, std::size_t count) {
        if (found >= count) {
            refuse(what, static_cast<std::int64_t>(found), "0.." + std::to_string(count - 1));
        }
    }
    static void check_range(const char* what, float found, float least, float most) {
        if (!(found >= least && found <= most)) {  // also refuses what is not a number
            refuse(what, found, std::to_string(least) + ".." + std::to_string(most));
        }
    }
    static void check_channels(const char* what, const FrameRing* ring, std::size_t channels) {
        if (ring != nullptr && ring->channels() != channels) {
            throw std::invalid_argument(std::string("Mixer.") + what + ": the ring has " +
                                        std::to_string(ring->channels()) + " channels, expected " +
                                        std::to_string(channels) + " (the mix is stereo, an emitter mono)");
        }
    }
    static void check_count(const char* what, std::size_t found, std::size_t least, std::size_t most) {
        if (found < least || found > most) {
            refuse(what, static_cast<std::int64_t>(found), std::to_string(least) + ".." + std::to_string(most));
        }
    }

    void check_ring_target(std::size_t ring_target) const {
        const FrameRing* ring = board_.outputs.output(0);
        if (ring == nullptr) {
            throw std::logic_error("Mixer.start: pace \"ring\" follows output 0 and there is none; call set_output(0, ring) first");
        }
        check_count("start: ring_target", ring_target, 1, ring->capacity() - std::min(ring->capacity(), board_.spec.block_frames));
    }

    static const MixSpec& checked(const MixSpec& spec) {
        check_count("rate_hz", spec.rate_hz, 8000, 192000);
        check_count("block_frames", spec.block_frames, kBlock, 1024);
        if (spec.block_frames % kBlock != 0) {
            refuse("block_frames", spec.block_frames, "a multiple of " + std::to_string(kBlock));
        }
        check_count("voices", spec.voices, 1, 4096);
        check_count("fifo_frames", spec.fifo_frames, 2 * kBlock, std::size_t{1} << 24);
        check_count("emitters", spec.emitters, 1, 1 << 20);
        check_count("buses", spec.buses, 1, 256);
        return spec;
    }

    std::unique_ptr<ClockPage> own_clock_;
    ClockPage& clock_;
    MixBoard board_;
    MixCore core_;
    IdleGate gate_;
    VoiceDesk desk_;
    std::mutex control_;
    std::size_t left_ = 0;
    MixThread thread_;  // last, so that it is joined first
};

}  // namespace hobnail
