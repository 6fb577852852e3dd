#include "hobnail_daw/instrument.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <mutex>
#include <optional>
#include <vector>

#include "hobnail_daw/bounce_room.hpp"
#include "hobnail_daw/keyboard.hpp"
#include "hobnail_daw/live_link.hpp"
#include "hobnail_daw/play_head.hpp"
#include "hobnail_daw/resampler.hpp"
#include "hobnail_daw/room_sound.hpp"

namespace hobnail::daw {
namespace {

constexpr double kSessionHz = 48'000.0;
constexpr std::size_t kPiece = 1'024;     // host frames at a time
constexpr std::size_t kMost = 8'192;      // session frames that a piece may need, whatever the host's rate
constexpr double kPublished = 360.0;      // frames from being mixed to being sent: a packet, a block, a turn
constexpr double kPolled = 96.0;          // frames until the network thread has seen an event
constexpr double kForSound = 0.55;        // of the rest of the buffer: for late packets; what is left: for late events
constexpr float kCentre = 0.70710678F;    // equal power, as the session's own mix
constexpr float kFade = 1.0F / 64.0F, kGlide = 0.004F;
constexpr double kServerPatienceS = 1.0, kRoomPatienceS = 30.0, kRenderPatienceS = 60.0;
constexpr std::size_t kTransportJump = 2;  // host frames by which the playhead must differ to be elsewhere

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
    std::atomic<Status> bounce_status{Status::bounce};
    std::atomic<std::int64_t> lost_frames{0};

    std::unique_ptr<LiveLink> live;
    std::optional<Resampler> resampler;
    std::optional<PlayHead> head;
    ClockPoint clock;
    Keyboard keyboard;
    std::array<float, kInputs> told{};
    HostTime last_time;
    std::size_t last_frames = 0;
    float gain = 1.0F, fade = 0.0F;
    std::int64_t played = 0;  // host frames since activation
    bool offline = false, heard = false;

    BounceRoom room;  // from here on of hosts that render offline
    RoomSound sound;
    std::vector<float> left_side, right_side;
    std::int64_t bounced = 0;  // host frames since the bounce began
    bool bouncing = false, bounce_failed = false;

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
        const double spare = buffer - kPublished - kPolled - Resampler::kReach;
        head.emplace(rate_hz, static_cast<double>(most_block) * ratio + kPublished + Resampler::kReach + spare * kForSound);
    }

    void begin() {
        clock = {};
        keyboard = {};
        last_time = {};
        last_frames = 0;
        played = 0;
        fade = 0.0F;
        gain = static_cast<float>(linear(knobs[kGain].load(std::memory_order_relaxed)));
        offline = wants_offline();
        remember_knobs();
        begin_bounce();
    }

    void begin_bounce() {
        bounced = 0;
        bouncing = bounce_failed = false;
        sound.clear();
        bounce_status = Status::bounce;
    }

