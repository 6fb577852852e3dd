// A session of one's own on the server, without a clock: it renders as far as it is asked to. docs/plugin.md has the
// few messages that it takes beside protocol 1. Every call may wait: only for hosts that render offline.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <vector>
#include <zmq.hpp>

#include "hobnail_client/decoding.hpp"
#include "hobnail_client/encoding.hpp"

namespace hobnail::daw {

class BounceRoom {
   public:
    BounceRoom() = default;
    BounceRoom(const BounceRoom&) = delete;
    BounceRoom& operator=(const BounceRoom&) = delete;
    ~BounceRoom() {
        if (room_) {
            tell(client::Bye{});
            room_->set(zmq::sockopt::linger, kByeMs);
        }
    }

    // Goes to a room by the server's door and begins at frame 0; in the same room again where it still stands.
    [[nodiscard]] bool open(const std::string& door, double patience_s) {
        if (room_ && door == door_ && greet(kHereS)) {
            return true;
        }
        room_.reset();
        door_ = door;
        try {
            auto asking = dealer(door);
            asking.send(zmq::str_buffer("room"), zmq::send_flags::none);
            zmq::message_t port;
            if (!wait(asking, patience_s) || !asking.recv(port)) {
                return false;
            }
            room_ = dealer(door.substr(0, door.rfind(':') + 1) + port.to_string());
            return greet(patience_s);
        } catch (const zmq::error_t&) {
            room_.reset();
            return false;
        }
    }

    [[nodiscard]] bool is_open() const noexcept { return room_.has_value(); }

    void tell(const client::ClientMessage& message) {
        if (room_) {
            room_->send(zmq::buffer(client::encode(message)), zmq::send_flags::none);
        }
    }

    // All that happens before session frame `known_until` was told: what the room renders of it goes to `take`, as
    // (first frame, interleaved stereo, frames). False when it does not answer in time.
    template <typename Take>
    [[nodiscard]] bool advance(std::int64_t known_until, double patience_s, Take take) {
        char number[sizeof known_until];
        std::memcpy(number, &known_until, sizeof number);  // little-endian, as hosts are
        room_->send(zmq::str_buffer("advance"), zmq::send_flags::sndmore);
        room_->send(zmq::buffer(number, sizeof number), zmq::send_flags::none);
        std::vector<zmq::message_t> parts;
        while (receive(parts, patience_s)) {
            if (parts.size() != 3 || parts[0].to_string_view() != "sound" || parts[1].size() != sizeof number) {
                ++refusals_;  // an error of protocol 1: the message that it is about has no effect
                continue;
            }
            std::int64_t at = 0;
            std::memcpy(&at, parts[1].data(), sizeof at);
            take(at, parts[2].data<float>(), parts[2].size() / (2 * sizeof(float)));
            return true;
        }
        room_.reset();
        return false;
    }

    [[nodiscard]] int refusals() const noexcept { return refusals_; }

   private:
    static constexpr double kHereS = 2.0;
    static constexpr int kByeMs = 200;

    zmq::socket_t dealer(const std::string& address) {
        zmq::socket_t socket(context_, zmq::socket_type::dealer);
        socket.set(zmq::sockopt::linger, 0);
        socket.set(zmq::sockopt::sndhwm, 0);
        socket.set(zmq::sockopt::rcvhwm, 0);
        socket.connect(address);
        return socket;
    }

    static bool wait(zmq::socket_t& socket, double patience_s) {
        zmq_pollitem_t item{socket.handle(), 0, ZMQ_POLLIN, 0};
        return zmq_poll(&item, 1, static_cast<long>(patience_s * 1e3)) > 0;
    }

    bool receive(std::vector<zmq::message_t>& parts, double patience_s) {
        parts.clear();
        do {
            if (!wait(*room_, patience_s)) {
                return false;
            }
            parts.emplace_back();
            if (!room_->recv(parts.back())) {
                return false;
            }
        } while (parts.back().more());
        return true;
    }

    bool greet(double patience_s) {
        tell(client::Hello{"daw"});
        std::vector<zmq::message_t> parts;
        while (receive(parts, patience_s)) {  // what is left of the last time comes first
            const auto message = parts.size() == 1 ? client::decode(parts[0].data<char>(), parts[0].size()) : std::nullopt;
            if (message && std::holds_alternative<client::Welcome>(*message)) {
                return true;
            }
        }
        room_.reset();
        return false;
    }

    zmq::context_t context_;
    std::optional<zmq::socket_t> room_;
    std::string door_;
    int refusals_ = 0;
};

}  // namespace hobnail::daw
