// What a row of spectral parameters means: one hop of a codec, told to the renderer.
#pragma once

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace hobnail::spectral {

// A row holds, for one hop of `hop` frames:
//   frames_per_hop x bands   natural log of the mean power of one bin of each band, for each spectral frame in turn
//   partials x 2             natural log of the frequency in Hz, natural log of the amplitude, for each partial
// Power 1 in every bin is white noise of variance 1; amplitude 1 is a sine from -1 to 1. Spectral frame j is centred
// at (j + 1/2) hop / frames_per_hop, partials in the middle of the hop.
struct Format {
    std::size_t hop = 512;
    std::size_t frames_per_hop = 2;
    std::size_t size = 1024;       // of a spectral frame, in samples
    std::size_t short_size = 0;    // of the frames that make what lies at or above `split_hz`; 0: `size` makes it all
    float split_hz = 0.0F;
    std::size_t partials = 0;
    float rate_hz = 48000.0F;
    std::vector<float> centres_hz;  // of the bands, rising

    [[nodiscard]] std::size_t bands() const noexcept { return centres_hz.size(); }
    [[nodiscard]] std::size_t stride() const noexcept { return hop / frames_per_hop; }
    [[nodiscard]] std::size_t row() const noexcept { return frames_per_hop * bands() + 2 * partials; }

    // Samples by which a frame's window reaches beyond its stride, on either side.
    [[nodiscard]] std::size_t reach() const noexcept { return (size - stride()) / 2; }

    // Samples by which a sustained voice follows its rows: a sample needs every frame whose window covers it, and
    // partials need the middle of the next hop.
    [[nodiscard]] std::size_t lag() const noexcept { return partials > 0 ? std::max(reach(), hop / 2) : reach(); }

    // Attacks inside a voice are sharpened where two short frames meet over every sample, and four long ones.
    [[nodiscard]] bool sharpens() const noexcept {
        return frames_per_hop == 2 && short_size == 2 * stride() && size == 4 * stride() && lag() == reach();
    }

    // Throws std::invalid_argument naming the field.
    void check() const {
        const auto refuse = [](bool wrong, const std::string& problem) {
            if (wrong) throw std::invalid_argument(problem);
        };
        refuse(frames_per_hop == 0 || hop == 0 || hop % frames_per_hop != 0,
               "hop is " + std::to_string(hop) + ", expected a multiple of frames_per_hop.");
        for (const std::size_t each : {size, short_size == 0 ? size : short_size}) {
            refuse(each < 64 || each > 8192 || (each & (each - 1)) != 0,
                   "size is " + std::to_string(each) + ", expected a power of two in 64..8192.");
            refuse(each % stride() != 0 || each / stride() < 2 || each / stride() > 16,
                   "size / stride is " + std::to_string(each) + " / " + std::to_string(stride()) +
                       ", expected 2..16, whole.");
        }
        refuse(short_size > size || (short_size > 0 && !(split_hz > 0.0F)),
               "short_size is " + std::to_string(short_size) + ", expected at most size, and split_hz above 0.");
        refuse(partials > 16, "partials is " + std::to_string(partials) + ", expected 0..16.");
        refuse(!(rate_hz > 0.0F), "rate_hz must be above 0.");
        refuse(bands() < 2 || bands() > 512, std::to_string(bands()) + " bands, expected 2..512.");
        for (std::size_t band = 0; band < bands(); ++band) {
            const float below = band == 0 ? 0.0F : centres_hz[band - 1];
            refuse(!(centres_hz[band] > below) || centres_hz[band] >= rate_hz / 2,
                   "centres_hz[" + std::to_string(band) + "] is " + std::to_string(centres_hz[band]) +
                       ", expected them to rise between 0 and half the rate.");
        }
    }
};

}  // namespace hobnail::spectral
