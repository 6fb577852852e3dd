// Lines that stand still: what a network says of partials, hop by hop, as the frequency that it means.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "hobnail/spectral/row_decoder.hpp"

namespace hobnail::spectral {

// A recording's partial keeps its frequency to a thousandth from hop to hop; a network of few passes says it anew at each
// hop, a semitone off, and what should ring is noise. So each slot of a latent is followed: its log frequency is a random
// walk that is seen through the network's jitter (Kalman, 1960), forwards from block to block and backwards within one
// (Rauch, Tung and Striebel, 1965); what lies far from it counts by its distance alone (Huber, 1964). Bands and levels
// stay as they are.
// One voice's. [one thread at a time] Allocates for blocks that are longer than any before.
class StandingLines {
   public:
    // Nepers of frequency: `wander` by which a line moves from hop to hop, `jitter` by which what is said of it is off.
    // Throws std::invalid_argument naming the one that is out of range.
    StandingLines(std::shared_ptr<const RowMap> map, float wander, float jitter)
        : map_(std::move(map)), wander_(wander), jitter_(jitter), lines_(map_->partials) {
        if (!(wander >= 0.0F && wander < 10.0F)) {
            throw std::invalid_argument("wander is " + std::to_string(wander) + ", expected 0 or more, below 10.");
        }
        if (!(jitter > 0.0F && jitter < 10.0F)) {
            throw std::invalid_argument("jitter is " + std::to_string(jitter) + ", expected above 0, below 10.");
        }
        points_.reserve(kUsual);
    }

    [[nodiscard]] const RowMap& map() const noexcept { return *map_; }

    // The next `hops` latents, written over; hops whose slot is silent stay as they are.
    void settle(float* latents, std::size_t hops) {
        points_.resize(hops);
        const std::size_t width = map_->latent();
        for (std::size_t slot = 0; slot < lines_.size(); ++slot) {
            float* numbers = latents + map_->kept + 2 * slot;
            for (std::size_t hop = 0; hop < hops; ++hop) points_[hop] = follow(lines_[slot], numbers + hop * width);
            look_back();
            for (std::size_t hop = 0; hop < hops; ++hop) {
                if (!points_[hop].sings) continue;
                float* number = numbers + hop * width;
                number[0] = (static_cast<float>(points_[hop].log_hz) - map_->partial_mean[0]) / map_->partial_spread[0];
                if (points_[hop].anew) number[1] = (RowMap::kSilent - map_->partial_mean[1]) / map_->partial_spread[1];
            }
        }
    }

   private:
    static constexpr std::size_t kUsual = 64;     // hops of a block
    static constexpr float kSings = -7.6F;        // log amplitude from which a line begins: -66 dB
    static constexpr std::size_t kHolds = 3;      // hops below it that a line outlasts
    static constexpr double kAstray = 0.69314718; // nepers: an octave away is another line,
    static constexpr std::size_t kSure = 4;       // when it is so for so many hops
    static constexpr double kFar = 2.0;           // deviations from which distance no longer counts by its square

    struct Line {
        bool sings = false;
        std::size_t quiet = 0, astray = 0;  // hops in a row
        double log_hz = 0.0, variance = 0.0;
    };

    struct Point {  // of one hop: as foretold from what came before, then as known
        bool sings = false, fresh = false, anew = false;
        double foretold = 0.0, foretold_variance = 0.0;
        double log_hz = 0.0, variance = 0.0;
    };

    Point follow(Line& line, const float* number) const noexcept {
        const double said = static_cast<double>(number[0] * map_->partial_spread[0] + map_->partial_mean[0]);
        const bool heard = number[1] * map_->partial_spread[1] + map_->partial_mean[1] > kSings;
        line.quiet = heard ? 0 : line.quiet + 1;
        if (line.quiet > kHolds) line.sings = false;
        Point point;
        if (!line.sings) {
            if (heard) point = begun(line, said);
            return point;
        }
        point.foretold = line.log_hz;
        point.foretold_variance = line.variance + square(wander_);
        const double away = said - point.foretold;
        line.astray = heard && std::abs(away) > kAstray ? line.astray + 1 : 0;
        if (line.astray >= kSure) {
            point = begun(line, said);
            point.anew = true;
            return point;
        }
        line.variance = point.foretold_variance;
        if (heard) {
            const double expected = std::sqrt(point.foretold_variance + square(jitter_));
            const double far = std::max(1.0, std::abs(away) / (kFar * expected));
            const double gain = point.foretold_variance / (point.foretold_variance + square(jitter_) * far * far);
            line.log_hz += gain * away;
            line.variance *= 1.0 - gain;
        }
        point.sings = true;
        point.log_hz = line.log_hz;
        point.variance = line.variance;
        return point;
    }

    Point begun(Line& line, double said) const noexcept {
        line = {true, 0, 0, said, square(jitter_)};
        Point point;
        point.sings = point.fresh = true;
        point.log_hz = said;
        point.variance = line.variance;
        return point;
    }

    void look_back() noexcept {
        for (std::size_t hop = points_.size(); hop-- > 1;) {
            const Point& next = points_[hop];
            Point& point = points_[hop - 1];
            if (!next.sings || next.fresh || !point.sings) continue;
            const double share = point.variance / next.foretold_variance;
            point.log_hz += share * (next.log_hz - next.foretold);
        }
    }

    [[nodiscard]] static double square(double value) noexcept { return value * value; }

    std::shared_ptr<const RowMap> map_;
    float wander_, jitter_;
    std::vector<Line> lines_;
    std::vector<Point> points_;  // scratch, of one slot's hops
};

}  // namespace hobnail::spectral
