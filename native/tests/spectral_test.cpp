// The codecs' renderer: its transform, its levels, its first sample, and that cutting changes nothing.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <numbers>
#include <stdexcept>
#include <string>
#include <vector>

#include "check.hpp"
#include "hobnail/spectral/fft.hpp"
#include "hobnail/spectral/renderer.hpp"
#include "hobnail/synth/noise.hpp"

using hobnail::spectral::Format;
using hobnail::spectral::InverseRealFft;
using hobnail::spectral::Sliders;
using hobnail::spectral::SpectralRenderer;
using hobnail::spectral::Workshop;

namespace {

constexpr float kNothing = -60.0F;  // log power

Format small_format(std::size_t partials = 0) {
    Format format;
    format.partials = partials;
    format.centres_hz = {100.0F, 1000.0F, 4000.0F, 12000.0F};
    return format;
}

// Rows that differ from hop to hop, in bands and partials.
std::vector<float> lively_rows(const Format& format, std::size_t count) {
    const hobnail::synth::Noise noise(3, 1);
    std::vector<float> rows(count * format.row());
    for (std::size_t k = 0; k < rows.size(); ++k) {
        const std::size_t column = k % format.row(), first = format.frames_per_hop * format.bands();
        const float level = -4.0F + 3.0F * noise.bipolar(k);
        rows[k] = column >= first && (column - first) % 2 == 0 ? 6.0F + noise.unit(k) : level;
    }
    return rows;
}

std::vector<float> even_row(const Format& format, float log_power) {
    std::vector<float> row(format.row(), kNothing);
    for (std::size_t k = 0; k < format.frames_per_hop * format.bands(); ++k) row[k] = log_power;
    return row;
}

std::vector<float> rendered(SpectralRenderer& voice, std::size_t chunk = 1 << 20) {
    std::vector<float> sound, part(chunk);
    while (const std::size_t got = voice.render(part.data(), chunk))
        sound.insert(sound.end(), part.begin(), part.begin() + static_cast<std::ptrdiff_t>(got));
    return sound;
}

// The sound of the same row, `count` times.
std::vector<float> held(const Format& format, const std::vector<float>& row, std::size_t count, std::uint64_t seed) {
    SpectralRenderer voice(std::make_shared<Workshop>(format), seed);
    for (std::size_t hop = 0; hop < count; ++hop) voice.feed(row.data(), 1, hop + 1 == count);
    return rendered(voice);
}

double power(const std::vector<float>& sound, std::size_t from, std::size_t to) {
    double sum = 0.0;
    for (std::size_t n = from; n < to; ++n) sum += static_cast<double>(sound[n]) * static_cast<double>(sound[n]);
    return sum / static_cast<double>(to - from);
}

std::string problem_of(const Format& format) {
    return check::message_of<std::invalid_argument>([&] { format.check(); });
}

}  // namespace

TEST("the transform is the sum that defines it") {
    for (const std::size_t size : {16, 32, 64, 128, 1024}) {
        const hobnail::synth::Noise noise(size, 0);
        std::vector<float> re(size / 2 + 1), im(size / 2 + 1), out(size);
        for (std::size_t k = 0; k <= size / 2; ++k) re[k] = noise.bipolar(2 * k);
        for (std::size_t k = 1; k < size / 2; ++k) im[k] = noise.bipolar(2 * k + 1);
        InverseRealFft inverse(size);
        inverse(re.data(), im.data(), out.data());
        for (std::size_t n = 0; n < size; ++n) {
            double sum = static_cast<double>(re[0]) + static_cast<double>(re[size / 2]) * (n % 2 == 0 ? 1.0 : -1.0);
            for (std::size_t k = 1; k < size / 2; ++k) {
                const double angle = 2.0 * std::numbers::pi * static_cast<double>(k * n % size) / static_cast<double>(size);
                sum += 2.0 * (static_cast<double>(re[k]) * std::cos(angle) - static_cast<double>(im[k]) * std::sin(angle));
            }
            CHECK(std::abs(static_cast<double>(out[n]) - sum) < 2e-5 * std::sqrt(static_cast<double>(size)));
        }
    }
}

TEST("a transform of another size than a power of two is refused") {
    const std::string told = check::message_of<std::invalid_argument>([] { InverseRealFft(1000); });
    CHECK(told.find("1000") != std::string::npos);
}

