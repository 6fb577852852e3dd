#include "hobnail_daw/instrument.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <mutex>
#include <optional>

#include "hobnail_daw/bouncer.hpp"
#include "hobnail_daw/keyboard.hpp"
#include "hobnail_daw/live_link.hpp"
#include "hobnail_daw/live_sound.hpp"
#include "hobnail_daw/play_head.hpp"
#include "hobnail_daw/resampler.hpp"
#include "hobnail_daw/song_place.hpp"

namespace hobnail::daw {
namespace {

constexpr double kSessionHz = 48'000.0;
constexpr std::size_t kPiece = 1'024;     // host frames at a time
constexpr std::size_t kMost = 8'192;      // session frames that a piece may need, whatever the host's rate
constexpr double kPublished = 360.0;      // frames from being mixed to being sent: a packet, a block, a turn
constexpr double kWoken = 24.0;           // frames until the network thread has seen an event
constexpr double kForSound = 0.55;        // of the rest of the buffer: for late packets; what is left: for late events
constexpr float kGlide = 0.004F;

double linear(float gain_db) noexcept { return std::pow(10.0, gain_db / 20.0); }

}  // namespace

struct Instrument::Inside {
    Knobs knobs;
    mutable std::mutex texts_mutex;  // [control]
    Texts texts;
    double rate_hz = kSessionHz;
    std::size_t most_block = 512;
    std::size_t latency = 0;
    std::atomic<bool> host_offline{false};

    std::unique_ptr<LiveLink> live;
    std::optional<Resampler> resampler;
    std::optional<PlayHead> head;
    ClockPoint clock;
    Keyboard keyboard;
    std::array<float, kInputs> told{};
    SongPlace song;
    LiveSound sound;
    float gain = 1.0F;
    std::int64_t played = 0;  // host frames since activation
    bool offline = false;

    Bouncer bouncer{knobs, texts, texts_mutex};

    Inside() {
        for (std::size_t index = 0; index < kParameters; ++index) {
            knobs[index].store(kParameterInfo[index].usual, std::memory_order_relaxed);
        }
        arrange();
    }

    // --- set-up [control] -------------------------------------------------------------------------------------------

    void arrange() {
        const double ratio = kSessionHz / rate_hz, buffer = texts.buffer_frames();
        latency = most_block + static_cast<std::size_t>(std::ceil(buffer / ratio));
        resampler.emplace(ratio);
        const double spare = buffer - kPublished - kWoken - Resampler::kReach;
        head.emplace(rate_hz, static_cast<double>(most_block) * ratio + kPublished + Resampler::kReach + spare * kForSound);
    }

    void begin() {
        clock = {};
        keyboard = {};
        song.forget();
        played = 0;
        sound.begin();
        gain = static_cast<float>(linear(knobs[kGain].load(std::memory_order_relaxed)));
        offline = wants_offline();
        std::transform(knobs.begin(), knobs.begin() + kInputs, told.begin(), [](const auto& knob) { return knob.load(); });
        bouncer.begin();
    }

    [[nodiscard]] bool wants_offline() const noexcept {
        const auto way = whole(knobs[kRender]);
        return way == 2 || (way == 0 && host_offline.load(std::memory_order_relaxed));
    }

    // --- a block [audio] --------------------------------------------------------------------------------------------

    void process(const HostTime& time, const MidiIn* midi, std::size_t count, float* left, float* right,
                 std::size_t frames) noexcept {
        if (offline != wants_offline()) {
            offline = !offline;
            clock = {};
            bouncer.begin();
        }
        std::size_t next = 0;
        for (std::size_t done = 0; done < frames;) {
            const auto piece = std::min(kPiece, frames - done);
            if (done == 0) {
                if (!offline) {
                    anchor(frames);
                    song.look(time, frames, at(0), head->ratio(), rate_hz, [this](const HostEvent& event) { say(event); });
                }
                say_knobs();
            }
            for (; next < count && (midi[next].frame < done + piece || done + piece == frames); ++next) {
                hear(midi[next], time, std::min<std::size_t>(midi[next].frame, frames - 1) - done, done);
            }
            if (offline) {
                bouncer.render(*resampler, head->ratio(), latency, left + done, right + done, piece);
            } else {
                render_live(left + done, right + done, piece);
            }
            if (!offline || !bouncer.failed()) {  // the alarm is for everyone
                apply_gain(left + done, right + done, piece);
            }
            done += piece;
            played += static_cast<std::int64_t>(piece);
        }
    }

    void anchor(std::size_t frames) noexcept {
        clock = live ? live->clock(clock) : ClockPoint{};
        if (clock.epoch != 0 && head->begin(clock.frame_at(client::monotonic_ns()), clock.epoch, frames)) {
            sound.begin();
            song.forget();
        }
    }

    // The session frame of something that happens `offset` host frames from here.
    [[nodiscard]] std::int64_t at(std::size_t offset) const noexcept {
        if (offline) {
            return std::llround(static_cast<double>(bouncer.frames() + static_cast<std::int64_t>(offset)) * head->ratio());
        }
        return std::llround(head->at() + static_cast<double>(offset) * head->step() +
                            static_cast<double>(latency) * head->ratio());
    }

