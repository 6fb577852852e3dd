// Checks the three frames of sound: topic, header map, float 32 samples. Pure.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <exception>
#include <string>
#include <vector>

#include "hobnail_client/reading.hpp"

namespace hobnail::client {

// The topic of "mix" or of an emitter.
[[nodiscard]] inline std::string topic_of(const std::string& name) { return "pcm/" + name; }

// One packet; its memory is used again for the next.
struct AudioPacket {
    std::int64_t at = 0;  // session frame of the first sample
    std::size_t channels = 0, frames = 0;
    std::vector<float> samples;  // interleaved

    // Takes over a header and its samples; false when they are none. What is not finite becomes silence.
    [[nodiscard]] bool assign(const char* header, std::size_t header_size, const char* sound, std::size_t sound_size) {
        std::int64_t told_channels = 0, told_frames = 0;
        try {
            with_map(header, header_size, [&](const Fields& fields) {
                at = fields.integer("at");
                told_channels = fields.integer("channels");
                told_frames = fields.text("format") == "f32le" ? fields.integer("frames") : -1;
                return true;
            });
        } catch (const std::exception&) {
            return false;
        }
        const auto count = static_cast<std::int64_t>(sound_size / sizeof(float));
        const bool sane = at >= 0 && told_channels >= 1 && told_channels <= kMostChannels && told_frames >= 0 &&
                          told_frames <= count && told_frames * told_channels == count;
        if (!sane || sound_size % sizeof(float) != 0) {
            return false;
        }
        channels = static_cast<std::size_t>(told_channels);
        frames = static_cast<std::size_t>(told_frames);
        samples.resize(static_cast<std::size_t>(count));
        if (count > 0) {
            std::memcpy(samples.data(), sound, sound_size);
        }
        for (auto& sample : samples) {
            sample = std::isfinite(sample) ? sample : 0.0F;
        }
        return true;
    }

   private:
    static constexpr std::int64_t kMostChannels = 64;
};

}  // namespace hobnail::client