    void remember_knobs() noexcept {
        for (std::size_t index = 0; index < kInputs; ++index) {
            told[index] = knobs[index].load(std::memory_order_relaxed);
        }
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
            begin_bounce();
        }
        std::size_t next = 0;
        for (std::size_t done = 0; done < frames;) {
            const auto piece = std::min(kPiece, frames - done);
            if (done == 0) {
                if (!offline) {
                    anchor(frames);
                }
                say_transport(time);
                say_knobs();
            }
            for (; next < count && (midi[next].frame < done + piece || done + piece == frames); ++next) {
                hear(midi[next], time, std::min<std::size_t>(midi[next].frame, frames - 1) - done, done);
            }
            if (offline) {
                render_bounce(left + done, right + done, piece);
            } else {
                render_live(left + done, right + done, piece);
            }
            apply_gain(left + done, right + done, piece);
            done += piece;
            played += static_cast<std::int64_t>(piece);
        }
        last_time = time;
        last_frames = frames;
    }

    void anchor(std::size_t frames) noexcept {
        clock = live ? live->clock(clock) : ClockPoint{};
        if (clock.epoch != 0 && head->begin(clock.frame_at(client::monotonic_ns()), clock.epoch, frames)) {
            fade = 0.0F;
            heard = false;  // it takes a moment until the sound comes
        }
    }

    // The session frame of something that happens `offset` host frames from here.
    [[nodiscard]] std::int64_t at(std::size_t offset) const noexcept {
        if (offline) {
            return std::llround(static_cast<double>(bounced + static_cast<std::int64_t>(offset)) * head->ratio());
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

    void say_transport(const HostTime& time) noexcept {
        const auto due = last_time.frame + static_cast<std::int64_t>(last_time.playing ? last_frames : 0);
        const bool elsewhere = std::llabs(time.frame - due) > static_cast<std::int64_t>(kTransportJump);
        const bool turned = time.playing != last_time.playing;
        const bool faster = time.playing && std::abs(time.tempo_bpm - last_time.tempo_bpm) > 0.01;
        if (offline || (!turned && !elsewhere && !faster)) {
            return;
        }
        HostEvent event;
        event.what = time.playing ? HostEvent::What::play : turned ? HostEvent::What::halt : HostEvent::What::locate;
        event.value = std::max(0.0, static_cast<double>(time.frame) / rate_hz);
        event.tempo_bpm = time.tempo_bpm;
        say(event);
    }

    void say(HostEvent event) noexcept {
        if (offline) {
            say_bounce(event);
        } else if (clock.epoch != 0) {
            event.epoch = clock.epoch;
            live->post(event);
        }
    }

    void apply_gain(float* left, float* right, std::size_t frames) noexcept {
        const auto target = static_cast<float>(linear(knobs[kGain].load(std::memory_order_relaxed)));
        for (std::size_t i = 0; i < frames; ++i) {
            gain = std::abs(target - gain) < 1e-6F ? target : gain + kGlide * (target - gain);
            left[i] *= gain;
            right[i] *= gain;
        }
    }

    void render_live(float* left, float* right, std::size_t frames) noexcept {
        if (clock.epoch == 0) {
            std::fill_n(left, frames, 0.0F);
            std::fill_n(right, frames, 0.0F);
            return;
        }
        const double at = head->at(), step = head->step();
        const auto first = static_cast<std::int64_t>(at) - Resampler::kReach;
        const auto last = static_cast<std::int64_t>(at + static_cast<double>(frames - 1) * step) + Resampler::kReach + 1;
        std::size_t missing = 0;
        const float* samples = live->inlet().read(first, static_cast<std::size_t>(last - first), missing);
        heard = heard || missing == 0;
        if (missing > 0 && heard) {
            lost_frames.fetch_add(static_cast<std::int64_t>(missing), std::memory_order_relaxed);
        }
        for (std::size_t i = 0; i < frames; ++i) {
            const double place = at + static_cast<double>(i) * step;
            const auto whole_place = static_cast<std::int64_t>(place);
            fade = std::min(1.0F, fade + kFade);
            left[i] = fade * kCentre * resampler->between(samples + (whole_place - first), place - static_cast<double>(whole_place));
            right[i] = left[i];
        }
        head->end(frames);
    }

    // --- offline ----------------------------------------------------------------------------------------------------

    void say_bounce(const HostEvent& event) noexcept {
        using What = HostEvent::What;
        const bool sounds = event.what == What::trigger || event.what == What::start;
        try {
            if (!bouncing && sounds) {  // until something is to sound, silence is exact
                open_room();
            }
            if (!bouncing) {
                return;
            }
            if (event.what == What::control) {
                if (std::find(door->controls.begin(), door->controls.end(), kParameterInfo[event.index].control) !=
                    door->controls.end()) {
                    room.tell(control_of(event, kEmitter));
                }
            } else if (event.what == What::prompt) {
                client::Emitter update{kEmitter, {}, client::EmitterOp::update, event.at};
                update.settings.prompt = prompt_of(bounce_texts, event.index);
                room.tell(update);
            } else if (sounds || event.what == What::stop) {
                room.tell(event_of(event, kEmitter));
            }
        } catch (const std::exception&) {
            fail_bounce();
        }
    }

    void open_room() {
        if (bounce_failed) {
            return;
        }
        door = live ? live->door(kServerPatienceS) : std::nullopt;
        if (!door || !room.open(door->address, kRoomPatienceS)) {
            fail_bounce();
            return;
        }
        {
            const std::lock_guard lock(texts_mutex);
            bounce_texts = texts;
        }
        room.tell(client::Emitter{kEmitter, settings_of(bounce_texts, knobs, door->controls), client::EmitterOp::create, {}});
        bouncing = true;
    }

    void fail_bounce() noexcept {
        bouncing = false;
        bounce_failed = true;
        bounce_status = Status::no_bounce;
    }

    void render_bounce(float* left, float* right, std::size_t frames) noexcept {
        std::fill_n(left, frames, 0.0F);
        std::fill_n(right, frames, 0.0F);
        const double ratio = head->ratio();
        const double first_place = static_cast<double>(bounced - static_cast<std::int64_t>(latency)) * ratio;
        bounced += static_cast<std::int64_t>(frames);
        if (!bouncing) {
            return;
        }
        try {
            const auto known = static_cast<std::int64_t>(std::ceil(static_cast<double>(bounced) * ratio));
            const auto first = static_cast<std::int64_t>(std::floor(first_place)) - Resampler::kReach;
            const auto needed = static_cast<std::int64_t>(std::floor(first_place + static_cast<double>(frames - 1) * ratio)) + 1 +
                                (ratio == 1.0 ? 0 : Resampler::kReach);
            const auto take = [this](std::int64_t, const float* stereo, std::size_t got) { sound.append(stereo, got); };
            if (sound.end() < needed && !room.advance(known, kRenderPatienceS, take)) {
                fail_bounce();
                return;
            }
            const auto count = static_cast<std::size_t>(needed - first) + static_cast<std::size_t>(Resampler::kReach);
            sound.read(first, count, left_side, right_side);
            for (std::size_t i = 0; i < frames; ++i) {
                const double place = first_place + static_cast<double>(i) * ratio;
                const double whole_place = std::floor(place);
                const auto index = static_cast<std::size_t>(static_cast<std::int64_t>(whole_place) - first);
                left[i] = resampler->between(&left_side[index], place - whole_place);
                right[i] = resampler->between(&right_side[index], place - whole_place);
            }
        } catch (const std::exception&) {
            fail_bounce();
        }
    }

    static constexpr const char* kEmitter = "instrument";
    std::optional<BounceDoor> door;
    Texts bounce_texts;
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
        return static_cast<float>(inside_->lost_frames.load(std::memory_order_relaxed)) / 48.0F;
    }
    if (index == kStatus) {
        const auto live = inside_->live ? inside_->live->status() : Status::off;
        return static_cast<float>(inside_->wants_offline() && live != Status::off ? inside_->bounce_status.load() : live);
    }
    return index < kInputs ? inside_->knobs[index].load(std::memory_order_relaxed) : 0.0F;
}

void Instrument::set_offline(bool offline) noexcept { inside_->host_offline.store(offline, std::memory_order_relaxed); }

void Instrument::process(const HostTime& time, const MidiIn* midi, std::size_t count, float* left, float* right,
                         std::size_t frames) noexcept {
    inside_->process(time, midi, count, left, right, frames);
}

}  // namespace hobnail::daw
