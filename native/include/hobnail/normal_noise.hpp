// Standard normal numbers in float32, the same as numpy's Generator(Philox(key, counter)).standard_normal gives: blocks of
// a voice begin with them, and what was rendered once is rendered again. Sources: Salmon et al., "Parallel random numbers:
// as easy as 1, 2, 3" (2011), Philox 4x64 with ten rounds; Marsaglia & Tsang, "The ziggurat method for generating random
// variables" (2000), with 256 layers.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace hobnail {

// A counter that is turned into chance. Numbers come 64 bits at a time, and as halves of them, the lower one first.
class Philox {
   public:
    Philox(std::uint64_t key, const std::array<std::uint64_t, 4>& counter) noexcept : counter_(counter), key_(key) {}

    std::uint32_t half() noexcept {
        if (has_half_) {
            has_half_ = false;
            return half_;
        }
        const std::uint64_t whole = next();
        has_half_ = true;
        half_ = static_cast<std::uint32_t>(whole >> 32);
        return static_cast<std::uint32_t>(whole);
    }

    // 0 to below 1 in steps of 2^-24.
    float share() noexcept { return static_cast<float>(half() >> 8) * (1.0F / 16777216.0F); }

   private:
    std::uint64_t next() noexcept {
        if (at_ == made_.size()) {
            for (std::uint64_t& part : counter_)
                if (++part != 0) break;
            made_ = rounds();
            at_ = 0;
        }
        return made_[at_++];
    }

    [[nodiscard]] std::array<std::uint64_t, 4> rounds() const noexcept {
        std::array<std::uint64_t, 4> x = counter_;
        std::uint64_t low_key = key_, high_key = 0;
        for (int round = 0; round < 10; ++round) {
            const auto one = Product(0xD2E7470EE14C6C93ULL, x[0]), two = Product(0xCA5A826395121157ULL, x[2]);
            x = {two.high ^ x[1] ^ low_key, two.low, one.high ^ x[3] ^ high_key, one.low};
            low_key += 0x9E3779B97F4A7C15ULL;
            high_key += 0xBB67AE8584CAA73BULL;
        }
        return x;
    }

    struct Product {
        Product(std::uint64_t a, std::uint64_t b) noexcept {
            const std::uint64_t a0 = a & 0xffff'ffffU, a1 = a >> 32, b0 = b & 0xffff'ffffU, b1 = b >> 32;
            const std::uint64_t middle = a1 * b0 + ((a0 * b0) >> 32), other = a0 * b1 + (middle & 0xffff'ffffU);
            high = a1 * b1 + (middle >> 32) + (other >> 32);
            low = a * b;
        }
        std::uint64_t high, low;
    };

    std::array<std::uint64_t, 4> counter_, made_{};
    std::uint64_t key_;
    std::size_t at_ = 4;
    std::uint32_t half_ = 0;
    bool has_half_ = false;
};

// The ziggurat's layers: 256 of one area under exp(-x^2 / 2), the lowest with the tail. Made once.
class Ziggurat {
   public:
    static const Ziggurat& layers() {
        static const Ziggurat made;
        return made;
    }

    float operator()(Philox& chance) const noexcept {
        for (;;) {
            const std::uint32_t drawn = chance.half();
            const std::size_t layer = drawn & 0xffU;
            const std::uint32_t size = (drawn >> 9) & 0x7f'ffffU;
            const float x = static_cast<float>(size) * width_[layer];
            const float turned = (drawn >> 8 & 1U) != 0 ? -x : x;
            if (size < inside_[layer]) return turned;
            if (layer == 0) return tail(chance, (size >> 8 & 1U) != 0);
            const float height = (density_[layer - 1] - density_[layer]) * chance.share() + density_[layer];
            if (static_cast<double>(height) < std::exp(-0.5 * static_cast<double>(x) * static_cast<double>(x))) return turned;
        }
    }

   private:
    static constexpr double kEdge = 3.6541528853610088;  // where the tail begins

    Ziggurat() {
        const auto density = [](double x) { return std::exp(-0.5 * x * x); };
        constexpr double steps = 8388608.0;  // 2^23
        const double area = kEdge * density(kEdge) + std::sqrt(std::acos(0.0)) * std::erfc(kEdge / std::sqrt(2.0));  // of each layer
        std::array<double, 257> edge{};
        edge[256] = area / density(kEdge), edge[255] = kEdge;
        for (std::size_t k = 254; k > 0; --k) edge[k] = std::sqrt(-2.0 * std::log(area / edge[k + 1] + density(edge[k + 1])));
        width_[0] = static_cast<float>(edge[256] / steps);
        inside_[0] = static_cast<std::uint32_t>(std::lround(kEdge / edge[256] * steps));
        density_[0] = 1.0F;
        for (std::size_t k = 1; k < 256; ++k) {
            width_[k] = static_cast<float>(edge[k] / steps);
            inside_[k] = static_cast<std::uint32_t>(std::lround((k == 1 ? 0.0 : edge[k - 1] / edge[k]) * steps));
            density_[k] = static_cast<float>(density(edge[k]));
        }
    }

    static float tail(Philox& chance, bool below) noexcept {
        constexpr auto edge = static_cast<float>(kEdge), inverse = static_cast<float>(1.0 / kEdge);
        for (;;) {
            const float x = -inverse * std::log1p(-chance.share()), y = -std::log1p(-chance.share());
            if (y + y > x * x) return below ? -(edge + x) : edge + x;
        }
    }

    std::array<float, 256> width_{}, density_{};
    std::array<std::uint32_t, 256> inside_{};
};

// `count` standard normal numbers of a voice's seed and the hop that they begin with.
inline void normal_noise(std::uint64_t seed, std::uint64_t first_hop, float* out, std::size_t count) noexcept {
    const Ziggurat& layers = Ziggurat::layers();
    Philox chance(seed, {0, 0, 0, first_hop + 1});
    for (std::size_t k = 0; k < count; ++k) out[k] = layers(chance);
}

}  // namespace hobnail
