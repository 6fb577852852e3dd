// The engine thread's half of a voice: pulls its renderer into its FIFO, in slices.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>

#include "hobnail/voice.hpp"

namespace hobnail {

inline constexpr std::size_t kRenderSlice = 256;
inline constexpr float kSaneSample = 1.0e4F;  // +80 dBFS: beyond it, or not a number, the renderer is broken

// The samples before the first that no renderer should give.
[[nodiscard]] inline std::size_t sane_samples(std::span<const float> samples) noexcept {
    const auto bad = std::find_if(samples.begin(), samples.end(),
                                  [](float sample) { return !(std::abs(sample) <= kSaneSample); });
    return static_cast<std::size_t>(bad - samples.begin());
}

// [engine] Renders until `lead_frames` wait in the FIFO, it is full, or the renderer has no more to give now.
// A renderer that throws or gives insane samples fails its own voice, from that sample on, and nothing else.
inline std::size_t render_ahead(VoiceSlot& slot, std::size_t lead_frames) {
    std::size_t rendered = 0;
    const std::size_t wanted = std::min(lead_frames, slot.fifo.capacity());
    while (slot.source.load(std::memory_order_relaxed) == SourceState::more) {
        const std::size_t waiting = slot.fifo.readable();
        const std::span<float> room = slot.fifo.room();
        const std::size_t slice = std::min({kRenderSlice, room.size(), wanted - std::min(wanted, waiting)});
        std::size_t got = 0;
        bool failed = false;
        try {
            got = slice > 0 ? slot.renderer->render(room.data(), slice) : 0;
            const std::size_t sane = sane_samples(room.first(got));
            failed = sane < got;
            got = sane;
        } catch (...) {
            got = 0;
            failed = true;
        }
        slot.fifo.written(got);
        rendered += got;
        if (failed) {
            slot.source.store(SourceState::failed, std::memory_order_release);
        } else if (slot.renderer->finished()) {
            slot.source.store(SourceState::finished, std::memory_order_release);
        } else if (got == 0) {
            break;
        }
    }
    return rendered;
}

}  // namespace hobnail
