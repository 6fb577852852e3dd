// Attacks inside a voice: nothing before, all of it after, at the moment that frames point to; and only where they leap.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <numbers>
#include <vector>

#include "check.hpp"
#include "hobnail/spectral/renderer.hpp"
#include "hobnail/synth/noise.hpp"

using hobnail::spectral::Format;
using hobnail::spectral::SpectralRenderer;
using hobnail::spectral::Workshop;

namespace {

constexpr std::size_t kHops = 10;
constexpr double kLoud = 0.1, kSoft = 1e-7;  // powers

Format two_sizes(std::size_t partials = 0) {
    Format format;
    format.partials = partials;
    format.short_size = 512;
    format.split_hz = 1500.0F;
    format.centres_hz = {100.0F, 1000.0F, 1400.0F, 1600.0F, 4000.0F, 12000.0F};
    return format;
}

// Power that a frame of `size` measures under a Hann window of a sound that steps from soft to loud at sample `at`.
double measured(std::size_t frame, std::size_t size, double at) {
    double sum = 0.0, whole = 0.0;
    for (std::size_t n = 0; n < size; ++n) {
        const double rise = std::sin(std::numbers::pi * static_cast<double>(n) / static_cast<double>(size));
        const double share = rise * rise * rise * rise;
        const double place = static_cast<double>(frame * 256 + 128 + n) - static_cast<double>(size / 2);
        sum += share * (place >= at ? kLoud : kSoft);
        whole += share;
    }
    return sum / whole;
}

std::vector<float> step_rows(const Format& format, double at) {
    std::vector<float> rows;
    for (std::size_t frame = 0; frame < 2 * kHops; ++frame) {
        for (const float hz : format.centres_hz)
            rows.push_back(static_cast<float>(std::log(measured(frame, hz < 1500.0F ? 1024 : 512, at))));
    }
    return rows;
}

std::vector<float> played(const Format& format, const std::vector<float>& rows, std::size_t hops, std::uint64_t seed,
                          std::size_t at_once = 1 << 20, bool tell_end_late = false) {
    SpectralRenderer voice(std::make_shared<Workshop>(format), seed);
    std::vector<float> sound(hops * format.hop);
    std::size_t got = 0;
    for (std::size_t hop = 0; hop < hops; hop += at_once) {
        const std::size_t count = std::min(at_once, hops - hop);
        voice.feed(rows.data() + hop * format.row(), count, !tell_end_late && hop + count == hops);
        got += voice.render(sound.data() + got, sound.size() - got);
    }
    if (tell_end_late) voice.feed(nullptr, 0, true);
    got += voice.render(sound.data() + got, sound.size() - got);
    CHECK_EQUAL(got, sound.size());
    return sound;
}

// Mean over many seeds of the power of each 32 samples.
std::vector<double> envelope(const Format& format, const std::vector<float>& rows) {
    std::vector<double> powers(kHops * format.hop / 32);
    constexpr std::uint64_t kSeeds = 60;
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
        const std::vector<float> sound = played(format, rows, kHops, seed);
        for (std::size_t n = 0; n < powers.size() * 32; ++n) {
            powers[n / 32] += static_cast<double>(sound[n]) * static_cast<double>(sound[n]) / (32.0 * kSeeds);
        }
    }
    return powers;
}

}  // namespace

TEST("a step stays a step, wherever in a frame it is") {
    const Format format = two_sizes();
    for (std::size_t at = 2048; at < 2048 + 512; at += 40) {
        const std::vector<double> powers = envelope(format, step_rows(format, static_cast<double>(at)));
        const double after = powers[110];
        double before = 0.0;
        for (std::size_t k = at / 32 - 8; k < at / 32 - 1; ++k) before += powers[k] / 7.0;
        CHECK(std::abs(after / kLoud - 1.0) < 0.25);     // the bands lie between 40 Hz and the half rate
        CHECK(before < 0.01 * after);                    // the 5 ms before, but for 1 ms of the long frames' ramp
        std::size_t half = 0;
        while (powers[half] < 0.5 * after) ++half;
        CHECK(std::abs(static_cast<double>(half * 32 + 16) - static_cast<double>(at)) <= 48.0);  // 1 ms
        for (std::size_t k = at / 32 + 2; k < at / 32 + 16; ++k) {
            CHECK(std::abs(10.0 * std::log10(powers[k] / after)) < 2.5);
        }
    }
}

TEST("without a second size of frames a step is as long as a window") {
    Format format = two_sizes();
    format.short_size = 0;
    const std::vector<double> powers = envelope(format, step_rows(format, 2128.0));
    double before = 0.0;
    for (std::size_t k = 58; k < 65; ++k) before += powers[k] / 7.0;
    CHECK(before > 0.03 * powers[110]);
}

TEST("what rises little is left as the windows make it") {
    const Format format = two_sizes();
    std::vector<float> rows(kHops * format.row(), -3.0F);
    std::vector<float> louder = rows;
    for (std::size_t k = 5 * format.row(); k < louder.size(); ++k) louder[k] += 2.0F;  // 8.7 dB
    const std::vector<float> one = played(format, rows, kHops, 1), other = played(format, louder, kHops, 1);
    // Frame 9 is as it was: up to where the long frame 10 begins, nothing differs; from frame 14 on all is louder.
    for (std::size_t n = 0; n < 10 * 256 - 384; ++n) CHECK_EQUAL(one[n], other[n]);
    for (std::size_t n = 14 * 256; n < one.size(); ++n) {
        CHECK(std::abs(other[n] - one[n] * std::exp(1.0F)) < 1e-5F);
    }
}

TEST("any cutting gives the same attacks, and so does an end that is told late") {
    for (const std::size_t partials : {0, 3}) {
        const Format format = two_sizes(partials);
        const hobnail::synth::Noise noise(5, 1);
        std::vector<float> rows(kHops * format.row());
        for (std::size_t k = 0; k < rows.size(); ++k) {  // frames leap up and down by 40 dB
            const std::size_t frame = 2 * (k / format.row()) + (k % format.row() < 6 ? 0 : 1);
            const bool loud = noise.unit(frame) > 0.5F;
            rows[k] = (loud ? -2.0F : -11.0F) + noise.bipolar(1000 + k);
        }
        const std::vector<float> expected = played(format, rows, kHops, 7);
        for (const std::size_t at_once : {1, 2, 3}) {
            CHECK(played(format, rows, kHops, 7, at_once) == expected);
            CHECK(played(format, rows, kHops, 7, at_once, true) == expected);
        }
        for (std::size_t hops = 1; hops <= 3; ++hops) {
            CHECK(played(format, rows, hops, 7, 1) == played(format, rows, hops, 7));
        }
    }
}

TEST("a voice that begins loud begins on its first sample, as before") {
    const Format format = two_sizes();
    const std::vector<double> powers = envelope(format, step_rows(format, 0.0));
    for (std::size_t k = 0; k < 16; ++k) CHECK(std::abs(10.0 * std::log10(powers[k] / powers[110])) < 2.5);
}

TEST("leaps from nothing and absurd powers stay finite and bounded") {
    const Format format = two_sizes();
    for (const float loud : {0.0F, 1e30F}) {
        std::vector<float> rows(kHops * format.row(), -1e30F);
        for (std::size_t k = 3 * format.row(); k < 4 * format.row(); ++k) rows[k] = loud;
        for (const float sample : played(format, rows, kHops, 1)) {
            CHECK(std::isfinite(sample));
            if (loud == 0.0F) CHECK(std::abs(sample) < 40.0F);
        }
    }
}

CHECK_MAIN()
