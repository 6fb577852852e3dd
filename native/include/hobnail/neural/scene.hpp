// What a game tells of a scene, as tokens: a causal Perceiver resampler on the clock of hops, without pixels.
#pragma once

#include "hobnail/neural/memory.hpp"

#if HOBNAIL_NEURAL
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <vector>

namespace hobnail::neural {

// Learned latents look at the rows of the last hops and at themselves, hop by hop; then an MLP.
struct Scene {
    static constexpr std::size_t kMost = 64;  // rows that a latent looks at

    std::size_t width = 0, heads = 0, tokens = 0, window = 0, features = 0;  // tokens 0: it is not there
    FloatMatrix enter, tell, ask, mix, up, down, leave;
    std::vector<float> kind, ages, latents;  // [width], [window, width], [tokens, width]
    std::vector<float> ask_gain, tell_gain, up_gain, norm_gain;
    std::vector<float> asked, own;  // of the latents: queries [tokens, width], keys and values [tokens, 2 * width]
    KeysAndValues memory;

    // What does not depend on what is seen.
    HOBNAIL_WIDE void prepare() {
        std::vector<float> normed(tokens * width);
        for (std::size_t k = 0; k < tokens; ++k) gained(latents.data() + k * width, ask_gain.data(), width, normed.data() + k * width);
        asked.resize(tokens * width);
        own.resize(tokens * 2 * width);
        ask(normed.data(), width, tokens, asked.data());
        tell(normed.data(), width, tokens, own.data());
    }

    // `scene` [window - 1 + hops, features] of the voices of `to`, `seen` the same without features: those of voice k lie
    // `apart(k)` hops behind the first. `to.each` are the tokens.
    template <class Apart>
    HOBNAIL_WIDE void operator()(const Network& net, const float* scene, const bool* seen, const Apart& apart, const Rows& to,
                                 Scratch& scratch) const {
        const std::size_t hops = to.rows / tokens, span = window - 1 + hops, count = to.voices * to.rows;
        const std::size_t most = std::max({up.wide(), net.sizes.width + memory.both.wide()});
        float* media = scratch.take((span + 3 * window) * width + count * (2 * width + most));
        float *near = media + span * width, *told = near + window * width;
        float *found = told + window * 2 * width, *mixed = found + count * width, *wide = mixed + count * width;
        for (std::size_t voice = 0; voice < to.voices; ++voice) {
            const std::size_t begin = apart(to.from + voice);
            enter(scene + begin * features, features, span, media);
            for (std::size_t row = 0; row < span; ++row) added(kind.data(), width, media + row * width);
            for (std::size_t hop = 0; hop < hops; ++hop) {
                std::copy_n(media + hop * width, window * width, near);
                added(ages.data(), window * width, near);
                for (std::size_t row = 0; row < window; ++row) gained(near + row * width, tell_gain.data(), width, near + row * width);
                tell(near, width, window, told);
                float* out = found + (voice * hops + hop) * tokens * width;
                for (std::size_t token = 0; token < tokens; ++token) look(told, seen + begin + hop, token, out + token * width);
            }
        }
        mix(found, width, count, mixed);
        for (std::size_t k = 0; k < count; k += tokens) added(latents.data(), tokens * width, mixed + k * width);
        for (std::size_t k = 0; k < count; ++k) gained(mixed + k * width, up_gain.data(), width, found + k * width);
        up(found, width, count, wide);
        for (std::size_t k = 0; k < count * up.wide(); k += kLanes) _mm512_storeu_ps(wide + k, gelu16(_mm512_loadu_ps(wide + k)));
        down(wide, up.wide(), count, found);
        added(found, count * width, mixed);
        for (std::size_t k = 0; k < count; ++k) gained(mixed + k * width, norm_gain.data(), width, found + k * width);
        leave(found, width, count, wide);
        memory.keep(net, wide, to, wide + count * net.sizes.width);
    }

   private:
    // One latent's look at the window and at the latents, head by head.
    HOBNAIL_WIDE void look(const float* told, const bool* seen, std::size_t token, float* found) const noexcept {
        const std::size_t each = width / heads, count = window + tokens;
        const float sharp = 1.0F / std::sqrt(static_cast<float>(each));
        std::array<float, kMost> share{};
        for (std::size_t head = 0; head < heads; ++head) {
            const float* query = asked.data() + token * width + head * each;
            float top = -1e30F, sum = 0.0F;
            for (std::size_t row = 0; row < count; ++row) {
                share[row] = row < window && !seen[row] ? -1e4F : sharp * dot(query, row_of(told, row) + head * each, each);
                top = std::max(top, share[row]);
            }
            for (std::size_t row = 0; row < count; ++row) sum += share[row] = std::exp(share[row] - top);
            for (std::size_t k = 0; k < each; k += kLanes) {
                __m512 out = _mm512_setzero_ps();
                for (std::size_t row = 0; row < count; ++row) {
                    const float* value = row_of(told, row) + width + head * each + k;
                    out = _mm512_fmadd_ps(_mm512_set1_ps(share[row] / sum), _mm512_loadu_ps(value), out);
                }
                _mm512_storeu_ps(found + head * each + k, out);
            }
        }
    }

    [[nodiscard]] const float* row_of(const float* told, std::size_t row) const noexcept {
        return row < window ? told + row * 2 * width : own.data() + (row - window) * 2 * width;
    }
};

}  // namespace hobnail::neural
#endif
