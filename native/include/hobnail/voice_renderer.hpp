// Makes one voice's mono sound; the synthesiser, fed samples and the codec's decoder stand behind it.
#pragma once

#include <cstddef>

namespace hobnail {

// Called by the engine thread only, never by the mixer: it may be late, and the mixer then plays silence.
class VoiceRenderer {
   public:
    virtual ~VoiceRenderer() = default;

    // Writes up to `frames` samples and returns how many; fewer means "not told enough yet" or finished.
    // Any chunking of the calls gives the same samples.
    virtual std::size_t render(float* out, std::size_t frames) = 0;

    // Samples that it could give now without being told more.
    [[nodiscard]] virtual std::size_t granted() const = 0;

    // Everything that it will ever give has been rendered.
    [[nodiscard]] virtual bool finished() const = 0;
};

}  // namespace hobnail
