// What a voice of the synthesiser is told: rows of four layers and their modulators. Plain numbers, no behaviour.
#pragma once

#include <array>
#include <cstddef>

namespace hobnail::synth {

constexpr std::size_t kMaxModes = 48;
constexpr std::size_t kMaxBands = 12;
constexpr std::size_t kMaxGrainTrains = 6;
constexpr std::size_t kMaxPulses = 16;
constexpr std::size_t kMaxModulators = 4;

// A damped sinusoid that the exciter strikes.
struct ModeRow {
    float frequency_hz, decay_s, gain;
};

// Noise through a band-pass, with an envelope.
struct BandRow {
    float centre_hz, bandwidth_hz, gain, attack_s, decay_s, delay_s, to_modes, stages, modulator, depth;
};

// A Poisson train of short sounds.
struct GrainRow {
    float kind, rate_hz, gain, spread_db, low_hz, high_hz, decay_s, decay_tilt, gain_tilt, attack_s, shape, delay_s,
        train_attack_s, train_decay_s, modulator, depth;
};

// One contact: a half-sine force into the modes, and the pressure thump that is heard directly.
struct PulseRow {
    float delay_s, width_s, impulse, thump, roughness;
};

// A slow movement that bands and grains can follow; it may strike the modes once a cycle.
struct ModulatorRow {
    float rate_hz, shape, jitter, strike;
};

enum class GrainKind { noise = 0, tone = 1, strike = 2 };
enum class ModulatorShape { sine = 0, random = 1, slip = 2 };

template <typename Row, std::size_t Capacity>
struct Rows {
    std::array<Row, Capacity> row{};
    std::size_t count = 0;
    static constexpr std::size_t capacity = Capacity;
    static constexpr std::size_t columns = sizeof(Row) / sizeof(float);
};

struct Patch {
    Rows<ModeRow, kMaxModes> modes;
    Rows<BandRow, kMaxBands> bands;
    Rows<GrainRow, kMaxGrainTrains> grains;
    Rows<PulseRow, kMaxPulses> pulses;
    Rows<ModulatorRow, kMaxModulators> modulators;
    float gain = 1.0F;
};

}  // namespace hobnail::synth
