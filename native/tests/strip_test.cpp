#include "hobnail/strip.hpp"

#include <array>
#include <cmath>
#include <cstddef>

#include "check.hpp"

using hobnail::kBlock;
using hobnail::Strip;
using hobnail::StripTarget;

namespace {

std::array<float, kBlock> ones() {
    std::array<float, kBlock> samples{};
    samples.fill(1.0F);
    return samples;
}

}  // namespace

TEST("level halves with each doubling of distance, from one metre on") {
    CHECK_EQUAL(hobnail::distance_gain(0.0F), 1.0F);
    CHECK_EQUAL(hobnail::distance_gain(1.0F), 1.0F);
    CHECK_EQUAL(hobnail::distance_gain(2.0F), 0.5F);
    CHECK_EQUAL(hobnail::distance_gain(8.0F), 0.125F);
}

TEST("air leaves near sounds alone and takes 3 dB at 5 kHz after 100 m") {
    CHECK_EQUAL(hobnail::air_weight(3.0F, 48000.0F), 1.0F);
    const float weight = hobnail::air_weight(100.0F, 48000.0F);
    CHECK(std::abs(weight - (1.0F - std::exp(-2.0F * 3.14159265F * 5006.6F / 48000.0F))) < 1.0e-4F);
    CHECK(hobnail::air_weight(400.0F, 48000.0F) < weight);
}

TEST("pan keeps the power and reaches both ends") {
    StripTarget target;
    for (const float pan : {-1.0F, -0.5F, 0.0F, 0.3F, 1.0F}) {
        target.set(1.0F, pan, 1.0F, 0, 48000.0F);
        const float left = target.left.load();
        const float right = target.right.load();
        CHECK(std::abs(left * left + right * right - 1.0F) < 1.0e-6F);
    }
    target.set(1.0F, -1.0F, 1.0F, 0, 48000.0F);
    CHECK_EQUAL(target.right.load(), 0.0F);
    target.set(1.0F, 1.0F, 1.0F, 0, 48000.0F);
    CHECK_EQUAL(target.left.load(), 0.0F);
}

TEST("a voice begins at its target and later glides there in a straight line over one block") {
    StripTarget target;
    Strip strip;
    target.set(0.5F, 0.0F, 1.0F, 0, 48000.0F);
    strip.aim(target, 1.0F, true);
    auto samples = ones();
    strip.shape(samples.data());
    CHECK_EQUAL(samples[0], 0.5F);
    CHECK_EQUAL(samples[kBlock - 1], 0.5F);

    target.set(1.0F, 0.0F, 1.0F, 0, 48000.0F);
    strip.aim(target, 1.0F, false);
    samples = ones();
    strip.shape(samples.data());
    for (std::size_t i = 1; i < kBlock; ++i) {
        CHECK(std::abs(samples[i] - samples[i - 1] - 0.5F / kBlock) < 1.0e-6F);
    }
    CHECK_EQUAL(samples[kBlock - 1], 1.0F);
}

TEST("without air a sample passes unchanged, far away its treble goes") {
    StripTarget target;
    Strip strip;
    target.set(1.0F, 0.0F, 1.0F, 0, 48000.0F);
    strip.aim(target, 1.0F, true);
    std::array<float, kBlock> buzz{};
    for (std::size_t i = 0; i < kBlock; ++i) {
        buzz[i] = i % 2 == 0 ? 0.3F : -0.3F;
    }
    auto near = buzz;
    strip.shape(near.data());
    CHECK(near == buzz);
    target.set(100.0F, 0.0F, 100.0F, 0, 48000.0F);  // the gain makes up for the distance
    strip.aim(target, 1.0F, true);
    auto far = buzz;
    strip.shape(far.data());
    CHECK(std::abs(far[kBlock - 1]) < 0.12F);
}

CHECK_MAIN()
