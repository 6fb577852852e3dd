// MIDI to events and control moves. Pure: no clock, no socket, no memory. docs/plugin.md says which key is what.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include "hobnail_daw/host_event.hpp"
#include "hobnail_daw/parameters.hpp"

namespace hobnail::daw {

inline constexpr int kFirstPad = 36, kFirstKey = 60, kNaturalKey = 72;
inline constexpr double kBendSemitones = 2.0;

// The take of a note, 63 bits: the same seed, key and place give the same samples, live and in a bounce.
[[nodiscard]] inline std::uint64_t note_seed(std::uint64_t seed, std::uint64_t key, std::uint64_t place) noexcept {
    std::uint64_t x = seed * 0x9E3779B97F4A7C15ULL + key * 0xD1B54A32D192ED03ULL + place;
    x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9ULL;  // SplitMix64's finaliser
    x = (x ^ (x >> 27U)) * 0x94D049BB133111EBULL;
    return (x ^ (x >> 31U)) >> 1U;
}

// What of the parameters a note needs.
struct Hand {
    double pitch_semitones = 0.0;
    std::uint64_t seed = 0;
    std::uint8_t event = 0, surface = 0;
};

class Keyboard {
   public:
    // [audio] One message; `say` gets what it means. `place` makes its take; times are the caller's.
    template <typename Say>
    void take(const MidiIn& midi, const Hand& hand, std::uint64_t place, Say say) noexcept {
        if (midi.size < 2) {
            return;
        }
        const int status = midi.data[0] & 0xF0, first = midi.data[1] & 0x7F;
        const int second = midi.size > 2 ? midi.data[2] & 0x7F : 0;
        if (status == 0x90 && second > 0) {
            note_on(first, second, hand, place, say);
        } else if (status == 0x80 || status == 0x90) {
            note_off(first, say);
        } else if (status == 0xB0 && (first == 120 || first >= 123)) {
            release(say);
        } else if (status == 0xB0 && (first == 1 || first == 74)) {
            move(kTexture, second / 127.0, say);
        } else if (status == 0xB0 && first == 11) {
            move(kIntensity, second / 127.0, say);
        } else if (status == 0xD0) {
            move(kIntensity, first / 127.0, say);
        } else if (status == 0xE0) {
            bend_ = kBendSemitones * (std::max(-8191, (second << 7) + first - 8192) / 8191.0);
            move(kPitch, pitch_of(hand.pitch_semitones), say);
        }
    }

    // [audio] Every held key is let go.
    template <typename Say>
    void release(Say say) noexcept {
        for (int key = 0; key < 128; ++key) {
            note_off(key, say);
        }
    }

    // 0..1 of the pitch control for a value of the parameter, wheel included.
    [[nodiscard]] double pitch_of(double semitones) const noexcept {
        return normalised(kParameterInfo[kPitch], semitones + bend_);
    }

   private:
    static constexpr std::uint8_t kNothing = 255;

    template <typename Say>
    void note_on(int key, int velocity, const Hand& hand, std::uint64_t place, Say say) noexcept {
        const bool pad = key >= kFirstPad && key < kFirstPad + static_cast<int>(kEvents.size());
        if (!pad && key < kFirstKey) {
            return;
        }
        HostEvent event;
        event.index = pad ? static_cast<std::uint8_t>(key - kFirstPad) : hand.event;
        event.surface = hand.surface;
        event.value = (velocity - 1) / 126.0;
        event.seed = note_seed(hand.seed, static_cast<std::uint64_t>(key), place);
        if (!pad) {
            event.has_pitch = true;
            event.pitch = pitch_of(hand.pitch_semitones + (key - kNaturalKey));
        }
        if (kEvents[event.index].sustained) {
            event.what = HostEvent::What::start;
            held_[static_cast<std::size_t>(key)] = event.index;
        }
        say(event);
    }

    template <typename Say>
    void note_off(int key, Say say) noexcept {
        auto& held = held_[static_cast<std::size_t>(key)];
        if (held == kNothing) {
            return;
        }
        HostEvent event;
        event.what = HostEvent::What::stop;
        event.index = held;
        held = kNothing;
        if (std::find(held_.begin(), held_.end(), event.index) == held_.end()) {  // no other key holds it
            say(event);
        }
    }

    template <typename Say>
    static void move(Parameter control, double value, Say say) noexcept {
        HostEvent event;
        event.what = HostEvent::What::control;
        event.index = static_cast<std::uint8_t>(control);
        event.value = value;
        say(event);
    }

    static constexpr std::array<std::uint8_t, 128> none_held() noexcept {
        std::array<std::uint8_t, 128> none{};
        for (auto& one : none) {
            one = kNothing;
        }
        return none;
    }

    std::array<std::uint8_t, 128> held_ = none_held();
    double bend_ = 0.0;
};

}  // namespace hobnail::daw
