// Rows times matrices: 8-bit inputs and weights by VNNI, or float32. A row's numbers do not depend on its neighbours.
#pragma once

#include "hobnail/neural/simd.hpp"

#if HOBNAIL_NEURAL
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

namespace hobnail::neural {

// Memory that begins at a cache line.
template <class T>
class Lined {
   public:
    void resize(std::size_t size) {
        bytes_.assign(size * sizeof(T) + 64, 0);
        const auto at = reinterpret_cast<std::uintptr_t>(bytes_.data());
        data_ = reinterpret_cast<T*>((at + 63) & ~std::uintptr_t{63});
    }
    [[nodiscard]] T* data() noexcept { return data_; }
    [[nodiscard]] const T* data() const noexcept { return data_; }

    Lined() = default;
    Lined(Lined&&) noexcept = default;  // the vector's memory stays where it is
    Lined& operator=(Lined&&) noexcept = default;
    Lined(const Lined&) = delete;
    Lined& operator=(const Lined&) = delete;

   private:
    std::vector<unsigned char> bytes_;
    T* data_ = nullptr;
};

// sum += u8 . s8, four by four. As compilers' own they are kept in memory, not in registers.
HOBNAIL_WIDE_INLINE void add_products(__m512i& sum, __m512i u8, __m512i s8) {
    __asm__("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(u8), "v"(s8));
}

// y = (u8 - zero) step . (s8 steps) + bias, as MatMulIntegerToFloat has it. Inputs a multiple of 4, outputs of 16.
// Weights lie as VNNI reads them: [outputs / 16][inputs / 4][16 outputs][4 inputs].
class Int8Matrix {
   public:
    // `weight` [inputs, outputs], `steps` and `bias` [outputs]; `bias` may be null.
    void set(const std::int8_t* weight, std::size_t inputs, std::size_t outputs, const float* steps, const float* bias,
             float step, int zero) {
        inputs_ = inputs, outputs_ = outputs;
        packed_.resize(inputs * outputs);
        scale_.resize(outputs);
        offset_.resize(outputs);
        for (std::size_t n = 0; n < outputs; ++n) {
            std::int32_t sum = 0;
            for (std::size_t k = 0; k < inputs; ++k) {
                const std::int8_t value = weight[k * outputs + n];
                sum += value;
                packed_.data()[(((n / 16) * (inputs / 4) + k / 4) * 16 + n % 16) * 4 + k % 4] = value;
            }
            scale_.data()[n] = step * steps[n];
            offset_.data()[n] = (bias == nullptr ? 0.0F : bias[n]) - static_cast<float>(zero * sum) * scale_.data()[n];
        }
        inverse_ = 1.0F / step;
        zero_ = zero;
    }

    [[nodiscard]] std::size_t inputs() const noexcept { return inputs_; }
    [[nodiscard]] std::size_t outputs() const noexcept { return outputs_; }
    [[nodiscard]] float inverse() const noexcept { return inverse_; }  // of the inputs' step
    [[nodiscard]] int zero() const noexcept { return zero_; }

    // `x` u8 [rows, inputs] -> `y` float32 [rows, outputs]. `x` begins at a cache line.
    HOBNAIL_WIDE void operator()(const std::uint8_t* x, std::size_t rows, float* y) const noexcept {
        std::size_t n = 0;
        for (; n + 64 <= outputs_; n += 64) panel<4>(x, rows, n, y);
        for (; n < outputs_; n += 16) panel<1>(x, rows, n, y);
    }

   private:
    template <std::size_t Columns>
    HOBNAIL_WIDE_INLINE void panel(const std::uint8_t* x, std::size_t rows, std::size_t n, float* y) const noexcept {
        std::size_t m = 0;
        for (; m + 6 <= rows; m += 6) tile<6, Columns>(x, m, n, y);
        switch (rows - m) {
            case 5: tile<5, Columns>(x, m, n, y); break;
            case 4: tile<4, Columns>(x, m, n, y); break;
            case 3: tile<3, Columns>(x, m, n, y); break;
            case 2: tile<2, Columns>(x, m, n, y); break;
            case 1: tile<1, Columns>(x, m, n, y); break;
            default: break;
        }
    }

    template <std::size_t Rows, std::size_t Columns>
    HOBNAIL_WIDE_INLINE void tile(const std::uint8_t* x, std::size_t m, std::size_t n, float* y) const noexcept {
        const std::size_t steps = inputs_ / 4;
        const std::int8_t* weight = packed_.data() + n * inputs_;
        __m512i sum[Rows][Columns];
        HOBNAIL_UNROLLED for (std::size_t i = 0; i < Rows; ++i) {
            HOBNAIL_UNROLLED for (std::size_t j = 0; j < Columns; ++j) sum[i][j] = _mm512_setzero_si512();
        }
        for (std::size_t k = 0; k < steps; ++k) {
            __m512i column[Columns];
            HOBNAIL_UNROLLED for (std::size_t j = 0; j < Columns; ++j)
                column[j] = _mm512_load_si512(weight + (j * steps + k) * 64);
            HOBNAIL_UNROLLED for (std::size_t i = 0; i < Rows; ++i) {
                std::int32_t four = 0;
                std::memcpy(&four, x + (m + i) * inputs_ + 4 * k, 4);
                const __m512i row = _mm512_set1_epi32(four);
                HOBNAIL_UNROLLED for (std::size_t j = 0; j < Columns; ++j) add_products(sum[i][j], row, column[j]);
            }
        }
        HOBNAIL_UNROLLED for (std::size_t i = 0; i < Rows; ++i) {
            HOBNAIL_UNROLLED for (std::size_t j = 0; j < Columns; ++j) {
                const std::size_t at = n + 16 * j;
                const __m512 scale = _mm512_load_ps(scale_.data() + at), offset = _mm512_load_ps(offset_.data() + at);
                _mm512_storeu_ps(y + (m + i) * outputs_ + at, _mm512_fmadd_ps(_mm512_cvtepi32_ps(sum[i][j]), scale, offset));
            }
        }
    }

    std::size_t inputs_ = 0, outputs_ = 0;
    float inverse_ = 1.0F;
    int zero_ = 0;
    Lined<std::int8_t> packed_;
    Lined<float> scale_, offset_;
};

// y = x W + bias in float32; outputs are padded to a multiple of 16. Weights lie [outputs / 16][inputs][16 outputs].
class FloatMatrix {
   public:
    // `weight` [inputs, outputs] as it lies; `bias` may be null.
    void set(const float* weight, std::size_t inputs, std::size_t outputs, const float* bias) {
        inputs_ = inputs, outputs_ = outputs, wide_ = (outputs + 15) / 16 * 16;
        weight_.resize(inputs * wide_);
        bias_.resize(wide_);
        for (std::size_t k = 0; k < inputs; ++k)
            for (std::size_t n = 0; n < outputs; ++n) weight_.data()[((n / 16) * inputs + k) * 16 + n % 16] = weight[k * outputs + n];
        if (bias != nullptr) std::copy_n(bias, outputs, bias_.data());
    }

    [[nodiscard]] std::size_t inputs() const noexcept { return inputs_; }
    [[nodiscard]] std::size_t wide() const noexcept { return wide_; }  // of a row of y

    // `x` [rows, inputs], rows `stride` apart -> `y` [rows, wide()].
    HOBNAIL_WIDE void operator()(const float* x, std::size_t stride, std::size_t rows, float* y) const noexcept {
        std::size_t n = 0;
        for (; n + 64 <= wide_; n += 64) panel<4>(x, stride, rows, n, y);
        for (; n < wide_; n += 16) panel<1>(x, stride, rows, n, y);
    }

   private:
    template <std::size_t Columns>
    HOBNAIL_WIDE_INLINE void panel(const float* x, std::size_t stride, std::size_t rows, std::size_t n, float* y) const noexcept {
        std::size_t m = 0;
        for (; m + 6 <= rows; m += 6) tile<6, Columns>(x + m * stride, stride, n, y + m * wide_);
        for (; m + 2 <= rows; m += 2) tile<2, Columns>(x + m * stride, stride, n, y + m * wide_);
        for (; m < rows; ++m) tile<1, Columns>(x + m * stride, stride, n, y + m * wide_);
    }

    template <std::size_t Rows, std::size_t Columns>
    HOBNAIL_WIDE_INLINE void tile(const float* x, std::size_t stride, std::size_t n, float* y) const noexcept {
        const float* weight = weight_.data() + n * inputs_;
        __m512 sum[Rows][Columns];
        HOBNAIL_UNROLLED for (std::size_t i = 0; i < Rows; ++i) {
            HOBNAIL_UNROLLED for (std::size_t j = 0; j < Columns; ++j) sum[i][j] = _mm512_load_ps(bias_.data() + n + 16 * j);
        }
        for (std::size_t k = 0; k < inputs_; ++k) {
            __m512 column[Columns];
            HOBNAIL_UNROLLED for (std::size_t j = 0; j < Columns; ++j)
                column[j] = _mm512_load_ps(weight + (j * inputs_ + k) * 16);
            HOBNAIL_UNROLLED for (std::size_t i = 0; i < Rows; ++i) {
                const __m512 row = _mm512_set1_ps(x[i * stride + k]);
                HOBNAIL_UNROLLED for (std::size_t j = 0; j < Columns; ++j) sum[i][j] = _mm512_fmadd_ps(row, column[j], sum[i][j]);
            }
        }
        HOBNAIL_UNROLLED for (std::size_t i = 0; i < Rows; ++i) {
            HOBNAIL_UNROLLED for (std::size_t j = 0; j < Columns; ++j) _mm512_storeu_ps(y + i * wide_ + n + 16 * j, sum[i][j]);
        }
    }

    std::size_t inputs_ = 0, outputs_ = 0, wide_ = 0;
    Lined<float> weight_, bias_;
};

}  // namespace hobnail::neural
#endif