TEST("any cutting of rows and of samples gives the same sound") {
    const Format format = small_format(3);
    const std::size_t hops = 9;
    const std::vector<float> rows = lively_rows(format, hops);
    SpectralRenderer whole(std::make_shared<Workshop>(format), 7);
    whole.feed(rows.data(), hops, true);
    const std::vector<float> expected = rendered(whole);
    CHECK_EQUAL(expected.size(), hops * format.hop);
    for (const std::size_t at_once : {1, 2, 5}) {
        for (const std::size_t chunk : {1, 511, 512, 513}) {
            SpectralRenderer voice(std::make_shared<Workshop>(format), 7);
            std::vector<float> sound;
            for (std::size_t hop = 0; hop < hops; hop += at_once) {
                const std::size_t count = std::min(at_once, hops - hop);
                voice.feed(rows.data() + hop * format.row(), count, hop + count == hops);
                const std::vector<float> part = rendered(voice, chunk);
                sound.insert(sound.end(), part.begin(), part.end());
            }
            CHECK(sound == expected);
        }
    }
}

TEST("voices of one workshop do not hear each other") {
    const Format format = small_format(2);
    const std::vector<float> rows = lively_rows(format, 4);
    SpectralRenderer alone(std::make_shared<Workshop>(format), 1);
    alone.feed(rows.data(), 4, true);
    const auto shared = std::make_shared<Workshop>(format);
    SpectralRenderer first(shared, 1), second(shared, 2);
    for (std::size_t hop = 0; hop < 4; ++hop) {
        first.feed(rows.data() + hop * format.row(), 1, hop == 3);
        second.feed(rows.data() + hop * format.row(), 1, hop == 3);
    }
    const std::vector<float> sound = rendered(first);
    CHECK(sound == rendered(alone));
    CHECK(sound != rendered(second));
}

TEST("power 1 in every bin is noise of variance 1, from the first sample on") {
    const Format format = small_format();
    double first = 0.0, later = 0.0;
    constexpr std::uint64_t kVoices = 200;
    for (std::uint64_t seed = 0; seed < kVoices; ++seed) {
        const std::vector<float> sound = held(format, even_row(format, 0.0F), 6, seed);
        first += power(sound, 0, 128) / static_cast<double>(kVoices);
        later += power(sound, 1024, 2560) / static_cast<double>(kVoices);
    }
    CHECK(std::abs(later - 1.0) < 0.02);
    CHECK(std::abs(first - 1.0) < 0.06);
}

TEST("a louder band is louder by as much, and only there") {
    const Format format = small_format();
    std::vector<float> row = even_row(format, kNothing);
    for (std::size_t j = 0; j < format.frames_per_hop; ++j) row[j * format.bands() + 3] = -2.0F;
    const double loud = power(held(format, row, 8, 1), 1024, 3072);
    for (std::size_t j = 0; j < format.frames_per_hop; ++j) row[j * format.bands() + 3] = -4.0F;
    const double soft = power(held(format, row, 8, 1), 1024, 3072);
    // The slopes to the silent neighbour are steeper below the louder one, so 2 nepers are not quite reached.
    CHECK(std::abs(std::log(loud / soft) - 2.0) < 0.1);
}

TEST("a partial has the frequency and the amplitude that it was told, from the first sample on") {
    const Format format = small_format(2);
    std::vector<float> row = even_row(format, kNothing);
    row[format.row() - 4] = std::log(1234.5F);
    row[format.row() - 3] = std::log(0.25F);
    row[format.row() - 1] = -9.0F;  // the second one is silent
    const std::vector<float> sound = held(format, row, 20, 1);
    const double turn = 2.0 * std::numbers::pi * static_cast<double>(std::exp(row[format.row() - 4])) / 48000.0;
    const double amplitude = 0.25 - std::exp(-9.0);
    for (std::size_t n = 0; n < sound.size(); ++n) {
        CHECK(std::abs(static_cast<double>(sound[n]) - amplitude * std::sin(turn * static_cast<double>(n))) < 5e-4);
    }
}

TEST("a partial that comes after silence begins at its own frequency") {
    const Format format = small_format(1);
    std::vector<float> silent = even_row(format, kNothing), tone = silent;
    silent[format.row() - 2] = std::log(9000.0F);
    silent[format.row() - 1] = -9.0F;
    tone[format.row() - 2] = std::log(480.0F);
    tone[format.row() - 1] = 0.0F;
    SpectralRenderer voice(std::make_shared<Workshop>(format), 1);
    voice.feed(silent.data(), 1, false);
    voice.feed(tone.data(), 1, false);
    voice.feed(tone.data(), 1, true);
    const std::vector<float> sound = rendered(voice);
    int rising = 0;
    for (std::size_t n = 257; n < 256 + 512; ++n) rising += sound[n - 1] <= 0.0F && sound[n] > 0.0F ? 1 : 0;
    CHECK_EQUAL(rising, 5);  // 512 samples of 480 Hz are 5.1 turns; gliding from 9000 Hz they would be 50
}

