// Small things that mixer tests share: samples, renderers, and a mixer with the sound hard left at full level.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <stdexcept>
#include <utility>
#include <vector>

#include "hobnail/mixer.hpp"
#include "hobnail/sample_renderer.hpp"

namespace stage {

using hobnail::kNextBlock;
using hobnail::VoiceReport;

inline std::vector<float> level(std::size_t frames, float value) { return std::vector<float>(frames, value); }

inline std::vector<float> noise(std::size_t frames, unsigned seed, float peak = 0.1F) {
    std::mt19937 random(seed);
    std::uniform_real_distribution<float> sample(-peak, peak);
    std::vector<float> out(frames);
    std::generate(out.begin(), out.end(), [&] { return sample(random); });
    return out;
}

inline std::shared_ptr<hobnail::SampleRenderer> plays(const std::vector<float>& samples, bool last = true) {
    auto renderer = std::make_shared<hobnail::SampleRenderer>();
    renderer->feed(samples.data(), samples.size(), last);
    return renderer;
}

// Gives samples and then throws.
class Thrower : public hobnail::VoiceRenderer {
   public:
    explicit Thrower(std::size_t good) : good_(good) {}
    std::size_t render(float* out, std::size_t frames) override {
        if (good_ == 0) {
            throw std::runtime_error("broken on purpose");
        }
        const std::size_t count = std::min(good_, frames);
        std::fill(out, out + count, 0.5F);
        good_ -= count;
        return count;
    }
    [[nodiscard]] std::size_t granted() const override { return good_; }
    [[nodiscard]] bool finished() const override { return false; }

   private:
    std::size_t good_;
};

struct Stage {
    explicit Stage(const hobnail::MixSpec& spec = {.voices = 16, .fifo_frames = 1 << 17, .emitters = 16})
        : mixer(spec) {
        for (std::size_t emitter = 0; emitter < spec.emitters; ++emitter) {
            mixer.set_emitter(emitter, 1.0F, -1.0F, 1.0F, 0);
        }
    }

    void open(std::int64_t voice, std::shared_ptr<hobnail::VoiceRenderer> renderer, std::int64_t start = kNextBlock,
              std::size_t emitter = 0) {
        if (!mixer.open_voice(voice, std::move(renderer), emitter, start, 1.0F)) {
            throw std::runtime_error("no slot was free");
        }
        mixer.desk().feed_all(1 << 20);
    }

    std::vector<float> pull(std::size_t frames) {  // interleaved
        std::vector<float> out(2 * frames);
        mixer.pull(out.data(), frames);
        return out;
    }

    std::vector<float> left(std::size_t frames) {
        const auto stereo = pull(frames);
        std::vector<float> out(frames);
        for (std::size_t i = 0; i < frames; ++i) {
            out[i] = stereo[2 * i];
        }
        return out;
    }

    hobnail::Mixer mixer;
};

inline float steepest(const std::vector<float>& samples) {
    float most = 0.0F;
    for (std::size_t i = 1; i < samples.size(); ++i) {
        most = std::max(most, std::abs(samples[i] - samples[i - 1]));
    }
    return most;
}

inline std::vector<VoiceReport> of(const std::vector<VoiceReport>& reports, hobnail::ReportKind kind) {
    std::vector<VoiceReport> found;
    std::copy_if(reports.begin(), reports.end(), std::back_inserter(found),
                 [kind](const VoiceReport& report) { return report.kind == kind; });
    return found;
}

}  // namespace stage
