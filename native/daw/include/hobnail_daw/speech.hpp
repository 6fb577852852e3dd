// What an instrument says, as messages of protocol 1; the same words live and for a bounce. Pure.
#pragma once

#include <algorithm>
#include <atomic>
#include <string>
#include <vector>

#include "hobnail_client/messages.hpp"
#include "hobnail_daw/host_event.hpp"
#include "hobnail_daw/parameters.hpp"
#include "hobnail_daw/texts.hpp"

namespace hobnail::daw {

using Knobs = std::array<std::atomic<float>, kParameters>;

[[nodiscard]] inline client::Event event_of(const HostEvent& said, const std::string& emitter) {
    client::Event event{emitter, kEvents[said.index].name};
    event.at = said.at;
    if (said.what == HostEvent::What::stop) {
        event.action = client::EventAction::stop;
        return event;
    }
    event.action = said.what == HostEvent::What::start ? client::EventAction::start : client::EventAction::trigger;
    event.contact.intensity = said.value;
    event.seed = static_cast<std::int64_t>(said.seed);
    if (said.surface > 0) {
        event.contact.material = kSurfaces[said.surface];
    }
    if (said.has_pitch) {
        event.controls[kParameterInfo[kPitch].control] = said.pitch;
    }
    return event;
}

[[nodiscard]] inline client::Control control_of(const HostEvent& said, const std::string& emitter) {
    return {kParameterInfo[said.index].control, emitter, said.value, {}, said.at};
}

inline constexpr double kADay = 86'400.0;  // seconds that protocol 1 takes for a timeline

[[nodiscard]] inline client::Transport transport_of(const HostEvent& said) {
    using What = HostEvent::What;
    using Op = client::TransportOp;
    client::Transport transport;
    transport.op = said.what == What::play   ? Op::play
                   : said.what == What::halt ? Op::stop
                   : said.what == What::tempo ? Op::tempo
                                              : Op::locate;
    transport.at = said.at;
    if (said.what == What::play || said.what == What::locate) {
        transport.position_s = std::min(said.value, kADay);
    }
    if (said.tempo_bpm >= 1.0 && said.tempo_bpm <= 1'000.0) {
        transport.tempo_bpm = said.tempo_bpm;
    }
    return transport;
}

[[nodiscard]] inline std::size_t whole(const std::atomic<float>& knob) noexcept {
    return static_cast<std::size_t>(knob.load(std::memory_order_relaxed) + 0.5F);
}

// The words of a slot from 1; protocol 1 takes 512 characters.
[[nodiscard]] inline std::string prompt_of(const Texts& texts, std::size_t slot) {
    return texts.prompts[std::min<std::size_t>(std::max<std::size_t>(slot, 1), kPromptSlots) - 1].substr(0, 512);
}

// The instrument's emitter as the knobs stand. `known`: controls that the session has.
[[nodiscard]] inline client::EmitterSettings settings_of(const Texts& texts, const Knobs& knobs,
                                                         const std::vector<std::string>& known) {
    client::EmitterSettings settings;
    settings.prompt = prompt_of(texts, whole(knobs[kPrompt]));
    settings.pan = client::Pan{0.0};
    settings.seed = static_cast<std::int64_t>(whole(knobs[kSeed]));
    client::Controls controls;
    for (std::size_t index = 0; index < kInputs; ++index) {
        const auto& info = kParameterInfo[index];
        if (info.control != nullptr && std::find(known.begin(), known.end(), info.control) != known.end()) {
            controls[info.control] = normalised(info, knobs[index].load(std::memory_order_relaxed));
        }
    }
    settings.controls = controls;
    return settings;
}

}  // namespace hobnail::daw
