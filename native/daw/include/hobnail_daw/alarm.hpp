// What is heard in a bounce that could not be made: silence would look like an export that went well.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>

namespace hobnail::daw {

// Beeps: a tenth of a second of 880 Hz at -12 dBFS, twice a second.
class Alarm {
   public:
    // From its beginning.
    void begin() noexcept { at_ = 0; }

    // [audio] The next frames of both sides.
    void render(double rate_hz, float* left, float* right, std::size_t frames) noexcept {
        constexpr double kTwoPi = 6.283185307179586, kPitchHz = 880.0, kLevel = 0.25, kPeriodS = 0.5, kBeepS = 0.1;
        for (std::size_t i = 0; i < frames; ++i) {
            const double now_s = static_cast<double>(at_++) / rate_hz, within_s = std::fmod(now_s, kPeriodS);
            const double beep = within_s < kBeepS ? kLevel * std::sin(kTwoPi * kPitchHz * within_s) : 0.0;
            left[i] = right[i] = static_cast<float>(beep);
        }
    }

   private:
    std::int64_t at_ = 0;
};

}  // namespace hobnail::daw
