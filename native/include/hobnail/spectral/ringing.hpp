// Texture: what of a sound rings against what of it hisses, moved row by row.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "hobnail/spectral/band_scale.hpp"
#include "hobnail/spectral/format.hpp"
#include "hobnail/synth/noise.hpp"

namespace hobnail::spectral {

// Smooth: what stands out of the lasting spectrum is sharpened, partials are raised, and since a band cannot be
// narrower than its window lets it, the power of the strongest peaks goes over to lines of their own, which waver as
// what noise keeps ringing does: still ones whistle. Rough: peaks are taken away, partials become noise around them.
// One voice's. [engine] Does not allocate after construction.
class Ringing {
   public:
    static constexpr std::size_t kLines = 3;
    static constexpr float kSilent = -9.0F;  // log amplitude of a partial that is not there

    Ringing(const Format& format, const BandScale& scale, std::uint64_t seed)
        : scale_(&scale),
          noise_(seed, kStream),
          frames_(format.frames_per_hop),
          told_(format.partials),
          count_(lines(format)) {
        for (auto* each : {&now_, &lasting_, &fine_, &peaks_}) each->resize(scale.count());
    }

    // A format without partials has no lines either.
    [[nodiscard]] static std::size_t lines(const Format& format) noexcept { return format.partials > 0 ? kLines : 0; }

    // Forgets the sound so far: nothing was moved.
    void forget() noexcept { lines_ = {}, begun_ = false; }

    // `row`: number `hop` of the voice, with so many partials more as there are lines, silent; `texture` -1..1, not 0.
    void balance(float* row, std::uint64_t hop, float texture) noexcept {
        listen(row);
        if (texture > 0.0F) {
            roughen(row, texture);
        } else {
            smooth(row, hop, -texture);
        }
    }

    [[nodiscard]] static float bounded(float log_power) noexcept { return std::clamp(log_power, -60.0F, 60.0F); }

    [[nodiscard]] static float tone_power(float log_amplitude) noexcept {
        const float amplitude = std::exp(std::min(log_amplitude, 3.0F)) - std::exp(kSilent);
        return amplitude > 0.0F ? 0.5F * amplitude * amplitude : 0.0F;
    }

   private:
    static constexpr std::uint64_t kStream = 0x6c696e6573;  // keeps its noise apart from other uses of the same seed
    static constexpr float kKeeps = 0.9F;          // of the lasting spectrum from hop to hop: 0.1 s
    static constexpr float kSharpens = 2.0F;       // by so much more a peak stands out
    static constexpr float kWavers = 0.02F;        // of a line's log frequency, at each hop: up or down by 35 cents
    static constexpr float kRaises = 1.1513F;      // nepers of partials: 10 dB
    static constexpr float kLowers = 1.3816F;      // nepers of noise power: 6 dB
    static constexpr float kTakes = 0.95F;         // of a peak's power, that its line has
    static constexpr std::size_t kNear = 6;        // bands to each side that a line takes from
    static constexpr std::size_t kApart = 8;       // bands between two lines, at least
    static constexpr float kWeak = 4.0F;           // nepers of power below the strongest: a line is let go, 17 dB
    static constexpr float kLowest = 80.0F, kHighest = 6000.0F;  // Hz, of a line
    static constexpr float kGrid = 1024.0F;        // steps of a neper: 1.7 cents
    static constexpr float kQuiets = 4.6052F;      // nepers of partials that become noise: 40 dB
    static constexpr float kSpread = 0.25F;        // octaves: how wide that noise is

    struct Line {
        std::size_t band = 0;
        float log_hz = 0.0F;
        bool sings = false;
    };

    [[nodiscard]] std::size_t bands() const noexcept { return scale_->count(); }

    // The lasting spectrum, and what stands out of it.
    void listen(const float* row) noexcept {
        for (std::size_t b = 0; b < bands(); ++b) {
            float sum = 0.0F;
            for (std::size_t j = 0; j < frames_; ++j) sum += std::exp(bounded(row[j * bands() + b]));
            now_[b] = std::log(sum / static_cast<float>(frames_));
            lasting_[b] = begun_ ? kKeeps * lasting_[b] + (1.0F - kKeeps) * now_[b] : now_[b];
        }
        begun_ = true;
        scale_->fine(lasting_.data(), fine_.data());
    }

    void roughen(float* row, float strength) noexcept {
        lines_ = {};
        add(row, fine_.data(), -strength);
        float* partials = row + frames_ * bands();
        const float lost = 1.0F - std::exp(-2.0F * kQuiets * strength);
        for (std::size_t k = 0; k < told_; ++k) {
            const float power = lost * tone_power(partials[2 * k + 1]);
            if (!(power > 0.0F)) continue;
            float whole = 0.0F;
            for (std::size_t b = 0; b < bands(); ++b) {
                const float away = (scale_->log_hz()[b] - partials[2 * k]) / (kSpread * 0.69314718F);
                now_[b] = std::exp(-0.5F * away * away);
                whole += now_[b] * scale_->shares()[b];
            }
            for (std::size_t at = 0; at < frames_ * bands(); ++at) {
                row[at] = std::log(std::exp(bounded(row[at])) + power * now_[at % bands()] / std::max(whole, 1e-9F));
            }
            partials[2 * k + 1] -= kQuiets * strength;
        }
    }

