// Each message of the server from its bytes. Pure.
#pragma once

#include <exception>
#include <optional>
#include <string>

#include "hobnail_client/messages.hpp"
#include "hobnail_client/reading.hpp"
#include "hobnail_client/replies.hpp"

namespace hobnail::client {
namespace detail {

inline EngineInfo engine_of(const msgpack::object& object) {
    const Fields fields(object);
    const auto event = [](const msgpack::object& one) {
        const Fields info(one);
        return EventInfo{info.text("name"), info.text("kind")};
    };
    return {fields.text("id"), fields.list("events", event), fields.list("materials", Fields::word),
            fields.list("controls", Fields::word)};
}

inline ControlInfo control_of(const msgpack::object& object) {
    const Fields fields(object);
    return {fields.text("id"), fields.text("unit"), fields.number("minimum", 0.0), fields.number("maximum", 1.0),
            fields.number("default", 0.0)};
}

inline SessionLatency latency_of(const Fields& fields) {
    const Fields parts(fields.need("latency"));
    return {parts.integer("buffer_frames", 0), parts.integer("model_frames", 0), parts.integer("transport_frames", 0),
            parts.integer("device_frames", 0)};
}

inline Welcome welcome_of(const Fields& fields) {
    Welcome welcome;
    welcome.client = fields.text("client");
    welcome.frame = fields.integer("frame");
    welcome.rate = fields.integer("rate");
    welcome.hop = fields.integer("hop");
    if (welcome.rate <= 0) {
        throw Misread("expected a rate above 0");
    }
    welcome.latency = latency_of(fields);
    welcome.engine = fields.text("engine");
    welcome.engines = fields.list("engines", engine_of);
    welcome.controls = fields.list("controls", control_of);
    welcome.buses = fields.list("buses", Fields::word);
    welcome.audio_port = fields.integer("audio_port");
    welcome.telemetry_port = fields.integer("telemetry_port");
    welcome.bounce_port = fields.integer("bounce_port", 0);
    welcome.heartbeat_s = fields.number("heartbeat_s", 1.0);
    welcome.timeout_s = fields.number("timeout_s", 3.0);
    welcome.version = fields.text("version");
    return welcome;
}

inline Ended ended_of(const Fields& fields) {
    Ended ended;
    ended.voice = fields.integer("voice");
    ended.emitter = fields.text("emitter");
    ended.event = fields.text("event");
    ended.engine = fields.text("engine");
    ended.reason = fields.text("reason");
    ended.re = fields.maybe_integer("re");
    ended.at = fields.maybe_integer("at");
    ended.received_ns = fields.maybe_integer("received_ns");
    ended.onset = fields.maybe_integer("onset");
    ended.onset_ns = fields.maybe_integer("onset_ns");
    ended.underrun_frames = fields.integer("underrun_frames", 0);
    return ended;
}

inline Refusal refusal_of(const Fields& fields) {
    return {fields.text("code"),     fields.text("path"),          fields.text("problem"),
            fields.text("cure", ""), fields.maybe_integer("re"), fields.integer("count", 1)};
}

inline ServerMessage message_of(const Fields& fields) {
    if (fields.integer("v") != kProtocol) {
        throw Misread("expected protocol 1");
    }
    const auto type = fields.text("type");
    if (type == "welcome") {
        return welcome_of(fields);
    }
    if (type == "pong") {
        return Pong{fields.integer("t"), fields.integer("frame"), fields.integer("ns")};
    }
    if (type == "ack") {
        return Ack{fields.integer("re"), fields.maybe_integer("at"), fields.maybe_integer("voice")};
    }
    if (type == "ended") {
        return ended_of(fields);
    }
    if (type == "latency") {
        return LatencyNews{latency_of(fields)};
    }
    if (type == "error") {
        return refusal_of(fields);
    }
    throw Misread("unknown type " + type);
}

}  // namespace detail

// The message in one ZeroMQ frame; none when the bytes are not one of the server's.
[[nodiscard]] inline std::optional<ServerMessage> decode(const char* data, std::size_t size) noexcept {
    try {
        return with_map(data, size, detail::message_of);
    } catch (const std::exception&) {
        return std::nullopt;
    }
}

}  // namespace hobnail::client
