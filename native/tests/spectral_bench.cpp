// Prints what the codecs' renderer costs: 32 voices told hop by hop, on one thread, in processor time.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <ctime>
#include <memory>
#include <vector>

#include "hobnail/spectral/renderer.hpp"

namespace {

using hobnail::spectral::Format;
using hobnail::spectral::Sliders;
using hobnail::spectral::SpectralRenderer;
using hobnail::spectral::Workshop;

constexpr std::size_t kVoices = 32;
constexpr std::size_t kHops = 188;  // two seconds

// Time that this program was given, so that other programs do not count.
double cpu_s() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

Format format(std::size_t partials) {
    Format format;
    format.partials = partials;
    format.short_size = 512;
    format.split_hz = 1500.0F;
    for (std::size_t band = 0; band < 96; ++band) {
        format.centres_hz.push_back(50.0F * std::pow(380.0F, static_cast<float>(band) / 95.0F) +
                                    45.0F * static_cast<float>(band));
    }
    return format;
}

double real_time_factor(std::size_t partials, bool attacks, Sliders sliders = {}) {
    const auto workshop = std::make_shared<Workshop>(format(partials));
    const Format& told = workshop->format();
    std::vector<float> row(told.row(), -9.0F), out(told.hop);
    for (std::size_t k = 0; k < partials; ++k) {
        row[told.frames_per_hop * told.bands() + 2 * k] = 6.0F + 0.7F * static_cast<float>(k);
        row[told.frames_per_hop * told.bands() + 2 * k + 1] = -3.0F;
    }
    std::vector<float> loud = row;
    for (std::size_t k = 0; attacks && k < told.frames_per_hop * told.bands(); ++k) loud[k] = -2.0F;
    std::vector<std::unique_ptr<SpectralRenderer>> voices;
    for (std::size_t voice = 0; voice < kVoices; ++voice)
        voices.push_back(std::make_unique<SpectralRenderer>(workshop, voice));
    const double before = cpu_s();
    for (std::size_t hop = 0; hop < kHops; ++hop) {
        for (const auto& voice : voices) {
            voice->feed((hop % 2 == 0 ? row : loud).data(), 1, hop + 1 == kHops, sliders);
            voice->render(out.data(), out.size());
        }
    }
    const double seconds = cpu_s() - before;
    return static_cast<double>(kVoices * kHops * told.hop) / 48000.0 / seconds;
}

}  // namespace

int main() {
    std::printf("%8s %26s %26s %26s\n", "partials", "x real time, one voice", "with an attack in 2 hops",
                "with both sliders moved");
    for (const std::size_t partials : {0, 3, 4, 8}) {
        double best = 0.0, busy = 0.0, moved = 0.0;
        for (int round = 0; round < 7; ++round) {
            best = std::max(best, real_time_factor(partials, false));
            busy = std::max(busy, real_time_factor(partials, true));
            moved = std::max(moved, real_time_factor(partials, false, {5.0F, -0.5F}));
        }
        std::printf("%8zu %26.0f %26.0f %26.0f\n", partials, best, busy, moved);
    }
    return 0;
}
