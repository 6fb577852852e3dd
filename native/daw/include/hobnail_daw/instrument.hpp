// The instrument without any plug-in format: MIDI, automation and transport in, stereo out. No header of a library
// leaks from here, so that a format's wrapper compiles in a moment.
//
// Live, what happens at a host frame sounds `latency_frames` later, to the sample, whatever the network does within
// that time. Offline it is the same, and `process` waits for the engine instead of dropping.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "hobnail_daw/host_event.hpp"
#include "hobnail_daw/parameters.hpp"

namespace hobnail::daw {

class Instrument {
   public:
    Instrument();
    ~Instrument();
    Instrument(const Instrument&) = delete;
    Instrument& operator=(const Instrument&) = delete;

    // [control] While it is not active.
    void configure(double rate_hz, std::size_t most_block_frames);
    [[nodiscard]] std::size_t latency_frames() const;  // of the host

    // [control] From the first time on it looks for its server.
    void activate();
    void deactivate();

    // [control] Texts by key of kTextKeys; an unknown key is passed over.
    void set_text(const std::string& key, const std::string& value);
    [[nodiscard]] std::string text(const std::string& key) const;

    // [any]
    void set_parameter(std::uint32_t index, float value) noexcept;
    [[nodiscard]] float parameter(std::uint32_t index) const noexcept;
    [[nodiscard]] bool shares() const noexcept;  // whether live sound comes through shared memory at the moment
    void set_offline(bool offline) noexcept;  // as the host says; the parameter kRender may overrule it

    // [audio] Fills both sides. Takes no lock and no memory, unless the host renders offline.
    void process(const HostTime& time, const MidiIn* midi, std::size_t count, float* left, float* right,
                 std::size_t frames) noexcept;

   private:
    struct Inside;
    std::unique_ptr<Inside> inside_;
};

}  // namespace hobnail::daw
