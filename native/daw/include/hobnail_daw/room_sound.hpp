// Stereo that a room rendered, from where it is needed on. Of hosts that render offline: it may take memory.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace hobnail::daw {

class RoomSound {
   public:
    void clear() {
        left_.clear();
        right_.clear();
        start_ = 0;
    }

    // The frame after the last one that is here.
    [[nodiscard]] std::int64_t end() const noexcept { return start_ + static_cast<std::int64_t>(left_.size()); }

    void append(const float* stereo, std::size_t frames) {
        for (std::size_t frame = 0; frame < frames; ++frame) {
            left_.push_back(stereo[2 * frame]);
            right_.push_back(stereo[2 * frame + 1]);
        }
    }

    // Frames `from` .. `from + count` of both sides, silence before the beginning; forgets what is before.
    void read(std::int64_t from, std::size_t count, std::vector<float>& left, std::vector<float>& right) {
        const auto gone = static_cast<std::ptrdiff_t>(std::clamp<std::int64_t>(from - start_, 0, end() - start_));
        left_.erase(left_.begin(), left_.begin() + gone);
        right_.erase(right_.begin(), right_.begin() + gone);
        start_ += gone;
        left.assign(count, 0.0F);
        right.assign(count, 0.0F);
        const auto first = static_cast<std::size_t>(std::max<std::int64_t>(0, start_ - from));
        for (std::size_t at = first; at < count && at - first < left_.size(); ++at) {
            left[at] = left_[at - first];
            right[at] = right_[at - first];
        }
    }

   private:
    std::vector<float> left_, right_;
    std::int64_t start_ = 0;
};

}  // namespace hobnail::daw
