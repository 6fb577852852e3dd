// What a client has set up, so that it can be set up again after the server was lost. Pure.
#pragma once

#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "hobnail_client/messages.hpp"

namespace hobnail::client {

// Emitters, controls, buses and the listener, as last set. Events and frames belong to their moment.
class SceneMemory {
   public:
    // A message went out; an emitter's counts once it is accepted.
    void note(const ClientMessage& message, std::optional<std::int64_t> request) {
        if (const auto* emitter = std::get_if<Emitter>(&message); emitter != nullptr && request) {
            unanswered_[*request] = *emitter;
            if (unanswered_.size() > kUnanswered) {
                unanswered_.erase(unanswered_.begin());
            }
        } else if (const auto* control = std::get_if<Control>(&message)) {
            put(*control);
        } else if (const auto* bus = std::get_if<Bus>(&message)) {
            buses_[bus->bus] = *bus;
        } else if (const auto* listener = std::get_if<Listener>(&message)) {
            listener_ = *listener;
        }
    }

    void accepted(std::int64_t request) {
        if (const auto found = unanswered_.extract(request)) {
            apply(found.mapped());
        }
    }

    void refused(std::optional<std::int64_t> request) {
        if (request) {
            unanswered_.erase(*request);
        }
    }

    // The messages that set it all up again, and those that were never answered.
    [[nodiscard]] std::vector<ClientMessage> scene() {
        for (const auto& [request, emitter] : std::exchange(unanswered_, {})) {
            apply(emitter);
        }
        std::vector<ClientMessage> messages;
        if (listener_) {
            messages.emplace_back(at_once(*listener_));
        }
        for (const auto& [name, bus] : buses_) {
            messages.emplace_back(at_once(bus));
        }
        for (const auto& [name, emitter] : emitters_) {
            messages.emplace_back(at_once(emitter));
        }
        for (const auto& [key, control] : controls_) {  // those of all emitters first, then those of one
            messages.emplace_back(at_once(control));
        }
        return messages;
    }

   private:
    static constexpr std::size_t kUnanswered = 4096;

    template <typename Message>
    static Message at_once(Message message) {
        message.at.reset();
        return message;
    }

    void put(const Control& control) {
        if (!control.emitter) {  // it moved those of single emitters too
            for (auto one = controls_.begin(); one != controls_.end();) {
                one = one->first.second == control.control ? controls_.erase(one) : std::next(one);
            }
        }
        controls_[{control.emitter, control.control}] = control;
    }

    void apply(const Emitter& message) {
        if (message.op == EmitterOp::create) {
            emitters_[message.emitter] = message;
        } else if (message.op == EmitterOp::remove) {
            emitters_.erase(message.emitter);
            for (auto one = controls_.begin(); one != controls_.end();) {
                one = one->first.first == message.emitter ? controls_.erase(one) : std::next(one);
            }
        } else if (const auto old = emitters_.find(message.emitter); old != emitters_.end()) {
            merge(old->second.settings, message.settings);
        }
    }

    static void merge(EmitterSettings& old, const EmitterSettings& given) {
        const auto take = [](auto& to, const auto& from) {
            if (from) {
                to = from;
            }
        };
        take(old.prompt, given.prompt), take(old.material, given.material), take(old.mass_kg, given.mass_kg);
        take(old.size_m, given.size_m), take(old.gain_db, given.gain_db), take(old.position_m, given.position_m);
        take(old.pan, given.pan), take(old.bus, given.bus), take(old.priority, given.priority);
        take(old.shared, given.shared), take(old.engine, given.engine), take(old.seed, given.seed);
        if (given.controls) {
            auto merged = *given.controls;
            merged.merge(old.controls.value_or(Controls{}));
            old.controls = std::move(merged);
        }
    }

    std::map<std::string, Emitter> emitters_;
    std::map<std::pair<MaybeText, std::string>, Control> controls_;
    std::map<std::string, Bus> buses_;
    std::optional<Listener> listener_;
    std::map<std::int64_t, Emitter> unanswered_;
};

}  // namespace hobnail::client
