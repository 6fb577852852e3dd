// The mix as a whole, pulled by hand: same bits however it is pulled, buses, taps, outputs, refusals.
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "check.hpp"
#include "stage.hpp"

using hobnail::EndReason;
using hobnail::FrameRing;
using stage::Stage;

namespace {

// Nine voices on the move, in chunks of `chunk` frames; what changes does so at block edges that all chunkings share.
std::vector<float> scene(std::size_t chunk) {
    Stage at;
    constexpr std::size_t kPart = 64 * 65 * 4;
    for (std::int64_t voice = 0; voice < 9; ++voice) {
        const auto emitter = static_cast<std::size_t>(voice);
        at.mixer.set_emitter(emitter, 0.5F, -1.0F + 0.25F * static_cast<float>(voice),
                             1.0F + 10.0F * static_cast<float>(voice), emitter % 3);
        at.open(voice, stage::plays(stage::noise(40'000, static_cast<unsigned>(voice), 0.9F)), 37 * voice, emitter);
    }
    std::vector<float> out;
    for (int part = 0; part < 3; ++part) {
        for (std::size_t done = 0; done < kPart; done += chunk) {
            const auto piece = at.pull(std::min(chunk, kPart - done));
            out.insert(out.end(), piece.begin(), piece.end());
        }
        at.mixer.set_bus(1, part == 0 ? 0.2F : 2.0F);
        at.mixer.set_emitter(3, 1.0F, 0.7F, 30.0F, 2);
        at.mixer.desk().fade(5, {1000, EndReason::stopped});
    }
    return out;
}

}  // namespace

TEST("the mix has the same bits in chunks of 1, 63, 64, 65, 512 and all frames") {
    const auto whole = scene(1 << 20);
    for (const std::size_t chunk : {1U, 63U, 64U, 65U, 512U}) {
        CHECK(scene(chunk) == whole);
    }
}

TEST("the mix does not depend on which slots the voices lie in") {
    const auto play = [](bool fill_first) {
        Stage at;
        if (fill_first) {
            at.open(100, stage::plays(stage::level(1, 0.0F)));
            at.open(101, stage::plays(stage::level(2000, 0.0F)));
        }
        at.pull(256);
        for (std::int64_t voice = 0; voice < 6; ++voice) {
            at.open(voice, stage::plays(stage::noise(1000, static_cast<unsigned>(voice))));
        }
        return at.pull(1500);
    };
    CHECK(play(true) == play(false));
}

TEST("the mix never leaves full scale and is untouched while it is quiet") {
    Stage at;
    for (std::int64_t voice = 0; voice < 12; ++voice) {
        at.open(voice, stage::plays(stage::noise(5000, static_cast<unsigned>(voice), 1.0F)));
    }
    for (const float sample : at.pull(5000)) {
        CHECK(std::abs(sample) <= 1.0F);
    }
    CHECK(at.mixer.meters().peak.load() > 1.0F);  // before the limiter
}

TEST("a bus glides to its gain within one block") {
    Stage at;
    at.open(1, stage::plays(stage::level(1000, 0.5F)));
    at.pull(64);
    at.mixer.set_bus(0, 0.5F);
    auto out = at.left(128);
    CHECK_EQUAL(out[63], 0.25F);
    out.insert(out.begin(), 0.5F);
    CHECK(stage::steepest(out) <= 0.25F / 64 * 1.01F);
}

TEST("an emitter that changes its bus crosses over without a step") {
    Stage at;
    at.mixer.set_bus(1, 0.25F);
    at.pull(64);
    at.open(1, stage::plays(stage::level(1000, 0.5F)));
    at.pull(64);
    at.mixer.set_emitter(0, 1.0F, -1.0F, 1.0F, 1);
    auto out = at.left(128);
    out.insert(out.begin(), 0.5F);
    CHECK(stage::steepest(out) <= 0.375F / 64 * 1.01F);
    CHECK_EQUAL(out[127], 0.125F);
}

TEST("taps carry one emitter after gain and distance and before pan, or the mix") {
    Stage at;
    FrameRing one(1, 1024);
    FrameRing mix(2, 1024);
    FrameRing second(2, 1024);
    at.mixer.set_emitter(3, 0.5F, 1.0F, 2.0F, 0);
    at.mixer.set_tap(0, &one, 3);
    at.mixer.set_tap(31, &mix, hobnail::kWholeMix);
    at.mixer.set_output(7, &second);
    at.open(1, stage::plays(stage::level(256, 0.4F)), stage::kNextBlock, 3);
    at.open(2, stage::plays(stage::level(256, 0.2F)), stage::kNextBlock, 4);
    const auto out = at.pull(256);
    std::vector<float> mono(256);
    std::vector<float> stereo(512);
    CHECK_EQUAL(one.read(mono.data(), 256), 256);
    for (const float sample : mono) {
        CHECK(std::abs(sample - 0.1F) < 1.0e-6F);
    }
    CHECK_EQUAL(mix.read(stereo.data(), 512), 256);
    CHECK(stereo == out);
    CHECK_EQUAL(second.read(stereo.data(), 512), 256);
    CHECK(stereo == out);
    at.mixer.set_tap(0, nullptr, 3);
    at.pull(64);
    CHECK_EQUAL(one.readable(), 0);
}

TEST("what an output has no room for is counted") {
    Stage at;
    FrameRing ring(2, 100);
    at.mixer.set_output(0, &ring);
    at.pull(128);
    CHECK_EQUAL(at.mixer.meters().sink_overruns.load(), 28);
    CHECK_EQUAL(ring.overruns(), 28);
}

TEST("levels tell the loud from the quiet, and spare what has not begun") {
    Stage at;
    at.open(1, stage::plays(stage::level(1000, 0.5F)));
    at.open(2, stage::plays(stage::level(1000, 0.01F)));
    at.open(3, stage::plays(stage::level(1000, 0.01F)), 900);
    at.pull(128);
    const auto levels = at.mixer.desk().levels();
    CHECK_EQUAL(levels.size(), 3U);
    CHECK(levels[0].first == 1 && std::abs(levels[0].second - 0.5F) < 1.0e-5F);
    CHECK(levels[1].first == 2 && std::abs(levels[1].second - 0.01F) < 1.0e-5F);
    CHECK(levels[2].first == 3 && levels[2].second == 1.0F);
}

TEST("wrong arguments are refused with what was found and what was expected") {
    Stage at;
    const auto refused = [](auto call, const char* text) {
        return check::message_of<std::invalid_argument>(call).find(text) != std::string::npos;
    };
    FrameRing mono(1, 64);
    CHECK(refused([&] { at.mixer.set_output(8, nullptr); }, "index is 8, expected 0..7"));
    CHECK(refused([&] { at.mixer.set_output(0, &mono); }, "1 channels, expected 2"));
    CHECK(refused([&] { at.mixer.set_tap(0, &mono, 99); }, "emitter is 99, expected 0..15"));
    CHECK(refused([&] { at.mixer.set_emitter(0, std::nanf(""), 0, 1, 0); }, "gain is nan"));
    CHECK(refused([&] { at.mixer.set_emitter(0, 1, 1.5F, 1, 0); }, "pan is 1.5"));
    CHECK(refused([&] { at.mixer.set_bus(8, 1); }, "bus is 8, expected 0..7"));
    CHECK(refused([&] { at.open(1, stage::plays({}), -2); }, "start_frame is -2"));
    CHECK(refused([&] { Stage({.block_frames = 100}); }, "a multiple of 64"));
    CHECK(refused([&] { Stage({.voices = 0}); }, "voices is 0"));
}

CHECK_MAIN()
