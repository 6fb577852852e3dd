// Prints what the mixer costs: nanoseconds for a block and for each voice in it.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <vector>

#include "stage.hpp"

namespace {

double block_ns(std::size_t voices, float distance_m) {
    constexpr std::size_t kBlocks = 750;  // one second
    stage::Stage at({.voices = 256, .fifo_frames = 64 * (kBlocks + 10), .emitters = 256});
    hobnail::FrameRing sink(2, 64);
    std::vector<float> taken(2 * 64);
    at.mixer.set_output(0, &sink);
    for (std::size_t voice = 0; voice < voices; ++voice) {
        at.mixer.set_emitter(voice, 0.01F, 0.3F, distance_m, voice % 8);
        const auto samples = stage::noise(64 * kBlocks, static_cast<unsigned>(voice));
        at.mixer.open_voice(static_cast<std::int64_t>(voice), stage::plays(samples), voice, stage::kNextBlock, 1.0F);
    }
    at.mixer.desk().feed_all(1 << 24);
    const std::int64_t before = hobnail::monotonic_ns();
    for (std::size_t block = 0; block < kBlocks; ++block) {
        at.mixer.pull(taken.data(), 64);
        sink.read(taken.data(), 64);
    }
    return static_cast<double>(hobnail::monotonic_ns() - before) / static_cast<double>(kBlocks);
}

}  // namespace

int main() {
    std::printf("%8s %12s %14s %16s\n", "voices", "distance m", "ns per block", "ns per voice");
    const double empty = block_ns(0, 1.0F);
    std::printf("%8d %12.0f %14.0f\n", 0, 1.0, empty);
    for (const float distance_m : {1.0F, 30.0F}) {
        for (const std::size_t voices : {1, 8, 32, 64, 128, 256}) {
            const double ns = block_ns(voices, distance_m);
            std::printf("%8zu %12.0f %14.0f %16.0f\n", voices, static_cast<double>(distance_m), ns,
                        (ns - empty) / static_cast<double>(voices));
        }
    }
    return 0;
}
