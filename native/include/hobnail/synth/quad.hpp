// Four floats side by side, on every compiler and without flags for one machine.
#pragma once

#include <cstddef>

namespace hobnail::synth {

#if defined(__GNUC__) || defined(__clang__)

// The compilers' own vectors: SSE2 on x86-64, NEON on ARM, plain code elsewhere. Elementwise, so the same everywhere.
using Quad = float __attribute__((vector_size(16)));

[[nodiscard]] inline Quad quad_of(float x) noexcept { return Quad{x, x, x, x}; }

#else

struct Quad {
    float v[4];
    [[nodiscard]] float& operator[](std::size_t k) noexcept { return v[k]; }
    [[nodiscard]] float operator[](std::size_t k) const noexcept { return v[k]; }
};

[[nodiscard]] inline Quad operator+(const Quad& a, const Quad& b) noexcept {
    return {{a.v[0] + b.v[0], a.v[1] + b.v[1], a.v[2] + b.v[2], a.v[3] + b.v[3]}};
}
[[nodiscard]] inline Quad operator-(const Quad& a, const Quad& b) noexcept {
    return {{a.v[0] - b.v[0], a.v[1] - b.v[1], a.v[2] - b.v[2], a.v[3] - b.v[3]}};
}
[[nodiscard]] inline Quad operator*(const Quad& a, const Quad& b) noexcept {
    return {{a.v[0] * b.v[0], a.v[1] * b.v[1], a.v[2] * b.v[2], a.v[3] * b.v[3]}};
}
inline Quad& operator+=(Quad& a, const Quad& b) noexcept { return a = a + b; }
inline Quad& operator*=(Quad& a, const Quad& b) noexcept { return a = a * b; }

[[nodiscard]] inline Quad quad_of(float x) noexcept { return {{x, x, x, x}}; }

#endif

[[nodiscard]] inline Quad load_quad(const float* from) noexcept { return Quad{from[0], from[1], from[2], from[3]}; }

inline void store_quad(float* to, const Quad& from) noexcept {
    for (std::size_t k = 0; k < 4; ++k) to[k] = from[k];
}

[[nodiscard]] inline float sum_of(const Quad& x) noexcept { return (x[0] + x[1]) + (x[2] + x[3]); }

}  // namespace hobnail::synth
