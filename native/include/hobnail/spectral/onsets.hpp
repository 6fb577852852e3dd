// Attacks inside a voice: where the power of short frames leaps, two of them tell when, to a part of a millisecond.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <optional>

#include "hobnail/spectral/tables.hpp"

namespace hobnail::spectral {

// A sound that begins within a frame leaves in it the share of its squared window that comes after. So where sound goes
// from one level to another at once, the powers of the two frames that meet there tell the moment and the level; the
// window of synthesis would smear both over a frame. Region r is what lies between the centres of frames r and r + 1.
//
// Everything about a region is decided once frame r + 2 is known, or frame r + 1 where the voice ends or the region is
// the next one to come (which may then be decided otherwise). One voice's. [engine] Does not allocate.
class Onsets {
   public:
    using Powers = std::array<float, 2>;  // of a frame of each resolution, the longest first

    // Of the next frame.
    void tell(const Powers& powers) noexcept { powers_[static_cast<std::size_t>(told_++) % kKept] = powers; }

    // Decides `count` regions, from `first` on, which follow those decided before, and looks at the one after.
    void decide(std::int64_t first, std::int64_t count) noexcept {
        first_ = first;
        last_ = here_ ? here_ : last_;
        here_.reset();
        for (std::int64_t region = first; region < first + count; ++region) {
            if (const auto found = find(region)) here_ = found;
        }
        ahead_ = find(first + count);
    }

    // Gains of the samples of a decided region in one resolution, which has `frames` of 2 or 4 over every sample:
    // false where all are 1. `gains`: a stride. Regions come one after the other.
    bool gains(const Resolution& resolution, std::size_t number, std::int64_t region, float* gains) noexcept {
        const bool any = shaped(resolution, number, region, gains);
        const float before = given_[number];
        given_[number] = any ? gains[resolution.stride() - 1] : 1.0F;
        if (any && region == first_) led(before, gains);
        return any;
    }

   private:
    // What the onsets that are known ask for.
    bool shaped(const Resolution& resolution, std::size_t number, std::int64_t region, float* gains) const noexcept {
        bool any = false;
        for (const auto* each : {&last_, &here_, &ahead_}) {
            if (!*each || !(*each)->levels[number].leaps) continue;
            const auto half = static_cast<std::int64_t>(resolution.overlap() / 2);
            const std::int64_t onset = (*each)->region;
            if (region < onset + 1 - 2 * half || region > onset + half) continue;
            if (!any) std::fill_n(gains, resolution.stride(), 1.0F);
            any = true;
            shape(resolution, number, region, **each, gains);
        }
        return any;
    }

    // From the gain before: where an attack became known when the sound a little before it was out already, what stands
    // between would be cut off at once, and heard as a click.
    static void led(float before, float* gains) noexcept {
        const float leap = before / std::max(gains[0], kLeast);
        if (leap < kCut) return;
        for (std::size_t n = 0; n < kLed; ++n) gains[n] *= 1.0F + (leap - 1.0F) * (1.0F - static_cast<float>(n) / kLed);
    }

    static constexpr std::size_t kKept = 8;      // frames
    static constexpr float kLeap = 8.0F;         // 9 dB: by which the short frames' power has to rise
    static constexpr float kFollows = 2.0F;      // by which the long frames' has to, to be shaped with them
    static constexpr float kMostPower = 16.0F;   // of a gain, squared
    static constexpr std::array<float, 2> kRamps{64.0F, 16.0F};  // samples: a step at once would be heard as a click
    static constexpr float kCut = 1.25F;         // by which a gain may fall at once, 2 dB
    static constexpr std::size_t kLed = 64;      // samples within which it falls by more
    static constexpr float kLeast = 1e-6F;

    struct Levels {
        float before, after;  // power of a frame
        bool leaps;
    };

    struct Onset {
        std::int64_t region;
        float at;  // of the region, 0..1
        std::array<Levels, 2> levels;
    };

    // Frames before the first are like the first.
    [[nodiscard]] const Powers& powers(std::int64_t frame) const noexcept {
        return powers_[static_cast<std::size_t>(std::max<std::int64_t>(0, frame)) % kKept];
    }

