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
            const bool shaped = m.now.shape != m.target.shape;
            if (snap || k >= count_) m.now = m.target;
            m.now.shape = m.target.shape;
            if (shaped) begin_cycle(m);
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
        float length = 1.0F;           // how this cycle differs from the nominal one, about -1..1
    };

    // What a cycle draws once, so that samples need not.
    static void begin_cycle(Modulator& m) noexcept {
        m.from = m.noise.unit(2 * m.cycle + 1);
        m.to = m.noise.unit(2 * m.cycle + 3);
        m.length = m.noise.bipolar(2 * m.cycle);
        if (shape_of(m) != ModulatorShape::slip) return;
        // What holds is not the same everywhere: it wanders over a dozen slips, and each slip has its own chance.
        m.length = 0.65F * (wander(m, 13) + wander(m, 5)) + 0.35F * m.length;
    }

    // Smooth noise -1..1 that is new every `every` cycles; a function of the cycle, so there is no state to drift.
    [[nodiscard]] static float wander(const Modulator& m, std::uint64_t every) noexcept {
        const std::uint64_t step = m.cycle / every;
        const float part = static_cast<float>(m.cycle % every) / static_cast<float>(every);
        const std::uint64_t place = (every << 32U) + step;
        const float here = m.noise.bipolar(place);
        return here + (m.noise.bipolar(place + 1) - here) * part * part * (3.0F - 2.0F * part);
    }

    [[nodiscard]] static ModulatorShape shape_of(const Modulator& m) noexcept {
        return static_cast<ModulatorShape>(static_cast<int>(m.now.shape));
    }

    // How much of the nominal force this cycle builds up before it lets go.
    [[nodiscard]] static float hold(const Modulator& m) noexcept {
        return std::max(0.15F, 1.0F + m.now.jitter * m.length);
    }

    void render_one(Modulator& m, BlockContext& block, std::array<float, kBlock>& out) const noexcept {
        glide_to(m.now.rate_hz, m.target.rate_hz, block.glide);
        glide_to(m.now.jitter, m.target.jitter, block.glide);
        glide_to(m.now.strike, m.target.strike, block.glide);
        const float step = m.now.rate_hz / rate_hz_;
        const ModulatorShape shape = shape_of(m);
        std::size_t i = 0;
        while (i < block.frames) {
            // Each cycle has its own length: nothing that rubs or rolls is a clock. A stuck contact is pulled at an
            // even speed until it gives way, so that a longer wait is a stronger slip.
            const bool slips = shape == ModulatorShape::slip;
            const float pace = slips ? step / hold(m) : step * (1.0F + 0.8F * m.now.jitter * m.length);
            float phase = m.phase;
            const std::size_t first = i;
            while (i < block.frames && (phase += pace) < 1.0F) out[i++] = phase;
            draw(m, shape, out, first, i);
            m.phase = phase;
            if (phase < 1.0F) break;
            const float strength = slips ? 0.7F * hold(m) : 0.4F + 0.6F * m.from;
            m.phase = std::min(phase - 1.0F, 0.999F);
            ++m.cycle;
            begin_cycle(m);
            block.exciter[i] += m.now.strike * strength;
            // Some slips are caught half way: the next one comes early and weak.
            if (slips && m.noise.unit((1ULL << 40U) + m.cycle) < 0.25F * m.now.jitter) m.phase = 0.55F;
            out[i] = m.phase;
            draw(m, shape, out, i, i + 1);
            ++i;
        }
    }

    // Turns phases into values.
    static void draw(const Modulator& m, ModulatorShape shape, std::array<float, kBlock>& out, std::size_t first,
                     std::size_t last) noexcept {
        if (shape == ModulatorShape::random) {
            for (std::size_t i = first; i < last; ++i) out[i] = m.from + (m.to - m.from) * eased(out[i]);
        } else if (shape == ModulatorShape::slip) {
            const float strength = std::min(1.0F, 0.7F * hold(m));
            for (std::size_t i = first; i < last; ++i) {
                // Up in 2 % of the cycle, so that the edge is no click of its own; then a fall to 0 with its own end.
                const float left = 1.0F - out[i];
                out[i] = strength * std::min(1.0F, out[i] * 50.0F) * (left * left) * (left * left);
            }
        } else {
            // Within 1 % of a raised sine that begins in its middle, and without calling one.
            for (std::size_t i = first; i < last; ++i) {
                const float turned = out[i] < 0.75F ? out[i] + 0.25F : out[i] - 0.75F;
                out[i] = eased(1.0F - std::fabs(1.0F - 2.0F * turned));
            }
        }
    }

    [[nodiscard]] static float eased(float x) noexcept { return x * x * (3.0F - 2.0F * x); }

    float rate_hz_;
    std::size_t count_ = 0;
    std::array<Modulator, kMaxModulators> modulator_{};
};

}  // namespace hobnail::synth
