// From latents to the renderer's rows by a linear map, with chance in place of what the latents leave out.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "hobnail/synth/noise.hpp"

namespace hobnail::spectral {

// A principal component analysis of band values. A band value is log(power + floor); a latent holds the strengths of
// the first `kept` components, then two scaled numbers for each partial. Never changes after construction. [any]
struct RowMap {
    // What is left out of the latents changes slowly in parts: its components are sums of processes that forget at
    // these rates, x(t) = rate x(t-1) + sqrt(1 - rate^2) noise, each of variance 1.
    static constexpr std::array<float, 4> kRates{0.97F, 0.4F, 0.0F, -0.4F};
    static constexpr float kSilent = -9.0F;  // log amplitude of a partial that is not there
    static constexpr float kHeard = 0.5F;    // nepers above it from which a partial sounds

    std::size_t kept = 0;
    std::size_t partials = 0;
    float floor = 0.0F;                       // power
    std::vector<float> mean;                  // [values]
    std::vector<float> components;            // [values, values]: what one unit of each component adds, strongest first
    std::vector<float> shares;                // [values, rates]: of a component's variance, by rate; rows sum to 1 or 0
    std::array<float, 2> partial_mean{};      // of log frequency, log amplitude
    std::array<float, 2> partial_spread{};

    [[nodiscard]] std::size_t values() const noexcept { return mean.size(); }
    [[nodiscard]] std::size_t latent() const noexcept { return kept + 2 * partials; }
    [[nodiscard]] std::size_t row() const noexcept { return values() + 2 * partials; }

    // Throws std::invalid_argument naming the field.
    void check() const {
        const auto refuse = [](bool wrong, const std::string& problem) {
            if (wrong) throw std::invalid_argument(problem);
        };
        refuse(values() == 0 || kept == 0 || kept > values(), "kept is " + std::to_string(kept) + ", expected 1.." +
                                                                   std::to_string(values()) + ", the band values.");
        refuse(components.size() != values() * values(), "components are not [values, values].");
        refuse(shares.size() != values() * kRates.size(), "shares are not [values, 4].");
        refuse(!(floor > 0.0F), "floor must be above 0.");
    }
};

// One voice's. [engine] Does not allocate after construction; any cutting of the latents gives the same rows.
class RowDecoder {
   public:
    RowDecoder(std::shared_ptr<const RowMap> map, std::uint64_t seed)
        : map_(std::move(map)), noise_(seed, kStream), past_(dropped() * RowMap::kRates.size()), chance_(map_->values()) {}

    [[nodiscard]] const RowMap& map() const noexcept { return *map_; }

    // `latents`: count x latent(); `rows`: count x row().
    void decode(const float* latents, std::size_t count, float* rows) noexcept {
        for (std::size_t hop = 0; hop < count; ++hop, ++hop_) {
            bands(latents + hop * map_->latent(), rows + hop * map_->row());
            partials(latents + hop * map_->latent() + map_->kept, rows + hop * map_->row() + map_->values());
        }
    }

   private:
    static constexpr std::uint64_t kStream = 0x726f7773;  // keeps its noise apart from other uses of the same seed
    static constexpr float kLeast = 1e-10F;                // power of a band that is silent

    [[nodiscard]] std::size_t dropped() const noexcept { return map_->values() - map_->kept; }

    void bands(const float* latent, float* row) noexcept {
        const RowMap& map = *map_;
        const std::size_t width = map.values();
        std::copy(map.mean.begin(), map.mean.end(), row);
        for (std::size_t k = 0; k < map.kept; ++k) add(latent[k], map.components.data() + k * width, row);
        std::fill(chance_.begin(), chance_.end(), 0.0F);
        for (std::size_t k = 0; k < dropped(); ++k) {
            add(drawn(k), map.components.data() + (map.kept + k) * width, chance_.data());
        }
        for (std::size_t k = 0; k < width; ++k) {
            const float value = std::clamp(row[k], -60.0F, 60.0F);
            // d value / d log power: nothing varies at the floor, and silence stays silent.
            const float free = std::clamp(1.0F - map.floor * std::exp(-value), 0.0F, 1.0F);
            const float power = std::exp(std::min(value + free * chance_[k], 60.0F)) - map.floor;
            row[k] = std::log(std::max(power, kLeast));
        }
    }

    void add(float strength, const float* component, float* out) const noexcept {
        for (std::size_t k = 0; k < map_->values(); ++k) out[k] += strength * component[k];
    }

    // The strength of a component that the latent left out. Evenly spread numbers serve as noise: a band is the sum of
    // so many of them that it is as good as normal.
    [[nodiscard]] float drawn(std::size_t number) noexcept {
        constexpr std::size_t rates = RowMap::kRates.size();
        static_assert(rates == 4, "one hash gives four numbers");
        const std::uint64_t bits = noise_.bits(hop_ * dropped() + number);
        const float* share = map_->shares.data() + (map_->kept + number) * rates;
        float* past = past_.data() + number * rates;
        float sum = 0.0F;
        for (std::size_t k = 0; k < rates; ++k) {
            constexpr float spread = 1.7320508F;  // of numbers spread evenly from -1 to 1
            const float fresh = spread * synth::Noise::quarter(bits, k);
            const float rate = RowMap::kRates[k];
            past[k] = hop_ == 0 ? fresh : rate * past[k] + std::sqrt(1.0F - rate * rate) * fresh;
            sum += std::sqrt(share[k]) * past[k];
        }
        return sum;
    }

    void partials(const float* latent, float* row) const noexcept {
        for (std::size_t k = 0; k < 2 * map_->partials; k += 2) {
            row[k] = latent[k] * map_->partial_spread[0] + map_->partial_mean[0];
            const float level = latent[k + 1] * map_->partial_spread[1] + map_->partial_mean[1];
            row[k + 1] = level > RowMap::kSilent + RowMap::kHeard ? level : RowMap::kSilent;
        }
    }

    std::shared_ptr<const RowMap> map_;
    synth::Noise noise_;
    std::vector<float> past_, chance_;
    std::uint64_t hop_ = 0;
};

}  // namespace hobnail::spectral
