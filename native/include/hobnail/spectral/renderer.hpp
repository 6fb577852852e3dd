// The decoder of a spectral codec for one voice: rows of parameters in, sound out. No network.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "hobnail/spectral/noise_frames.hpp"
#include "hobnail/spectral/onsets.hpp"
#include "hobnail/spectral/partials.hpp"
#include "hobnail/spectral/sliders.hpp"
#include "hobnail/spectral/tables.hpp"
#include "hobnail/voice_renderer.hpp"

namespace hobnail::spectral {

// What the voices of one engine share. [any] Scratch memory is lent: there is as much of it as threads ever fed at once.
class Workshop {
    using Noises = std::vector<NoiseFrames>;

   public:
    explicit Workshop(Format format) : format_(checked(std::move(format))), scale_(format_) {
        const bool split = format_.short_size > 0;
        const float above = format_.rate_hz;  // beyond every bin
        noises_.emplace_back(Resolution(format_, format_.size, 0.0F, split ? format_.split_hz : above));
        if (split) noises_.emplace_back(Resolution(format_, format_.short_size, format_.split_hz, above));
    }

    [[nodiscard]] const Format& format() const noexcept { return format_; }
    [[nodiscard]] const BandScale& scale() const noexcept { return scale_; }
    [[nodiscard]] const SineTable& sine() const noexcept { return sine_; }
    // Of each resolution, the longest frames first. To look at: frames are made with what is lent.
    [[nodiscard]] const Noises& noises() const noexcept { return noises_; }

    // Scratch memory for as long as it is held. Allocates when more threads than ever before hold some.
    class Loan {
       public:
        explicit Loan(Workshop& from) : from_(from) {
            const std::scoped_lock lock(from_.door_);
            if (from_.spare_.empty()) from_.spare_.push_back(std::make_unique<Noises>(from_.noises_));
            lent_ = std::move(from_.spare_.back());
            from_.spare_.pop_back();
        }
        ~Loan() {
            const std::scoped_lock lock(from_.door_);
            from_.spare_.push_back(std::move(lent_));  // there is room: it came from there
        }
        Loan(const Loan&) = delete;
        Loan& operator=(const Loan&) = delete;

        [[nodiscard]] NoiseFrames& frames(std::size_t resolution) noexcept { return (*lent_)[resolution]; }

       private:
        Workshop& from_;
        std::unique_ptr<Noises> lent_;
    };

   private:
    [[nodiscard]] static Format checked(Format format) {
        format.check();
        return format;
    }

    Format format_;
    BandScale scale_;
    SineTable sine_;
    Noises noises_;
    std::mutex door_;
    std::vector<std::unique_ptr<Noises>> spare_;
};

// A voice begins on its first sample, at full level and without anything before it. Sample n can be made once every
// frame whose window covers it is known: after r rows that is the first r * hop - lag samples, after the last row all
// r * hop. Any way of feeding rows and of asking for samples gives the same sound.
class SpectralRenderer final : public VoiceRenderer {
   public:
    SpectralRenderer(std::shared_ptr<Workshop> workshop, std::uint64_t seed)
        : workshop_(std::move(workshop)),
          noises_{synth::Noise(seed, kStream), synth::Noise(seed, kStream + 1)},
          slid_(format(), workshop_->scale(), seed),
          partials_(slid_.partials(), format().hop, format().rate_hz),
          gains_(format().stride()) {
        for (std::size_t k = 0; k < workshop_->noises().size(); ++k) sums_[k].resize(format().hop + 2 * format().lag());
    }

    [[nodiscard]] const Format& format() const noexcept { return workshop_->format(); }

    // Appends `count` rows, moved by sliders; false when the last one has been told already.
    bool feed(const float* rows, std::size_t count, bool last, Sliders sliders = {}) {
        if (last_) return false;
        tidy();
        Workshop::Loan loan(*workshop_);
        for (std::size_t row = 0; row < count; ++row) add(slid_(rows + row * format().row(), sliders), loan);
        last_ = last;
        if (last && rows_ > 0) {
            partials_.hold(workshop_->sine(), sample(rows_ * format().hop - format().hop / 2));
            settle(rows_ * format().hop);
        }
        return true;
    }

    std::size_t render(float* out, std::size_t frames) override {
        const std::size_t taken = std::min(frames, granted());
        std::copy_n(mixed_.begin() + static_cast<std::ptrdiff_t>(at_), taken, out);
        at_ += taken;
        played_ += taken;
        return taken;
    }

    [[nodiscard]] std::size_t granted() const override {
        const std::size_t whole = rows_ * format().hop;
        const std::size_t ready = last_ ? whole : whole - std::min(whole, format().lag());
        return ready - std::min(ready, played_);
    }

