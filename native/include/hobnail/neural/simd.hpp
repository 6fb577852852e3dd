// Sixteen numbers at a time, where the processor has AVX-512 with VNNI. Everything else plays by onnxruntime.
#pragma once

#if (defined(__x86_64__) || defined(_M_X64)) && (defined(__GNUC__) || defined(__clang__))
#define HOBNAIL_NEURAL 1
#include <immintrin.h>
#if !defined(__clang__)  // GCC's own headers leave sources of masked operations undefined, on purpose
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
// Each function names what it needs, so that nothing else in the library is compiled for processors that a user may lack.
#define HOBNAIL_WIDE __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,fma")))
#define HOBNAIL_WIDE_INLINE HOBNAIL_WIDE __attribute__((always_inline)) inline
// A loop whose numbers stay in registers: unrolled before the compiler asks where arrays live.
#define HOBNAIL_UNROLLED _Pragma("GCC unroll 16")
#else
#define HOBNAIL_NEURAL 0
#endif

#if HOBNAIL_NEURAL
#include <cstddef>
#include <cstdint>

namespace hobnail::neural {

// Whether this processor (and its operating system) runs what this folder is compiled to.
[[nodiscard]] inline bool supported() noexcept {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("fma");
}

constexpr std::size_t kLanes = 16;

// e^x within 2 units of the last place for -87..88; below it falls to 0, above it stays finite. NaN stays NaN.
// Source: Cephes (Moshier), expf: x = n ln 2 + r, a polynomial in r, times 2^n.
HOBNAIL_WIDE_INLINE __m512 exp16(__m512 x) {
    const __m512 top = _mm512_set1_ps(88.0F), bottom = _mm512_set1_ps(-104.0F);
    x = _mm512_max_ps(bottom, _mm512_min_ps(top, x));  // the second operand comes through where x is NaN
    const __m512 n = _mm512_roundscale_ps(_mm512_mul_ps(x, _mm512_set1_ps(1.44269504F)), _MM_FROUND_TO_NEAREST_INT);
    __m512 r = _mm512_fnmadd_ps(n, _mm512_set1_ps(0.693359375F), x);
    r = _mm512_fnmadd_ps(n, _mm512_set1_ps(-2.12194440e-4F), r);
    __m512 p = _mm512_set1_ps(1.9875691500e-4F);
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(1.3981999507e-3F));
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(8.3334519073e-3F));
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(4.1665795894e-2F));
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(1.6666665459e-1F));
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(5.0000001201e-1F));
    p = _mm512_fmadd_ps(_mm512_mul_ps(r, r), p, _mm512_add_ps(r, _mm512_set1_ps(1.0F)));
    return _mm512_scalef_ps(p, n);
}

HOBNAIL_WIDE_INLINE __m512 sigmoid16(__m512 x) {
    const __m512 one = _mm512_set1_ps(1.0F);
    return _mm512_div_ps(one, _mm512_add_ps(one, exp16(_mm512_sub_ps(_mm512_setzero_ps(), x))));
}

// x (1 + erf(x / sqrt 2)) / 2, the error function within 1.5e-7 (Abramowitz and Stegun 1964, 7.1.26).
HOBNAIL_WIDE_INLINE __m512 gelu16(__m512 x) {
    const __m512 one = _mm512_set1_ps(1.0F);
    const __m512 z = _mm512_mul_ps(_mm512_abs_ps(x), _mm512_set1_ps(0.70710678F));
    const __m512 t = _mm512_div_ps(one, _mm512_fmadd_ps(z, _mm512_set1_ps(0.3275911F), one));
    __m512 p = _mm512_set1_ps(1.061405429F);
    p = _mm512_fmadd_ps(p, t, _mm512_set1_ps(-1.453152027F));
    p = _mm512_fmadd_ps(p, t, _mm512_set1_ps(1.421413741F));
    p = _mm512_fmadd_ps(p, t, _mm512_set1_ps(-0.284496736F));
    p = _mm512_fmadd_ps(p, t, _mm512_set1_ps(0.254829592F));
    const __m512 tail = _mm512_mul_ps(_mm512_mul_ps(p, t), exp16(_mm512_sub_ps(_mm512_setzero_ps(), _mm512_mul_ps(z, z))));
    const __m512 half = _mm512_mul_ps(x, _mm512_set1_ps(0.5F));
    // erf is odd: 1 + erf = 2 - tail above 0, tail below.
    const __mmask16 above = _mm512_cmp_ps_mask(x, _mm512_setzero_ps(), _CMP_GE_OQ);
    return _mm512_mul_ps(half, _mm512_mask_sub_ps(tail, above, _mm512_set1_ps(2.0F), tail));
}

// Sixteen rows of sixteen numbers, turned over in place.
HOBNAIL_WIDE_INLINE void transpose16(__m512 (&row)[kLanes]) {
    __m512 pair[kLanes];
    HOBNAIL_UNROLLED for (std::size_t k = 0; k < kLanes; k += 2) {
        pair[k] = _mm512_unpacklo_ps(row[k], row[k + 1]);
        pair[k + 1] = _mm512_unpackhi_ps(row[k], row[k + 1]);
    }
    HOBNAIL_UNROLLED for (std::size_t k = 0; k < kLanes; k += 4) {
        row[k] = _mm512_shuffle_ps(pair[k], pair[k + 2], 0x44);
        row[k + 1] = _mm512_shuffle_ps(pair[k], pair[k + 2], 0xee);
        row[k + 2] = _mm512_shuffle_ps(pair[k + 1], pair[k + 3], 0x44);
        row[k + 3] = _mm512_shuffle_ps(pair[k + 1], pair[k + 3], 0xee);
    }
    HOBNAIL_UNROLLED for (std::size_t k = 0; k < 4; ++k) {
        pair[k] = _mm512_shuffle_f32x4(row[k], row[k + 4], 0x88);
        pair[k + 4] = _mm512_shuffle_f32x4(row[k], row[k + 4], 0xdd);
        pair[k + 8] = _mm512_shuffle_f32x4(row[k + 8], row[k + 12], 0x88);
        pair[k + 12] = _mm512_shuffle_f32x4(row[k + 8], row[k + 12], 0xdd);
    }
    HOBNAIL_UNROLLED for (std::size_t k = 0; k < 4; ++k) {
        row[k] = _mm512_shuffle_f32x4(pair[k], pair[k + 8], 0x88);
        row[k + 8] = _mm512_shuffle_f32x4(pair[k], pair[k + 8], 0xdd);
        row[k + 4] = _mm512_shuffle_f32x4(pair[k + 4], pair[k + 12], 0x88);
        row[k + 12] = _mm512_shuffle_f32x4(pair[k + 4], pair[k + 12], 0xdd);
    }
}

}  // namespace hobnail::neural
#endif
