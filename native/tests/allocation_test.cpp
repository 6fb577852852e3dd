// The audio path allocates nothing: operator new is replaced and counts in threads that are not exempt.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <vector>

#include "check.hpp"
#include "hobnail/neural/pass.hpp"
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
void* operator new(std::size_t bytes, std::align_val_t line) {
    std::free(allocate(1));  // counts
    const auto size = static_cast<std::size_t>(line);
    return std::aligned_alloc(size, (bytes + size - 1) / size * size);
}
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
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

#if HOBNAIL_NEURAL
namespace {

using namespace hobnail::neural;

constexpr Sizes kSmall{.latents = 4, .width = 64, .layers = 2, .heads = 2, .inner = 64, .cue = 0, .ages = 8, .history_least = 1, .ends = 0};

void fill(Int8Matrix& matrix, std::size_t inputs, std::size_t outputs) {
    std::vector<std::int8_t> weight(inputs * outputs);
    for (std::size_t k = 0; k < weight.size(); ++k) weight[k] = static_cast<std::int8_t>(static_cast<int>(k * 37 % 19) - 9);
    const std::vector<float> steps(outputs, 0.01F);
    matrix.set(weight.data(), inputs, outputs, steps.data(), nullptr, 0.05F, 128);
}

void fill(FloatMatrix& matrix, std::size_t inputs, std::size_t outputs) {
    std::vector<float> weight(inputs * outputs);
    for (std::size_t k = 0; k < weight.size(); ++k) weight[k] = 0.02F * static_cast<float>(k * 31 % 13) - 0.12F;
    matrix.set(weight.data(), inputs, outputs, nullptr);
}

std::shared_ptr<const Network> small_network() {
    auto made = std::make_shared<Network>();
    Network& net = *made;
    const std::size_t width = kSmall.width;
    net.sizes = kSmall;
    fill(net.enter, kSmall.latents, width);
    fill(net.time, kTold * 2 * kWaves, width);
    fill(net.hidden, width, width);
    fill(net.modulation, width, 6 * width);
    fill(net.leave, width, kSmall.latents);
    net.places.assign(kSmall.ages * width, 0.1F);
    net.old.assign(kSmall.ages, 0.5F);
    net.wave_rates.assign(kTold * kWaves, 1.0F);
    net.offsets.assign(kSmall.layers * 6 * width, 0.5F);
    net.norm_gain.assign(width, 1.0F);
    net.turn_by(std::vector<float>(width / kSmall.heads / 2, 0.1F).data());
    net.layers.resize(kSmall.layers);
    for (Layer& layer : net.layers) {
        for (Int8Matrix* square : {&layer.values, &layer.self_o, &layer.cross_q, &layer.head_gate, &layer.gate}) fill(*square, width, width);
        fill(layer.pair, width, 2 * width);
        fill(layer.project, kStreams * width, width);
        fill(layer.mlp_up, width, kSmall.inner);
        fill(layer.mlp_down, kSmall.inner, width);
        fill(layer.dynamic, width, kStreams);
        layer.gains.assign(2 * width, 1.0F);
        layer.cross_gains.assign(kStreams * width, 1.0F);
        layer.sinks.assign(kSmall.heads * (kStreams - 1) * kSmall.head_width(), 0.1F);
    }
    return made;
}

}  // namespace

TEST("a descent of the network allocates nothing once it has run, and does not depend on who shares it") {
    if (!supported()) return;
    constexpr std::size_t voices = 20, hops = 2, rows = 17, pieces = 2;
    const std::size_t width = kSmall.width, each = kSmall.head_width(), numbers = voices * hops * kSmall.latents;
    std::vector<float> x(numbers), velocity(numbers), t(voices), r(voices), told(voices * 3), report(4 * voices * kSmall.layers);
    const std::vector<float> prompt(voices * width, 0.3F);
    const std::vector<std::int64_t> places(voices, 5);
    const std::vector<Half> keys(voices * pieces * 16 * each, 0x3000), values(voices * rows * each, 0x3400);  // 0.125, 0.25
    const auto seen = std::make_unique<bool[]>(voices * rows);
    std::fill_n(seen.get(), voices * rows, true);
    Given given;
    given.x = x.data(), given.velocity = velocity.data(), given.t = t.data(), given.r = r.data(), given.prompt = prompt.data();
    given.first = given.age = given.lasts = places.data();
    given.prior = given.hold = given.instead = given.share = told.data();
    given.weights = given.logits = given.entropy = given.sink = given.gates = report.data();
    for (std::size_t stream = 0; stream < kStreams; ++stream) {
        given.seen[stream] = seen.get(), given.rows[stream] = rows;
        given.keys[stream].assign(kSmall.layers, keys.data());
        given.values[stream].assign(kSmall.layers, values.data());
    }
    const float times[] = {1.0F, 0.5F, 0.0F}, steps[] = {0.5F, 0.5F};
    Pass pass(small_network(), voices, hops);
    std::vector<float> alone;
    for (const bool helped : {false, true}) {
        hobnail::Team team(helped);
        for (std::size_t step = 0; step < 20; ++step) {
            for (std::size_t k = 0; k < numbers; ++k) x[k] = 0.01F * static_cast<float>(k % 97);
            for (std::size_t k = 0; k < voices * rows; ++k) seen[k] = k % rows == 0 || k % 7 < step % 7;
            counted.store(0);
            exempt = step == 0;
            pass.descend({given, 0, voices}, {times, steps, 2, true}, team);
            exempt = true;
            CHECK_EQUAL(counted.load(), 0U);
        }
        for (const float number : x) CHECK(std::isfinite(number));
        if (!helped) alone = x;
        CHECK(x == alone);
    }
    CHECK(x[0] != 0.0F);
}
#endif

CHECK_MAIN()
