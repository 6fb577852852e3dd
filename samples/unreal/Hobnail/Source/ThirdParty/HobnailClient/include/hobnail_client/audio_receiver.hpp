// Listens to topics of the audio socket and fills their feeds, on a thread of its own.
#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>
#include <zmq.hpp>

#include "hobnail_client/audio_feed.hpp"
#include "hobnail_client/audio_packet.hpp"
#include "hobnail_client/sockets.hpp"

namespace hobnail::client {

class AudioReceiver {
   public:
    explicit AudioReceiver(std::optional<Keys> keys = {}) : keys_(std::move(keys)), thread_([this] { run(); }) {}

    AudioReceiver(const AudioReceiver&) = delete;
    AudioReceiver& operator=(const AudioReceiver&) = delete;
    ~AudioReceiver() {
        change([this] { closing_ = true; });
        thread_.join();
    }

    // [control] Where to listen: client.audio_address(), after each welcome. The same one again changes nothing.
    void connect(const std::string& address) {
        change([this, &address] { address_ = address; });
    }

    // [control] Feeds an emitter's sound, or that of "mix". Hand the feed to the audio thread, but let go of it
    // elsewhere: whoever lets go last gives its memory back.
    [[nodiscard]] std::shared_ptr<AudioFeed> listen(const std::string& name, const FeedOptions& options) {
        auto feed = std::make_shared<AudioFeed>(options);
        attach(name, feed);
        return feed;
    }

    // [control] The same into a target of the caller's own.
    void attach(const std::string& name, const std::shared_ptr<AudioTarget>& target) {
        change([this, &name, &target] { feeds_.emplace(topic_of(name), target); });
    }

    // [control] No more sound for this feed.
    void forget(const std::shared_ptr<AudioTarget>& feed) {
        change([this, &feed] {
            for (auto one = feeds_.begin(); one != feeds_.end();) {
                one = one->second == feed ? feeds_.erase(one) : std::next(one);
            }
        });
    }

    // [any] Messages that were no sound.
    [[nodiscard]] std::int64_t misread() const noexcept { return misread_.load(std::memory_order_relaxed); }

   private:
    static constexpr int kLookEveryMs = 20;  // how soon a change is seen while sound flows or should

    template <typename Make>
    void change(Make make) {
        const std::lock_guard lock(mutex_);
        make();
        changed_ = true;
        news_.notify_all();
    }

    void run() {
        zmq::context_t context;
        std::optional<zmq::socket_t> socket;
        std::string connected;
        std::set<std::string> subscribed;
        std::multimap<std::string, std::shared_ptr<AudioTarget>> feeds;
        while (true) {
            {
                std::unique_lock lock(mutex_);
                news_.wait(lock, [this, &socket] { return changed_ || closing_ || socket; });
                if (closing_) {
                    return;
                }
                if (std::exchange(changed_, false)) {
                    feeds = feeds_;
                    if (connected != address_ || feeds.empty()) {
                        socket.reset();
                        subscribed.clear();
                    }
                    connected = address_;
                }
            }
            if (!socket && !feeds.empty() && !connected.empty()) {
                socket = opened(context, connected);
            }
            if (socket) {
                subscribe(*socket, feeds, subscribed);
                receive(*socket, feeds);
            }
        }
    }

    std::optional<zmq::socket_t> opened(zmq::context_t& context, const std::string& address) const {
        try {
            zmq::socket_t socket(context, zmq::socket_type::sub);
            set_audio_options(socket, kLookEveryMs, keys_);
            socket.connect(address);
            return socket;
        } catch (const zmq::error_t&) {
            return std::nullopt;  // an address that is none was refused by the client before
        }
    }

    template <typename Feeds>
    static void subscribe(zmq::socket_t& socket, const Feeds& feeds, std::set<std::string>& subscribed) {
        for (auto topic = subscribed.begin(); topic != subscribed.end();) {
            if (feeds.count(*topic) == 0) {
                socket.set(zmq::sockopt::unsubscribe, *topic);
                topic = subscribed.erase(topic);
            } else {
                ++topic;
            }
        }
        for (const auto& [topic, feed] : feeds) {
            if (subscribed.insert(topic).second) {
                socket.set(zmq::sockopt::subscribe, topic);
            }
        }
    }

    template <typename Feeds>
    void receive(zmq::socket_t& socket, const Feeds& feeds) {
        try {
            parts_.clear();
            do {
                zmq::message_t part;
                if (!socket.recv(part)) {
                    return;  // nothing for a while
                }
                parts_.push_back(std::move(part));
            } while (parts_.back().more());
        } catch (const zmq::error_t&) {
            return;  // a signal: the next turn reads on
        }
        if (parts_.size() != 3 || !deliver(feeds)) {
            misread_.fetch_add(1, std::memory_order_relaxed);
        }
    }

    template <typename Feeds>
    bool deliver(const Feeds& feeds) {
        const auto& header = parts_[1];
        const auto& sound = parts_[2];
        if (!packet_.assign(header.data<char>(), header.size(), sound.data<char>(), sound.size())) {
            return false;
        }
        const auto range = feeds.equal_range(parts_[0].to_string());  // ZeroMQ matches prefixes: door hears door2
        for (auto one = range.first; one != range.second; ++one) {
            if (one->second->channels() != packet_.channels) {
                return false;
            }
            one->second->write(packet_.at, packet_.samples.data(), packet_.frames);
        }
        return true;
    }

    std::mutex mutex_;
    std::condition_variable news_;
    std::string address_;
    std::multimap<std::string, std::shared_ptr<AudioTarget>> feeds_;
    bool changed_ = false, closing_ = false;
    std::optional<Keys> keys_;
    std::vector<zmq::message_t> parts_;  // the thread's own, kept for their memory
    AudioPacket packet_;
    std::atomic<std::int64_t> misread_{0};
    std::thread thread_;  // last: it runs while all else stands
};

}  // namespace hobnail::client
