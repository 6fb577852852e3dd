// Slow movements that bands and grains follow: a turning barrel, an uneven surface, stick and slip.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "hobnail/synth/context.hpp"
#include "hobnail/synth/noise.hpp"

namespace hobnail::synth {

class Modulators {
   public:
    Modulators(std::uint64_t seed, float rate_hz) noexcept : rate_hz_(rate_hz) {
        for (std::size_t k = 0; k < kMaxModulators; ++k) {
            modulator_[k].noise = Noise(seed, kStreamModulators + k);
            begin_cycle(modulator_[k]);
        }
    }

    void aim(const Rows<ModulatorRow, kMaxModulators>& rows, bool snap) noexcept {
        for (std::size_t k = 0; k < kMaxModulators; ++k) {
            Modulator& m = modulator_[k];
            if (k >= rows.count) {
                m.target.strike = 0.0F;
                continue;
            }
            m.target = rows.row[k];
            if (snap || k >= count_) m.now = m.target;
            m.now.shape = m.target.shape;
        }
        count_ = std::max(count_, rows.count);
    }

    void render(BlockContext& block) noexcept {
        for (std::size_t k = 0; k < count_; ++k) render_one(modulator_[k], block, block.modulator[k]);
    }

   private:
    struct Modulator {
        ModulatorRow now{}, target{};
        Noise noise{};
        std::uint64_t cycle = 0;
        float phase = 0.0F;
        float from = 0.0F, to = 0.0F;  // this cycle's random level and the next one's
        float length = 1.0F;           // this cycle's share of the nominal rate
    };

    // What a cycle draws once, so that samples need not.
    static void begin_cycle(Modulator& m) noexcept {
        m.from = m.noise.unit(2 * m.cycle + 1);
        m.to = m.noise.unit(2 * m.cycle + 3);
        m.length = m.noise.bipolar(2 * m.cycle);
    }

    void render_one(Modulator& m, BlockContext& block, std::array<float, kBlock>& out) const noexcept {
        glide_to(m.now.rate_hz, m.target.rate_hz, block.glide);
        glide_to(m.now.jitter, m.target.jitter, block.glide);
        glide_to(m.now.strike, m.target.strike, block.glide);
        const float step = m.now.rate_hz / rate_hz_;
        const auto shape = static_cast<ModulatorShape>(static_cast<int>(m.now.shape));
        for (std::size_t i = 0; i < block.frames; ++i) {
            // Each cycle has its own length: nothing that rubs or rolls is a clock.
            m.phase += step * (1.0F + m.now.jitter * 0.8F * m.length);
            if (m.phase >= 1.0F) {
                m.phase -= 1.0F;
                ++m.cycle;
                begin_cycle(m);
                block.exciter[i] += m.now.strike * (0.4F + 0.6F * m.from);
            }
            out[i] = value(m, shape);
        }
    }

    [[nodiscard]] static float value(const Modulator& m, ModulatorShape shape) noexcept {
        const float phase = m.phase;
        if (shape == ModulatorShape::random) return m.from + (m.to - m.from) * phase * phase * (3.0F - 2.0F * phase);
        if (shape == ModulatorShape::slip) {
            // Up in 2 % of the cycle, so that the edge is no click of its own; then a fall to 0 with its own end.
            const float left = 1.0F - phase;
            return (0.5F + 0.5F * m.from) * std::min(1.0F, phase * 50.0F) * left * left * left * left;
        }
        return 0.5F + 0.5F * std::sin(kTwoPi * phase);
    }

    float rate_hz_;
    std::size_t count_ = 0;
    std::array<Modulator, kMaxModulators> modulator_{};
};

}  // namespace hobnail::synth
