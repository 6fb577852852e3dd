// Messages of the server as the JSON of tests/vectors.
#pragma once

#include <string>
#include <variant>

#include "hobnail_client/replies.hpp"
#include "json.hpp"

namespace probe {
using namespace hobnail::client;

inline Json shown(const SessionLatency& latency) {
    return Json()
        .put("buffer_frames", latency.buffer_frames)
        .put("model_frames", latency.model_frames)
        .put("transport_frames", latency.transport_frames)
        .put("device_frames", latency.device_frames);
}

inline Json shown(const LatencyNews& news) { return Json().put("type", "latency").put("latency", shown(news.latency)); }

inline Json shown(const Welcome& welcome) {
    const auto engine = [](const EngineInfo& one) {
        const auto event = [](const EventInfo& info) {
            return Json().put("name", info.name).put("kind", info.kind).text();
        };
        return Json()
            .put("id", one.id)
            .list("events", one.events, event)
            .words("materials", one.materials)
            .words("controls", one.controls)
            .text();
    };
    const auto control = [](const ControlInfo& one) {
        return Json()
            .put("id", one.id)
            .put("unit", one.unit)
            .put("minimum", one.minimum)
            .put("maximum", one.maximum)
            .put("default", one.initial)
            .text();
    };
    return Json()
        .put("type", "welcome")
        .put("client", welcome.client)
        .put("frame", welcome.frame)
        .put("rate", welcome.rate)
        .put("hop", welcome.hop)
        .put("latency", shown(welcome.latency))
        .put("engine", welcome.engine)
        .list("engines", welcome.engines, engine)
        .list("controls", welcome.controls, control)
        .words("buses", welcome.buses)
        .put("audio_port", welcome.audio_port)
        .put("telemetry_port", welcome.telemetry_port)
        .put("heartbeat_s", welcome.heartbeat_s)
        .put("timeout_s", welcome.timeout_s)
        .put("version", welcome.version);
}

inline Json shown(const Pong& pong) {
    return Json().put("type", "pong").put("t", pong.t).put("frame", pong.frame).put("ns", pong.ns);
}

inline Json shown(const Ack& ack) {
    return Json().put("type", "ack").put("re", ack.re).put("at", ack.at).put("voice", ack.voice);
}

inline Json shown(const Ended& ended) {
    return Json()
        .put("type", "ended")
        .put("voice", ended.voice)
        .put("emitter", ended.emitter)
        .put("event", ended.event)
        .put("engine", ended.engine)
        .put("reason", ended.reason)
        .put("re", ended.re)
        .put("at", ended.at)
        .put("received_ns", ended.received_ns)
        .put("onset", ended.onset)
        .put("onset_ns", ended.onset_ns)
        .put("underrun_frames", ended.underrun_frames);
}

inline Json shown(const Refusal& refusal) {
    return Json()
        .put("type", "error")
        .put("code", refusal.code)
        .put("path", refusal.path)
        .put("problem", refusal.problem)
        .put("cure", refusal.cure)
        .put("re", refusal.re)
        .put("count", refusal.count);
}

template <typename Message>
Json shown_any(const Message& message) {
    return std::visit([](const auto& one) { return shown(one); }, message);
}

}  // namespace probe
