// The mixer on its own thread: clock, idling, and other threads that open, fade, tap and read meanwhile.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <thread>
#include <vector>

#include "check.hpp"
#include "hobnail/monotonic.hpp"
#include "stage.hpp"

using hobnail::EndReason;
using hobnail::FrameRing;
using hobnail::monotonic_ns;
using hobnail::Pace;
using hobnail::ReportKind;
using stage::Stage;

namespace {

void nap() { std::this_thread::sleep_for(std::chrono::milliseconds(1)); }

bool wait_for(const std::function<bool()>& condition) {
    const std::int64_t deadline = monotonic_ns() + 20'000'000'000;
    while (!condition()) {
        if (monotonic_ns() > deadline) {
            return false;
        }
        nap();
    }
    return true;
}

}  // namespace

TEST("frames follow the monotonic clock, and the clock page tells how") {
    hobnail::ClockPage page;
    hobnail::Mixer mixer({.voices = 4}, &page);
    mixer.start(Pace::clock);
    CHECK(wait_for([&] { return mixer.frame() > 4800; }));
    const auto first = page.read();
    CHECK(wait_for([&] { return mixer.frame() > 4 * 4800; }));
    const auto then = page.read();
    const double seconds = static_cast<double>(then.ns - first.ns) * 1e-9;
    const double frames = static_cast<double>(then.frame - first.frame);
    if (mixer.meters().late_blocks.load() == 0) {  // a suspend moves the anchor, and would be counted
        CHECK(std::abs(frames - seconds * 48000) < 1.0);
    }
    mixer.stop();
    const std::int64_t stopped = mixer.frame();
    nap();
    CHECK_EQUAL(mixer.frame(), stopped);
}

TEST("in an idle sleep the frame still follows the clock") {
    hobnail::ClockPage page;
    hobnail::Mixer mixer({.voices = 4}, &page);
    mixer.start(Pace::clock);
    std::int64_t newest = 0;
    int behind = 0;
    for (int i = 0; i < 60; ++i) {
        nap();
        const std::int64_t frame = mixer.frame();
        const auto anchor = page.read();
        const std::int64_t now = anchor.frame + (monotonic_ns() - anchor.ns) * 48000 / 1'000'000'000;
        CHECK(frame >= newest);
        behind += now - frame > 224;
        newest = frame;
    }
    CHECK(behind < 20);  // a frame that stood still in sleeps of 2400 would be behind in half; a busy machine is at times
    mixer.stop();
}

TEST("where nobody listens an idle sleep is long, and who comes to listen ends it") {
    hobnail::ClockPage page;
    hobnail::Mixer mixer({.voices = 4}, &page);
    mixer.start(Pace::clock);
    const auto turns = [&page] {  // of the mixer's thread in 300 ms: each writes where the clock stands
        int count = 0;
        std::int64_t before = page.read().frame;
        for (const std::int64_t ends = monotonic_ns() + 300'000'000; monotonic_ns() < ends; nap()) {
            count += page.read().frame != before;
            before = page.read().frame;
        }
        return count;
    };
    CHECK(turns() <= 8);  // 6 of 50 ms
    hobnail::FrameRing ring(2, 48000);
    mixer.set_output(0, &ring);
    const std::int64_t asked = monotonic_ns();
    CHECK(wait_for([&] { return ring.readable() > 0; }));
    CHECK(monotonic_ns() - asked < 40'000'000);
    CHECK(turns() >= 9);  // 30 of 10 ms; fewer on a busy machine
    mixer.set_output(0, nullptr);
    mixer.stop();
}

TEST("the thread cannot be started twice, nor pulled by hand while it runs") {
    Stage at;
    at.mixer.start(Pace::clock);
    check::message_of<std::logic_error>([&] { at.mixer.start(Pace::clock); });
    check::message_of<std::logic_error>([&] { at.pull(64); });
    at.mixer.stop();
    at.mixer.stop();
    CHECK_EQUAL(at.pull(64).size(), 128U);
}

