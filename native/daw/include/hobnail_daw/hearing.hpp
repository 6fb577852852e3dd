// How an instrument's sound comes: from memory that the server shares, where both are on one machine and the server
// offers it, and otherwise over ZeroMQ.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "hobnail_client/audio_receiver.hpp"
#include "hobnail_daw/inlet.hpp"
#include "hobnail_daw/page_ear.hpp"
#include "hobnail_daw/shared_inlet.hpp"

namespace hobnail::daw {

class Hearing {
   public:
    // `most_frames`: that are read at a time.
    Hearing(std::string emitter, std::size_t most_frames)
        : emitter_(std::move(emitter)), packets_(std::make_shared<Inlet>(most_frames)), shared_(most_frames) {}

    // [network] Forgets the server; with keys for the next one.
    void begin(const std::optional<client::Keys>& keys, bool may_share) {
        end();
        keys_ = keys;
        may_share_ = may_share;
    }
    void end() {
        receiver_.reset();
        address_.clear();
        renew();
    }
    // [network] A server said welcome: where its sound is.
    void connect(const std::string& address) {
        address_ = address;
        renew();
        if (receiver_) {
            receiver_->connect(address);
        }
    }
    void want(bool wanted) noexcept { wanted_ = wanted; }

    // [network] Whether it waits to hear of the memory: then look again soon.
    [[nodiscard]] bool waits() const noexcept { return ear_ && !shared_.there(); }

    // [network] Now and then.
    void look(std::int64_t now_ns) {
        shared_.tidy();
        if (!wanted_ || address_.empty()) {
            let_go();
        } else if (tries_memory_) {
            listen_for_memory(now_ns);
        }
        const bool by_packets = wanted_ && !address_.empty() && !tries_memory_;
        if (by_packets && !receiver_) {
            receiver_.emplace(keys_);
            receiver_->attach(emitter_, packets_);
            receiver_->connect(address_);
        } else if (!by_packets) {
            receiver_.reset();
        }
    }

    // [any] Whether the sound comes through shared memory.
    [[nodiscard]] bool shares() const noexcept { return shared_.there(); }

    // [audio] Frames `from` .. `from + count`, silence where there is no sound; `missing` counts that.
    [[nodiscard]] const float* read(std::int64_t from, std::size_t count, std::size_t& missing) noexcept {
        return shared_.there() ? shared_.read(from, count, missing) : packets_->read(from, count, missing);
    }

   private:
    static constexpr std::int64_t kPatience = 500'000'000;  // ns in which a server tells of its memory, or has none
    static constexpr std::int64_t kSilence = 3'000'000'000;  // it tells again five times a second

    void let_go() {
        ear_.reset();
        shared_.take(nullptr);
        name_.clear();
    }
    void renew() {
        let_go();
        tries_memory_ = may_share_ && is_here(address_);
    }

    void listen_for_memory(std::int64_t now_ns) {
        try {
            if (!ear_) {
                ear_.emplace(address_, emitter_, keys_);
                heard_ns_ = now_ns;
            }
            const auto name = ear_->heard();
            heard_ns_ = name ? now_ns : heard_ns_;
            if (name && *name != name_) {
                name_ = *name;
                shared_.take(SharedPage::open(name_));
                tries_memory_ = shared_.there();
            } else if (now_ns - heard_ns_ > (shared_.there() ? kSilence : kPatience)) {
                tries_memory_ = shared_.there();  // it told of none; or no longer does: ask anew
                let_go();
            }
        } catch (const zmq::error_t&) {
            tries_memory_ = false;
        }
        if (!tries_memory_) {
            let_go();
        }
    }

    const std::string emitter_;
    std::shared_ptr<Inlet> packets_;
    SharedInlet shared_;
    std::optional<client::Keys> keys_;  // from here on the network thread's
    std::optional<client::AudioReceiver> receiver_;
    std::optional<PageEar> ear_;
    std::string address_, name_;
    std::int64_t heard_ns_ = 0;
    bool wanted_ = false, may_share_ = true, tries_memory_ = false;
};

}  // namespace hobnail::daw
