// What the audio thread has to say to a session: small values that fit a queue.
#pragma once

#include <cstdint>

namespace hobnail::daw {

// What came over the host's MIDI input.
struct MidiIn {
    std::uint32_t frame = 0;  // of the block
    std::uint32_t size = 0;
    const std::uint8_t* data = nullptr;
};

// Where the host's playhead is at the first frame of a block.
struct HostTime {
    bool playing = false;
    std::int64_t frame = 0;
    double tempo_bpm = 0.0;  // 0: unknown
};

struct HostEvent {
    enum class What : std::uint8_t { trigger, start, stop, control, prompt, palette, play, halt, locate, tempo };

    What what = What::trigger;
    std::uint8_t index = 0;     // event, control parameter, slot
    std::uint8_t surface = 0;   // of kSurfaces
    bool has_pitch = false;     // a note of the keys brings its own
    std::int32_t epoch = 0;     // of the clock that `at` is of
    std::int64_t at = 0;        // session frame
    double value = 0.0;         // intensity 0..1; a control 0..1; seconds of play and locate
    double pitch = 0.5;         // 0..1
    double tempo_bpm = 0.0;
    std::uint64_t seed = 0;
};

}  // namespace hobnail::daw
