// The engine thread's side of the mixer: opens, fades, feeds and reaps voices.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "hobnail/idle_gate.hpp"
#include "hobnail/mix_board.hpp"
#include "hobnail/voice_feed.hpp"

namespace hobnail {

inline constexpr std::size_t kOpeningLead = 512;  // frames rendered before the mixer hears of a voice

// Meant for one thread. The lock makes a second one (a control thread that asks for levels) wait instead of breaking
// things; the mixer never takes it.
class VoiceDesk {
   public:
    VoiceDesk(MixBoard& board, IdleGate& gate) : board_(board), gate_(gate) { order_.reserve(board.spec.voices); }

    // False when no slot is free. Throws invalid_argument when the voice is still open.
    bool open(std::int64_t voice, std::shared_ptr<VoiceRenderer> renderer, std::size_t emitter,
              std::int64_t start_frame, float gain) {
        const std::lock_guard lock(mutex_);
        reap();
        if (find(voice) != nullptr) {
            throw std::invalid_argument("Mixer.open_voice: voice " + std::to_string(voice) +
                                        " is already open; give every voice a number of its own");
        }
        for (std::size_t index = 0; index < board_.slots.size(); ++index) {
            VoiceSlot& slot = *board_.slots[index];
            if (slot.state.load(std::memory_order_acquire) != VoiceState::free) {
                continue;
            }
            slot.clear();
            slot.voice = voice;
            slot.start_frame = start_frame;
            slot.emitter = emitter;
            slot.gain = gain;
            slot.renderer = std::move(renderer);
            render_ahead(slot, kOpeningLead);
            slot.state.store(VoiceState::open, std::memory_order_release);
            order_.push_back(index);
            board_.openings.push(index);  // as long as the slots, so there is always room
            gate_.announce();
            return true;
        }
        return false;
    }

    bool fade(std::int64_t voice, FadeRequest request) {
        const std::lock_guard lock(mutex_);
        VoiceSlot* slot = find(voice);
        if (slot != nullptr) {
            slot->request_fade(request);
        }
        return slot != nullptr;
    }

    std::size_t feed(std::int64_t voice, std::size_t lead_frames) {
        const std::lock_guard lock(mutex_);
        VoiceSlot* slot = find(voice);
        return slot == nullptr ? 0 : render_ahead(*slot, lead_frames);
    }

    std::size_t feed_all(std::size_t lead_frames) {
        const std::lock_guard lock(mutex_);
        reap();
        std::size_t rendered = 0;
        for (const std::size_t index : order_) {
            rendered += render_ahead(*board_.slots[index], lead_frames);
        }
        return rendered;
    }

    // Frames rendered or granted beyond what was mixed; -1 when the voice is over.
    [[nodiscard]] std::int64_t lead(std::int64_t voice) {
        const std::lock_guard lock(mutex_);
        const VoiceSlot* slot = find(voice);
        if (slot == nullptr) {
            return -1;
        }
        const bool more = slot->source.load(std::memory_order_relaxed) == SourceState::more;
        return static_cast<std::int64_t>(slot->fifo.readable() + (more ? slot->renderer->granted() : 0));
    }

    [[nodiscard]] std::vector<std::pair<std::int64_t, float>> levels() {
        const std::lock_guard lock(mutex_);
        reap();
        std::vector<std::pair<std::int64_t, float>> result;
        result.reserve(order_.size());
        for (const std::size_t index : order_) {
            result.emplace_back(board_.slots[index]->voice, board_.slots[index]->level.load(std::memory_order_relaxed));
        }
        return result;
    }

    [[nodiscard]] std::vector<VoiceReport> reports() {
        const std::lock_guard lock(mutex_);
        std::vector<VoiceReport> result;
        VoiceReport report;
        while (board_.reports.pop(report)) {
            result.push_back(report);
        }
        reap();
        return result;
    }

   private:
    // An open voice by its number.
    [[nodiscard]] VoiceSlot* find(std::int64_t voice) const noexcept {
        for (const std::size_t index : order_) {
            VoiceSlot& slot = *board_.slots[index];
            if (slot.voice == voice && slot.state.load(std::memory_order_acquire) == VoiceState::open) {
                return &slot;
            }
        }
        return nullptr;
    }

    // Frees the slots that the mixer is done with.
    void reap() {
        std::erase_if(order_, [this](std::size_t index) {
            VoiceSlot& slot = *board_.slots[index];
            if (slot.state.load(std::memory_order_acquire) != VoiceState::done) {
                return false;
            }
            slot.renderer.reset();
            slot.state.store(VoiceState::free, std::memory_order_relaxed);
            return true;
        });
    }

    MixBoard& board_;
    IdleGate& gate_;
    std::mutex mutex_;
    std::vector<std::size_t> order_;  // slots in use, in the order of opening
};

}  // namespace hobnail
