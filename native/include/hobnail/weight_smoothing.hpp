// Weights of streams that keep still from step to step, one voice at a time. What each number means and why is told in
// plugins/hobnail_plugins/daf/smoothing.py. Portable.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

namespace hobnail {

class WeightSmoothing {
   public:
    static constexpr std::size_t kStreams = 3;
    using Streams = std::array<float, kStreams>;

    // A voice's state between two steps, in the order of hobnail_plugins.daf.state.
    struct State {
        Streams average, drift, weights, prior, present, leader, wanted;
        float unrest, begun, hold, hops, asked, overriding;
    };
    static constexpr std::size_t kNumbers = sizeof(State) / sizeof(float);

    struct Reports {
        Streams logits, weights, entropy;
    };

    float hop_seconds, seconds, rate, floor, lead, doubt;
    Streams fallback;

    // How much of the prior the step that begins keeps, and how far the caller's weights replace its own.
    void before(State& s) const noexcept {
        const float fresh = news(s);
        s.hold = std::min(1.0F - fresh * fresh, kLongest) * s.begun;
        const float reach = s.begun > 0.0F ? rate * hop_seconds * s.hops : 1.0F;
        s.overriding += std::clamp(s.asked - s.overriding, -reach, reach);
    }

    // After it. What is not finite leaves the state as it was.
    void after(const Reports& read, State& s) const noexcept {
        float all = 0.0F;
        for (std::size_t k = 0; k < kStreams; ++k) all += read.logits[k] + read.weights[k] + read.entropy[k];
        if (!std::isfinite(all)) return;
        const Present present = present_in(read.weights, s);
        bool cut = s.begun == 0.0F;
        for (std::size_t k = 0; k < kStreams; ++k) cut = cut || present[k] != (s.present[k] > 0.0F);
        const float deepest = std::log((1.0F - 2.0F * floor) / floor);
        follow(raw_of(read.logits, present, deepest, s), s);
        Streams own{};
        const float whole = log_sum(s.average, present);
        for (std::size_t k = 0; k < kStreams; ++k) own[k] = s.average[k] - whole;
        Streams aim{};
        for (std::size_t k = 0; k < kStreams; ++k) aim[k] = own[k] + (present[k] ? 0.0F : kHidden);
        doubt_in(read.entropy, present, own, aim);
        put_ahead(std::min((1.0F - s.hold) * deepest, lead), cut, aim, s);
        const Streams held = limited(floored(aim, present), cut, s);
        for (std::size_t k = 0; k < kStreams; ++k) {
            s.prior[k] = present[k] ? std::log(std::max(held[k], 1e-6F)) : std::min(std::max(own[k], std::log(floor)), 0.0F);
            s.present[k] = present[k] ? 1.0F : 0.0F;
        }
        s.weights = held;
        s.begun = 1.0F;
    }

   private:
    using Present = std::array<bool, kStreams>;
    static constexpr float kHidden = -1e4F;
    static constexpr float kLongest = 0.995F;  // hold of a step, at most: what the layers thought is divided by what is left

    // Share of a step's own logits in the moving average; all of the first.
    [[nodiscard]] float news(const State& s) const noexcept {
        if (seconds <= 0.0F) return 1.0F;
        const float steady = -std::expm1(-hop_seconds / seconds * s.hops);
        return 1.0F - s.begun * (1.0F - steady);
    }

    // The graph gives absent streams exactly 0. Under the caller's weights nothing is to be seen: as it was.
    static Present present_in(const Streams& weights, const State& s) noexcept {
        Present present{};
        bool any = false;
        for (std::size_t k = 0; k < kStreams; ++k) any = (present[k] = (s.overriding > 0.0F ? s.present[k] : weights[k]) > 0.0F) || any;
        if (!any) present.fill(true);
        return present;
    }

    static float log_sum(const Streams& logits, const Present& present) noexcept {
        float top = -INFINITY, sum = 0.0F;
        for (std::size_t k = 0; k < kStreams; ++k) top = std::max(top, logits[k] + (present[k] ? 0.0F : kHidden));
        for (std::size_t k = 0; k < kStreams; ++k) sum += std::exp(logits[k] + (present[k] ? 0.0F : kHidden) - top);
        return top + std::log(sum);
    }

