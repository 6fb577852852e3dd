// Where an emitter is, and what that does to its voices: gain, distance, air, pan and bus, gliding.
#pragma once

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <numbers>

namespace hobnail {

inline constexpr std::size_t kBlock = 64;  // frames; everything is mixed in blocks of this size, see mix_core.hpp

// Inverse distance: 6 dB less for each doubling, full level within one metre.
[[nodiscard]] inline float distance_gain(float distance_m) noexcept { return 1.0F / std::max(1.0F, distance_m); }

// Weight of the newest sample in the one-pole low-pass that stands for the air; 1 is no filter.
// Air takes 76.6 dB/km at 8 kHz (ISO 9613-2:1996, table 2: 20 degrees C, 70 % humidity) and about f^2 elsewhere, so
// 3 dB are gone after d metres at f = 8000 * sqrt(3000 / (76.6 * d)) = 50 066 / sqrt(d) Hz: 15.8 kHz at 10 m, 5 kHz
// at 100 m. The one-pole shape is a choice: cheap, and gentler above f than real air.
[[nodiscard]] inline float air_weight(float distance_m, float rate_hz) noexcept {
    const float cutoff_hz = 50066.0F / std::sqrt(std::max(1.0F, distance_m));
    if (cutoff_hz > 0.45F * rate_hz) {
        return 1.0F;
    }
    return 1.0F - std::exp(-2.0F * std::numbers::pi_v<float> * cutoff_hz / rate_hz);
}

// What the engine thread wants for one emitter. The mixer reads each value once a block; values of two calls may
// meet in one block, which gliding hides.
struct StripTarget {
    std::atomic<float> gain{1.0F};  // of the emitter and its distance
    std::atomic<float> air{1.0F};
    std::atomic<float> left{std::numbers::sqrt2_v<float> / 2};
    std::atomic<float> right{std::numbers::sqrt2_v<float> / 2};
    std::atomic<std::size_t> bus{0};

    // [engine] `pan` -1..1 with equal power: 3 dB less in the middle.
    void set(float emitter_gain, float pan, float distance_m, std::size_t to_bus, float rate_hz) noexcept {
        const float angle = (pan + 1.0F) * std::numbers::pi_v<float> / 4;
        gain.store(emitter_gain * distance_gain(distance_m), std::memory_order_relaxed);
        air.store(air_weight(distance_m, rate_hz), std::memory_order_relaxed);
        left.store(pan >= 1.0F ? 0.0F : std::cos(angle), std::memory_order_relaxed);
        right.store(pan <= -1.0F ? 0.0F : std::sin(angle), std::memory_order_relaxed);
        bus.store(to_bus, std::memory_order_relaxed);
    }
};

// A value that moves in a straight line from where it was to its target, across one block.
struct Glide {
    float from = 0.0F;
    float to = 0.0F;

    void aim(float target, bool jump) noexcept {
        from = jump ? target : to;
        to = target;
    }
    [[nodiscard]] float step() const noexcept { return (to - from) / static_cast<float>(kBlock); }
    [[nodiscard]] float at(std::size_t index) const noexcept {
        return from + step() * static_cast<float>(index + 1);  // exactly `from` when it stands still
    }
};

// One voice's strip. [mixer]
class Strip {
   public:
    // Looks up the targets of this block; a voice's first block jumps to them.
    void aim(const StripTarget& target, float voice_gain, bool first) noexcept {
        if (first) {
            air_memory_ = 0.0F;
        }
        gain_.aim(target.gain.load(std::memory_order_relaxed) * voice_gain, first);
        air_.aim(target.air.load(std::memory_order_relaxed), first);
        left_.aim(target.left.load(std::memory_order_relaxed), first);
        right_.aim(target.right.load(std::memory_order_relaxed), first);
        const std::size_t bus = target.bus.load(std::memory_order_relaxed);
        bus_before_ = first ? bus : bus_;
        bus_ = bus;
    }

    // Gain and air, in place: float [kBlock].
    void shape(float* samples) noexcept {
        const Glide gain = gain_;  // a copy, which stores to the samples cannot change: the loop vectorises
        for (std::size_t i = 0; i < kBlock; ++i) {
            samples[i] *= gain.at(i);
        }
        if (air_.from == 1.0F && air_.to == 1.0F) {
            air_memory_ = samples[kBlock - 1];
            return;
        }
        const Glide air = air_;
        float memory = air_memory_;
        for (std::size_t i = 0; i < kBlock; ++i) {
            const float weight = air.at(i);
            memory = weight * samples[i] + (1.0F - weight) * memory;
            samples[i] = memory;
        }
        air_memory_ = std::abs(memory) < 1.0e-15F ? 0.0F : memory;  // no denormals: they cost a hundred times the time
    }

    [[nodiscard]] const Glide& left() const noexcept { return left_; }
    [[nodiscard]] const Glide& right() const noexcept { return right_; }
    [[nodiscard]] std::size_t bus() const noexcept { return bus_; }
    [[nodiscard]] std::size_t bus_before() const noexcept { return bus_before_; }  // differs in the block of a change

   private:
    Glide gain_;
    Glide air_;
    Glide left_;
    Glide right_;
    float air_memory_ = 0.0F;
    std::size_t bus_ = 0;
    std::size_t bus_before_ = 0;
};

}  // namespace hobnail
