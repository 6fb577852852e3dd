// Voices that are let go: how a fade sounds, where it ends, and what is told of it.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "check.hpp"
#include "stage.hpp"

using hobnail::EndReason;
using hobnail::ReportKind;
using stage::Stage;

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
    CHECK_EQUAL(gaps.size(), 1U);
    CHECK_EQUAL(gaps[0].frame, 64);
    CHECK(gaps[0].frame + gaps[0].frames > ended[0].frame);
}

TEST("a voice that runs out of sound while it fades tells where, and counts no underrun") {
    Stage at;
    at.open(1, stage::plays(stage::level(100, 0.5F), false));
    at.pull(64);
    at.mixer.desk().fade(1, {4800, EndReason::stolen});
    at.pull(512);
    CHECK_EQUAL(at.mixer.meters().underruns.load(), 0);
    CHECK_EQUAL(at.mixer.meters().underrun_frames.load(), 0);
    const auto gaps = stage::of(at.mixer.desk().reports(), ReportKind::underrun);
    CHECK_EQUAL(gaps.size(), 1U);
    CHECK_EQUAL(gaps[0].frame, 100);
}

CHECK_MAIN()
