// The client's bookkeeping, without sockets, threads or clocks: bytes and times go in, bytes and replies come out.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "hobnail_client/decoding.hpp"
#include "hobnail_client/encoding.hpp"
#include "hobnail_client/scene_memory.hpp"
#include "hobnail_client/session_clock.hpp"

namespace hobnail::client {

enum class State { greeting, greeted, lost };

// One client's side. Times are local monotonic ns. [under the caller's lock]
class Conversation {
   public:
    Conversation(const Hello& hello, double timeout_s)
        : hello_(encode(hello)), timeout_ns_(static_cast<std::int64_t>(timeout_s * 1e9)) {}

    [[nodiscard]] State state() const noexcept { return state_; }
    [[nodiscard]] const std::optional<Welcome>& welcome() const noexcept { return welcome_; }
    [[nodiscard]] const SessionClock& clock() const noexcept { return clock_; }
    [[nodiscard]] int greetings() const noexcept { return greetings_; }  // more than 1: lost and found
    [[nodiscard]] std::int64_t unread() const noexcept { return unread_; }
    [[nodiscard]] std::int64_t misread() const noexcept { return misread_; }

    // --- out --------------------------------------------------------------------------------------------------------

    // A message that wants an answer: its request number and its bytes; none while the server does not know us.
    [[nodiscard]] std::optional<std::pair<std::int64_t, Bytes>> ask(const ClientMessage& message) {
        if (state_ != State::greeted) {
            return std::nullopt;
        }
        memory_.note(message, next_id_);
        auto bytes = stamped(message, next_id_);
        return std::pair(next_id_++, std::move(bytes));
    }

    // A message that wants none.
    [[nodiscard]] std::optional<Bytes> tell(const ClientMessage& message) {
        if (state_ != State::greeted) {
            return std::nullopt;
        }
        memory_.note(message, std::nullopt);
        return stamped(message, std::nullopt);
    }

    // A request could not go out.
    void withdraw(std::int64_t request) { memory_.refused(request); }

    // What must be sent now to be greeted, to stay known, and to know the time.
    [[nodiscard]] std::vector<Bytes> due(std::int64_t now_ns) {
        if (state_ == State::greeted && now_ns - heard_ns_ > timeout_ns_) {
            lose();
        }
        if (state_ == State::greeted) {
            return now_ns >= next_ping_ns() ? ping(now_ns) : std::vector<Bytes>{};
        }
        return !hello_ns_ || now_ns >= *hello_ns_ ? std::vector<Bytes>{hello_} : std::vector<Bytes>{};
    }

    // When to call due() again, at the latest.
    [[nodiscard]] std::int64_t next_due_ns(std::int64_t now_ns) const {
        return state_ == State::greeted ? std::min(next_ping_ns(), heard_ns_ + timeout_ns_) : hello_ns_.value_or(now_ns);
    }

    // Whether the connection took the hello; then the server has a while to answer.
    void hello_sent(std::int64_t now_ns, bool went_out) { hello_ns_ = now_ns + (went_out ? kHelloAgain : kConnectAgain); }

    // --- in ---------------------------------------------------------------------------------------------------------

    // A message from the server; returns what must be sent because of it.
    [[nodiscard]] std::vector<Bytes> receive(const char* data, std::size_t size, std::int64_t now_ns) {
        auto message = decode(data, size);
        if (!message) {
            ++misread_;
            return {};
        }
        heard_ns_ = now_ns;
        if (auto* welcome = std::get_if<Welcome>(&*message)) {
            return greeted(std::move(*welcome), now_ns);
        }
        if (const auto* pong = std::get_if<Pong>(&*message)) {
            clock_.add(pong->t, now_ns, pong->frame);
            return pings_ < kFirstPings ? ping(now_ns) : std::vector<Bytes>{};
        }
        if (auto* refusal = std::get_if<Refusal>(&*message)) {
            memory_.refused(refusal->re);
            const bool unknown_there = refusal->code == "not_greeted";  // it was started again, or let us go
            if (unknown_there && state_ == State::greeted) {
                lose();
            }
            if (!unknown_there || refusal->re) {
                keep(std::move(*refusal));
            }
        } else if (auto* ack = std::get_if<Ack>(&*message)) {
            memory_.accepted(ack->re);
            keep(*ack);
        } else if (auto* ended = std::get_if<Ended>(&*message)) {
            keep(std::move(*ended));
        } else if (const auto* news = std::get_if<LatencyNews>(&*message); news != nullptr && welcome_) {
            welcome_->latency = news->latency;
        }
        return {};
    }

