// Everything that the engine thread and the mixer share. Allocated once.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "hobnail/meter.hpp"
#include "hobnail/output_board.hpp"
#include "hobnail/report.hpp"
#include "hobnail/spsc_queue.hpp"
#include "hobnail/strip.hpp"
#include "hobnail/voice.hpp"

namespace hobnail {

struct MixSpec {
    std::size_t rate_hz = 48000;
    std::size_t block_frames = 64;  // paced in these, mixed in blocks of kBlock
    std::size_t voices = 128;
    std::size_t fifo_frames = 4096;
    std::size_t emitters = 1024;
    std::size_t buses = 8;
};

struct MixBoard {
    explicit MixBoard(const MixSpec& wanted)
        : spec(wanted),
          emitters(wanted.emitters),
          buses(wanted.buses),
          openings(wanted.voices),
          reports(std::max<std::size_t>(1024, 4 * wanted.voices)) {
        slots.reserve(spec.voices);
        for (std::size_t i = 0; i < spec.voices; ++i) {
            slots.push_back(std::make_unique<VoiceSlot>(spec.fifo_frames));
        }
        for (auto& bus : buses) {
            bus.store(1.0F, std::memory_order_relaxed);
        }
    }

    const MixSpec spec;
    std::vector<std::unique_ptr<VoiceSlot>> slots;
    std::vector<StripTarget> emitters;
    std::vector<std::atomic<float>> buses;  // gains
    SpscQueue<std::size_t> openings;        // slots, from the engine thread to the mixer, in the order of opening
    SpscQueue<VoiceReport> reports;         // back
    OutputBoard outputs;
    Meters meters;
    std::atomic<std::int64_t> frame{0};  // first frame not yet mixed
};

}  // namespace hobnail
