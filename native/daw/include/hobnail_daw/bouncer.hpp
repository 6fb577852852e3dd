// A host that renders offline: what happens is told to a room of the server's, and the sound is waited for.
#pragma once

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "hobnail_daw/alarm.hpp"
#include "hobnail_daw/bounce_room.hpp"
#include "hobnail_daw/host_event.hpp"
#include "hobnail_daw/live_link.hpp"
#include "hobnail_daw/parameters.hpp"
#include "hobnail_daw/reaching.hpp"
#include "hobnail_daw/resampler.hpp"
#include "hobnail_daw/room_sound.hpp"
#include "hobnail_daw/speech.hpp"
#include "hobnail_daw/texts.hpp"

namespace hobnail::daw {

// [audio] From the first block of a bounce to its last. It may wait, as a host that renders offline does too.
class Bouncer {
public:
    Bouncer(const Knobs& knobs, const Texts& texts, std::mutex& texts_mutex)
        : knobs_(knobs), texts_(texts), texts_mutex_(texts_mutex) {}

    // Anew, from host frame 0.
    void begin() {
        bounced_ = 0;
        bouncing_ = failed_ = false;
        sound_.clear();
        alarm_.begin();
        status_ = Status::bounce;
    }

    // [any] Whether there is a room to render in.
    [[nodiscard]] Status status() const noexcept { return status_.load(); }

    // Whether it could not be made: from then on only the alarm is heard.
    [[nodiscard]] bool failed() const noexcept { return failed_; }

    // Host frames since the bounce began.
    [[nodiscard]] std::int64_t frames() const noexcept { return bounced_; }

    // Something happens; `live` knows the server's door.
    void say(const HostEvent& event, LiveLink* live) noexcept {
        using What = HostEvent::What;
        const bool sounds = event.what == What::trigger || event.what == What::start;
        try {
            if (!bouncing_ && sounds) {  // until something is to sound, silence is exact
                open_room(live);
            }
            if (!bouncing_) {
                return;
            }
            if (event.what == What::control) {
                if (std::find(door_->controls.begin(), door_->controls.end(), kParameterInfo[event.index].control) !=
                    door_->controls.end()) {
                    room_.tell(control_of(event, kEmitter));
                }
            } else if (event.what == What::prompt) {
                client::Emitter update{kEmitter, {}, client::EmitterOp::update, event.at};
                update.settings.prompt = prompt_of(told_texts_, event.index);
                room_.tell(update);
            } else if (event.what == What::palette) {
                load_palette(event.index, event.at);
            } else if (sounds || event.what == What::stop) {
                room_.tell(event_of(event, kEmitter));
            }
        } catch (const std::exception& error) {
            fail(error.what());
        }
    }

    // The next block: what was told before it, `latency` host frames later. `ratio`: session frames a host frame.
    void render(const Resampler& resampler, double ratio, std::size_t latency, float* left, float* right,
                std::size_t frames) noexcept {
        std::fill_n(left, frames, 0.0F);
        std::fill_n(right, frames, 0.0F);
        const double first_place = static_cast<double>(bounced_ - static_cast<std::int64_t>(latency)) * ratio;
        bounced_ += static_cast<std::int64_t>(frames);
        if (failed_) {
            alarm_.render(kSessionHz / ratio, left, right, frames);
        }
        if (!bouncing_) {
            return;
        }
        try {
            const auto known = static_cast<std::int64_t>(std::ceil(static_cast<double>(bounced_) * ratio));
            const auto first = static_cast<std::int64_t>(std::floor(first_place)) - Resampler::kReach;
            const auto needed = static_cast<std::int64_t>(std::floor(first_place + static_cast<double>(frames - 1) * ratio)) + 1 +
                                (ratio == 1.0 ? 0 : Resampler::kReach);
            const auto take = [this](std::int64_t, const float* stereo, std::size_t got) { sound_.append(stereo, got); };
            if (sound_.end() < needed && !room_.advance(known, kRenderPatienceS, take)) {
                fail("its room does not answer any more");
                return;
            }
            if (room_.refusals() > 0) {
                status_ = Status::refused;
            }
            const auto count = static_cast<std::size_t>(needed - first) + static_cast<std::size_t>(Resampler::kReach);
            sound_.read(first, count, left_side_, right_side_);
            for (std::size_t i = 0; i < frames; ++i) {
                const double place = first_place + static_cast<double>(i) * ratio;
                const double whole_place = std::floor(place);
                const auto index = static_cast<std::size_t>(static_cast<std::int64_t>(whole_place) - first);
                left[i] = resampler.between(&left_side_[index], place - whole_place);
                right[i] = resampler.between(&right_side_[index], place - whole_place);
            }
        } catch (const std::exception& error) {
            fail(error.what());
        }
    }

private:
    static constexpr const char* kEmitter = "instrument";
    static constexpr double kSessionHz = 48'000.0;
    // A machine that exports is busy: whoever is there at all is waited for.
    static constexpr double kAbsentS = 2.0, kServerPatienceS = 120.0, kRoomPatienceS = 150.0, kRenderPatienceS = 300.0;

    void open_room(LiveLink* live) {
        if (failed_) {
            return;
        }
        if (live == nullptr) {
            fail("the host has not switched it on");
            return;
        }
        {
            const std::lock_guard lock(texts_mutex_);
            told_texts_ = texts_;
        }
        door_ = live->door(kAbsentS);
        if (!door_ && somebody_listens(told_texts_.address, kAbsentS)) {
            door_ = live->door(kServerPatienceS);
        }
        if (!door_) {
            fail("there is no server with a door for bounces; run 'hobnail serve' on this machine");
            return;
        }
        if (!room_.open(door_->address, kRoomPatienceS)) {
            fail("the server gave it no room; its own messages say why");
            return;
        }
        palette_.clear();
        load_palette(whole(knobs_[kPalette]), {});
        room_.tell(client::Emitter{kEmitter, settings_of(told_texts_, knobs_, door_->controls), client::EmitterOp::create, {}});
        bouncing_ = true;
    }

    // The palette of a slot instead of the one that is loaded.
    void load_palette(std::size_t slot, client::MaybeFrame at) {
        if (!palette_.empty()) {
            room_.tell(client::Palette{client::PaletteOp::unload, std::exchange(palette_, ""), at});
        }
        if (const auto id = told_texts_.palette(slot); !id.empty()) {
            room_.tell(client::Palette{client::PaletteOp::load, id, at});
            palette_ = id;
        }
    }

    void fail(const char* why) noexcept {
        bouncing_ = false;
        failed_ = true;
        status_ = Status::no_bounce;
        std::fprintf(stderr, "Hobnail: no bounce from %s: %s. The export beeps.\n", told_texts_.address.c_str(), why);
    }

    const Knobs& knobs_;
    const Texts& texts_;
    std::mutex& texts_mutex_;
    std::atomic<Status> status_{Status::bounce};
    BounceRoom room_;
    RoomSound sound_;
    Alarm alarm_;
    std::optional<BounceDoor> door_;
    Texts told_texts_;
    std::string palette_;
    std::vector<float> left_side_, right_side_;
    std::int64_t bounced_ = 0;
    bool bouncing_ = false, failed_ = false;
};

}  // namespace hobnail::daw
