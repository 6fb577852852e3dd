// Real fast Fourier transforms of a power of two, for short frames. No allocation after construction.
#pragma once

#include <cmath>
#include <cstddef>
#include <numbers>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#if defined(_MSC_VER)
#define HOBNAIL_RESTRICT __restrict
#else
#define HOBNAIL_RESTRICT __restrict__
#endif

namespace hobnail::spectral {

// Inverse transform of half a spectrum: `size` real samples from size / 2 + 1 bins, unscaled as in the definition
//   x[n] = sum over all size bins of X[k] exp(2 pi i k n / size), with X[size - k] = conj(X[k]).
// A complex transform of half the length does the work: Stockham's self-sorting form, radix 4 and a last pass of
// radix 2 where the power is odd, real and imaginary parts apart so that the compiler can use vectors.
// Source: Van Loan, Computational Frameworks for the Fast Fourier Transform, 1992.
class InverseRealFft {
   public:
    explicit InverseRealFft(std::size_t size) : size_(size), half_(size / 2) {
        if (size < 16 || (size & (size - 1)) != 0)
            throw std::invalid_argument("FFT size is " + std::to_string(size) +
                                        ", expected a power of two of at least 16.");
        const double turn = 2.0 * std::numbers::pi / static_cast<double>(size);
        for (std::size_t k = 0; k < size; ++k) {
            cos_.push_back(static_cast<float>(std::cos(turn * static_cast<double>(k))));
            sin_.push_back(static_cast<float>(std::sin(turn * static_cast<double>(k))));
        }
        for (auto* buffer : {&re_, &im_, &other_re_, &other_im_}) buffer->resize(half_);
    }

    [[nodiscard]] std::size_t size() const noexcept { return size_; }

    // `re`, `im`: size / 2 + 1 bins (the imaginary parts of the first and the last are not looked at).
    // `out`: size samples. Not thread-safe: one object a thread.
    void operator()(const float* re, const float* im, float* out) noexcept {
        pack(re, im);
        std::size_t stride = 1;
        for (; 4 * stride <= half_; stride *= 4) pass(stride);
        if (stride < half_) last_pass();
        for (std::size_t n = 0; n < half_; ++n) {
            out[2 * n] = re_[n];
            out[2 * n + 1] = im_[n];
        }
    }

   private:
    struct Turns {  // exp(i a), exp(2 i a), exp(3 i a)
        float re1, im1, re2, im2, re3, im3;
    };

    [[nodiscard]] Turns turns(std::size_t step) const noexcept {  // a = 2 pi step / half
        return {cos_[2 * step], sin_[2 * step], cos_[4 * step], sin_[4 * step], cos_[6 * step], sin_[6 * step]};
    }

    // Even and odd samples as the real and imaginary part of one complex sequence of half the length.
    void pack(const float* re, const float* im) noexcept {
        re_[0] = re[0] + re[half_];
        im_[0] = re[0] - re[half_];
        for (std::size_t k = 1; k < half_; ++k) {
            const float a = re[k] + re[half_ - k], b = im[k] - im[half_ - k];
            const float c = re[k] - re[half_ - k], d = im[k] + im[half_ - k];
            re_[k] = a - (c * sin_[k] + d * cos_[k]);
            im_[k] = b + (c * cos_[k] - d * sin_[k]);
        }
    }

    // Butterflies of `count` neighbours from each quarter of the input, to four runs of `count` one after the other.
    // Outputs never overlap inputs; without that promise compilers give up on vectors here.
    static void butterflies(const Turns w, const float* HOBNAIL_RESTRICT re, const float* HOBNAIL_RESTRICT im,
                            float* HOBNAIL_RESTRICT to_re, float* HOBNAIL_RESTRICT to_im, std::size_t quarter,
                            std::size_t count) noexcept {
        for (std::size_t q = 0; q < count; ++q) {
            const float ar = re[q], br = re[q + quarter], cr = re[q + 2 * quarter], dr = re[q + 3 * quarter];
            const float ai = im[q], bi = im[q + quarter], ci = im[q + 2 * quarter], di = im[q + 3 * quarter];
            const float sr = ar + cr, si = ai + ci, tr = ar - cr, ti = ai - ci;
            const float ur = br + dr, ui = bi + di, vr = di - bi, vi = br - dr;  // v = i (b - d)
            to_re[q] = sr + ur;
            to_im[q] = si + ui;
            to_re[q + count] = (tr + vr) * w.re1 - (ti + vi) * w.im1;
            to_im[q + count] = (tr + vr) * w.im1 + (ti + vi) * w.re1;
            to_re[q + 2 * count] = (sr - ur) * w.re2 - (si - ui) * w.im2;
            to_im[q + 2 * count] = (sr - ur) * w.im2 + (si - ui) * w.re2;
            to_re[q + 3 * count] = (tr - vr) * w.re3 - (ti - vi) * w.im3;
            to_im[q + 3 * count] = (tr - vr) * w.im3 + (ti - vi) * w.re3;
        }
    }

    void pass(std::size_t stride) noexcept {
        for (std::size_t p = 0; p < half_ / (4 * stride); ++p) {
            const std::size_t from = p * stride, to = 4 * p * stride;
            butterflies(turns(p * stride), &re_[from], &im_[from], &other_re_[to], &other_im_[to], half_ / 4, stride);
        }
        swap();
    }

    void last_pass() noexcept {
        const std::size_t half = half_ / 2;
        for (std::size_t q = 0; q < half; ++q) {
            other_re_[q] = re_[q] + re_[q + half];
            other_im_[q] = im_[q] + im_[q + half];
            other_re_[q + half] = re_[q] - re_[q + half];
            other_im_[q + half] = im_[q] - im_[q + half];
        }
        swap();
    }

    void swap() noexcept {
        std::swap(re_, other_re_);
        std::swap(im_, other_im_);
    }

    std::size_t size_, half_;
    std::vector<float> cos_, sin_;  // of 2 pi k / size
    std::vector<float> re_, im_, other_re_, other_im_;
};

}  // namespace hobnail::spectral