    [[nodiscard]] bool finished() const override { return last_ && granted() == 0; }

    // Whether its last row has been told.
    [[nodiscard]] bool ended() const noexcept { return last_; }

   private:
    static constexpr std::uint64_t kStream = 0x636f646563;  // keeps its noise apart from other uses of the same seed

    // Where a sample of the voice, counted from its first, stands in memory; only after tidy().
    [[nodiscard]] float* sample(std::size_t number) { return mixed_.data() + (number - played_); }

    // `mixed_` starts with the first sample not yet played and holds every partial drawn so far, and the noise up to
    // `settled_`; from there on `sums_` hold it.
    void tidy() {
        mixed_.erase(mixed_.begin(), mixed_.begin() + static_cast<std::ptrdiff_t>(at_));
        at_ = 0;
    }

    void add(const float* row, Workshop::Loan& loan) {
        const Format& f = format();
        mixed_.resize((rows_ + 1) * f.hop + f.lag() - played_, 0.0F);
        for (std::size_t j = 0; j < f.frames_per_hop; ++j) add_frame(row + j * f.bands(), rows_ * f.frames_per_hop + j, loan);
        if (f.partials > 0) {
            const std::size_t from = rows_ == 0 ? 0 : rows_ * f.hop - f.hop / 2;
            partials_.add(workshop_->sine(), row + f.frames_per_hop * f.bands(), sample(from));
        }
        ++rows_;
        settle(rows_ * f.hop - std::min(rows_ * f.hop, f.lag()));
    }

    // A window begins `reach` samples before its stride; what lies before the voice is left out.
    void add_frame(const float* log_power, std::uint64_t number, Workshop::Loan& loan) {
        Onsets::Powers powers{};
        for (std::size_t k = 0; k < workshop_->noises().size(); ++k) {
            NoiseFrames& frames = loan.frames(k);
            const Resolution& resolution = frames.resolution();
            const std::vector<float>& made = frames.make(noises_[k], number, log_power);
            powers[k] = frames.power();
            const std::vector<float>& opening = resolution.opening();
            const std::size_t start = number * format().stride();  // counted from `reach` samples before the voice
            const std::size_t reach = resolution.reach();
            float* sum = sums_[k].data();
            for (std::size_t n = start < reach ? reach - start : 0; n < made.size(); ++n) {
                const std::size_t at = start + n - reach;
                sum[at - settled_] += at < opening.size() ? made[n] * opening[at] : made[n];
            }
        }
        onsets_.tell(powers);
    }

    // No later row changes the noise before sample `to`: it joins the partials, its attacks sharpened.
    void settle(std::size_t to) {
        const std::size_t stride = format().stride();
        const bool sharpens = format().sharpens() && settled_ >= stride / 2;
        // Regions begin in the middle of a stride; the first settles with the second row.
        const auto region = static_cast<std::int64_t>((settled_ - std::min(settled_, stride / 2)) / stride);
        if (sharpens) onsets_.decide(region, 2);
        for (std::size_t k = 0; k < workshop_->noises().size(); ++k) {
            std::vector<float>& sum = sums_[k];
            const std::size_t count = to - settled_;
            for (std::size_t n = 0; sharpens && n < count; n += stride) {
                const auto here = region + static_cast<std::int64_t>(n / stride);
                if (!onsets_.gains(workshop_->noises()[k].resolution(), k, here, gains_.data())) continue;
                for (std::size_t i = 0; i < std::min(stride, count - n); ++i) sum[n + i] *= gains_[i];
            }
            float* out = sample(settled_);
            for (std::size_t n = 0; n < count; ++n) out[n] += sum[n];
            std::copy(sum.begin() + static_cast<std::ptrdiff_t>(count), sum.end(), sum.begin());
            std::fill(sum.end() - static_cast<std::ptrdiff_t>(count), sum.end(), 0.0F);
        }
        settled_ = to;
    }

    std::shared_ptr<Workshop> workshop_;
    std::array<synth::Noise, 2> noises_;  // of each resolution
    SlidRows slid_;
    Partials partials_;
    Onsets onsets_;
    std::array<std::vector<float>, 2> sums_;  // of the noise of each resolution, from sample `settled_` on
    std::vector<float> gains_;                // scratch, a stride
    std::vector<float> mixed_;
    std::size_t at_ = 0;      // of the first sample not yet played, in `mixed_`
    std::size_t played_ = 0;  // samples
    std::size_t rows_ = 0;    // told so far
    std::size_t settled_ = 0;  // samples
    bool last_ = false;
};

}  // namespace hobnail::spectral
