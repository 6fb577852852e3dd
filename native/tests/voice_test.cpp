// A voice's life: start, shortage, fade, fault, end, and what is reported of it.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "check.hpp"
#include "stage.hpp"

using hobnail::EndReason;
using hobnail::ReportKind;
using stage::Stage;

TEST("a voice starts exactly at its frame, at every edge of a block") {
    for (const std::int64_t start : {0, 1, 63, 64, 65, 127, 128, 1000}) {
        Stage at;
        const auto samples = stage::noise(300, 1);
        at.open(1, stage::plays(samples), start);
        const auto out = at.left(2000);
        for (std::size_t i = 0; i < out.size(); ++i) {
            const std::size_t since = i - static_cast<std::size_t>(start);
            CHECK_EQUAL(out[i], i >= static_cast<std::size_t>(start) && since < 300 ? samples[since] : 0.0F);
        }
        const auto reports = at.mixer.desk().reports();
        CHECK_EQUAL(reports.size(), 2U);
        CHECK(reports[0].kind == ReportKind::sounded && reports[1].kind == ReportKind::ended);
        CHECK_EQUAL(reports[1].frame, start + 300);
        CHECK(reports[1].reason == EndReason::finished);
    }
}

TEST("a voice for the next block starts at its first frame, and is not late") {
    Stage at;
    at.pull(100);  // leaves the grid's next block at 128
    at.open(1, stage::plays(stage::level(10, 0.5F)));
    const auto out = at.left(60);
    CHECK_EQUAL(out[27], 0.0F);
    CHECK_EQUAL(out[28], 0.5F);
    CHECK(stage::of(at.mixer.desk().reports(), ReportKind::late).empty());
}

TEST("a start that has passed is played at once and reported late by as many frames") {
    Stage at;
    at.pull(256);
    at.open(1, stage::plays(stage::level(10, 0.5F)), 200);
    CHECK_EQUAL(at.left(64)[0], 0.5F);
    const auto late = stage::of(at.mixer.desk().reports(), ReportKind::late);
    CHECK_EQUAL(late.size(), 1U);
    CHECK_EQUAL(late[0].frames, 56);
    CHECK_EQUAL(late[0].frame, 256);
}

TEST("sounded is the first sample above -80 dBFS after every gain") {
    Stage at;
    at.mixer.set_emitter(0, 0.1F, 0.0F, 1.0F, 0);
    std::vector<float> samples(300, 0.0F);
    samples[70] = 1.0e-3F;  // 1e-3 * 0.1 * 0.7071 is below
    samples[90] = 2.0e-3F;  // above
    at.open(1, stage::plays(samples), 10);
    const std::int64_t before = hobnail::monotonic_ns();
    at.pull(640);
    const auto sounded = stage::of(at.mixer.desk().reports(), ReportKind::sounded);
    CHECK_EQUAL(sounded.size(), 1U);
    CHECK_EQUAL(sounded[0].frame, 100);
    CHECK(sounded[0].ns >= before && sounded[0].ns <= hobnail::monotonic_ns());
}

TEST("a voice behind a closed bus never sounded") {
    Stage at;
    at.mixer.set_bus(0, 0.0F);
    at.pull(64);
    at.open(1, stage::plays(stage::level(100, 0.5F)));
    at.pull(256);
    const auto reports = at.mixer.desk().reports();
    CHECK_EQUAL(reports.size(), 1U);
    CHECK(reports[0].kind == ReportKind::ended);
}

TEST("a gap is let down and taken up without a click, and counted with its frames") {
    Stage at;
    auto renderer = stage::plays(stage::level(100, 0.5F), false);
    at.open(1, renderer);
    auto out = at.left(320);
    renderer->feed(stage::level(300, 0.5F).data(), 300, false);
    at.mixer.desk().feed_all(1 << 20);
    const auto more = at.left(256);
    out.insert(out.begin(), 0.5F);  // the attack itself is not a click
    out.insert(out.end(), more.begin(), more.end());
    CHECK(stage::steepest(out) <= 0.5F / 64 * 1.01F);
    CHECK_EQUAL(out[1 + 250], 0.0F);
    CHECK_EQUAL(out[1 + 320 + 100], 0.5F);
    CHECK_EQUAL(at.mixer.meters().underruns.load(), 1);
    CHECK_EQUAL(at.mixer.meters().underrun_frames.load(), 220);
    const auto gaps = stage::of(at.mixer.desk().reports(), ReportKind::underrun);
    CHECK_EQUAL(gaps.size(), 1U);
    CHECK_EQUAL(gaps[0].frame, 100);
    CHECK_EQUAL(gaps[0].frames, 220);
}

