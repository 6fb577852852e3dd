// Attention of a voice's queries to rows of keys and values, in pieces of sixteen rows. Head widths are multiples of 32.
// What is remembered lies in half precision, keys turned over piece by piece: half of the memory, and no work to turn them.
#pragma once

#include "hobnail/neural/simd.hpp"

#if HOBNAIL_NEURAL
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace hobnail::neural {

constexpr float kSteepest = 60.0F;    // largest score, up or down
constexpr float kLeastKept = 1e-6F;   // of all shares, that those without the sink count as at least
constexpr std::size_t kMostWidth = 128;  // of a head

// A number of half precision, as bits.
using Half = std::uint16_t;

// Rows that lie `stride` numbers apart.
template <class Number>
struct TableOf {
    const Number* data;
    std::size_t stride;
    std::size_t rows;

    [[nodiscard]] std::size_t pieces() const noexcept { return (rows + kLanes - 1) / kLanes; }
};
using Table = TableOf<float>;

HOBNAIL_WIDE_INLINE __m512 sixteen(const float* from) { return _mm512_loadu_ps(from); }
HOBNAIL_WIDE_INLINE __m512 sixteen(const Half* from) {
    return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)));
}

// Numbers to half precision, to the nearest; `count` a multiple of 16.
HOBNAIL_WIDE inline void halved(const float* from, std::size_t count, Half* to) noexcept {
    for (std::size_t k = 0; k < count; k += kLanes)
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + k),
                            _mm512_cvtps_ph(_mm512_loadu_ps(from + k), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
}

// Brings what will be read soon nearer: rows of the voice behind this one. Reads nothing.
HOBNAIL_WIDE_INLINE void fetch_ahead(const Half* from, std::size_t count) {
    for (std::size_t k = 0; k < count; k += 2 * kLanes) _mm_prefetch(reinterpret_cast<const char*>(from + k), _MM_HINT_T1);
}

// One bit a row, sixteen to a piece. A piece in which nothing is seen costs nothing.
inline void seen_bits(const bool* seen, std::size_t rows, bool all_but_first, std::uint16_t* bits) noexcept {
    for (std::size_t from = 0; from < rows; from += kLanes) {
        unsigned piece = 0;
        for (std::size_t k = 0; k < std::min(kLanes, rows - from); ++k)
            piece |= static_cast<unsigned>(seen[from + k] && (from + k == 0 || all_but_first)) << k;
        bits[from / kLanes] = static_cast<std::uint16_t>(piece);
    }
}

// Queries with rows of neighbouring pieces; those lie `apart` numbers from each other.
template <std::size_t Queries, std::size_t Pieces, class Number>
HOBNAIL_WIDE_INLINE void score_tile(const float* query, std::size_t stride, const Number* piece, std::size_t apart, std::size_t width,
                                    float* out, std::size_t out_stride) {
    __m512 sum[Queries][Pieces];
    HOBNAIL_UNROLLED for (std::size_t i = 0; i < Queries; ++i)
        HOBNAIL_UNROLLED for (std::size_t j = 0; j < Pieces; ++j) sum[i][j] = _mm512_setzero_ps();
    for (std::size_t d = 0; d < width; ++d) {
        __m512 column[Pieces];
        HOBNAIL_UNROLLED for (std::size_t j = 0; j < Pieces; ++j) column[j] = sixteen(piece + j * apart + d * kLanes);
        HOBNAIL_UNROLLED for (std::size_t i = 0; i < Queries; ++i) {
            const __m512 asked = _mm512_set1_ps(query[i * stride + d]);
            HOBNAIL_UNROLLED for (std::size_t j = 0; j < Pieces; ++j) sum[i][j] = _mm512_fmadd_ps(asked, column[j], sum[i][j]);
        }
    }
    HOBNAIL_UNROLLED for (std::size_t i = 0; i < Queries; ++i)
        HOBNAIL_UNROLLED for (std::size_t j = 0; j < Pieces; ++j) _mm512_storeu_ps(out + i * out_stride + j * kLanes, sum[i][j]);
}