    // All that came since the last call. `greeting`, of greetings(): without what a server said before that welcome, and
    // without answers to what was asked before it; 0: all.
    [[nodiscard]] std::vector<Reply> take_replies(int greeting = 0) {
        std::vector<Reply> taken;
        for (auto& [heard_in, reply] : std::exchange(inbox_, {})) {
            if (heard_in >= greeting) {
                taken.push_back(std::move(reply));
            }
        }
        return taken;
    }

    // The answer to a request, if it has come and was not taken yet.
    [[nodiscard]] std::optional<Reply> take_answer(std::int64_t request) {
        const auto answers = [request](const Heard& heard) { return answered(heard.reply) == request; };
        const auto found = std::find_if(inbox_.begin(), inbox_.end(), answers);
        if (found == inbox_.end()) {
            return std::nullopt;
        }
        auto reply = std::move(found->reply);
        inbox_.erase(found);
        return reply;
    }

   private:
    static constexpr std::int64_t kConnectAgain = 50'000'000;
    static constexpr std::int64_t kHelloAgain = 1'000'000'000;
    static constexpr int kFirstPings = 8;
    static constexpr std::size_t kInbox = 10'000;

    struct Heard {
        int greeting;
        Reply reply;
    };

    // The request that a reply answers; an ended voice answers none.
    [[nodiscard]] static MaybeInt answered(const Reply& reply) {
        if (const auto* ack = std::get_if<Ack>(&reply)) {
            return ack->re;
        }
        const auto* refusal = std::get_if<Refusal>(&reply);
        return refusal != nullptr ? refusal->re : std::nullopt;
    }

    [[nodiscard]] Bytes stamped(const ClientMessage& message, std::optional<std::int64_t> request) {
        return encode(message, {request, ++seq_});
    }

    [[nodiscard]] std::int64_t next_ping_ns() const {
        return ping_ns_ + static_cast<std::int64_t>((welcome_ ? welcome_->heartbeat_s : 1.0) * 1e9);
    }

    [[nodiscard]] std::vector<Bytes> ping(std::int64_t now_ns) {
        ping_ns_ = now_ns;
        ++pings_;
        return {encode(Ping{now_ns})};
    }

    void lose() {
        state_ = State::lost;
        hello_ns_.reset();
    }

    [[nodiscard]] std::vector<Bytes> greeted(Welcome welcome, std::int64_t now_ns) {
        state_ = State::greeted;
        welcome_ = std::move(welcome);
        clock_ = SessionClock(welcome_->rate);
        pings_ = 0;
        first_id_ = next_id_;
        auto out = ping(now_ns);
        if (greetings_++ > 0) {
            for (const auto& message : memory_.scene()) {
                const bool wants_answer = std::holds_alternative<Emitter>(message);
                if (wants_answer) {
                    memory_.note(message, next_id_);
                }
                out.push_back(stamped(message, next_id_++));
            }
        }
        return out;
    }

    void keep(Reply reply) {
        if (inbox_.size() == kInbox) {
            inbox_.pop_front();
            ++unread_;
        }
        const bool late = answered(reply).value_or(first_id_) < first_id_;
        inbox_.push_back({late ? greetings_ - 1 : greetings_, std::move(reply)});
    }

    Bytes hello_;
    std::int64_t timeout_ns_;
    State state_ = State::greeting;
    std::optional<Welcome> welcome_;
    SessionClock clock_;
    SceneMemory memory_;
    std::deque<Heard> inbox_;
    int greetings_ = 0;
    int pings_ = 0;
    std::int64_t first_id_ = 1;  // of what was asked since the last welcome
    std::int64_t next_id_ = 1, seq_ = 0, unread_ = 0, misread_ = 0, heard_ns_ = 0, ping_ns_ = 0;
    std::optional<std::int64_t> hello_ns_;
};

}  // namespace hobnail::client
