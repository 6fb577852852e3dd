// A connection to a Hobnail server, for engines and plug-ins.
//
//     hobnail::client::Options options;
//     options.hello = {"my-game", 100.0, Up::z, Handedness::left, true};
//     hobnail::client::Client client(options);           // at once; it connects in the background
//     client.create("barrel", settings);                 // once client.connected()
//     client.event({"barrel", "impact", contact});
//
// Nothing but `answer` and `wait_connected` waits, so all else may be called by a game's own thread. It takes a lock
// and memory: not for an audio callback. What the server refuses comes through `poll`, with its cure. A lost server is
// looked for; when it is back, emitters, controls, buses and the listener are set up as they were.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "hobnail_client/link.hpp"

namespace hobnail::client {

struct Options {
    std::string address = "tcp://127.0.0.1:9710";
    Hello hello;
    double timeout_s = 3.0;  // silence after which the server counts as lost
    std::optional<Keys> keys;
};

class Client {
   public:
    using Request = std::optional<std::int64_t>;  // the number that its answer repeats; none: it did not go out

    explicit Client(const Options& options)
        : address_(options.address), link_(options.hello, options.address, options.timeout_s, options.keys) {}

    // --- state ------------------------------------------------------------------------------------------------------

    [[nodiscard]] bool connected() {
        return link_.with([](const Conversation& one) { return one.state() == State::greeted; });
    }
    // How often a server said welcome; more than once: it was lost and found.
    [[nodiscard]] int greetings() {
        return link_.with([](const Conversation& one) { return one.greetings(); });
    }
    [[nodiscard]] std::optional<Welcome> welcome() {
        return link_.with([](const Conversation& one) { return one.welcome(); });
    }
    // The session frame due at a time of monotonic_ns(); none before the first pong.
    [[nodiscard]] std::optional<std::int64_t> frame_at(std::int64_t local_ns) {
        return on_clock([local_ns](const SessionClock& clock) { return clock.frame_at(local_ns); });
    }
    [[nodiscard]] std::optional<std::int64_t> now() { return frame_at(monotonic_ns()); }
    [[nodiscard]] std::optional<std::int64_t> local_ns_at(std::int64_t frame) {
        return on_clock([frame](const SessionClock& clock) { return clock.local_ns_at(frame); });
    }
    // A bound on the error of now(), in ns.
    [[nodiscard]] std::optional<double> clock_error_ns() {
        return on_clock([](const SessionClock& clock) { return clock.error_ns(monotonic_ns()); });
    }
    // Where this server's sound is published; empty before the welcome, or when it publishes none.
    [[nodiscard]] std::string audio_address() {
        const auto told = welcome();
        const bool none = !told || told->audio_port == 0;
        return none ? "" : address_.substr(0, address_.rfind(':') + 1) + std::to_string(told->audio_port);
    }

    // --- saying -----------------------------------------------------------------------------------------------------

    Request create(std::string emitter, EmitterSettings settings = {}) {
        return ask(Emitter{std::move(emitter), std::move(settings), EmitterOp::create, {}});
    }
    Request update(std::string emitter, EmitterSettings settings) {
        return ask(Emitter{std::move(emitter), std::move(settings), EmitterOp::update, {}});
    }
    Request remove(std::string emitter) { return ask(Emitter{std::move(emitter), {}, EmitterOp::remove, {}}); }
    Request event(const Event& event) { return ask(event); }
    Request bus(std::string bus, double gain_db) { return ask(Bus{std::move(bus), gain_db, {}}); }
    Request palette(PaletteOp op, std::string palette, int greeting = 0) {
        return ask(Palette{op, std::move(palette), {}}, greeting);
    }
    Request panic() { return ask(Panic{}); }
    // Normalised 0..1, of one emitter or, with none, of all that are ours.
    bool control(std::string control, double value, MaybeText emitter = {}) {
        return tell(Control{std::move(control), std::move(emitter), value, {}, {}});
    }
    // In the control's own unit, as the welcome lists it.
    bool control_plain(std::string control, double plain, MaybeText emitter = {}) {
        return tell(Control{std::move(control), std::move(emitter), {}, plain, {}});
    }
    // Whatever else, for instance with a time: with an answer, and without one. `greeting`, of greetings(): what has a
    // time belongs to the clock of one server, so it is not sent to one that was started since; 0: in any case.
    Request ask(const ClientMessage& message, int greeting = 0) { return link_.ask(message, greeting); }
    bool tell(const ClientMessage& message, int greeting = 0) { return link_.tell(message, greeting); }
    bool frame(const Frame& frame) { return tell(frame); }
    bool listener(const Vector3& position, const Vector3& forward, const Vector3& up) {
        return tell(Listener{position, forward, up, {}});
    }

    // --- hearing ----------------------------------------------------------------------------------------------------

    // Answers, ended voices and refusals since the last call. `greeting`, of greetings(): only of the server that said
    // welcome then, so that nobody believes what one said that is gone; 0: all.
    [[nodiscard]] std::vector<Reply> poll(int greeting = 0) {
        return link_.with([greeting](Conversation& one) { return one.take_replies(greeting); });
    }
    // [may wait] The answer to a request that poll() has not handed out; none when it does not come in time.
    [[nodiscard]] std::optional<Reply> answer(std::int64_t request, double timeout_s) {
        return link_.wait_for([request](Conversation& one) { return one.take_answer(request); }, timeout_s);
    }
    // [may wait] Whether the server knows us, and its clock is known.
    [[nodiscard]] bool wait_connected(double timeout_s) {
        const auto ready = [](const Conversation& one) {
            return one.state() == State::greeted && one.clock().samples() > 0;
        };
        return link_.wait_for(ready, timeout_s);
    }

    // [control] Says bye; what this client made fades and goes. The destructor does it too.
    void close() { link_.close(); }

   private:
    template <typename Ask>
    auto on_clock(Ask ask) -> std::optional<decltype(ask(std::declval<const SessionClock&>()))> {
        return link_.with([&ask](const Conversation& one) {
            using Answer = std::optional<decltype(ask(one.clock()))>;
            return one.clock().samples() > 0 ? Answer(ask(one.clock())) : Answer();
        });
    }

    std::string address_;
    Link link_;
};

}  // namespace hobnail::client