TEST("a voice ends an idle sleep at once, and begins in the block of now, not in the past") {
    Stage at;
    at.mixer.start(Pace::clock);
    std::vector<std::int64_t> delays;
    for (std::int64_t voice = 0; voice < 21; ++voice) {
        std::this_thread::sleep_for(std::chrono::microseconds(5000 + 2333 * voice));  // anywhere in an idle sleep
        const std::int64_t before = at.mixer.frame();
        const std::int64_t asked = monotonic_ns();
        at.open(voice, stage::plays(stage::level(64, 0.5F)));
        std::vector<hobnail::VoiceReport> reports;
        CHECK(wait_for([&] {
            for (const auto& report : at.mixer.desk().reports()) {
                reports.push_back(report);
            }
            return reports.size() == 2;
        }));
        CHECK(reports[0].kind == ReportKind::sounded);
        CHECK(reports[0].frame >= before);
        delays.push_back(reports[0].ns - asked);
    }
    at.mixer.stop();
    std::sort(delays.begin(), delays.end());
    CHECK(delays.front() > 0);
    CHECK(delays[10] < 3'000'000);  // the sleep it ends is up to 50 ms long
}

TEST("against a ring the mixer keeps it filled and no fuller") {
    Stage at;
    FrameRing ring(2, 4096);
    check::message_of<std::logic_error>([&] { at.mixer.start(Pace::ring, 256); });
    at.mixer.set_output(0, &ring);
    check::message_of<std::invalid_argument>([&] { at.mixer.start(Pace::ring, 4096); });
    at.mixer.start(Pace::ring, 256);
    std::vector<float> taken(2 * 128);
    for (int i = 0; i < 50; ++i) {
        CHECK(wait_for([&] { return ring.readable() >= 256; }));
        CHECK(ring.readable() < 256 + 64);
        ring.read(taken.data(), 128);
    }
    CHECK_EQUAL(at.mixer.meters().sink_overruns.load(), 0);
    at.mixer.stop();
}

TEST("voices, taps, outputs, strips and meters may all be used while the mixer runs") {
    Stage at({.voices = 32, .fifo_frames = 1024, .emitters = 16});
    FrameRing sink(2, 1 << 16);
    at.mixer.set_output(0, &sink);
    at.mixer.start(Pace::clock);
    std::atomic<bool> done{false};
    std::thread control([&] {  // rings that live shortly: the mixer must not touch them after they are taken away
        while (!done.load()) {
            FrameRing tap(1, 512);
            FrameRing output(2, 512);
            at.mixer.set_tap(1, &tap, 3);
            at.mixer.set_output(1, &output);
            nap();
            at.mixer.set_tap(1, nullptr, 3);
            at.mixer.set_output(1, nullptr);
            at.mixer.meters().peak.exchange(0.0F);
        }
    });
    std::thread reader([&] {
        std::vector<float> taken(2 * 4096);
        while (!done.load()) {
            sink.read(taken.data(), 4096);
            nap();
        }
    });
    std::int64_t opened = 0;
    std::int64_t ended = 0;
    std::int64_t sounded = 0;
    const auto collect = [&] {
        for (const auto& report : at.mixer.desk().reports()) {
            ended += report.kind == ReportKind::ended ? 1 : 0;
            sounded += report.kind == ReportKind::sounded ? 1 : 0;
        }
    };
    for (int i = 0; i < 400; ++i) {
        const auto emitter = static_cast<std::size_t>(i % 16);
        at.mixer.set_emitter(emitter, 0.5F, 0.1F, 1.0F + static_cast<float>(i % 20), emitter % 4);
        at.mixer.set_bus(emitter % 4, 0.8F);
        const auto renderer = stage::plays(stage::noise(2000, static_cast<unsigned>(i)));
        if (at.mixer.open_voice(opened, renderer, emitter, stage::kNextBlock, 1.0F)) {
            ++opened;
        }
        if (i % 7 == 0) {
            at.mixer.desk().fade(opened - 3, {100, EndReason::stolen});
        }
        at.mixer.desk().feed_all(512);
        collect();
        if (i % 4 == 0) {
            nap();
        }
    }
    CHECK(wait_for([&] {
        at.mixer.desk().feed_all(512);
        collect();
        return ended == opened;
    }));
    done.store(true);
    control.join();
    reader.join();
    at.mixer.stop();
    CHECK(opened > 100);
    CHECK(sounded > opened / 2);
    CHECK_EQUAL(at.mixer.open_voices(), 0);
}

CHECK_MAIN()
