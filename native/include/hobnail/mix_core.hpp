// Mixes one block: voices through their strips into buses, buses into the mix, the mix into the outputs. [mixer]
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "hobnail/bus_bank.hpp"
#include "hobnail/limiter.hpp"
#include "hobnail/mix_board.hpp"
#include "hobnail/monotonic.hpp"
#include "hobnail/strip.hpp"
#include "hobnail/voice_player.hpp"

namespace hobnail {

inline constexpr float kAudible = 1.0e-4F;  // -80 dBFS

// Always kBlock frames on a grid of kBlock, whoever asks and however much: so gliding, limiting and summing do not
// depend on how the mix is pulled, and every way of pulling gives the same bits. Voices are summed in the order in
// which they opened. No allocation, lock, exception or log after construction.
class MixCore {
   public:
    explicit MixCore(MixBoard& board)
        : board_(board),
          strips_(board.spec.voices),
          players_(board.spec.voices),
          buses_(board.buses),
          limiter_(static_cast<float>(board.spec.rate_hz)) {
        active_.reserve(board.spec.voices);
    }

    [[nodiscard]] bool idle() const noexcept { return active_.empty() && board_.openings.empty(); }
    [[nodiscard]] const float* block() const noexcept { return mix_.data(); }  // float [kBlock, 2], interleaved

    // Frames waiting in output 0, or -1 when there is none.
    [[nodiscard]] std::int64_t waiting_in_sink() const noexcept {
        board_.outputs.enter();
        const FrameRing* ring = board_.outputs.output(0);
        const std::int64_t waiting =
            ring == nullptr ? -1 : static_cast<std::int64_t>(ring->capacity() - ring->writable());
        board_.outputs.leave();
        return waiting;
    }

    // Without `accept`, voices opened since the last block are left for a later one.
    void mix(bool accept = true) noexcept {
        const std::int64_t frame = board_.frame.load(std::memory_order_relaxed);
        board_.outputs.enter();
        if (accept) {
            take_openings();
        }
        look_at_taps();
        buses_.aim(false);
        for (const std::size_t index : active_) {
            mix_voice(index, frame);
        }
        sum_buses();
        hand_out();
        const std::int64_t ns = active_.empty() ? 0 : monotonic_ns();
        board_.frame.store(frame + static_cast<std::int64_t>(kBlock), std::memory_order_release);
        bump(board_.meters.blocks);
        settle_voices(ns);
        board_.outputs.leave();
    }

   private:
    struct LiveTap {
        FrameRing* ring = nullptr;
        std::int64_t emitter = kWholeMix;
        std::array<float, kBlock> mono{};
    };

    void take_openings() noexcept {
        std::size_t index = 0;
        while (active_.size() < active_.capacity() && board_.openings.pop(index)) {
            players_[index].begin(*board_.slots[index]);
            active_.push_back(index);  // within what was reserved
        }
    }

    void look_at_taps() noexcept {
        live_taps_ = 0;
        for (std::size_t i = 0; i < kTaps; ++i) {
            const OutputBoard::Tap& tap = board_.outputs.tap(i);
            FrameRing* ring = tap.ring.load();
            if (ring != nullptr) {
                taps_[live_taps_].ring = ring;
                taps_[live_taps_].emitter = tap.emitter;
                taps_[live_taps_].mono.fill(0.0F);
                ++live_taps_;
            }
        }
    }

    void mix_voice(std::size_t index, std::int64_t frame) noexcept {
        VoicePlayer& player = players_[index];
        if (!player.play(frame, voice_.data(), board_.meters)) {
            return;
        }
        VoiceSlot& slot = player.slot();
        Strip& strip = strips_[index];
        strip.aim(board_.emitters[slot.emitter], slot.gain, player.begins_now());
        strip.shape(voice_.data());
        float energy = 0.0F;
        for (const float sample : voice_) {
            energy += sample * sample;
        }
        slot.level.store(std::sqrt(energy / static_cast<float>(kBlock)), std::memory_order_relaxed);
        for (std::size_t t = 0; t < live_taps_; ++t) {
            if (taps_[t].emitter == static_cast<std::int64_t>(slot.emitter)) {
                std::transform(voice_.begin(), voice_.end(), taps_[t].mono.begin(), taps_[t].mono.begin(), std::plus<>());
            }
        }
        buses_.add(voice_.data(), strip);
        if (!player.sounded()) {
            look_for_sound(player, strip, frame);
        }
    }

    // The first sample of the voice that is louder than -80 dBFS on one side of the mix, after every gain that acts
    // on it (voice, emitter, distance, air, pan, bus); only the limiter on the sum is left out.
    void look_for_sound(VoicePlayer& player, const Strip& strip, std::int64_t frame) noexcept {
        const Glide& gain = buses_.gain(strip.bus());
        for (std::size_t i = 0; i < kBlock; ++i) {
            const float side = std::max(strip.left().at(i), strip.right().at(i));
            if (std::abs(voice_[i] * side * gain.at(i)) > kAudible) {
                player.note_sounded(frame + static_cast<std::int64_t>(i));
                return;
            }
        }
    }

    void sum_buses() noexcept {
        buses_.sum(mix_);
        float peak = 0.0F;
        for (const float sample : mix_) {
            peak = std::max(peak, std::abs(sample));
        }
        board_.meters.note_peak(peak);
        limiter_.process(mix_.data());
    }

    void hand_out() noexcept {
        for (std::size_t i = 0; i < kOutputs; ++i) {
            if (FrameRing* ring = board_.outputs.output(i); ring != nullptr) {
                write(*ring, mix_.data());
            }
        }
        for (std::size_t t = 0; t < live_taps_; ++t) {
            write(*taps_[t].ring, taps_[t].emitter == kWholeMix ? mix_.data() : taps_[t].mono.data());
        }
    }

    void write(FrameRing& ring, const float* samples) noexcept {
        const auto frame = static_cast<std::uint64_t>(board_.frame.load(std::memory_order_relaxed));  // the block's first
        const std::size_t taken = ring.write_stamped(frame, samples, kBlock);
        if (taken < kBlock) {
            bump(board_.meters.sink_overruns, kBlock - taken);
        }
    }

    void settle_voices(std::int64_t ns) noexcept {
        std::size_t kept = 0;
        for (const std::size_t index : active_) {
            VoicePlayer& player = players_[index];
            player.log().deliver(board_.reports, ns);
            if (player.over() && player.log().empty()) {
                player.slot().state.store(VoiceState::done, std::memory_order_release);
            } else {
                active_[kept++] = index;
            }
        }
        active_.resize(kept);
    }

    MixBoard& board_;
    std::vector<Strip> strips_;
    std::vector<VoicePlayer> players_;
    std::vector<std::size_t> active_;
    BusBank buses_;
    std::array<LiveTap, kTaps> taps_{};
    std::size_t live_taps_ = 0;
    std::array<float, kBlock> voice_{};
    std::array<float, 2 * kBlock> mix_{};
    Limiter limiter_;
};

}  // namespace hobnail
