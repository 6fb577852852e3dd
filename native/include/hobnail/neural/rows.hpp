// What is done to a row of numbers by itself: norms, gates, turns, rounding to 8 bits. Widths are multiples of 16.
#pragma once

#include "hobnail/neural/simd.hpp"

#if HOBNAIL_NEURAL
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace hobnail::neural {

constexpr float kEpsilon = 1e-5F;  // of norms

// (x - mean) / deviation along `width`.
HOBNAIL_WIDE inline void norm(const float* x, std::size_t width, float* y) noexcept {
    __m512 sum = _mm512_setzero_ps();
    for (std::size_t k = 0; k < width; k += kLanes) sum = _mm512_add_ps(sum, _mm512_loadu_ps(x + k));
    const auto count = static_cast<float>(width);
    const __m512 mean = _mm512_set1_ps(_mm512_reduce_add_ps(sum) / count);
    __m512 square = _mm512_setzero_ps();
    for (std::size_t k = 0; k < width; k += kLanes) {
        const __m512 away = _mm512_sub_ps(_mm512_loadu_ps(x + k), mean);
        square = _mm512_fmadd_ps(away, away, square);
    }
    const __m512 turned = _mm512_set1_ps(1.0F / std::sqrt(_mm512_reduce_add_ps(square) / count + kEpsilon));
    for (std::size_t k = 0; k < width; k += kLanes)
        _mm512_storeu_ps(y + k, _mm512_mul_ps(_mm512_sub_ps(_mm512_loadu_ps(x + k), mean), turned));
}

// y = x scale + shift.
HOBNAIL_WIDE inline void modulated(const float* x, const float* scale, const float* shift, std::size_t width,
                                   float* y) noexcept {
    for (std::size_t k = 0; k < width; k += kLanes)
        _mm512_storeu_ps(y + k, _mm512_fmadd_ps(_mm512_loadu_ps(x + k), _mm512_loadu_ps(scale + k), _mm512_loadu_ps(shift + k)));
}

// y += gate x.
HOBNAIL_WIDE inline void add_gated(const float* x, const float* gate, std::size_t width, float* y) noexcept {
    for (std::size_t k = 0; k < width; k += kLanes)
        _mm512_storeu_ps(y + k, _mm512_fmadd_ps(_mm512_loadu_ps(x + k), _mm512_loadu_ps(gate + k), _mm512_loadu_ps(y + k)));
}

// y = x gain.
HOBNAIL_WIDE inline void scaled(const float* x, const float* gain, std::size_t width, float* y) noexcept {
    for (std::size_t k = 0; k < width; k += kLanes)
        _mm512_storeu_ps(y + k, _mm512_mul_ps(_mm512_loadu_ps(x + k), _mm512_loadu_ps(gain + k)));
}

HOBNAIL_WIDE inline void sigmoids(float* x, std::size_t count) noexcept {
    for (std::size_t k = 0; k < count; k += kLanes) _mm512_storeu_ps(x + k, sigmoid16(_mm512_loadu_ps(x + k)));
}

// x sigmoid(x).
HOBNAIL_WIDE inline void silus(float* x, std::size_t count) noexcept {
    for (std::size_t k = 0; k < count; k += kLanes) {
        const __m512 value = _mm512_loadu_ps(x + k);
        _mm512_storeu_ps(x + k, _mm512_mul_ps(value, sigmoid16(value)));
    }
}

HOBNAIL_WIDE_INLINE __m128i rounded16(__m512 x, float inverse, int zero) {
    const __m512i whole = _mm512_add_epi32(_mm512_cvtps_epi32(_mm512_mul_ps(x, _mm512_set1_ps(inverse))), _mm512_set1_epi32(zero));
    return _mm512_cvtusepi32_epi8(_mm512_max_epi32(whole, _mm512_setzero_si512()));
}

// To u8: x / step + zero, to the nearest, held within 0..255. What is not a number becomes 0.
HOBNAIL_WIDE inline void rounded(const float* x, std::size_t count, float inverse, int zero, std::uint8_t* y) noexcept {
    for (std::size_t k = 0; k < count; k += kLanes)
        _mm_storeu_si128(reinterpret_cast<__m128i*>(y + k), rounded16(_mm512_loadu_ps(x + k), inverse, zero));
}

// The same of GELU(x).
HOBNAIL_WIDE inline void rounded_gelus(const float* x, std::size_t count, float inverse, int zero, std::uint8_t* y) noexcept {
    for (std::size_t k = 0; k < count; k += kLanes)
        _mm_storeu_si128(reinterpret_cast<__m128i*>(y + k), rounded16(gelu16(_mm512_loadu_ps(x + k)), inverse, zero));
}

// A head's halves turned against each other; `cos`, `sin` [width / 2], half a multiple of 16.
HOBNAIL_WIDE inline void turned(float* x, const float* cos, const float* sin, std::size_t width) noexcept {
    const std::size_t half = width / 2;
    for (std::size_t k = 0; k < half; k += kLanes) {
        const __m512 first = _mm512_loadu_ps(x + k), second = _mm512_loadu_ps(x + half + k);
        const __m512 c = _mm512_loadu_ps(cos + k), s = _mm512_loadu_ps(sin + k);
        _mm512_storeu_ps(x + k, _mm512_fmsub_ps(first, c, _mm512_mul_ps(second, s)));
        _mm512_storeu_ps(x + half + k, _mm512_fmadd_ps(second, c, _mm512_mul_ps(first, s)));
    }
}

// held += gate (found - held); the mean of the gates.
HOBNAIL_WIDE inline float mixed(const float* found, const float* gate, std::size_t width, float* held) noexcept {
    __m512 sum = _mm512_setzero_ps();
    for (std::size_t k = 0; k < width; k += kLanes) {
        const __m512 here = _mm512_loadu_ps(held + k), g = _mm512_loadu_ps(gate + k);
        sum = _mm512_add_ps(sum, g);
        _mm512_storeu_ps(held + k, _mm512_fmadd_ps(g, _mm512_sub_ps(_mm512_loadu_ps(found + k), here), here));
    }
    return _mm512_reduce_add_ps(sum) / static_cast<float>(width);
}

// Product of two rows.
HOBNAIL_WIDE inline float dot(const float* x, const float* y, std::size_t width) noexcept {
    __m512 sum = _mm512_setzero_ps();
    for (std::size_t k = 0; k < width; k += kLanes) sum = _mm512_fmadd_ps(_mm512_loadu_ps(x + k), _mm512_loadu_ps(y + k), sum);
    return _mm512_reduce_add_ps(sum);
}

}  // namespace hobnail::neural
#endif
