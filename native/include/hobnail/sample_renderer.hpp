// A renderer that plays what it is fed.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "hobnail/voice_renderer.hpp"

namespace hobnail {

class SampleRenderer : public VoiceRenderer {
   public:
    // [engine] Appends samples; with `last` nothing may follow them. Feeding after that is ignored, returns false.
    bool feed(const float* samples, std::size_t frames, bool last) {
        if (last_) {
            return false;
        }
        if (at_ > kTidyAt) {  // forget what was played, now and then
            waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(at_));
            at_ = 0;
        }
        const std::size_t end = waiting_.size();
        waiting_.resize(end + frames);
        std::copy_n(samples, frames, waiting_.begin() + static_cast<std::ptrdiff_t>(end));
        last_ = last;
        return true;
    }

    std::size_t render(float* out, std::size_t frames) override {
        const std::size_t taken = std::min(frames, granted());
        std::copy_n(waiting_.begin() + static_cast<std::ptrdiff_t>(at_), taken, out);
        at_ += taken;
        return taken;
    }

    [[nodiscard]] std::size_t granted() const override { return waiting_.size() - at_; }
    [[nodiscard]] bool finished() const override { return last_ && granted() == 0; }

   private:
    static constexpr std::size_t kTidyAt = 8192;

    std::vector<float> waiting_;
    std::size_t at_ = 0;  // first sample not yet played
    bool last_ = false;
};

}  // namespace hobnail