    // What the layers thought, 0 for the highest.
    static Streams raw_of(const Streams& logits, const Present& present, float deepest, const State& s) noexcept {
        Streams raw{};
        float top = -INFINITY;
        for (std::size_t k = 0; k < kStreams; ++k) {
            raw[k] = (logits[k] - s.hold * s.prior[k]) / (1.0F - s.hold);
            top = std::max(top, raw[k] + (present[k] ? 0.0F : kHidden));
        }
        for (float& each : raw) each = std::min(std::max(each - top, -deepest), 0.0F);
        return raw;
    }

    // The moving average, followed faster where its errors all pull one way.
    void follow(const Streams& raw, State& s) const noexcept {
        const float fresh = news(s);
        float size = 0.0F, pull = 0.0F;
        for (std::size_t k = 0; k < kStreams; ++k) {
            const float known = (raw[k] - s.average[k]) * s.begun;
            s.drift[k] += fresh * (known - s.drift[k]);
            size += std::abs(known);
            pull += std::abs(s.drift[k]);
        }
        s.unrest += fresh * (size - s.unrest);
        const float share = 1.0F - std::pow(1.0F - fresh, 1.0F + pull / std::max(s.unrest, 1e-6F));
        for (std::size_t k = 0; k < kStreams; ++k) s.average[k] += share * (raw[k] - s.average[k]);
    }

    // Towards the fallback where even the surest stream knows next to nothing: all of it half-way to 1.
    void doubt_in(const Streams& entropy, const Present& present, const Streams& own, Streams& aim) const noexcept {
        float surest = 1.0F;
        for (std::size_t k = 0; k < kStreams; ++k)
            if (present[k]) surest = std::min(surest, entropy[k]);
        if (!(surest > doubt)) return;
        const float share = std::clamp(2.0F * (surest - doubt) / (1.0F - doubt), 0.0F, 1.0F);
        Streams mixed{};
        for (std::size_t k = 0; k < kStreams; ++k) mixed[k] = own[k] + share * (std::log(fallback[k]) - own[k]);
        const float whole = log_sum(mixed, present);
        for (std::size_t k = 0; k < kStreams; ++k) aim[k] = (present[k] ? mixed[k] : kHidden) - whole;
    }

    // The stream that leads stays in front until another leads by more than `lead`.
    void put_ahead(float margin, bool cut, Streams& aim, State& s) const noexcept {
        std::size_t best = 0, leader = kStreams;
        for (std::size_t k = 0; k < kStreams; ++k) {
            if (aim[k] > aim[best]) best = k;
            if (!cut && s.leader[k] > 0.0F) leader = k;
        }
        if (leader == kStreams || aim[best] - aim[leader] > lead) leader = best;
        float others = kHidden;
        for (std::size_t k = 0; k < kStreams; ++k)
            if (k != leader) others = std::max(others, aim[k]);
        aim[leader] = std::max(aim[leader], others + margin);
        s.leader.fill(0.0F);
        s.leader[leader] = 1.0F;
    }

    // Weights that sum to 1, at least `floor` for each that is there; what lies within keeps its proportions.
    [[nodiscard]] Streams floored(const Streams& aim, const Present& present) const noexcept {
        Streams over{};
        float sum = 0.0F, above = 0.0F, there = 0.0F;
        for (std::size_t k = 0; k < kStreams; ++k) sum += over[k] = std::exp(aim[k]);
        for (std::size_t k = 0; k < kStreams; ++k) {
            above += over[k] = present[k] ? std::max(over[k] / sum - floor, 0.0F) : 0.0F;
            there += present[k] ? 1.0F : 0.0F;
        }
        const float free = (1.0F - floor * there) / above;
        for (std::size_t k = 0; k < kStreams; ++k) over[k] = present[k] ? floor + over[k] * free : 0.0F;
        return over;
    }

    // From the weights held towards these, as far as the rate allows.
    [[nodiscard]] Streams limited(const Streams& aim, bool cut, const State& s) const noexcept {
        Streams held{};
        float way = 1e-9F;
        for (std::size_t k = 0; k < kStreams; ++k) way = std::max(way, std::abs(aim[k] - s.weights[k]));
        const float part = std::min(1.0F, (cut ? 2.0F : rate * hop_seconds * s.hops) / way);
        for (std::size_t k = 0; k < kStreams; ++k) held[k] = s.weights[k] + part * (aim[k] - s.weights[k]);
        return held;
    }
};

}  // namespace hobnail
