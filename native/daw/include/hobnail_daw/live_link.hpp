// An instrument's connection to a running server, on a thread of its own: it connects, creates the emitter, says what
// the audio thread queued, and survives the server's absence, death and return. Nothing begins before `start`.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <thread>

#include "hobnail_client/client.hpp"
#include "hobnail_daw/bell.hpp"
#include "hobnail_daw/clock_cell.hpp"
#include "hobnail_daw/hearing.hpp"
#include "hobnail_daw/speech.hpp"

namespace hobnail::daw {

// Where a bounce can be asked for, and what its session is like.
struct BounceDoor {
    std::string address;
    std::vector<std::string> controls;
};

class LiveLink {
   public:
    LiveLink(std::size_t most_frames, const Knobs& knobs, const Texts& texts)
        : knobs_(knobs), emitter_(random_name()), hearing_(emitter_, most_frames), texts_(texts), thread_([this] { run(); }) {}

    LiveLink(const LiveLink&) = delete;
    LiveLink& operator=(const LiveLink&) = delete;
    ~LiveLink() {
        {
            const std::lock_guard lock(mutex_);
            closing_ = true;
        }
        bell_.ring();
        thread_.join();
    }

    // [control] Other texts: another address means another server.
    void change(const Texts& texts) {
        {
            const std::lock_guard lock(mutex_);
            texts_ = texts;
            changed_ = true;
        }
        bell_.ring();
    }
    // [control, may wait] Where to bounce; none when no server was found in time, or one without a door.
    [[nodiscard]] std::optional<BounceDoor> door(double patience_s) {
        std::unique_lock lock(mutex_);
        news_.wait_for(lock, std::chrono::duration<double>(patience_s), [this] { return epoch_ > 0; });
        return door_;
    }

    // [control] Whether sound is wanted: a host keeps many instruments that it does not run.
    void listen(bool wanted) noexcept {
        wanted_ = wanted;
        look_at_once_ = true;
        bell_.ring();
    }

    // [audio] False when the queue is full, as when the host runs ahead of all time.
    bool post(const HostEvent& event) noexcept {
        const bool taken = queue_.push(event);
        bell_.ring();
        return taken;
    }
    [[nodiscard]] Hearing& hearing() noexcept { return hearing_; }
    [[nodiscard]] ClockPoint clock(const ClockPoint& last) const noexcept { return clock_.get(last); }

    // [any]
    [[nodiscard]] Status status() const noexcept { return status_.load(std::memory_order_relaxed); }

   private:
    static constexpr std::int64_t kLookEvery = 100'000'000;  // ns between looks at the connection, and clock points
    static constexpr std::int64_t kSeekEvery = 20'000'000;   // the same while a server is wanted and none is there
    static constexpr std::size_t kQueue = 4'096;

    static std::string random_name() {
        std::random_device random;
        char name[24];
        std::snprintf(name, sizeof name, "daw-%08x%04x", random(), random() & 0xFFFFU);
        return name;
    }

    void run() {
        std::unique_lock lock(mutex_);
        std::int64_t look_ns = 0;
        while (!closing_) {
            if (std::exchange(changed_, false) || !client_) {
                adopt();
                look_ns = 0;
            }
            lock.unlock();
            if (look_at_once_.exchange(false) || client::monotonic_ns() >= look_ns) {
                look();
                const bool soon = wanted_ && client_ && (epoch_ == 0 || hearing_.waits());
                look_ns = client::monotonic_ns() + (soon ? kSeekEvery : kLookEvery);
            }
            say_all();
            bell_.wait(std::max<std::int64_t>(0, look_ns - client::monotonic_ns()));
            lock.lock();
        }
        lock.unlock();
        hearing_.end();
        client_.reset();  // says bye
    }

    // Takes the texts over; with other ones to connect by, the connection is made anew. Under the lock.
    void adopt() {
        const bool same = client_ && texts_.address == own_.address && texts_.server_key == own_.server_key &&
                          texts_.own_key == own_.own_key && texts_.share == own_.share;
        const bool other_words = texts_.prompts != own_.prompts;
        own_ = texts_;
        if (same) {
            if (other_words && epoch_ > 0) {
                say_prompt(whole(knobs_[kPrompt]), {});
            }  // else: the next welcome is told the words as they are then
            return;
        }
        hearing_.end();
        client_.reset();
        door_.reset();
        epoch_ = greetings_ = 0;
        made_ = false;
        clock_.put({});
        status_ = Status::no_server;
        try {
            client::Options options;
            options.address = own_.address;
            options.hello.client = "daw";
            if (!own_.server_key.empty()) {
                options.keys = client::Keys::load(own_.server_key, own_.own_key);
            }
            client_.emplace(options);
            hearing_.begin(options.keys, own_.share != "off");
        } catch (const std::exception&) {  // no address, or no keys: other texts are needed
            client_.reset();
            status_ = Status::refused;
        }
    }

