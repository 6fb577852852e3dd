// Talks to a live server, one step for each line that it is told.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <thread>

#include "ear.hpp"
#include "hobnail_client/audio_receiver.hpp"
#include "hobnail_client/client.hpp"
#include "shown.hpp"

namespace probe {

class Live {
   public:
    // One step: a word and what belongs to it. What it gives is printed.
    Json step(const std::string& word, std::istringstream& rest) {
        if (word == "connect") {
            const auto address = next(rest);
            const auto name = next(rest);
            return connect(address, name, rest);
        }
        if (word == "alone") {
            return alone(next(rest));
        }
        if (word == "create") {
            EmitterSettings settings;
            const auto id = next(rest);
            settings.prompt = "a thing", settings.material = next(rest);
            return answered(client_->create(id, settings));
        }
        if (word == "remove") {
            return answered(client_->remove(next(rest)));
        }
        if (word == "place") {
            EmitterSettings settings;
            const auto id = next(rest);
            settings.position_m = Vector3{number(rest), number(rest), number(rest)};
            return answered(client_->update(id, settings));
        }
        if (word == "event") {
            return event(rest);
        }
        if (word == "ended") {
            return ended(static_cast<std::int64_t>(number(rest)));
        }
        if (word == "control") {
            const auto id = next(rest), control = next(rest);
            return Json().put("sent", client_->control(control, number(rest), id));
        }
        if (word == "frames") {
            return frames(rest);
        }
        if (word == "listener") {
            return Json().put("sent", client_->listener({0.0, 1.7, 0.0}, {0.0, 0.0, -1.0}, {0.0, 1.0, 0.0}));
        }
        if (word == "now") {
            const auto local = monotonic_ns();
            return Json().put("frame", client_->frame_at(local)).put("local_ns", local).put("error_ns",
                                                                                          client_->clock_error_ns());
        }
        if (word == "listen") {
            return listen(rest);
        }
        if (word == "heard") {
            const auto id = next(rest);
            const auto said = ears_.at(id)->stop(next(rest));
            receiver_->forget(ears_.at(id)->feed());
            ears_.erase(id);
            return said;
        }
        if (word == "wait") {
            return wait(next(rest));
        }
        if (word == "close") {
            client_.reset();
            return Json().put("closed", true);
        }
        return Json().put("unknown", word);
    }

   private:
    static constexpr double kPatienceS = 30.0;

    static std::string next(std::istringstream& rest) {
        std::string word;
        rest >> word;
        return word;
    }

    static double number(std::istringstream& rest) { return std::stod(next(rest)); }

    Json connect(const std::string& address, const std::string& name, std::istringstream& rest) {
        Options options{address, {name, 1.0, Up::y, Handedness::right, true}, 3.0, {}};
        if (const auto server_key = next(rest); !server_key.empty()) {
            options.keys = Keys::load(server_key, next(rest));
            receiver_ = std::make_unique<AudioReceiver>(options.keys);
        }
        client_ = std::make_unique<Client>(options);
        if (!client_->wait_connected(kPatienceS)) {
            return Json().put("failed", "no server");
        }
        receiver_->connect(client_->audio_address());
        return shown(*client_->welcome());
    }

    // Where nobody listens: nothing waits, nothing is sent, and it ends at once.
    static Json alone(const std::string& address) {
        const auto began = monotonic_ns();
        bool sent = false, known = false;
        {
            Client lonely(Options{address, {"lonely"}, 3.0, {}});
            sent = lonely.event({"a", "impact"}) || lonely.panic() || lonely.control("pitch", 0.5);
            known = lonely.connected() || lonely.now() || lonely.welcome();
        }
        return Json().put("sent", sent).put("known", known).put("took_ns", monotonic_ns() - began);
    }

    Json answered(Client::Request request) {
        const auto reply = request ? client_->answer(*request, kPatienceS) : std::nullopt;
        return reply ? shown_any(*reply) : Json().put("failed", request ? "no answer" : "not sent");
    }

    Json event(std::istringstream& rest) {
        Event event;
        event.emitter = next(rest), event.name = next(rest);
        const auto action = next(rest);
        event.action = action == "start" ? EventAction::start
                       : action == "stop" ? EventAction::stop
                                          : EventAction::trigger;
        event.contact.material = next(rest);
        event.contact.speed_m_s = number(rest);
        if (const auto ahead = next(rest); !ahead.empty()) {
            event.at = *client_->now() + std::stoll(ahead);
        }
        return answered(client_->event(event)).put("asked_at", event.at);
    }

    Json ended(std::int64_t voice) {
        for (const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
             std::chrono::steady_clock::now() < deadline;) {
            for (const auto& reply : client_->poll()) {
                if (const auto* one = std::get_if<Ended>(&reply)) {
                    ended_.emplace(one->voice, *one);
                }
            }
            if (const auto found = ended_.find(voice); found != ended_.end()) {
                return shown(found->second);
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
        return Json().put("failed", "the voice did not end");
    }

    // Features at 60 Hz, as a game sends them.
    Json frames(std::istringstream& rest) {
        Frame frame;
        frame.emitters = {next(rest)};
        frame.columns = {"speed_m_s", "slip_m_s"};
        const auto speed = static_cast<float>(number(rest));
        frame.data = {speed, speed};
        const auto count = static_cast<int>(number(rest));
        int sent = 0;
        for (int tick = 0; tick < count; ++tick) {
            sent += client_->frame(frame) ? 1 : 0;
            std::this_thread::sleep_for(std::chrono::microseconds(16'667));
        }
        return Json().put("sent", sent);
    }

    Json listen(std::istringstream& rest) {
        const auto id = next(rest);
        FeedOptions options;
        options.channels = static_cast<std::size_t>(number(rest));
        options.block_frames = static_cast<std::size_t>(number(rest));
        options.sink_rate_hz = number(rest);
        options.safety_frames = static_cast<std::size_t>(number(rest));
        options.source_rate_hz = static_cast<double>(client_->welcome()->rate);
        ears_[id] = std::make_unique<Ear>(receiver_->listen(id, options), options.block_frames, options.sink_rate_hz);
        return Json().put("target_frames", ears_[id]->feed()->target_frames());
    }

    Json wait(const std::string& what) {
        for (const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
             std::chrono::steady_clock::now() < deadline;) {
            const bool there = what == "lost" ? !client_->connected() : client_->connected() && client_->now();
            if (there) {
                if (what == "found") {
                    receiver_->connect(client_->audio_address());
                }
                return Json().put("greetings", client_->greetings());
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
        return Json().put("failed", what);
    }

    std::unique_ptr<Client> client_;
    std::unique_ptr<AudioReceiver> receiver_ = std::make_unique<AudioReceiver>();
    std::map<std::string, std::unique_ptr<Ear>> ears_;
    std::map<std::int64_t, Ended> ended_;
};

}  // namespace probe
