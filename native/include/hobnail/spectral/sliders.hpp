// Pitch and texture of a voice, moved in its rows before they are rendered: no network is asked.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "hobnail/spectral/band_scale.hpp"
#include "hobnail/spectral/format.hpp"
#include "hobnail/spectral/ringing.hpp"

namespace hobnail::spectral {

// Where the sliders of a voice stand. At 0 a row stays as it was, bit for bit.
struct Sliders {
    float semitones = 0.0F;  // by which all that sounds is moved
    float texture = 0.0F;    // -1: smooth, what rings comes forward .. 1: rough, it becomes noise

    [[nodiscard]] bool neutral() const noexcept { return semitones == 0.0F && texture == 0.0F; }
};

// Rows of one voice as its sliders have them, with room for the lines that texture makes beside its partials. Loudness
// is kept, hop by hop. One row in, one row out, so any cutting gives the same; overlapping windows, and partials that
// glide from hop to hop, smooth what a slider does at once. [engine] Does not allocate after construction.
class SlidRows {
   public:
    SlidRows(const Format& format, const BandScale& scale, std::uint64_t seed)
        : scale_(&scale),
          frames_(format.frames_per_hop),
          told_(format.partials),
          partials_(told_ + Ringing::lines(format)),
          row_(frames_ * scale.count() + 2 * partials_),
          source_(scale.count()),
          part_(scale.count()),
          beyond_(scale.count()),
          moved_(scale.count()),
          before_(frames_),
          ringing_(format, scale, seed) {}

    // In a row that comes out.
    [[nodiscard]] std::size_t partials() const noexcept { return partials_; }

    // `row` as the format has it; the result stays until the next call.
    const float* operator()(const float* row, Sliders sliders) noexcept {
        const std::size_t told = frames_ * scale_->count() + 2 * told_;
        const std::uint64_t hop = hop_++;
        std::copy_n(row, told, row_.begin());
        for (std::size_t k = told; k < row_.size(); k += 2) {
            row_[k] = 0.0F;
            row_[k + 1] = Ringing::kSilent;
        }
        if (sliders.texture == 0.0F) ringing_.forget();
        if (sliders.neutral()) return row_.data();
        const float tones = heard_tones();
        for (std::size_t j = 0; j < frames_; ++j) before_[j] = tones + heard_noise(j);
        if (sliders.texture != 0.0F) ringing_.balance(row_.data(), hop, std::clamp(sliders.texture, -1.0F, 1.0F));
        if (sliders.semitones != 0.0F) move(std::clamp(sliders.semitones, -kFar, kFar));
        keep_loudness();
        return row_.data();
    }

   private:
    static constexpr float kFar = 36.0F;       // semitones
    static constexpr float kFall = 8.0F;       // nepers of power an octave beyond the bands that were told: 35 dB
    static constexpr float kMostTurn = 3.0F;   // nepers of power by which loudness is made good: 13 dB
    static constexpr float kNothing = 1e-12F;  // power
    static constexpr float kFades = 0.42F, kGone = 0.45F;  // of the rate: partials in between fade, so that none folds

    [[nodiscard]] std::size_t bands() const noexcept { return scale_->count(); }
    [[nodiscard]] float* frame(std::size_t j) noexcept { return row_.data() + j * bands(); }
    [[nodiscard]] float* partial(std::size_t k) noexcept { return row_.data() + frames_ * bands() + 2 * k; }

    // Powers, each weighted by how much it counts.
    [[nodiscard]] float heard_noise(std::size_t j) noexcept {
        float sum = 0.0F;
        const float* values = frame(j);
        for (std::size_t b = 0; b < bands(); ++b) {
            sum += std::exp(Ringing::bounded(values[b])) * scale_->shares()[b] * scale_->weights()[b];
        }
        return sum;
    }

    [[nodiscard]] float heard_tones() noexcept {
        float sum = 0.0F;
        for (std::size_t k = 0; k < partials_; ++k) {
            const float power = Ringing::tone_power(partial(k)[1]);
            if (power > 0.0F) sum += power * BandScale::weight(std::exp(std::clamp(partial(k)[0], 0.0F, 10.0F)));
        }
        return sum;
    }

    // Everything up by so many semitones. A band that becomes wider holds as much power as before.
    void move(float semitones) noexcept {
        const float log_ratio = semitones / 12.0F * 0.69314718F;
        if (log_ratio != log_ratio_) place(log_ratio);
        for (std::size_t j = 0; j < frames_; ++j) {
            float* values = frame(j);
            for (std::size_t b = 0; b < bands(); ++b) {
                const float below = values[source_[b]], above = values[source_[b] + 1];
                moved_[b] = below + part_[b] * (above - below) - beyond_[b] - log_ratio;
            }
            std::copy(moved_.begin(), moved_.end(), values);
        }
        for (std::size_t k = 0; k < partials_; ++k) {
            float* each = partial(k);
            if (!(each[1] > Ringing::kSilent)) continue;
            each[0] += log_ratio;
            const float place = std::exp(std::min(each[0], 12.0F)) / scale_->rate_hz();
            const float left = std::clamp((kGone - place) / (kGone - kFades), 0.0F, 1.0F);
            each[1] = left > 0.0F ? each[1] + std::log(left) : Ringing::kSilent;
        }
    }

    // Which bands lie where a band's sound is taken from: straight lines between centres, as the renderer has them.
    void place(float log_ratio) noexcept {
        const auto& centres = scale_->centres_hz();
        std::size_t at = 0;
        for (std::size_t b = 0; b < bands(); ++b) {
            const float hz = centres[b] * std::exp(-log_ratio);
            while (at + 2 < bands() && hz >= centres[at + 1]) ++at;
            const float part = (hz - centres[at]) / (centres[at + 1] - centres[at]);
            const float outside = std::max(hz / centres.back(), centres.front() / hz);
            source_[b] = at;
            part_[b] = std::clamp(part, 0.0F, 1.0F);
            beyond_[b] = outside > 1.0F ? kFall * std::log2(outside) : 0.0F;
        }
        log_ratio_ = log_ratio;
    }

    // Noise frame by frame, partials by the mean of the hop.
    void keep_loudness() noexcept {
        const float tones = heard_tones();
        float was = 0.0F, is = 0.0F;
        for (std::size_t j = 0; j < frames_; ++j) {
            const float now = tones + heard_noise(j);
            was += before_[j];
            is += now;
            const float turn = turned(before_[j], now);
            for (std::size_t b = 0; b < bands(); ++b) frame(j)[b] += turn;
        }
        const float turn = 0.5F * turned(was, is);
        for (std::size_t k = 0; k < partials_; ++k) {
            if (partial(k)[1] > Ringing::kSilent) partial(k)[1] += turn;
        }
    }

    [[nodiscard]] static float turned(float was, float is) noexcept {
        return std::clamp(std::log((was + kNothing) / (is + kNothing)), -kMostTurn, kMostTurn);
    }

    const BandScale* scale_;
    std::size_t frames_, told_, partials_;  // of a row: frames, partials that it comes with, and lines with them
    std::vector<float> row_;
    std::vector<std::size_t> source_;  // of each band: the lower of the two that it is taken from, and how
    std::vector<float> part_, beyond_, moved_;
    std::vector<float> before_;  // loudness of each frame
    float log_ratio_ = 0.0F;     // that `source_` is for
    std::uint64_t hop_ = 0;      // that comes next
    Ringing ringing_;
};

}  // namespace hobnail::spectral
