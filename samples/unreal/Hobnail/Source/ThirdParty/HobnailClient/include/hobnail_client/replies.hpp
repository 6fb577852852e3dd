// What a server of protocol 1 says, as plain values. docs/protocol.md is the reference.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace hobnail::client {

using MaybeInt = std::optional<std::int64_t>;

struct EventInfo {
    std::string name, kind;  // kind: "one_shot" is triggered, "sustained" started and stopped
};

struct EngineInfo {
    std::string id;
    std::vector<EventInfo> events;
    std::vector<std::string> materials, controls;
};

struct ControlInfo {
    std::string id, unit;
    double minimum = 0.0, maximum = 1.0, initial = 0.0;
};

struct SessionLatency {
    std::int64_t buffer_frames = 0, model_frames = 0, transport_frames = 0;
    std::int64_t device_frames = 0;  // the server's own sound card: not on the way to an engine's mixer

    [[nodiscard]] std::int64_t total() const noexcept { return buffer_frames + model_frames + transport_frames; }
};

struct Welcome {
    std::string client;  // your name, made unique
    std::int64_t frame = 0, rate = 48000, hop = 512;
    SessionLatency latency;
    std::string engine;  // of emitters that name none
    std::vector<EngineInfo> engines;
    std::vector<ControlInfo> controls;
    std::vector<std::string> buses;
    std::int64_t audio_port = 0, telemetry_port = 0;  // 0: there is none
    std::int64_t bounce_port = 0;                     // where offline renders are asked for; 0: none
    double heartbeat_s = 1.0, timeout_s = 3.0;
    std::string version;
};

struct Pong {
    std::int64_t t = 0, frame = 0, ns = 0;
};

struct Ack {
    std::int64_t re = 0;
    MaybeInt at;     // frame at which it takes effect
    MaybeInt voice;  // the one that it opened
};

struct Ended {
    std::int64_t voice = 0;
    std::string emitter, event, engine, reason;
    MaybeInt re, at, received_ns, onset, onset_ns;
    std::int64_t underrun_frames = 0;
};

// The session's latency is no longer what the welcome said; the client puts it there.
struct LatencyNews {
    SessionLatency latency;
};

struct Refusal {
    std::string code, path, problem, cure;
    MaybeInt re;
    std::int64_t count = 1;  // so many alike
};

using ServerMessage = std::variant<Welcome, Pong, Ack, Ended, LatencyNews, Refusal>;
using Reply = std::variant<Ack, Ended, Refusal>;  // what a program gets to read

}  // namespace hobnail::client
