// The client's socket and the thread that listens to it.
//
// Whoever has something to say sends it right away, under a lock and without waiting: no thread hop delays an event, and
// a busy game cannot starve its own pings. The background thread only sleeps on the socket's file descriptor, and takes
// the same lock to read. That is allowed: a ZeroMQ socket may move between threads across a full fence.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <zmq.hpp>

#include "hobnail_client/conversation.hpp"
#include "hobnail_client/sockets.hpp"

namespace hobnail::client {

class Link {
   public:
    // Connects in the background. Throws ClientError when the address is none.
    Link(const Hello& hello, const std::string& address, double timeout_s, const std::optional<Keys>& keys)
        : conversation_(hello, timeout_s),
          socket_(context_, zmq::socket_type::dealer),
          wake_near_(context_, zmq::socket_type::pair),
          wake_far_(context_, zmq::socket_type::pair) {
        try {
            wake_near_.bind("inproc://wake");
            wake_far_.connect("inproc://wake");
            set_control_options(socket_, hello.client, keys);
            socket_.connect(address);
        } catch (const zmq::error_t& error) {
            throw ClientError("Cannot connect to '" + address + "': " + error.what() +
                              ". Use an address like tcp://127.0.0.1:9710.");
        }
        thread_ = std::thread([this] { run(); });
    }

    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;
    ~Link() { close(); }

    // [any] Runs `look` on the conversation, under the lock.
    template <typename Look>
    auto with(Look look) {
        const std::lock_guard lock(mutex_);
        return look(conversation_);
    }

    // [any] Sends a message that wants an answer; its request number, or none when it could not go out. `greeting`: only
    // if no server has said welcome since; 0: in any case.
    std::optional<std::int64_t> ask(const ClientMessage& message, int greeting) {
        const std::lock_guard lock(mutex_);
        if (greeting != 0 && greeting != conversation_.greetings()) {
            return std::nullopt;
        }
        const auto request = conversation_.ask(message);
        if (!request) {
            return std::nullopt;
        }
        if (!send(request->second)) {
            conversation_.withdraw(request->first);
            return std::nullopt;
        }
        return request->first;
    }

    // [any] Sends a message that wants none; false when it could not go out.
    bool tell(const ClientMessage& message, int greeting) {
        const std::lock_guard lock(mutex_);
        if (greeting != 0 && greeting != conversation_.greetings()) {
            return false;
        }
        const auto bytes = conversation_.tell(message);
        return bytes && send(*bytes);
    }

    // [any, may wait] Until `look` gives something that is true, or the time is up; what it gave last.
    template <typename Look>
    auto wait_for(Look look, double timeout_s) {
        std::unique_lock lock(mutex_);
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::duration<double>(timeout_s);
        auto found = look(conversation_);
        while (!found && news_.wait_until(lock, deadline) != std::cv_status::timeout) {
            found = look(conversation_);
        }
        return found ? found : look(conversation_);
    }

    // [control] Says bye and lets go, once; the bye has a moment to leave.
    void close() {
        {
            const std::lock_guard lock(mutex_);
            if (closing_) {
                return;
            }
            closing_ = true;
            if (conversation_.state() == State::greeted) {
                (void)send(encode(Bye{}));
            }
            ring();
        }
        thread_.join();
        socket_.set(zmq::sockopt::linger, kByeMs);
    }

   private:
    static constexpr int kByeMs = 200;
    static constexpr std::int64_t kLongestSleepMs = 500;

    bool send(const Bytes& bytes) {
        const bool sent = socket_.send(zmq::buffer(bytes), zmq::send_flags::dontwait).has_value();
        ring_if_unread();  // sending may swallow the descriptor's signal
        return sent;
    }

    void ring() { (void)wake_far_.send(zmq::str_buffer("!"), zmq::send_flags::dontwait); }

    void ring_if_unread() {
        if ((socket_.get(zmq::sockopt::events) & ZMQ_POLLIN) != 0) {
            ring();
        }
    }

    void run() {
        std::unique_lock lock(mutex_);
        const auto descriptor = socket_.get(zmq::sockopt::fd);
        while (!closing_) {
            turn();
            const auto now = monotonic_ns();
            const auto left_ms = (conversation_.next_due_ns(now) - now + 999'999) / 1'000'000;
            const auto sleep_ms = std::clamp<std::int64_t>(left_ms, 0, kLongestSleepMs);
            lock.unlock();
            wait_readable(descriptor, wake_near_, sleep_ms);
            zmq::message_t ring;
            while (wake_near_.recv(ring, zmq::recv_flags::dontwait)) {
            }
            lock.lock();
        }
    }

    void turn() {
        const auto before = conversation_.state();
        bool heard = false;
        zmq::message_t message;
        while (socket_.recv(message, zmq::recv_flags::dontwait)) {
            heard = true;
            for (const auto& reply : conversation_.receive(message.data<char>(), message.size(), monotonic_ns())) {
                (void)send(reply);
            }
        }
        for (const auto& bytes : conversation_.due(monotonic_ns())) {
            const bool went_out = send(bytes);
            if (conversation_.state() != State::greeted) {
                conversation_.hello_sent(monotonic_ns(), went_out);
            }
        }
        if (heard || conversation_.state() != before) {
            news_.notify_all();
        }
        ring_if_unread();
    }

    std::mutex mutex_;
    std::condition_variable news_;
    Conversation conversation_;
    bool closing_ = false;
    zmq::context_t context_;
    zmq::socket_t socket_, wake_near_, wake_far_;
    std::thread thread_;
};

}  // namespace hobnail::client
