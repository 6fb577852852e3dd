// What the client's sockets have in common: the clock, the options, the keys.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <zmq.hpp>

#include "hobnail_client/keys.hpp"

namespace hobnail::client {

// The clock of every local time here, ns.
[[nodiscard]] inline std::int64_t monotonic_ns() noexcept {
    const auto since = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::nanoseconds>(since).count();
}

namespace detail {

inline void set_common_options(zmq::socket_t& socket, const std::optional<Keys>& keys) {
    socket.set(zmq::sockopt::linger, 0);
    socket.set(zmq::sockopt::heartbeat_ivl, 1000);
    socket.set(zmq::sockopt::heartbeat_timeout, 3000);
    socket.set(zmq::sockopt::reconnect_ivl, 100);
    socket.set(zmq::sockopt::reconnect_ivl_max, 1000);
    socket.set(zmq::sockopt::ipv6, true);
    if (keys) {
        socket.set(zmq::sockopt::curve_serverkey, keys->server_public);
        socket.set(zmq::sockopt::curve_publickey, keys->own_public);
        socket.set(zmq::sockopt::curve_secretkey, keys->own_secret);
    }
}

}  // namespace detail

// Options of the socket that talks; before it connects.
inline void set_control_options(zmq::socket_t& socket, const std::string& name, const std::optional<Keys>& keys) {
    std::random_device random;
    const auto routing_id = name + "-" + std::to_string(random()) + std::to_string(random());
    detail::set_common_options(socket, keys);
    socket.set(zmq::sockopt::routing_id, routing_id);  // the same after a reconnect, so that the server knows us
    socket.set(zmq::sockopt::immediate, true);         // nothing waits for a server that is away
    socket.set(zmq::sockopt::sndhwm, 1000);
    socket.set(zmq::sockopt::rcvhwm, 10'000);
}

// Options of the socket that listens to sound; before it connects.
inline void set_audio_options(zmq::socket_t& socket, int patience_ms, const std::optional<Keys>& keys) {
    detail::set_common_options(socket, keys);
    socket.set(zmq::sockopt::rcvhwm, 256);
    socket.set(zmq::sockopt::rcvtimeo, patience_ms);
}

// Sleeps until the descriptor or the socket can be read, or the time is up; a signal may wake it early.
inline void wait_readable(zmq::fd_t descriptor, zmq::socket_t& socket, std::int64_t timeout_ms) noexcept {
    std::array<zmq_pollitem_t, 2> items{{{nullptr, descriptor, ZMQ_POLLIN, 0}, {socket.handle(), 0, ZMQ_POLLIN, 0}}};
    (void)zmq_poll(items.data(), static_cast<int>(items.size()), static_cast<long>(timeout_ms));
}

}  // namespace hobnail::client
