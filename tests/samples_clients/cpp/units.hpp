// What the parts of the client promise, checked without a server. A broken promise ends the probe with its line.
#pragma once

#include <atomic>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include "allocations.hpp"
#include "hobnail_client/audio_feed.hpp"
#include "hobnail_client/conversation.hpp"

#define EXPECT(condition)                                                             \
    do {                                                                              \
        if (!(condition)) {                                                           \
            std::printf("{\"failed\": \"%s:%d: %s\"}\n", __FILE__, __LINE__, #condition); \
            std::exit(1);                                                             \
        }                                                                             \
    } while (false)

namespace probe {
using namespace hobnail::client;

inline void check_clock() {
    SessionClock clock(48'000);
    clock.add(0, 2'000'000, 1'000);             // due at 1 ms, give or take 1 ms
    clock.add(1'000'000'000, 1'000'200'000, 48'956);  // due at 1000.1 ms, give or take 0.1: 4 us off, so it counts
    EXPECT(clock.samples() == 2);
    EXPECT(std::llabs(clock.frame_at(1'000'100'000) - 48'956) <= 1);
    EXPECT(std::llabs(clock.local_ns_at(48'956 + 48'000) - 2'000'100'000) < 50'000);
    EXPECT(clock.error_ns(1'000'100'000) <= 100'001.0);
    clock.add(2'000'000'000, 2'000'100'000, 5'000);  // the server was started again
    EXPECT(clock.samples() == 1);
}

inline void check_memory() {
    SceneMemory memory;
    EmitterSettings first, second;
    first.prompt = "boots", first.gain_db = -3.0, first.controls = Controls{{"pitch", 0.1}, {"texture", 0.2}};
    second.gain_db = -6.0, second.controls = Controls{{"pitch", 0.9}};
    memory.note(Emitter{"a", first, EmitterOp::create, 77}, 1);
    memory.note(Emitter{"a", second, EmitterOp::update, {}}, 2);
    memory.note(Emitter{"refused", {}, EmitterOp::create, {}}, 3);
    memory.accepted(1);
    memory.accepted(2);
    memory.refused(3);
    memory.note(Control{"pitch", "a", 0.5, {}, {}}, {});
    memory.note(Control{"pitch", {}, 0.25, {}, {}}, {});  // of all: what was said of one is over
    memory.note(Event{"a", "impact", {}, EventAction::trigger, {}, 0.0, {}, {}}, 4);
    const auto scene = memory.scene();
    EXPECT(scene.size() == 2);
    const auto& emitter = std::get<Emitter>(scene[0]);
    EXPECT(!emitter.at && emitter.op == EmitterOp::create && emitter.settings.prompt == "boots");
    EXPECT(emitter.settings.gain_db == -6.0);
    EXPECT((*emitter.settings.controls == Controls{{"pitch", 0.9}, {"texture", 0.2}}));
    EXPECT(std::get<Control>(scene[1]).value == 0.25);
    memory.note(Emitter{"a", {}, EmitterOp::remove, {}}, 5);
    memory.accepted(5);
    EXPECT(memory.scene().size() == 1);
}

inline void check_conversation() {
    Conversation talk(Hello{"game", 1.0, Up::y, Handedness::right, false}, 3.0);
    EXPECT(talk.due(0).size() == 1);
    talk.hello_sent(0, false);
    EXPECT(talk.due(49'000'000).empty() && talk.due(51'000'000).size() == 1);
    EXPECT(!talk.ask(Panic{}) && !talk.tell(Panic{}));
    EXPECT(talk.receive("\xc1", 1, 0).empty() && talk.misread() == 1);
}

// Sound that arrives in time passes unchanged, after the depth that was asked for; the callback takes no memory.
inline void check_feed_passes_sound() {
    AudioFeed feed(FeedOptions{1, 256, 0, 256, 48'000.0, 48'000.0});
    std::vector<float> sound(256 * 40), out(256);
    for (std::size_t at = 0; at < sound.size(); ++at) {
        sound[at] = std::sin(0.05F * static_cast<float>(at));
    }
    std::vector<float> heard;
    std::int64_t taken = 0;
    for (std::size_t packet = 0; packet < 40; ++packet) {
        feed.write(static_cast<std::int64_t>(packet * 256), sound.data() + packet * 256, 256);
        const auto before = allocations();
        feed.read(out.data(), out.size());
        taken += allocations() - before;
        heard.insert(heard.end(), out.begin(), out.end());
    }
    EXPECT(taken == 0);
    EXPECT(feed.target_frames() == 768 && feed.interruptions() == 0 && feed.lost_frames() == 0);
    const std::size_t begin = 2 * 256 + 3;  // two callbacks of silence, and three frames that interpolation waits for
    for (std::size_t at = 64; begin + at < heard.size(); ++at) {
        EXPECT(heard[begin + at] == sound[at]);
    }
    EXPECT(std::abs(feed.latency_frames() - (768.0 + 128.0 + 2.0)) < 1.0);
}

// At another rate a tone keeps its frequency; a stall ends in silence without a jump; a gap is kept as silence.
inline void check_feed_keeps_its_temper() {
    AudioFeed feed(FeedOptions{1, 441, 0, 512, 48'000.0, 44'100.0});
    std::vector<float> packet(480), out(441), heard;
    double phase = 0.0;
    for (std::int64_t turn = 0; turn < 200; ++turn) {
        for (auto& sample : packet) {
            sample = static_cast<float>(std::sin(phase));
            phase += 2.0 * 3.14159265358979 * 1000.0 / 48'000.0;
        }
        feed.write(turn * 480, packet.data(), packet.size());
        feed.read(out.data(), out.size());
        heard.insert(heard.end(), out.begin(), out.end());
    }
    int crossings = 0;
    float steepest = 0.0F;
    for (std::size_t at = heard.size() - 44'100; at < heard.size(); ++at) {
        crossings += heard[at - 1] < 0.0F && heard[at] >= 0.0F ? 1 : 0;
        steepest = std::max(steepest, std::abs(heard[at] - heard[at - 1]));
    }
    EXPECT(std::abs(crossings - 1000) <= 2);
    for (int turn = 0; turn < 10; ++turn) {  // nothing more arrives
        const float last = out.back();
        feed.read(out.data(), out.size());
        steepest = std::max(steepest, std::abs(out.front() - last));
        for (std::size_t at = 1; at < out.size(); ++at) {
            steepest = std::max(steepest, std::abs(out[at] - out[at - 1]));
        }
    }
    EXPECT(steepest < 0.16F);  // a 1 kHz sine moves 0.1425 a frame
    EXPECT(feed.interruptions() == 1 && out.back() == 0.0F);
    feed.write(200 * 480 + 100, packet.data(), packet.size());
    EXPECT(feed.lost_frames() == 100);
    for (std::int64_t turn = 201; turn < 300; ++turn) {
        feed.write(turn * 480 + 100, packet.data(), packet.size());
        if (turn < 210 || turn == 299) {  // then the callback stands still: the oldest sound is not kept for ever
            feed.read(out.data(), out.size());
        }
    }
    EXPECT(feed.skipped_frames() > 20'000 && feed.latency_frames() < 2'000.0);
}

// A sound card 100 ppm too slow, for ten minutes of callbacks: the depth stays within its band and nothing breaks off.
inline void check_feed_follows_drift() {
    AudioFeed feed(FeedOptions{2, 480, 0, 512, 48'000.0, 48'000.0});
    std::vector<float> packet(2 * 481, 0.25F), out(2 * 480);
    std::int64_t at = 0;
    for (int turn = 0; turn < 60'000; ++turn) {
        const std::size_t frames = turn % 20 == 0 ? 481 : 480;  // 104 ppm more than is taken
        feed.write(at, packet.data(), frames);
        at += static_cast<std::int64_t>(frames);
        feed.read(out.data(), 480);
    }
    EXPECT(feed.interruptions() == 0 && feed.lost_frames() == 0 && feed.skipped_frames() == 0);
    EXPECT(std::abs(out.back() - 0.25F) < 1e-6F);
}

// Receiver and audio thread at once; what is read is what was written, in order. For ThreadSanitizer too.
inline void check_ring_between_threads() {
    constexpr std::size_t kFrames = 200'000;
    FrameRing ring(1, 1024);
    std::thread producer([&ring] {
        std::vector<float> chunk(100);
        for (std::size_t next = 0; next < kFrames;) {
            std::iota(chunk.begin(), chunk.end(), static_cast<float>(next));
            next += ring.write(chunk.data(), std::min(chunk.size(), kFrames - next));
        }
    });
    std::vector<float> chunk(77);
    bool in_order = true;
    for (std::size_t next = 0; next < kFrames;) {
        const auto found = ring.peek(chunk.data(), chunk.size());
        for (std::size_t at = 0; at < found; ++at) {
            in_order = in_order && chunk[at] == static_cast<float>(next + at);
        }
        ring.drop(found);
        next += found;
    }
    producer.join();
    EXPECT(in_order && ring.readable() == 0);
}

inline void check_all() {
    check_clock();
    check_memory();
    check_conversation();
    check_feed_passes_sound();
    check_feed_keeps_its_temper();
    check_feed_follows_drift();
    check_ring_between_threads();
}

}  // namespace probe
