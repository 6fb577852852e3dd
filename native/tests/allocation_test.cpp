// The audio path allocates nothing: operator new is replaced and counts in threads that are not exempt.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <vector>

#include "check.hpp"
#include "hobnail/spectral/renderer.hpp"
#include "stage.hpp"

namespace {

std::atomic<std::size_t> counted{0};
thread_local bool exempt = true;  // the mixer's thread begins with its own copy, see below

void* allocate(std::size_t bytes) {
    if (!exempt) {
        ++counted;
    }
    if (void* memory = std::malloc(bytes > 0 ? bytes : 1)) {
        return memory;
    }
    throw std::bad_alloc();
}

}  // namespace

void* operator new(std::size_t bytes) { return allocate(bytes); }
void* operator new[](std::size_t bytes) { return allocate(bytes); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

TEST("the counter counts") {
    exempt = false;
    const std::size_t before = counted.load();
    void* memory = ::operator new(16);  // a call, which a compiler may not leave out as it may a new-expression
    exempt = true;
    ::operator delete(memory);
    CHECK_EQUAL(counted.load(), before + 1);
}

TEST("a thousand blocks with voices that open, starve, fade, fail and end allocate nothing") {
    stage::Stage at({.voices = 32, .fifo_frames = 1024, .emitters = 16});
    hobnail::FrameRing output(2, 4096);
    hobnail::FrameRing tap(1, 4096);
    at.mixer.set_output(0, &output);
    at.mixer.set_tap(0, &tap, 2);
    std::vector<float> mix(2 * 64);
    std::vector<float> taken(2 * 64);
    std::size_t ended = 0;
    counted.store(0);
    for (std::int64_t block = 0; block < 1000; ++block) {
        auto samples = stage::noise(1 + static_cast<std::size_t>(block * 37 % 900), static_cast<unsigned>(block), 0.9F);
        if (block % 11 == 0) {
            samples[0] = std::nanf("");
        }
        const auto emitter = static_cast<std::size_t>(block % 16);
        at.mixer.set_emitter(emitter, 1.0F, 0.0F, static_cast<float>(block % 90), emitter % 8);
        at.mixer.open_voice(block, stage::plays(samples, block % 3 != 0), emitter, block * 64 + block % 70, 1.0F);
        at.mixer.desk().fade(block - 9, {200, hobnail::EndReason::stolen});
        at.mixer.desk().feed_all(512);
        ended += stage::of(at.mixer.desk().reports(), hobnail::ReportKind::ended).size();
        exempt = false;
        at.mixer.pull(mix.data(), 64);
        exempt = true;
        output.read(taken.data(), 64);
        tap.read(taken.data(), 64);
    }
    CHECK_EQUAL(counted.load(), 0);
    CHECK(ended > 300);
}

TEST("a codec's voice that is told, moved and played hop by hop allocates nothing once it runs") {
    hobnail::spectral::Format format;
    format.partials = 3;
    format.short_size = 512;
    format.split_hz = 1500.0F;
    format.centres_hz = {100.0F, 1000.0F, 9000.0F};
    const auto workshop = std::make_shared<hobnail::spectral::Workshop>(format);
    hobnail::spectral::SpectralRenderer voice(workshop, 1);
    const std::vector<std::vector<float>> rows{std::vector<float>(format.row(), -4.0F),  // an attack in every other hop
                                               std::vector<float>(format.row(), -12.0F)};
    std::vector<float> out(format.hop);
    for (int hop = 0; hop < 100; ++hop) {
        if (hop == 4) {
            counted.store(0);
            exempt = false;
        }
        const float slid = hop % 5 == 0 ? 0.0F : static_cast<float>(hop % 3 - 1);
        voice.feed(rows[static_cast<std::size_t>(hop) % 2].data(), 1, false, {7.0F * slid, slid});
        voice.render(out.data(), out.size());
    }
    exempt = true;
    CHECK_EQUAL(counted.load(), 0);
}

CHECK_MAIN()
