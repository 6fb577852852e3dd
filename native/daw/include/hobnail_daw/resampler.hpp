// Samples between samples: a windowed sinc whose cutoff fits the ratio of the rates. Memory is taken once.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace hobnail::daw {

class Resampler {
   public:
    static constexpr std::int64_t kReach = 16;  // frames that it looks at on either side

    // `ratio`: frames of the source for one of the sink.
    explicit Resampler(double ratio) : table_(static_cast<std::size_t>((kPhases + 1) * kTaps)) {
        const double cutoff = 0.96 / std::max(1.0, ratio);
        for (int phase = 0; phase <= kPhases; ++phase) {
            double sum = 0.0;
            float* row = &table_[static_cast<std::size_t>(phase * kTaps)];
            for (int tap = 0; tap < kTaps; ++tap) {
                const double x = tap - (kReach - 1) - static_cast<double>(phase) / kPhases;
                row[tap] = static_cast<float>(cutoff * sinc(cutoff * x) * window(x / kReach));
                sum += row[tap];
            }
            for (int tap = 0; tap < kTaps; ++tap) {
                row[tap] = static_cast<float>(row[tap] / sum);  // a constant stays itself
            }
        }
    }

    // The value `share` of a frame after `at`, which has kReach frames on either side; exactly *at when share is 0.
    [[nodiscard]] float between(const float* at, double share) const noexcept {
        if (share <= 0.0) {
            return *at;
        }
        const double place = share * kPhases;
        const auto phase = static_cast<std::size_t>(place);
        const auto blend = static_cast<float>(place - static_cast<double>(phase));
        const float* row = &table_[phase * kTaps];
        const float* from = at - (kReach - 1);
        float low = 0.0F, high = 0.0F;
        for (int tap = 0; tap < kTaps; ++tap) {
            low += row[tap] * from[tap];
            high += row[tap + kTaps] * from[tap];
        }
        return low + blend * (high - low);
    }

   private:
    static constexpr int kTaps = 2 * static_cast<int>(kReach), kPhases = 256;
    static constexpr double kPi = 3.14159265358979323846, kBeta = 8.0;

    [[nodiscard]] static double sinc(double x) noexcept {
        return std::abs(x) < 1e-9 ? 1.0 : std::sin(kPi * x) / (kPi * x);
    }

    // Kaiser's, by the series of the modified Bessel function.
    [[nodiscard]] static double window(double x) noexcept {
        return std::abs(x) >= 1.0 ? 0.0 : bessel(kBeta * std::sqrt(1.0 - x * x)) / bessel(kBeta);
    }

    [[nodiscard]] static double bessel(double x) noexcept {
        double sum = 1.0, term = 1.0;
        for (int k = 1; k < 40; ++k) {
            term *= (x / (2.0 * k)) * (x / (2.0 * k));
            sum += term;
        }
        return sum;
    }

    std::vector<float> table_;
};

}  // namespace hobnail::daw