TEST("a sample is given as soon as no later row can change it") {
    const Format format = small_format();
    SpectralRenderer voice(std::make_shared<Workshop>(format), 1);
    CHECK_EQUAL(voice.granted(), 0);
    const std::vector<float> row = even_row(format, 0.0F);
    voice.feed(row.data(), 1, false);
    CHECK_EQUAL(voice.granted(), format.hop - format.lag());
    std::vector<float> out(100);
    CHECK_EQUAL(voice.render(out.data(), 100), 100);
    CHECK_EQUAL(voice.granted(), format.hop - format.lag() - 100);
    voice.feed(row.data(), 1, true);
    CHECK_EQUAL(voice.granted(), 2 * format.hop - 100);
    CHECK(!voice.finished());
    CHECK_EQUAL(rendered(voice).size(), 2 * format.hop - 100);
    CHECK(voice.finished());
}

TEST("after the last row nothing more is taken") {
    const Format format = small_format();
    SpectralRenderer voice(std::make_shared<Workshop>(format), 1);
    CHECK(voice.feed(nullptr, 0, true));
    CHECK(voice.finished());
    CHECK(!voice.feed(nullptr, 0, false));
}

TEST("absurd values stay finite, wherever the sliders stand") {
    const Format format = small_format(1);
    for (const float value : {-1e30F, 1e30F}) {
        const std::vector<float> row(format.row(), value);
        for (const float sample : held(format, row, 2, 1)) CHECK(std::isfinite(sample));
        for (const Sliders sliders : {Sliders{1e30F, 0.0F}, Sliders{-5.0F, 1e30F}, Sliders{0.0F, -1e30F}}) {
            SpectralRenderer voice(std::make_shared<Workshop>(format), 1);
            voice.feed(row.data(), 1, false, sliders);
            voice.feed(row.data(), 1, true, sliders);
            for (const float sample : rendered(voice)) CHECK(std::isfinite(sample));
        }
    }
}

TEST("sliders work in a format without partials, of two bands, of many frames to a hop") {
    Format format;
    format.centres_hz = {100.0F, 4000.0F};
    format.frames_per_hop = 32;
    format.size = 64;
    for (const float texture : {-1.0F, 1.0F}) {
        SpectralRenderer voice(std::make_shared<Workshop>(format), 1);
        const std::vector<float> row = even_row(format, -2.0F);
        for (int hop = 0; hop < 8; ++hop) voice.feed(row.data(), 1, hop == 7, {12.0F, texture});
        const std::vector<float> sound = rendered(voice);
        CHECK_EQUAL(sound.size(), 8 * format.hop);
        CHECK(power(sound, 0, sound.size()) > 1e-3);
    }
}

TEST("a format that cannot be is refused, with the field and what was found") {
    Format format = small_format();
    CHECK_EQUAL(format.lag(), 384);
    format.size = 1000;
    CHECK(problem_of(format).find("size is 1000") != std::string::npos);
    format = small_format();
    format.hop = 511;
    CHECK(problem_of(format).find("hop is 511") != std::string::npos);
    format = small_format();
    format.size = 256;
    CHECK(problem_of(format).find("256 / 256") != std::string::npos);
    format = small_format(17);
    CHECK(problem_of(format).find("partials is 17") != std::string::npos);
    format = small_format(1);
    format.size = 512;
    CHECK_EQUAL(format.lag(), 256);  // partials wait for the middle of the next hop
    format.short_size = 1024;
    format.split_hz = 1500.0F;
    CHECK(problem_of(format).find("short_size is 1024") != std::string::npos);
    format = small_format();
    format.rate_hz = std::numeric_limits<float>::quiet_NaN();
    CHECK(problem_of(format).find("rate_hz") != std::string::npos);
    format = small_format();
    format.centres_hz = {100.0F};
    CHECK(problem_of(format).find("1 bands") != std::string::npos);
    format.centres_hz = {100.0F, 100.0F};
    CHECK(problem_of(format).find("centres_hz[1]") != std::string::npos);
    format.centres_hz = {100.0F, std::numeric_limits<float>::quiet_NaN()};
    CHECK(problem_of(format).find("centres_hz[1]") != std::string::npos);
}

CHECK_MAIN()