    void hear(const MidiIn& midi, const HostTime& time, std::size_t offset, std::size_t done) noexcept {
        const Hand hand{knobs[kPitch].load(std::memory_order_relaxed), whole(knobs[kSeed]),
                        static_cast<std::uint8_t>(whole(knobs[kEvent])), static_cast<std::uint8_t>(whole(knobs[kSurface]))};
        const auto here = static_cast<std::int64_t>(offset);
        const auto place = time.playing ? time.frame + static_cast<std::int64_t>(done) + here : played + here;
        keyboard.take(midi, hand, static_cast<std::uint64_t>(place), [this, offset](HostEvent event) {
            event.at = at(offset);
            say(event);
        });
    }

    void say_knobs() noexcept {
        for (std::size_t index = 0; index < kInputs; ++index) {
            const float value = knobs[index].load(std::memory_order_relaxed);
            if (value == told[index]) {
                continue;
            }
            told[index] = value;
            HostEvent event;
            event.at = at(0);
            event.index = static_cast<std::uint8_t>(index);
            if (kParameterInfo[index].control != nullptr) {
                event.what = HostEvent::What::control;
                event.value = index == kPitch ? keyboard.pitch_of(value) : normalised(kParameterInfo[index], value);
            } else if (index == kPrompt || index == kPalette) {
                event.what = index == kPrompt ? HostEvent::What::prompt : HostEvent::What::palette;
                event.index = static_cast<std::uint8_t>(value + 0.5F);
            } else {
                continue;  // of the notes to come, or of the sound that comes back
            }
            say(event);
        }
    }

    void say(HostEvent event) noexcept {
        if (offline) {
            bouncer.say(event, live.get());
        } else if (clock.epoch != 0) {
            event.epoch = clock.epoch;
            live->post(event);
        }
    }

    void render_live(float* left, float* right, std::size_t frames) noexcept {
        if (clock.epoch == 0) {
            std::fill_n(left, frames, 0.0F);
            std::fill_n(right, frames, 0.0F);
            return;
        }
        sound.render(live->hearing(), *resampler, head->at(), head->step(), left, right, frames);
        head->end(frames);
    }

    void apply_gain(float* left, float* right, std::size_t frames) noexcept {
        const auto target = static_cast<float>(linear(knobs[kGain].load(std::memory_order_relaxed)));
        for (std::size_t i = 0; i < frames; ++i) {
            gain = std::abs(target - gain) < 1e-6F ? target : gain + kGlide * (target - gain);
            left[i] *= gain;
            right[i] *= gain;
        }
    }
};

Instrument::Instrument() : inside_(std::make_unique<Inside>()) {}

Instrument::~Instrument() = default;

void Instrument::configure(double rate_hz, std::size_t most_block_frames) {
    const std::lock_guard lock(inside_->texts_mutex);
    inside_->rate_hz = rate_hz;
    inside_->most_block = most_block_frames;
    inside_->arrange();
}

std::size_t Instrument::latency_frames() const { return inside_->latency; }

void Instrument::activate() {
    const std::lock_guard lock(inside_->texts_mutex);
    if (!inside_->live) {
        inside_->live = std::make_unique<LiveLink>(kMost, inside_->knobs, inside_->texts);
    }
    inside_->begin();
    inside_->live->listen(true);
}

void Instrument::deactivate() {
    inside_->keyboard.release([this](HostEvent event) {
        event.at = inside_->at(0);
        inside_->say(event);
    });
    if (inside_->live) {
        inside_->live->listen(false);
    }
}

void Instrument::set_text(const std::string& key, const std::string& value) {
    const std::lock_guard lock(inside_->texts_mutex);
    std::string* text = inside_->texts.find(key);
    if (text == nullptr || *text == value) {
        return;
    }
    *text = value;
    if (inside_->live) {
        inside_->live->change(inside_->texts);
    }
}

std::string Instrument::text(const std::string& key) const {
    const std::lock_guard lock(inside_->texts_mutex);
    const std::string* text = inside_->texts.find(key);
    return text == nullptr ? "" : *text;
}

void Instrument::set_parameter(std::uint32_t index, float value) noexcept {
    if (index < kInputs) {
        const auto& info = kParameterInfo[index];
        inside_->knobs[index].store(std::clamp(value, info.least, info.most), std::memory_order_relaxed);
    }
}

float Instrument::parameter(std::uint32_t index) const noexcept {
    if (index == kLost) {
        return static_cast<float>(inside_->sound.lost_frames()) / 48.0F;
    }
    if (index == kStatus) {
        const auto live = inside_->live ? inside_->live->status() : Status::off;
        return static_cast<float>(inside_->wants_offline() && live != Status::off ? inside_->bouncer.status() : live);
    }
    return index < kInputs ? inside_->knobs[index].load(std::memory_order_relaxed) : 0.0F;
}

bool Instrument::shares() const noexcept { return inside_->live && inside_->live->hearing().shares(); }

void Instrument::set_offline(bool offline) noexcept { inside_->host_offline.store(offline, std::memory_order_relaxed); }

void Instrument::process(const HostTime& time, const MidiIn* midi, std::size_t count, float* left, float* right,
                         std::size_t frames) noexcept {
    inside_->process(time, midi, count, left, right, frames);
}

}  // namespace hobnail::daw
