// Where an AudioReceiver puts the sound of one topic.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hobnail::client {

class AudioTarget {
   public:
    AudioTarget() = default;
    AudioTarget(const AudioTarget&) = delete;
    AudioTarget& operator=(const AudioTarget&) = delete;
    virtual ~AudioTarget() = default;

    // [receiver] Samples, interleaved, whose first belongs to session frame `at`.
    virtual void write(std::int64_t at, const float* samples, std::size_t frames) noexcept = 0;
    [[nodiscard]] virtual std::size_t channels() const noexcept = 0;
};

}  // namespace hobnail::client
