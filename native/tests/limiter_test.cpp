#include "hobnail/limiter.hpp"

#include <array>
#include <cmath>
#include <cstddef>
#include <random>
#include <vector>

#include "check.hpp"

using hobnail::kBlock;
using hobnail::Limiter;

namespace {

using Block = std::array<float, 2 * kBlock>;

std::vector<float> run(Limiter& limiter, const std::vector<float>& stereo) {
    std::vector<float> out = stereo;
    for (std::size_t at = 0; at + 2 * kBlock <= out.size(); at += 2 * kBlock) {
        limiter.process(out.data() + at);
    }
    return out;
}

std::vector<float> noise(std::size_t frames, float peak, unsigned seed) {
    std::mt19937 random(seed);
    std::uniform_real_distribution<float> sample(-peak, peak);
    std::vector<float> out(2 * frames);
    for (float& value : out) {
        value = sample(random);
    }
    return out;
}

}  // namespace

TEST("what stays below -1 dBFS is passed bit for bit") {
    Limiter limiter(48000.0F);
    const auto in = noise(100 * kBlock, Limiter::kThreshold, 1);
    CHECK(run(limiter, in) == in);
}

TEST("nothing leaves beyond full scale, however loud it comes in") {
    for (const float peak : {0.9F, 1.0F, 1.5F, 10.0F, 1.0e4F, 1.0e16F}) {
        Limiter limiter(48000.0F);
        auto in = noise(50 * kBlock, peak, 2);
        in[0] = peak;  // at once, on the very first frame
        for (const float sample : run(limiter, in)) {
            CHECK(std::abs(sample) <= 1.0F);
        }
    }
}

TEST("a single peak lowers its surroundings and the level is back after the release") {
    Limiter limiter(48000.0F);
    std::vector<float> in(2 * 1000 * kBlock, 0.25F);
    in[2 * 40] = 4.0F;
    const auto out = run(limiter, in);
    CHECK(out[2 * 40] > 0.9F && out[2 * 40] <= 1.0F);
    CHECK(out[2 * 20] < 0.25F && out[2 * 20] > out[2 * 39]);  // falls towards the peak, within its block
    const float after_100_ms = out[2 * (40 + 4800)] / 0.25F;
    CHECK(after_100_ms > 0.65F && after_100_ms < 0.8F);  // 1 - 0.75 / e
    CHECK_EQUAL(out[2 * 999 * kBlock], 0.25F);
}

TEST("both sides get the same gain") {
    Limiter limiter(48000.0F);
    auto in = noise(20 * kBlock, 3.0F, 3);
    for (std::size_t i = 0; i < in.size(); i += 2) {
        in[i + 1] = in[i] / 2;
    }
    const auto out = run(limiter, in);
    for (std::size_t i = 0; i < out.size(); i += 2) {
        CHECK(std::abs(out[i + 1] - out[i] / 2) < 1.0e-6F);
    }
}

TEST("a louder peak comes out louder, up to full scale") {
    float before = 0.0F;
    for (const float peak : {0.88F, 0.9F, 0.95F, 1.0F, 1.2F, 2.0F}) {
        Limiter limiter(48000.0F);
        std::vector<float> in(2 * kBlock, peak);
        const float out = run(limiter, in)[0];
        CHECK(out > before);
        before = out;
    }
}

CHECK_MAIN()