    void smooth(float* row, std::uint64_t hop, float strength) noexcept {
        add(row, fine_.data(), strength * kSharpens);
        for (std::size_t b = 0; b < bands(); ++b) {
            peaks_[b] = lasting_[b] + std::log(scale_->shares()[b]) + strength * kSharpens * fine_[b];
        }
        choose();
        float* partials = row + frames_ * bands();
        for (std::size_t k = 0; k < told_; ++k) {
            if (partials[2 * k + 1] > kSilent) partials[2 * k + 1] += strength * kRaises;
        }
        const std::uint64_t bits = noise_.bits(hop);
        for (std::size_t k = 0; k < count_; ++k) {
            if (!lines_[k].sings) continue;
            sing(row, partials + 2 * (told_ + k), lines_[k], kTakes * strength);
            partials[2 * (told_ + k)] += kWavers * synth::Noise::quarter(bits, k);
        }
        for (std::size_t at = 0; at < frames_ * bands(); ++at) row[at] -= kLowers * strength;
    }

    void add(float* row, const float* values, float strength) const noexcept {
        for (std::size_t at = 0; at < frames_ * bands(); ++at) row[at] += strength * values[at % bands()];
    }

    // Lines stay where they began until their peak is weak; then they are silent for a hop, and begin elsewhere.
    void choose() noexcept {
        const std::size_t top = strongest(false);
        if (top == 0) return;
        for (Line& line : lines_) {
            if (line.sings) {
                line.sings = peaks_[line.band] > peaks_[top] - kWeak;
            } else if (const std::size_t band = strongest(true); band > 0 && peaks_[band] > peaks_[top] - kWeak) {
                line = {band, log_hz_at(band), true};
            }
        }
    }

    // The band of the highest peak, of those that no line is near; 0: there is none.
    [[nodiscard]] std::size_t strongest(bool free) const noexcept {
        std::size_t best = 0;
        for (std::size_t b = 1; b + 1 < bands(); ++b) {
            if (peaks_[b] < peaks_[b - 1] || peaks_[b] <= peaks_[b + 1]) continue;
            if (scale_->centres_hz()[b] < kLowest || scale_->centres_hz()[b] > kHighest) continue;
            if (free && near_line(b)) continue;
            if (best == 0 || peaks_[b] > peaks_[best]) best = b;
        }
        return best;
    }

    [[nodiscard]] bool near_line(std::size_t b) const noexcept {
        return std::any_of(lines_.begin(), lines_.end(), [b](const Line& line) {
            return line.sings && b < line.band + kApart && line.band < b + kApart;
        });
    }

    // The top of a parabola through three bands, on a grid, so that a last bit of the peaks does not turn phases.
    [[nodiscard]] float log_hz_at(std::size_t b) const noexcept {
        const float low = peaks_[b - 1], middle = peaks_[b], high = peaks_[b + 1];
        const float shift = 0.5F * (low - high) / std::min(low - 2.0F * middle + high, -1e-6F);
        const std::vector<float>& logs = scale_->log_hz();
        const float step = shift < 0.0F ? logs[b] - logs[b - 1] : logs[b + 1] - logs[b];
        return std::round((logs[b] + std::clamp(shift, -0.5F, 0.5F) * step) * kGrid) / kGrid;
    }

    // A share of the power around a line's band becomes the line.
    void sing(float* row, float* partial, const Line& line, float share) const noexcept {
        const std::size_t from = line.band - std::min(line.band, kNear), to = std::min(bands(), line.band + kNear + 1);
        const float kept = std::log(1.0F - share);
        float power = 0.0F;
        for (std::size_t j = 0; j < frames_; ++j) {
            for (std::size_t b = from; b < to; ++b) {
                float& value = row[j * bands() + b];
                power += std::exp(bounded(value)) * scale_->shares()[b];
                value += kept;
            }
        }
        const float amplitude = std::sqrt(2.0F * share * power / static_cast<float>(frames_));
        partial[0] = line.log_hz;
        partial[1] = std::log(amplitude + std::exp(kSilent));
    }

    const BandScale* scale_;
    synth::Noise noise_;
    std::size_t frames_, told_, count_;  // of a row: frames, partials, lines
    std::vector<float> now_, lasting_, fine_, peaks_;  // of bands; `now_` is scratch
    std::array<Line, kLines> lines_{};
    bool begun_ = false;
};

}  // namespace hobnail::spectral
