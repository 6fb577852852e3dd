// Each message of a client as its bytes. Pure.
#pragma once

#include <string>
#include <variant>

#include "hobnail_client/messages.hpp"
#include "hobnail_client/writing.hpp"

namespace hobnail::client {
namespace detail {

inline const char* fill(MapWriter& map, const Hello& hello) {
    map.put("client", hello.client).put("units_per_metre", hello.units_per_metre);
    map.put("up", word(hello.up, kUps)).put("handedness", word(hello.handedness, kHands));
    if (hello.want_voices) {
        map.put("want", std::vector<std::string>{"voices"});
    }
    return "hello";
}

inline const char* fill(MapWriter& map, const Ping& ping) {
    map.put("t", ping.t);
    return "ping";
}

inline const char* fill(MapWriter& map, const Emitter& emitter) {
    const auto& from = emitter.settings;
    MapWriter to;
    to.put("prompt", from.prompt).put("material", from.material).put("mass_kg", from.mass_kg);
    to.put("size_m", from.size_m).put("gain_db", from.gain_db).put("position_m", from.position_m);
    to.put("pan", from.pan).put("bus", from.bus).put("priority", from.priority).put("shared", from.shared);
    to.put("engine", from.engine).put("seed", from.seed).put("controls", from.controls);
    map.put("emitter", emitter.emitter).put("op", word(emitter.op, kEmitterOps)).put("at", emitter.at);
    if (!to.empty()) {
        map.put_map("settings", to);
    }
    return "emitter";
}

inline const char* fill(MapWriter& map, const Event& event) {
    const auto& from = event.contact;
    MapWriter to;
    to.put("material", from.material).put("other", from.other).put("speed_m_s", from.speed_m_s);
    to.put("slip_m_s", from.slip_m_s).put("impulse_n_s", from.impulse_n_s).put("mass_kg", from.mass_kg);
    to.put("size_m", from.size_m).put("intensity", from.intensity);
    map.put("emitter", event.emitter).put("name", event.name).put("action", word(event.action, kActions));
    if (!to.empty()) {
        map.put_map("contact", to);
    }
    if (!event.controls.empty()) {
        map.put("controls", event.controls);
    }
    map.put("gain_db", event.gain_db).put("seed", event.seed).put("at", event.at);
    map.put("cue_s", event.cue_s).put("cue_beat", event.cue_beat);
    return "event";
}

inline const char* fill(MapWriter& map, const Frame& frame) {
    map.put("at", frame.at);
    if (!frame.values.empty()) {
        map.put("values", frame.values);
        return "frame";
    }
    map.put("emitters", frame.emitters);
    if (!frame.columns.empty()) {
        map.put("columns", frame.columns);
    }
    map.put_floats("data", frame.data);
    return "frame";
}

inline const char* fill(MapWriter& map, const Control& control) {
    map.put("control", control.control).put("emitter", control.emitter).put("value", control.value);
    map.put("plain", control.plain).put("at", control.at);
    return "control";
}

inline const char* fill(MapWriter& map, const Listener& listener) {
    map.put("position", listener.position).put("forward", listener.forward).put("up", listener.up);
    map.put("at", listener.at);
    return "listener";
}

inline const char* fill(MapWriter& map, const Bus& bus) {
    map.put("bus", bus.bus).put("gain_db", bus.gain_db).put("at", bus.at);
    return "bus";
}

inline const char* fill(MapWriter& map, const Palette& palette) {
    map.put("op", word(palette.op, kPaletteOps)).put("palette", palette.palette).put("at", palette.at);
    return "palette";
}

inline const char* fill(MapWriter& map, const Transport& transport) {
    map.put("op", word(transport.op, kTransportOps)).put("position_s", transport.position_s);
    map.put("tempo_bpm", transport.tempo_bpm).put("loop_s", transport.loop_s).put("at", transport.at);
    return "transport";
}

inline const char* fill(MapWriter&, const Panic&) { return "panic"; }
inline const char* fill(MapWriter&, const Bye&) { return "bye"; }

}  // namespace detail

// The message as one ZeroMQ frame.
[[nodiscard]] inline Bytes encode(const ClientMessage& message, const Envelope& envelope = {}) {
    MapWriter map;
    map.put("v", kProtocol).put("id", envelope.id).put("seq", envelope.seq);
    const char* type = std::visit([&map](const auto& one) { return detail::fill(map, one); }, message);
    return map.put("type", type).bytes();
}

}  // namespace hobnail::client
