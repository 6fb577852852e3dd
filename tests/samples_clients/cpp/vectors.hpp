// The messages of tests/vectors/client.json, said with the client's own words; and bytes turned every way.
#pragma once

#include <cmath>
#include <limits>
#include <map>
#include <random>
#include <string>
#include <utility>

#include "hobnail_client/audio_packet.hpp"
#include "hobnail_client/decoding.hpp"
#include "hobnail_client/encoding.hpp"

namespace probe {
using namespace hobnail::client;

inline EmitterSettings everything() {
    EmitterSettings all;
    all.prompt = "an oak barrel", all.material = "wood", all.mass_kg = 30.0, all.size_m = 0.9, all.gain_db = -3.0;
    all.position_m = Vector3{1.0, 0.0, -2.0}, all.pan = Pan{}, all.bus = "main", all.priority = 60, all.shared = true;
    all.engine = "procedural", all.seed = 7, all.controls = Controls{{"pitch", 0.5}};
    return all;
}

inline Event on_timeline(MaybeNumber seconds, MaybeNumber beat) {
    Event event{"feet", "footstep"};
    event.cue_s = seconds, event.cue_beat = beat;
    return event;
}

inline std::map<std::string, std::pair<ClientMessage, Envelope>> messages() {
    const float unknown = std::numeric_limits<float>::quiet_NaN();
    EmitterSettings quieter;
    quieter.gain_db = -6.0;
    Contact gravel;
    gravel.material = "gravel";
    const Contact hit{"stone", "crate", 2.5, 0.25, 12.0, 30.0, 0.9, 0.75};
    const std::vector<float> all{1.5F, 0.0F, 0.0F, 0.5F, 0.01F, 0.9F, 0.0F, 1.0F, 0.5F, 1.0F, 0.0F, -2.0F};
    return {
        {"hello with defaults", {Hello{"my-game"}, {}}},
        {"hello from Unreal", {Hello{"unreal", 100.0, Up::z, Handedness::left, true}, {1, {}}}},
        {"ping", {Ping{123456789012345}, {}}},
        {"emitter created", {Emitter{"barrel", everything()}, {2, 2}}},
        {"emitter updated", {Emitter{"barrel", quieter, EmitterOp::update}, {3, {}}}},
        {"emitter removed", {Emitter{"barrel", {}, EmitterOp::remove}, {4, {}}}},
        {"event at once", {Event{"feet", "footstep", gravel}, {}}},
        {"event at a frame, everything given",
         {Event{"barrel", "impact", hit, EventAction::trigger, {{"pitch", 0.25}}, -1.5, 42, 48000}, {5, 9}}},
        {"event that starts", {Event{"barrel", "roll", {}, EventAction::start}, {6, {}}}},
        {"event that stops", {Event{"barrel", "roll", {}, EventAction::stop}, {7, {}}}},
        {"frame with columns",
         {Frame{{"barrel", "feet"},
                {"speed_m_s", "position_x_m", "position_y_m", "position_z_m"},
                {1.5F, 1.0F, 0.0F, -2.0F, unknown, 0.0F, 0.0F, 0.0F},
                {},
                512},
          {}}},
        {"frame with all columns", {Frame{{"barrel"}, {}, all}, {}}},
        {"frame with named numbers", {Frame{{}, {}, {}, {{"barrel", {{"speed_m_s", 1.5}, {"slip_m_s", 0.5}}}}}, {}}},
        {"control, normalised", {Control{"pitch", "barrel", 0.75, {}}, {}}},
        {"control, in its unit, of all emitters", {Control{"pitch", {}, {}, -3.0}, {}}},
        {"listener", {Listener{{0.0, 1.7, 0.0}, {0.0, 0.0, -1.0}, {0.0, 1.0, 0.0}}, {}}},
        {"bus", {Bus{"ambience", -12.0}, {8, {}}}},
        {"palette", {Palette{PaletteOp::load, "wet-boots"}, {9, {}}}},
        {"transport", {Transport{TransportOp::play, 1.5, 120.0}, {10, {}}}},
        {"transport at a frame", {Transport{TransportOp::stop, {}, {}, {}, 96000}, {}}},
        {"transport that loops", {Transport{TransportOp::loop, {}, {}, {{1.0, 3.5}}}, {}}},
        {"event at seconds of the timeline", {on_timeline(2.25, {}), {12, {}}}},
        {"event at a beat of the timeline", {on_timeline({}, 5.5), {}}},
        {"panic", {Panic{}, {11, {}}}},
        {"bye", {Bye{}, {}}},
    };
}

inline std::string hex(const std::string& bytes) {
    std::string out;
    for (const unsigned char one : bytes) {
        out += "0123456789abcdef"[one >> 4];
        out += "0123456789abcdef"[one & 15];
    }
    return out;
}

inline std::string unhex(const std::string& text) {
    std::string out;
    for (std::size_t at = 0; at + 1 < text.size(); at += 2) {
        out += static_cast<char>(std::stoi(text.substr(at, 2), nullptr, 16));
    }
    return out;
}

// Cuts, flips and joins bytes of a message `count` times; nothing may crash. Returns how many were still understood.
inline int mangle(const std::string& bytes, int count, unsigned seed) {
    std::mt19937 random(seed);
    int understood = 0;
    for (int turn = 0; turn < count; ++turn) {
        auto bad = bytes.substr(0, random() % 4 == 0 ? random() % (bytes.size() + 1) : bytes.size());
        for (unsigned flip = random() % 4; flip > 0 && !bad.empty(); --flip) {
            bad[random() % bad.size()] = static_cast<char>(random());
        }
        if (random() % 8 == 0) {
            bad += static_cast<char>(random());
        }
        AudioPacket packet;
        (void)packet.assign(bad.data(), bad.size(), bad.data(), bad.size());
        understood += decode(bad.data(), bad.size()).has_value() ? 1 : 0;
    }
    return understood;
}

}  // namespace probe
