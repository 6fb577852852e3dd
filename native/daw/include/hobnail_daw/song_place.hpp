// What a server must be told of the host's playhead, so that its timeline of this client is where the host's is.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "hobnail_daw/host_event.hpp"

namespace hobnail::daw {

// [audio] Watches the playhead block by block; says only what does not follow from what was said.
class SongPlace {
   public:
    // Nobody has been told anything yet.
    void forget() noexcept { *this = {}; }

    // A block of `frames` begins at session frame `at`; `ratio`: session frames a host frame. What is to be told goes
    // to `say`.
    template <typename Say>
    void look(const HostTime& time, std::size_t frames, std::int64_t at, double ratio, double rate_hz, Say say) noexcept {
        using What = HostEvent::What;
        HostEvent event;
        event.at = at;
        event.value = std::max(0.0, static_cast<double>(time.frame) / rate_hz);
        event.tempo_bpm = time.tempo_bpm;
        const auto tell = [&event, &say](What what) {
            event.what = what;
            say(event);
        };
        const bool elsewhere = std::llabs(time.frame - due_) > kJump;
        const bool turned = time.playing != playing_;
        const double off = static_cast<double>(at - told_at_) - static_cast<double>(time.frame - told_frame_) * ratio;
        if (time.playing && (turned || elsewhere || std::abs(off) > kDrift)) {
            told_at_ = at;
            told_frame_ = time.frame;
            tell(What::play);
        } else if (!time.playing && (turned || elsewhere)) {
            if (turned) {
                tell(What::halt);
            }
            tell(What::locate);  // a host may go back to where it began
        } else if (std::abs(time.tempo_bpm - tempo_bpm_) > kTempo) {
            tell(What::tempo);
        }
        playing_ = time.playing;
        tempo_bpm_ = time.tempo_bpm;
        due_ = time.frame + static_cast<std::int64_t>(time.playing ? frames : 0);
    }

   private:
    static constexpr std::int64_t kJump = 2;  // host frames by which the playhead must differ to be elsewhere
    static constexpr double kDrift = 96.0;    // session frames by which the server's playhead may be off: 2 ms
    static constexpr double kTempo = 0.01;

    bool playing_ = false;
    double tempo_bpm_ = 0.0;
    std::int64_t due_ = 0;                        // where the playhead is if nothing happens
    std::int64_t told_at_ = 0, told_frame_ = 0;  // it was told to roll: host frame, and session frame of its sound
};

}  // namespace hobnail::daw
