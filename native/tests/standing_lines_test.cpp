// Lines that a network jitters around stand still again; what moves goes on moving; silence is left alone.
#include <cmath>
#include <cstddef>
#include <memory>
#include <stdexcept>
#include <vector>

#include "check.hpp"
#include "hobnail/spectral/standing_lines.hpp"
#include "hobnail/synth/noise.hpp"

using hobnail::spectral::RowMap;
using hobnail::spectral::StandingLines;

namespace {

constexpr float kMean = 7.0F, kSpread = 0.5F, kLevelMean = -6.0F, kLevelSpread = 2.0F;
constexpr std::size_t kWidth = 5;  // of a latent: one number that is kept, two slots

std::shared_ptr<RowMap> two_slots() {
    auto map = std::make_shared<RowMap>();
    map->kept = 1;
    map->partials = 2;
    map->floor = 1e-7F;
    map->mean = {-4.0F, -5.0F};
    map->components = {2.0F, 1.0F, 0.5F, -1.0F};
    map->shares = std::vector<float>(8, 0.0F);
    map->partial_mean = {kMean, kLevelMean};
    map->partial_spread = {kSpread, kLevelSpread};
    map->check();
    return map;
}

// The first slot says `log_hz` of each hop, off by up to `off`; the second is silent.
template <typename LogHz>
std::vector<float> said(std::size_t hops, float off, LogHz log_hz, std::uint64_t seed = 3) {
    const hobnail::synth::Noise noise(seed, 1);
    std::vector<float> latents(hops * kWidth, 0.0F);
    for (std::size_t hop = 0; hop < hops; ++hop) {
        float* latent = latents.data() + hop * kWidth;
        const float away = off * hobnail::synth::Noise::quarter(noise.bits(hop), 0);
        latent[0] = 0.25F;
        latent[1] = (log_hz(hop) + away - kMean) / kSpread;
        latent[2] = (-4.0F - kLevelMean) / kLevelSpread;
        latent[4] = (RowMap::kSilent - kLevelMean) / kLevelSpread;
    }
    return latents;
}

float log_hz_at(const std::vector<float>& latents, std::size_t hop) { return latents[hop * kWidth + 1] * kSpread + kMean; }

}  // namespace

TEST("a line that is off by a semitone at every hop stands still") {
    std::vector<float> latents = said(64, 0.12F, [](std::size_t) { return 7.2F; });
    const std::vector<float> before = latents;
    StandingLines(two_slots(), 0.0005F, 0.07F).settle(latents.data(), 64);
    for (std::size_t hop = 0; hop < 64; ++hop) {
        CHECK(std::abs(log_hz_at(latents, hop) - 7.2F) < 0.03F);
        if (hop > 0) CHECK(std::abs(log_hz_at(latents, hop) - log_hz_at(latents, hop - 1)) < 0.001F);
        for (const std::size_t number : {0U, 2U, 3U, 4U}) {
            CHECK(latents[hop * kWidth + number] == before[hop * kWidth + number]);  // levels, bands and silence
        }
    }
}

TEST("a line that glides goes on gliding where its things do") {
    const auto glide = [](std::size_t hop) { return 7.0F + 0.006F * static_cast<float>(hop); };
    std::vector<float> latents = said(64, 0.12F, glide);
    StandingLines(two_slots(), 0.01F, 0.07F).settle(latents.data(), 64);
    for (std::size_t hop = 0; hop < 64; ++hop) CHECK(std::abs(log_hz_at(latents, hop) - glide(hop)) < 0.07F);
}

TEST("one hop that lies far off moves it by little") {
    std::vector<float> latents = said(32, 0.0F, [](std::size_t hop) { return hop == 16 ? 8.5F : 7.0F; });
    StandingLines(two_slots(), 0.002F, 0.07F).settle(latents.data(), 32);
    for (std::size_t hop = 0; hop < 32; ++hop) CHECK(std::abs(log_hz_at(latents, hop) - 7.0F) < 0.02F);
}

TEST("what stays an octave away is another line, and the slot goes there through silence") {
    std::vector<float> latents = said(32, 0.0F, [](std::size_t hop) { return hop < 16 ? 7.0F : 8.0F; });
    StandingLines(two_slots(), 0.002F, 0.07F).settle(latents.data(), 32);
    CHECK(std::abs(log_hz_at(latents, 14) - 7.0F) < 0.05F);
    CHECK(std::abs(log_hz_at(latents, 24) - 8.0F) < 0.05F);
    std::size_t silent = 0;
    for (std::size_t hop = 0; hop < 32; ++hop) silent += latents[hop * kWidth + 2] < -1.4F;
    CHECK(silent == 1);
}

TEST("a block goes on from the one before, and voices are their own") {
    const auto still = [](std::size_t) { return 7.2F; };
    std::vector<float> whole = said(64, 0.12F, still);
    std::vector<float> pieces = whole, other = said(64, 0.12F, still, 9);
    StandingLines one(two_slots(), 0.0005F, 0.07F), apart(two_slots(), 0.0005F, 0.07F), cut(two_slots(), 0.0005F, 0.07F);
    one.settle(whole.data(), 64);
    for (std::size_t hop = 0; hop < 64; hop += 2) {
        cut.settle(pieces.data() + hop * kWidth, 2);
        apart.settle(other.data() + hop * kWidth, 2);
    }
    CHECK(log_hz_at(whole, 63) == log_hz_at(pieces, 63));  // all that came before is known to both
    CHECK(log_hz_at(whole, 0) != log_hz_at(pieces, 0));    // what comes after to one
    for (std::size_t hop = 32; hop < 64; ++hop) CHECK(std::abs(log_hz_at(pieces, hop) - 7.2F) < 0.04F);
}

TEST("after silence a slot begins anew") {
    std::vector<float> latents = said(24, 0.0F, [](std::size_t hop) { return hop < 8 ? 7.0F : 7.4F; });
    for (std::size_t hop = 8; hop < 16; ++hop) latents[hop * kWidth + 2] = -1.5F;
    StandingLines(two_slots(), 0.0005F, 0.07F).settle(latents.data(), 24);
    CHECK(std::abs(log_hz_at(latents, 2) - 7.0F) < 1e-4F);
    CHECK(std::abs(log_hz_at(latents, 20) - 7.4F) < 1e-4F);
}

TEST("numbers that make no sense are refused by name") {
    const auto refusal = [](float wander, float jitter) {
        return check::message_of<std::invalid_argument>([&] { StandingLines(two_slots(), wander, jitter); });
    };
    CHECK(refusal(-0.1F, 0.07F).find("wander is -0.1") == 0);
    CHECK(refusal(std::nanf(""), 0.07F).find("wander is nan") == 0);
    CHECK(refusal(0.001F, 0.0F).find("jitter is 0.0") == 0);
}

CHECK_MAIN()
