// Counters that the mixer writes and any thread reads.
#pragma once

#include <atomic>
#include <cstdint>

#include "hobnail/spsc_cursors.hpp"

namespace hobnail {

struct Meters {
    std::atomic<std::uint64_t> underruns{0};        // times a voice ran dry
    std::atomic<std::uint64_t> underrun_frames{0};  // frames of silence played instead
    std::atomic<std::uint64_t> late_blocks{0};      // mixed more than 5 ms after they were due
    std::atomic<std::uint64_t> sink_overruns{0};    // frames that an output or tap had no room for
    std::atomic<std::uint64_t> blocks{0};
    std::atomic<float> peak{0.0F};  // of the mix, before the limiter; whoever reads it sets it to zero

    void note_peak(float level) noexcept {
        float known = peak.load(std::memory_order_relaxed);
        while (level > known && !peak.compare_exchange_weak(known, level, std::memory_order_relaxed)) {
        }
    }
};

}  // namespace hobnail