TEST("samples are late after a gap, never lost") {
    Stage at;
    auto renderer = stage::plays(stage::level(64, 0.5F), false);
    at.open(1, renderer);
    at.pull(192);
    const auto rest = stage::noise(500, 4);
    renderer->feed(rest.data(), rest.size(), true);
    at.mixer.desk().feed_all(1 << 20);
    const auto out = at.left(640);
    for (std::size_t i = 64; i < rest.size(); ++i) {
        CHECK_EQUAL(out[i], rest[i]);
    }
    const auto ended = stage::of(at.mixer.desk().reports(), ReportKind::ended);
    CHECK_EQUAL(ended[0].frame, 192 + 500);
}

TEST("an attack that comes late is not softened") {
    Stage at;
    auto renderer = stage::plays({}, false);
    at.open(1, renderer);
    at.pull(128);
    renderer->feed(stage::level(64, 0.5F).data(), 64, true);
    at.mixer.desk().feed_all(1 << 20);
    CHECK_EQUAL(at.left(64)[0], 0.5F);
    CHECK_EQUAL(at.mixer.meters().underruns.load(), 1);
}

TEST("a fade falls without a step and ends the voice where it says, with its reason") {
    Stage at;
    at.open(1, stage::plays(stage::level(10'000, 0.5F)));
    auto out = at.left(100);
    CHECK(at.mixer.desk().fade(1, {480, EndReason::stolen}));
    const auto more = at.left(1000);
    out.insert(out.end(), more.begin(), more.end());
    CHECK(stage::steepest(out) <= 0.5F * 1.5F / 480 * 1.02F);
    CHECK_EQUAL(out[127], 0.5F);
    CHECK(out[128 + 478] > 0.0F);
    CHECK_EQUAL(out[128 + 479], 0.0F);
    const auto ended = stage::of(at.mixer.desk().reports(), ReportKind::ended);
    CHECK_EQUAL(ended.size(), 1U);
    CHECK(ended[0].reason == EndReason::stolen);
    CHECK_EQUAL(ended[0].frame, 128 + 480);
    CHECK(!at.mixer.desk().fade(1, {480, EndReason::panic}));
}

TEST("of two fades the shorter wins, from where the first had come to") {
    Stage at;
    at.open(1, stage::plays(stage::level(100'000, 0.5F)));
    at.pull(64);
    at.mixer.desk().fade(1, {48'000, EndReason::stopped});
    auto out = at.left(6400);
    at.mixer.desk().fade(1, {256, EndReason::stolen});
    const auto more = at.left(512);
    CHECK(out.back() < 0.5F);
    out.insert(out.end(), more.begin(), more.end());
    CHECK(stage::steepest(out) <= 0.5F * 1.5F / 256 * 1.02F);
    CHECK_EQUAL(more[255], 0.0F);
    const auto ended = stage::of(at.mixer.desk().reports(), ReportKind::ended);
    CHECK(ended[0].reason == EndReason::stolen);
}

TEST("a fade of no frames still takes 64, which is too short to hear and too long to click") {
    Stage at;
    at.open(1, stage::plays(stage::level(1000, 0.5F)));
    at.pull(64);
    at.mixer.desk().fade(1, {0, EndReason::panic});
    auto out = at.left(128);
    out.insert(out.begin(), 0.5F);
    CHECK(stage::steepest(out) <= 0.5F * 1.5F / 64 * 1.02F);
    CHECK_EQUAL(out[64], 0.0F);
}

TEST("a voice that was faded before it began ends without a sound") {
    Stage at;
    at.open(1, stage::plays(stage::level(100, 0.5F)), 200);
    CHECK(at.mixer.desk().fade(1, {64, EndReason::removed}));
    for (const float sample : at.left(640)) {
        CHECK_EQUAL(sample, 0.0F);
    }
    const auto reports = at.mixer.desk().reports();
    CHECK_EQUAL(reports.size(), 1U);
    CHECK(reports[0].reason == EndReason::removed);
}

TEST("a voice that is faded while it starves ends, and is not counted as starving any longer; its gap is told whole") {
    Stage at;
    at.open(1, stage::plays(stage::level(64, 0.5F), false));
    at.pull(128);
    at.mixer.desk().fade(1, {4800, EndReason::stopped});
    at.pull(256);
    CHECK_EQUAL(at.mixer.meters().underruns.load(), 1);
    CHECK_EQUAL(at.mixer.meters().underrun_frames.load(), 64);
    const auto reports = at.mixer.desk().reports();
    const auto ended = stage::of(reports, ReportKind::ended);
    CHECK_EQUAL(ended.size(), 1U);
    CHECK(ended[0].reason == EndReason::stopped);
    const auto gaps = stage::of(reports, ReportKind::underrun);
    CHECK_EQUAL(gaps.at(0).frame, 64);
    CHECK(gaps[0].frame + gaps[0].frames > ended[0].frame);
}

TEST("a voice that runs out of sound while it fades tells where, and counts no underrun") {
    Stage at;
    at.open(1, stage::plays(stage::level(100, 0.5F), false));
    at.pull(64);
    at.mixer.desk().fade(1, {4800, EndReason::stolen});
    at.pull(512);
    CHECK_EQUAL(at.mixer.meters().underrun_frames.load(), 0);
    CHECK_EQUAL(stage::of(at.mixer.desk().reports(), ReportKind::underrun).at(0).frame, 100);
}

TEST("a renderer that gives no numbers, absurd ones, or throws, fails alone and without a click") {
    const float nan = std::numeric_limits<float>::quiet_NaN();
    const float infinite = std::numeric_limits<float>::infinity();
    for (const float bad : {nan, infinite, -infinite, 1.0e30F}) {
        Stage at;
        auto samples = stage::level(1000, 0.5F);
        samples[300] = bad;
        at.open(1, stage::plays(samples));
        auto out = at.left(2000);
        out.insert(out.begin(), 0.5F);
        CHECK(stage::steepest(out) <= 0.5F / 64 * 1.01F);
        CHECK_EQUAL(out[1 + 299], 0.5F);
        const auto ended = stage::of(at.mixer.desk().reports(), ReportKind::ended);
        CHECK_EQUAL(ended.size(), 1U);
        CHECK(ended[0].reason == EndReason::failed);
    }
    Stage at;
    at.open(1, std::make_shared<stage::Thrower>(700));
    at.pull(2000);
    const auto ended = stage::of(at.mixer.desk().reports(), ReportKind::ended);
    CHECK(ended.size() == 1 && ended[0].reason == EndReason::failed);
}

TEST("the neighbours of a failing voice are bit-identical with and without it") {
    const auto play = [](bool with_failure) {
        Stage at;
        at.open(1, stage::plays(stage::noise(3000, 1)), 5);
        if (with_failure) {
            auto samples = stage::level(1, std::numeric_limits<float>::quiet_NaN());
            at.open(2, stage::plays(samples), 7);
        }
        at.open(3, stage::plays(stage::noise(3000, 2)), 9);
        return at.pull(4000);
    };
    CHECK(play(true) == play(false));
}

TEST("no ended report is lost when the report queue is full") {
    Stage at({.voices = 512, .fifo_frames = 256, .emitters = 1});
    std::int64_t opened = 0;
    for (int round = 0; round < 8; ++round) {  // 8 * 512 voices, three reports each, nobody reads
        for (int i = 0; i < 512; ++i) {
            const auto renderer = stage::plays(stage::level(100, 0.001F));
            opened += at.mixer.open_voice(opened, renderer, 0, 0, 1.0F) ? 1 : 0;
        }
        at.pull(256);
    }
    CHECK(opened < 8 * 512);  // slots whose end could not be told are not reused
    std::vector<int> ended(static_cast<std::size_t>(opened));
    for (int i = 0; i < 20; ++i) {
        for (const auto& report : stage::of(at.mixer.desk().reports(), ReportKind::ended)) {
            ++ended[static_cast<std::size_t>(report.voice)];
        }
        at.pull(64);
    }
    for (const int times : ended) {
        CHECK_EQUAL(times, 1);
    }
    CHECK_EQUAL(at.mixer.open_voices(), 0);
}

TEST("slots come back, and without one a voice is refused") {
    Stage at({.voices = 2, .fifo_frames = 1024, .emitters = 1});
    const auto open = [&](std::int64_t voice) {
        return at.mixer.open_voice(voice, stage::plays(stage::level(64, 0.1F)), 0, stage::kNextBlock, 1.0F);
    };
    CHECK(open(1) && open(2));
    CHECK(!open(3));
    CHECK(check::message_of<std::invalid_argument>([&] { open(2); }).find("already open") != std::string::npos);
    at.pull(192);
    CHECK(open(3) && open(1));
}

TEST("a voice's lead counts what waits and what is granted, and is -1 when it is over") {
    Stage at({.voices = 2, .fifo_frames = 512, .emitters = 1});
    CHECK_EQUAL(at.mixer.desk().lead(1), -1);
    at.open(1, stage::plays(stage::level(1000, 0.1F)));
    CHECK_EQUAL(at.mixer.desk().lead(1), 1000);
    at.pull(128);
    CHECK_EQUAL(at.mixer.desk().lead(1), 872);
    CHECK_EQUAL(at.mixer.desk().feed(1, 400), 16);
    for (int i = 0; i < 20; ++i) {
        at.mixer.desk().feed(1, 1 << 20);
        at.pull(64);
    }
    CHECK_EQUAL(at.mixer.desk().lead(1), -1);
}

CHECK_MAIN()
