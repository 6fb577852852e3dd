// Asks a server of this machine for the shared memory of a topic, and hears where it is.
#pragma once

#include <optional>
#include <string>
#include <zmq.hpp>

#include "hobnail_client/reading.hpp"
#include "hobnail_client/sockets.hpp"

namespace hobnail::daw {

// Whether an address like tcp://127.0.0.1:9711 is of this machine.
[[nodiscard]] inline bool is_here(const std::string& address) {
    const auto from = address.find("://");
    const auto host = from == std::string::npos ? "" : address.substr(from + 3, address.rfind(':') - from - 3);
    return host == "localhost" || host == "[::1]" || host.rfind("127.", 0) == 0;
}

// Subscribed as long as it lives: that is what keeps the server writing. [network]
class PageEar {
   public:
    // Throws zmq::error_t when the address is none.
    PageEar(const std::string& address, const std::string& emitter, const std::optional<client::Keys>& keys)
        : topic_("shm/" + emitter), socket_(context_, zmq::socket_type::sub) {
        client::set_audio_options(socket_, 0, keys);
        socket_.set(zmq::sockopt::subscribe, topic_);
        socket_.connect(address);
    }
    PageEar(const PageEar&) = delete;
    PageEar& operator=(const PageEar&) = delete;

    // The name of the memory, as it was told last since the last call.
    [[nodiscard]] std::optional<std::string> heard() {
        std::optional<std::string> name;
        zmq::message_t topic, header;
        while (socket_.recv(topic, zmq::recv_flags::dontwait)) {
            bool whole = topic.more() && socket_.recv(header) && !header.more();
            for (bool more = header.more(); more;) {
                zmq::message_t rest;
                more = socket_.recv(rest) && rest.more();
            }
            whole = whole && topic.to_string() == topic_;  // ZeroMQ matches prefixes
            if (whole) {
                name = name_in(header);
            }
        }
        return name;
    }

   private:
    [[nodiscard]] static std::optional<std::string> name_in(const zmq::message_t& header) {
        try {
            std::string name;
            client::with_map(header.data<char>(), header.size(), [&name](const client::Fields& fields) {
                name = fields.text("memory");
                return true;
            });
            return name;
        } catch (const std::exception&) {
            return std::nullopt;
        }
    }

    std::string topic_;
    zmq::context_t context_;
    zmq::socket_t socket_;
};

}  // namespace hobnail::daw