    void look() {
        if (!client_) {
            return;
        }
        const auto now = client::monotonic_ns();
        hearing_.want(wanted_);
        hearing_.look(now);
        const int greeting = client_->greetings();
        const auto frame = client_->connected() ? client_->frame_at(now) : std::nullopt;
        if (!frame) {
            if (epoch_ != 0) {
                clock_.put({});
                status_ = Status::no_server;
                const std::lock_guard lock(mutex_);
                door_.reset();
                epoch_ = 0;
            }
            return;
        }
        if (greeting != greetings_ || epoch_ == 0) {
            greeted(greeting);
        }
        if (greeting != client_->greetings()) {  // another server, since the clock was asked
            look_at_once_ = true;
            return;
        }
        clock_.put({epoch_, now, *frame});
        for (const auto& reply : client_->poll(greetings_)) {
            if (const auto* refusal = std::get_if<client::Refusal>(&reply)) {
                refused(*refusal);
            }
        }
    }

    void refused(const client::Refusal& refusal) {
        if (refusal.code == "not_greeted") {
            return;  // said to a server that had just been started again: the client says hello, and sets up anew
        }
        if (status_.exchange(Status::refused) != Status::refused) {
            std::fprintf(stderr, "Hobnail: the server refused: %s %s\n", refusal.problem.c_str(), refusal.cure.c_str());
        }
    }

    // A server said welcome, for the first time or after it was started again. It is told how things stand now: while
    // none was there, knobs moved and words changed.
    void greeted(int greeting) {
        greetings_ = greeting;
        const auto welcome = *client_->welcome();
        known_.clear();
        for (const auto& control : welcome.controls) {
            known_.push_back(control.id);
        }
        const auto op = made_ ? client::EmitterOp::update : client::EmitterOp::create;
        const client::Emitter emitter{emitter_, settings_of(own_, knobs_, known_), op, {}};
        made_ = client_->ask(emitter, greetings_).has_value() || made_;
        palette_.clear();  // what was loaded went with the server that is gone
        load_palette(whole(knobs_[kPalette]));
        hearing_.connect(client_->audio_address());
        hearing_.look(client::monotonic_ns());
        status_ = Status::live;
        {
            const std::lock_guard lock(mutex_);
            epoch_ = ++epochs_;
            door_.reset();
            if (welcome.bounce_port > 0) {
                const auto host = own_.address.substr(0, own_.address.rfind(':') + 1);
                door_ = BounceDoor{host + std::to_string(welcome.bounce_port), known_};
            }
        }
        news_.notify_all();
    }

    void say_all() {
        while (const HostEvent* event = queue_.front()) {
            if (client_ && epoch_ > 0 && event->epoch == epoch_) {
                say(*event);
            }  // else: of a server that is gone
            queue_.pop();
        }
    }

    void say(const HostEvent& event) {
        using What = HostEvent::What;
        switch (event.what) {
            case What::trigger:
            case What::start:
            case What::stop:
                client_->ask(event_of(event, emitter_), greetings_);
                return;
            case What::control:
                if (std::find(known_.begin(), known_.end(), kParameterInfo[event.index].control) != known_.end()) {
                    client_->tell(control_of(event, emitter_), greetings_);
                }
                return;
            case What::prompt:
                say_prompt(event.index, event.at);
                return;
            case What::palette:
                load_palette(event.index);
                return;
            default:
                client_->tell(transport_of(event), greetings_);
        }
    }

    void say_prompt(std::size_t slot, client::MaybeFrame at) {
        client::Emitter update{emitter_, {}, client::EmitterOp::update, at};
        update.settings.prompt = prompt_of(own_, slot);
        client_->ask(update, greetings_);
    }

    void load_palette(std::size_t slot) {
        if (!palette_.empty()) {
            client_->palette(client::PaletteOp::unload, std::exchange(palette_, ""), greetings_);
        }
        if (const auto id = own_.palette(slot); !id.empty()) {
            client_->palette(client::PaletteOp::load, id, greetings_);
            palette_ = id;
        }
    }

    const Knobs& knobs_;
    SpscQueue<HostEvent> queue_{kQueue};
    const std::string emitter_;
    Hearing hearing_;
    ClockCell clock_;
    std::atomic<Status> status_{Status::no_server};
    std::atomic<bool> wanted_{false}, look_at_once_{false};
    Bell bell_;
    std::mutex mutex_;
    std::condition_variable news_;  // there is a door
    Texts texts_;
    std::optional<BounceDoor> door_;
    bool changed_ = false, closing_ = false;
    Texts own_;  // from here on the thread's
    std::optional<client::Client> client_;
    std::vector<std::string> known_;
    std::string palette_;
    int greetings_ = 0;            // the client's, of the server that is spoken to
    int epoch_ = 0, epochs_ = 0;   // of the clock, never used twice; 0: there is none
    bool made_ = false;
    std::thread thread_;  // last: it runs while all else stands
};

}  // namespace hobnail::daw