// Scores of every query with the rows of pieces [width, 16]; `out` [queries, 16 * pieces], rows `out_stride` apart.
template <std::size_t Pieces, class Number>
HOBNAIL_WIDE_INLINE void score_pieces(const Table query, const Number* piece, std::size_t width, float* out, std::size_t out_stride) {
    std::size_t q = 0;
    const float* from = query.data;
    const std::size_t apart = width * kLanes;
    for (; q + 6 <= query.rows; q += 6)
        score_tile<6, Pieces>(from + q * query.stride, query.stride, piece, apart, width, out + q * out_stride, out_stride);
    for (; q < query.rows; ++q)
        score_tile<1, Pieces>(from + q * query.stride, query.stride, piece, apart, width, out + q * out_stride, out_stride);
}

// Scores of every query with every row; `out` [queries, 16 * pieces], rows `out_stride` apart.
HOBNAIL_WIDE inline void scores(const Table query, const Table keys, std::size_t width, float* out, std::size_t out_stride) noexcept {
    alignas(64) float piece[kMostWidth * kLanes];
    for (std::size_t p = 0; p < keys.pieces(); ++p) {
        for (std::size_t d = 0; d < width; d += kLanes) {
            __m512 square[kLanes];
            HOBNAIL_UNROLLED for (std::size_t k = 0; k < kLanes; ++k)  // beyond the last row the last one again: it is not looked at
                square[k] = _mm512_loadu_ps(keys.data + std::min(p * kLanes + k, keys.rows - 1) * keys.stride + d);
            transpose16(square);
            HOBNAIL_UNROLLED for (std::size_t k = 0; k < kLanes; ++k) _mm512_store_ps(piece + (d + k) * kLanes, square[k]);
        }
        score_pieces<1>(query, static_cast<const float*>(piece), width, out + p * kLanes, out_stride);
    }
}

// The same of keys that lie turned over, [pieces, width, 16], where any row of a piece is seen. `ahead`: behind them lie
// the next voice's.
HOBNAIL_WIDE inline void scores_seen(const Table query, const Half* keys, std::size_t pieces, std::size_t width,
                                     const std::uint16_t* seen, bool ahead, float* out, std::size_t out_stride) noexcept {
    for (std::size_t p = 0; p < pieces; ++p) {
        if (seen[p] == 0) continue;
        const Half* piece = keys + p * width * kLanes;
        const bool two = p + 1 < pieces && seen[p + 1] != 0;
        if (ahead) fetch_ahead(piece + pieces * width * kLanes, (two ? 2 : 1) * width * kLanes);
        if (two)
            score_pieces<2>(query, piece, width, out + p * kLanes, out_stride);
        else
            score_pieces<1>(query, piece, width, out + p * kLanes, out_stride);
        p += two ? 1 : 0;
    }
}

// What a query found in a stream whose row 0 is the sink.
struct Found {
    float whole;    // sum of all masses
    float entropy;  // of the shares without the sink
    float sink;     // its share
};

// Scores [16 * pieces] become masses e^score in place, 0 where nothing is seen.
HOBNAIL_WIDE inline Found masses(float* score, std::size_t pieces, const std::uint16_t* seen) noexcept {
    __m512 sum = _mm512_setzero_ps(), weighed = _mm512_setzero_ps();
    float sink = 0.0F;
    for (std::size_t p = 0; p < pieces; ++p) {
        const auto mask = static_cast<__mmask16>(seen[p]);
        float* at = score + p * kLanes;
        if (mask == 0) {
            _mm512_storeu_ps(at, _mm512_setzero_ps());
            continue;
        }
        const __m512 held = _mm512_max_ps(_mm512_set1_ps(-kSteepest), _mm512_min_ps(_mm512_set1_ps(kSteepest), _mm512_loadu_ps(at)));
        const __m512 mass = _mm512_maskz_mov_ps(mask, exp16(held));
        _mm512_storeu_ps(at, mass);
        const __mmask16 own = p == 0 ? static_cast<__mmask16>(0xfffe) : static_cast<__mmask16>(0xffff);
        if (p == 0) sink = at[0];
        sum = _mm512_mask_add_ps(sum, own, sum, mass);
        weighed = _mm512_mask_add_ps(weighed, own & mask, weighed, _mm512_mul_ps(mass, held));
    }
    const float kept_whole = _mm512_reduce_add_ps(sum), whole = kept_whole + sink;
    const float kept = std::max(kept_whole, kLeastKept * whole);
    return {whole, std::log(kept) - _mm512_reduce_add_ps(weighed) / kept, sink / whole};
}

