// What a client of protocol 1 can say, as plain values. docs/protocol.md is the reference; units are the client's own.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace hobnail::client {

inline constexpr int kProtocol = 1;

using Vector3 = std::array<double, 3>;
using Controls = std::map<std::string, double>;  // id -> 0..1
using MaybeText = std::optional<std::string>;
using MaybeNumber = std::optional<double>;
using MaybeFrame = std::optional<std::int64_t>;  // a session frame; none: at once

enum class Up { y, z };
enum class Handedness { right, left };
enum class EmitterOp { create, update, remove };
enum class EventAction { trigger, start, stop };
enum class PaletteOp { load, unload };
enum class TransportOp { play, stop, locate, loop, tempo, clear };

struct Hello {
    std::string client;            // a name for people; an id
    double units_per_metre = 1.0;  // 100 when lengths are centimetres
    Up up = Up::y;
    Handedness handedness = Handedness::right;
    bool want_voices = false;  // be told when a voice has ended
};

struct Ping {
    std::int64_t t = 0;  // own monotonic clock, ns
};

// What touches what, how hard. What is left out is unknown.
struct Contact {
    MaybeText material = {}, other = {};
    MaybeNumber speed_m_s = {}, slip_m_s = {}, impulse_n_s = {}, mass_kg = {}, size_m = {}, intensity = {};
};

// A pan that follows the position holds none.
struct Pan {
    MaybeNumber value = {};
};

// What is left out has its default on creation and stays as it is on update.
struct EmitterSettings {
    MaybeText prompt = {}, material = {};
    MaybeNumber mass_kg = {}, size_m = {}, gain_db = {};
    std::optional<Vector3> position_m = {};
    std::optional<Pan> pan = {};
    MaybeText bus = {};
    std::optional<int> priority = {};
    std::optional<bool> shared = {};
    MaybeText engine = {};
    std::optional<std::int64_t> seed = {};
    std::optional<Controls> controls = {};
};

struct Emitter {
    std::string emitter;
    EmitterSettings settings = {};
    EmitterOp op = EmitterOp::create;
    MaybeFrame at = {};
};

struct Event {
    std::string emitter, name;
    Contact contact = {};
    EventAction action = EventAction::trigger;
    Controls controls = {};
    double gain_db = 0.0;
    std::optional<std::int64_t> seed = {};
    MaybeFrame at = {};
    MaybeNumber cue_s = {}, cue_beat = {};  // instead of `at`: at every pass of this client's timeline over that place
};

// Features of one game tick: either a matrix (row = emitter, column = feature, NaN = unknown), or named numbers.
struct Frame {
    std::vector<std::string> emitters = {};
    std::vector<std::string> columns = {};  // empty: all of scene/1, in its order
    std::vector<float> data = {};
    std::map<std::string, std::map<std::string, double>> values = {};
    MaybeFrame at = {};
};

struct Control {
    std::string control;
    MaybeText emitter = {};              // none: all of this client's
    MaybeNumber value = {}, plain = {};  // exactly one: 0..1, or in the control's unit
    MaybeFrame at = {};
};

struct Listener {
    Vector3 position, forward, up;
    MaybeFrame at = {};
};

struct Bus {
    std::string bus;
    double gain_db = 0.0;
    MaybeFrame at = {};
};

struct Palette {
    PaletteOp op = PaletteOp::load;
    std::string palette = {};
    MaybeFrame at = {};
};

// This client's timeline, which lies on session frames.
struct Transport {
    TransportOp op = TransportOp::play;
    MaybeNumber position_s = {};                    // of play and locate; play without it goes on
    MaybeNumber tempo_bpm = {};                     // with any op
    std::optional<std::array<double, 2>> loop_s = {};  // of loop: start and end; without it, no loop any more
    MaybeFrame at = {};
};

struct Panic {};
struct Bye {};

using ClientMessage = std::variant<Hello, Ping, Emitter, Event, Frame, Control, Listener, Bus, Palette, Transport,
                                   Panic, Bye>;

// The numbers on a message: `id` asks for an answer, `seq` counts.
struct Envelope {
    std::optional<std::int64_t> id = {}, seq = {};
};

}  // namespace hobnail::client
