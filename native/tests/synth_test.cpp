// The synthesiser: chunking, silence, glides, ends, allocation and speed.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <new>
#include <vector>

#include "hobnail/synth/renderer.hpp"

namespace {

int failures = 0;
std::size_t allocations = 0;

#define CHECK(condition)                                                          \
    do {                                                                          \
        if (!(condition)) {                                                       \
            std::printf("%s:%d: CHECK(%s) failed\n", __FILE__, __LINE__, #condition); \
            ++failures;                                                           \
        }                                                                         \
    } while (false)

}  // namespace

void* operator new(std::size_t size) {
    ++allocations;
    if (void* memory = std::malloc(size)) return memory;
    throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace {

using namespace hobnail::synth;

std::shared_ptr<Patch> footstep_like() {
    auto patch = std::make_shared<Patch>();
    for (std::size_t k = 0; k < 16; ++k) {
        const float n = static_cast<float>(k);
        patch->modes.row[k] = {90.0F * (1.0F + 0.9F * n), 0.25F / (1.0F + 0.2F * n), 0.05F};
    }
    patch->modes.count = 16;
    patch->bands.row[0] = {300.0F, 400.0F, 0.1F, 0.0F, 0.08F, 0.0F, 0.0F, 1.0F, 0.0F, 0.0F};
    patch->bands.row[1] = {1500.0F, 1500.0F, 0.05F, 0.002F, 0.12F, 0.03F, 0.01F, 2.0F, 0.0F, 0.0F};
    patch->bands.row[2] = {5000.0F, 4000.0F, 0.03F, 0.0F, 0.05F, 0.0F, 0.0F, 1.0F, 0.0F, 0.0F};
    patch->bands.count = 3;
    patch->grains.row[0] = {0, 400, 0.1F, 6, 900, 6000, 0.02F, 0.3F, 0.3F, 0.0005F, 0.5F, 0, 0.01F, 0.2F, 0, 0};
    patch->grains.row[1] = {1, 60, 0.05F, 6, 900, 3000, 0.02F, 0.3F, 0.3F, 0.0005F, 0.2F, 0, 0.01F, 0.2F, 0, 0};
    patch->grains.row[2] = {2, 80, 0.05F, 6, 900, 3000, 0.02F, 0, 0, 0, 0.5F, 0, 0.01F, 0.2F, 0, 0};
    patch->grains.count = 3;
    patch->pulses.row[0] = {0.0F, 0.002F, 1.0F, 0.2F, 0.5F};
    patch->pulses.row[1] = {0.06F, 0.004F, 0.7F, 0.1F, 0.5F};
    patch->pulses.count = 2;
    return patch;
}

std::shared_ptr<Patch> scrape_like(float scale) {
    auto patch = footstep_like();
    for (std::size_t k = 0; k < patch->bands.count; ++k) {
        auto& row = patch->bands.row[k];
        row.decay_s = 0.0F;
        row.delay_s = 0.0F;
        row.gain *= scale;
        row.centre_hz *= scale;
        row.modulator = static_cast<float>(k + 1);
        row.depth = 0.6F;
    }
    for (std::size_t k = 0; k < patch->grains.count; ++k) patch->grains.row[k].train_decay_s = 0.0F;
    patch->modulators.row[0] = {7.0F * scale, 0.0F, 0.3F, 0.1F};
    patch->modulators.row[1] = {20.0F, 1.0F, 0.3F, 0.0F};
    patch->modulators.row[2] = {40.0F, 2.0F, 0.5F, 0.1F};
    patch->modulators.count = 3;
    return patch;
}

std::vector<float> render(SynthRenderer& voice, std::size_t chunk) {
    std::vector<float> all;
    std::vector<float> part(chunk);
    for (;;) {
        const std::size_t n = voice.render(part.data(), chunk);
        all.insert(all.end(), part.begin(), part.begin() + static_cast<std::ptrdiff_t>(n));
        if (n < chunk) return all;
    }
}

void any_chunking_gives_the_same_samples() {
    std::vector<float> whole;
    for (const std::size_t chunk : {100000, 1, 31, 511, 512, 513}) {
        SynthRenderer voice(42);
        CHECK(voice.play(scrape_like(1.0F), 1000, false));
        CHECK(voice.play(scrape_like(1.7F), 512, false));
        CHECK(voice.play(footstep_like(), 24000, true));
        const auto samples = render(voice, chunk);
        if (whole.empty()) whole = samples;
        CHECK(samples == whole);
        CHECK(voice.finished());
    }
    CHECK(whole.size() > 10000);
}

void seeds_make_takes() {
    SynthRenderer one(1), two(2);
    CHECK(one.play(footstep_like(), 4800, true));
    CHECK(two.play(footstep_like(), 4800, true));
    CHECK(render(one, 512) != render(two, 512));
}

void a_one_shot_is_heard_at_once_and_ends_by_itself() {
    SynthRenderer voice(7);
    CHECK(voice.play(footstep_like(), 480000, true));
    const auto samples = render(voice, 512);
    float early = 0.0F;
    for (std::size_t i = 0; i < 24; ++i) early = std::max(early, std::fabs(samples[i]));
    CHECK(early > 1.0e-4F);
    CHECK(voice.finished());
    CHECK(samples.size() < 96000);
    CHECK(std::fabs(samples.back()) < kSilence);
}

void a_last_patch_fades_within_its_frames() {
    SynthRenderer voice(7);
    CHECK(voice.play(scrape_like(1.0F), 4800, true));
    CHECK(!voice.play(scrape_like(1.0F), 4800, true));
    CHECK(voice.granted() == 4800);
    const auto samples = render(voice, 512);
    CHECK(samples.size() == 4800);
    CHECK(voice.finished());
    CHECK(std::fabs(samples.back()) < 0.01F);
}

void a_voice_that_is_not_told_enough_gives_less_and_lives() {
    SynthRenderer voice(7);
    CHECK(voice.play(scrape_like(1.0F), 100, false));
    std::vector<float> out(512);
    CHECK(voice.render(out.data(), 512) == 100);
    CHECK(!voice.finished());
    CHECK(voice.play(scrape_like(1.0F), 100, false));
    CHECK(voice.render(out.data(), 512) == 100);
}

// A sine-like signal may step by at most w * amplitude per sample; a click would step by far more.
void a_swap_of_patches_does_not_click() {
    auto quiet = std::make_shared<Patch>();
    quiet->bands.row[0] = {200.0F, 20.0F, 0.02F, 0.0F, 0.0F, 0.0F, 0.0F, 2.0F, 0.0F, 0.0F};
    quiet->bands.count = 1;
    auto loud = std::make_shared<Patch>(*quiet);
    loud->bands.row[0] = {400.0F, 40.0F, 0.3F, 0.0F, 0.0F, 0.0F, 0.0F, 2.0F, 0.0F, 0.0F};
    loud->gain = 0.7F;
    SynthRenderer voice(3);
    for (int k = 0; k < 4; ++k) {
        CHECK(voice.play(quiet, 3000, false));
        CHECK(voice.play(loud, 3000, false));
    }
    const auto samples = render(voice, 512);
    float inside = 0.0F, around = 0.0F;
    for (std::size_t i = 1; i < samples.size(); ++i) {
        const float step = std::fabs(samples[i] - samples[i - 1]);
        const bool near_swap = i % 3000 < 300;
        (near_swap ? around : inside) = std::max(near_swap ? around : inside, step);
    }
    CHECK(around <= inside * 1.05F);
}

void rendering_allocates_nothing() {
    SynthRenderer voice(5);
    const auto a = scrape_like(1.0F);
    const auto b = scrape_like(1.5F);
    std::vector<float> out(512);
    const std::size_t before = allocations;
    for (int k = 0; k < 50; ++k) {
        CHECK(voice.play(k % 2 ? a : b, 512, false));
        CHECK(voice.render(out.data(), 512) == 512);
    }
    CHECK(allocations == before);
}

void silence_after_a_sound_is_exact_and_costs_no_denormals() {
    auto patch = footstep_like();
    SynthRenderer voice(5);
    CHECK(voice.play(patch, 480000, false));
    std::vector<float> out(480000);
    CHECK(voice.render(out.data(), out.size()) == out.size());
    for (std::size_t i = 400000; i < out.size(); ++i) CHECK(!std::isnan(out[i]) && std::fabs(out[i]) < 1.0e-9F);
    CHECK(std::none_of(out.begin(), out.end(), [](float y) { return std::fpclassify(y) == FP_SUBNORMAL; }));
}

void print_speed(const char* name, const std::shared_ptr<Patch>& patch) {
    SynthRenderer voice(9);
    std::vector<float> out(512);
    const auto begin = std::chrono::steady_clock::now();
    constexpr int kSteps = 1000;
    for (int k = 0; k < kSteps; ++k) {
        CHECK(voice.play(patch, 512, false));
        voice.render(out.data(), 512);
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    const double real_time = kSteps * 512 / 48000.0 / took.count();
    std::printf("%-12s %.0f x real time\n", name, real_time);
    CHECK(real_time > 2.0);  // far below what it is, so that a sanitizer on a busy machine does not fail it
}

}  // namespace

int main() {
    any_chunking_gives_the_same_samples();
    seeds_make_takes();
    a_one_shot_is_heard_at_once_and_ends_by_itself();
    a_last_patch_fades_within_its_frames();
    a_voice_that_is_not_told_enough_gives_less_and_lives();
    a_swap_of_patches_does_not_click();
    rendering_allocates_nothing();
    silence_after_a_sound_is_exact_and_costs_no_denormals();
    print_speed("scrape", scrape_like(1.0F));
    print_speed("footstep", footstep_like());
    std::printf("%d failures\n", failures);
    return failures == 0 ? 0 : 1;
}