// Scores [16 * pieces], of which `rows` count, become masses in place; their sum.
HOBNAIL_WIDE inline float softened(float* score, std::size_t rows) noexcept {
    __m512 top = _mm512_set1_ps(-1e30F);
    const auto mask_of = [rows](std::size_t from) {
        return static_cast<unsigned>(rows - from >= kLanes ? 0xffffU : (1U << (rows - from)) - 1U);
    };
    for (std::size_t from = 0; from < rows; from += kLanes)
        top = _mm512_mask_max_ps(top, static_cast<__mmask16>(mask_of(from)), top, _mm512_loadu_ps(score + from));
    const __m512 highest = _mm512_set1_ps(_mm512_reduce_max_ps(top));
    __m512 sum = _mm512_setzero_ps();
    for (std::size_t from = 0; from < rows; from += kLanes) {
        const __m512 mass = exp16(_mm512_sub_ps(_mm512_loadu_ps(score + from), highest));
        const __m512 counted = _mm512_maskz_mov_ps(static_cast<__mmask16>(mask_of(from)), mass);
        _mm512_storeu_ps(score + from, counted);
        sum = _mm512_add_ps(sum, counted);
    }
    return _mm512_reduce_add_ps(sum);
}

template <std::size_t Queries, std::size_t Columns, class Number>
HOBNAIL_WIDE_INLINE void sum_tile(const float* mass, std::size_t mass_stride, const float* whole, const TableOf<Number> values,
                                  const std::uint16_t* seen, float* out, std::size_t out_stride) {
    __m512 sum[Queries][Columns];
    HOBNAIL_UNROLLED for (std::size_t i = 0; i < Queries; ++i)
        HOBNAIL_UNROLLED for (std::size_t j = 0; j < Columns; ++j) sum[i][j] = _mm512_setzero_ps();
    for (std::size_t p = 0; p < values.pieces(); ++p) {
        if (seen[p] == 0) continue;
        for (std::size_t row = p * kLanes; row < std::min((p + 1) * kLanes, values.rows); ++row) {
            __m512 value[Columns];
            HOBNAIL_UNROLLED for (std::size_t j = 0; j < Columns; ++j) value[j] = sixteen(values.data + row * values.stride + j * kLanes);
            HOBNAIL_UNROLLED for (std::size_t i = 0; i < Queries; ++i) {
                const __m512 share = _mm512_set1_ps(mass[i * mass_stride + row]);
                HOBNAIL_UNROLLED for (std::size_t j = 0; j < Columns; ++j) sum[i][j] = _mm512_fmadd_ps(share, value[j], sum[i][j]);
            }
        }
    }
    HOBNAIL_UNROLLED for (std::size_t i = 0; i < Queries; ++i) {
        const __m512 part = _mm512_set1_ps(1.0F / whole[i]);
        HOBNAIL_UNROLLED for (std::size_t j = 0; j < Columns; ++j)
            _mm512_storeu_ps(out + i * out_stride + j * kLanes, _mm512_mul_ps(sum[i][j], part));
    }
}

template <std::size_t Columns, class Number>
HOBNAIL_WIDE_INLINE void sum_columns(const Table mass, const float* whole, const TableOf<Number> values, const std::uint16_t* seen,
                                     float* out, std::size_t out_stride) {
    std::size_t q = 0;
    for (; q + 6 <= mass.rows; q += 6)
        sum_tile<6, Columns>(mass.data + q * mass.stride, mass.stride, whole + q, values, seen, out + q * out_stride, out_stride);
    for (; q < mass.rows; ++q)
        sum_tile<1, Columns>(mass.data + q * mass.stride, mass.stride, whole + q, values, seen, out + q * out_stride, out_stride);
}

// What queries found: sum over rows of mass / whole times the row's values, [queries, width], rows `out_stride` apart.
template <class Number>
HOBNAIL_WIDE inline void sums(const Table mass, const float* whole, const TableOf<Number> values, std::size_t width,
                              const std::uint16_t* seen, float* out, std::size_t out_stride) noexcept {
    std::size_t d = 0;
    for (; d + 64 <= width; d += 64) {
        const TableOf<Number> part{values.data + d, values.stride, values.rows};
        sum_columns<4>(mass, whole, part, seen, out + d, out_stride);
    }
    for (; d < width; d += 32) {
        const TableOf<Number> part{values.data + d, values.stride, values.rows};
        sum_columns<2>(mass, whole, part, seen, out + d, out_stride);
    }
}

}  // namespace hobnail::neural
#endif