    [[nodiscard]] std::optional<Onset> find(std::int64_t region) const noexcept {
        if (region < 1 || region + 1 >= told_) return std::nullopt;
        for (const auto* other : {&last_, &here_}) {
            if (*other && (*other)->region + 1 == region) return std::nullopt;  // the same one, still in its frames
        }
        const float before = powers(region - 1)[1];
        const float first = powers(region)[1] - before, second = powers(region + 1)[1] - before;
        if (!(powers(region + 1)[1] > kLeap * before) || 2.0F * first >= second) return std::nullopt;
        // What rises to more than twice as much in the next frame begins there.
        if (region + 2 < told_ && powers(region + 2)[1] - before > 2.0F * second) return std::nullopt;
        const double at = place(std::max(0.0, static_cast<double>(first) / static_cast<double>(second)));
        const Levels above = levels(before, powers(region + 1)[1], after(at / 2.0), 1.0F);
        const Levels below = levels(powers(region - 2)[0], powers(region + 1)[0], after((1.0 + at) / 4.0), kFollows);
        return Onset{region, static_cast<float>(at), {below, above}};
    }

    // `now`: power of a frame of which `share` lies after the onset.
    [[nodiscard]] static Levels levels(float before, float now, double share, float rise) noexcept {
        const auto part = static_cast<float>(share);
        const float level = (now - before * (1.0F - part)) / part;
        return {before, level, level > rise * before};
    }

    // Share of a squared Hann window that comes after `x`, 0..1 of it.
    [[nodiscard]] static double after(double x) noexcept {
        constexpr double pi = std::numbers::pi;
        return 1.0 - x + (8.0 * std::sin(2.0 * pi * x) - std::sin(4.0 * pi * x)) / (12.0 * pi);
    }

    // Where in a region a step is that leaves in the frame which ends there `ratio` (below 1/2) of what the next has.
    [[nodiscard]] static double place(double ratio) noexcept {
        double low = 0.0, high = 1.0;
        for (int round = 0; round < 14; ++round) {
            const double middle = 0.5 * (low + high);
            (after(0.5 + 0.5 * middle) > ratio * after(0.5 * middle) ? low : high) = middle;
        }
        return 0.5 * (low + high);
    }

    // The power that there would be with an onset, over that which the windows give.
    void shape(const Resolution& resolution, std::size_t number, std::int64_t region, const Onset& onset,
               float* gains) const noexcept {
        const Levels& levels = onset.levels[number];
        const std::size_t overlap = resolution.overlap(), stride = resolution.stride();
        const auto half = static_cast<std::int64_t>(overlap / 2);
        std::array<float, 4> now{}, before{}, later{};  // powers of the frames over this region
        for (std::size_t k = 0; k < overlap; ++k) {
            const std::int64_t frame = region + 1 - half + static_cast<std::int64_t>(k);
            if (frame >= told_) continue;  // after the voice there is nothing
            now[k] = powers(frame)[number];
            before[k] = frame > onset.region - half ? std::min(now[k], levels.before) : now[k];
            later[k] = frame <= onset.region + 1 ? levels.after : now[k];
        }
        const float slope = 1.0F / kRamps[number];
        const float place = onset.at + static_cast<float>(onset.region - region);
        const float from = 0.5F - place * static_cast<float>(stride) * slope;
        const float* shares = resolution.shares().data();
        for (std::size_t n = 0; n < stride; ++n) {
            float is = 1e-20F, old = 0.0F, fresh = 0.0F;
            for (std::size_t k = 0; k < overlap; ++k) {
                const float share = shares[(overlap - 1 - k) * stride + n];
                is += share * now[k];
                old += share * before[k];
                fresh += share * later[k];
            }
            const float begun = std::clamp(from + static_cast<float>(n) * slope, 0.0F, 1.0F);
            gains[n] *= std::sqrt(std::min((old + begun * (fresh - old)) / is, kMostPower));
        }
    }

    std::array<Powers, kKept> powers_{};
    std::int64_t told_ = 0;
    std::int64_t first_ = 0;                    // region that was decided last with others
    std::array<float, 2> given_{1.0F, 1.0F};    // the newest gain of each resolution
    std::optional<Onset> last_, here_, ahead_;  // of regions decided before, just now, and not yet
};

}  // namespace hobnail::spectral
