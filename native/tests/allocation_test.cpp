// The audio path allocates nothing: operator new is replaced and counts in threads that are not exempt.
#include <array>
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

void filled(Int8Matrix& matrix, std::size_t inputs, std::size_t outputs) {
    const std::vector<std::int8_t> weight(inputs * outputs, 1);
    const std::vector<float> steps(outputs, 1e-3F), bias(outputs, 0.0F);
    matrix.set(weight.data(), inputs, outputs, steps.data(), bias.data(), 0.05F, 128);
}

void filled(FloatMatrix& matrix, std::size_t inputs, std::size_t outputs) {
    const std::vector<float> weight(inputs * outputs, 1e-3F), bias(outputs, 0.01F);
    matrix.set(weight.data(), inputs, outputs, bias.data());
}

// Two layers of 64 channels; that its numbers mean nothing does not matter here.
std::shared_ptr<Network> small_network() {
    auto made = std::make_shared<Network>();
    Network& net = *made;
    net.sizes = {32, 64, 2, 2, 128, 0, 16, 4, 0};
    const Sizes& s = net.sizes;
    filled(net.enter, s.latents, s.width);
    filled(net.time, kTold * 2 * kWaves, s.width);
    filled(net.hidden, s.width, s.width);
    filled(net.modulation, s.width, 6 * s.width);
    filled(net.leave, s.width, s.latents);
    net.places.resize(s.ages * s.width), net.old.resize(s.ages), net.wave_rates.resize(kTold * kWaves, 1.0F);
    net.offsets.resize(s.layers * 6 * s.width), net.norm_gain.resize(s.width, 1.0F);
    net.turn_by(std::vector<float>(s.head_width() / 2, 0.1F).data());
    net.layers.resize(s.layers);
    for (Layer& layer : net.layers) {
        for (Int8Matrix* matrix : {&layer.values, &layer.self_o, &layer.cross_q, &layer.head_gate, &layer.gate})
            filled(*matrix, s.width, s.width);
        filled(layer.pair, s.width, 2 * s.width);
        filled(layer.project, kStreams * s.width, s.width);
        filled(layer.mlp_up, s.width, s.inner);
        filled(layer.mlp_down, s.inner, s.width);
        filled(layer.dynamic, s.width, kStreams);
        layer.gains.resize(2 * s.width, 1.0F), layer.cross_gains.resize(kStreams * s.width, 1.0F);
        layer.sinks.resize(s.heads * (kStreams - 1) * s.head_width());
    }
    return made;
}

}  // namespace

TEST("a pass of the network allocates nothing once it has run, whatever is seen") {
    if (!supported()) return;
    constexpr std::size_t voices = 30, hops = 2, rows = 40;  // more voices than are worked on at once
    const auto network = small_network();
    const Sizes& s = network->sizes;
    Pass pass(network, voices, hops);
    const std::vector<float> numbers(voices * hops * s.latents + voices * rows * s.width, 0.3F);
    const std::vector<std::int64_t> places(voices, 7);
    std::vector<float> made(voices * hops * s.latents);
    std::array<std::vector<float>, 5> reports;
    for (auto& report : reports) report.resize(voices * (kStreams + s.layers));
    std::unique_ptr<bool[]> seen(new bool[voices * rows]());
    Given given;
    given.x = given.t = given.r = given.prompt = given.prior = given.hold = given.instead = given.share = numbers.data();
    given.first = given.age = given.lasts = places.data();
    for (std::size_t k = 0; k < kStreams; ++k) {
        given.seen[k] = seen.get(), given.rows[k] = rows;
        given.keys[k].assign(s.layers, numbers.data()), given.values[k].assign(s.layers, numbers.data());
    }
    given.velocity = made.data();
    given.weights = reports[0].data(), given.logits = reports[1].data(), given.entropy = reports[2].data();
    given.sink = reports[3].data(), given.gates = reports[4].data();
    pass.run(given);
    counted.store(0);
    for (std::size_t step = 0; step < 50; ++step) {
        for (std::size_t k = 0; k < voices * rows; ++k) seen[k] = k % rows == 0 || k % 7 < step % 7;
        exempt = false;
        pass.run(given);
        exempt = true;
    }
    CHECK_EQUAL(counted.load(), 0);
    CHECK(std::isfinite(made[0]) && made[0] != 0.0F);
}
#endif

CHECK_MAIN()
