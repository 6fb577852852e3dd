// One pass of the transformer for some voices: every operation in its place, and nothing in between.
#pragma once

#include "hobnail/neural/conditioning.hpp"
#include "hobnail/neural/streams.hpp"
#include "hobnail/team.hpp"

#if HOBNAIL_NEURAL
#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace hobnail::neural {

// room.hidden, after the block has attended to itself.
HOBNAIL_WIDE inline void within(const Network& net, const Layer& layer, const Some& some, Room& room) noexcept {
    const std::size_t width = net.sizes.width, each = net.sizes.head_width(), heads = net.sizes.heads, hops = room.hops;
    const std::size_t rows = some.voices * hops, six = 6 * width;
    for (std::size_t row = 0; row < rows; ++row) {
        float* normed = room.normed.data() + row * width;
        const float* part = room.parts.data() + (row / hops) * six;
        norm(room.hidden.data() + row * width, width, normed);
        modulated(normed, part + width, part, width, normed);
    }
    rounded(room.normed.data(), rows * width, layer.pair.inverse(), layer.pair.zero(), room.small.data());
    layer.pair(room.small.data(), rows, room.pair.data());
    layer.values(room.small.data(), rows, room.values.data());
    for (std::size_t row = 0; row < rows; ++row) {
        float* pair = room.pair.data() + row * 2 * width;
        for (std::size_t k = 0; k < 2 * width; k += each) norm(pair + k, each, pair + k);
        scaled(pair, layer.gains.data(), 2 * width, pair);
        const std::size_t turn = turn_of(net, some.given.first[some.from + row / hops], row % hops);
        for (std::size_t k = 0; k < 2 * width; k += each) turned(pair + k, net.cos.data() + turn, net.sin.data() + turn, each);
    }
    std::uint16_t all[64];
    std::fill_n(all, std::size(all), std::uint16_t{0xffff});
    for (std::size_t voice = 0; voice < some.voices; ++voice) {
        const std::size_t base = voice * hops * width;
        for (std::size_t head = 0; head < heads; ++head) {
            const Table query{room.pair.data() + 2 * base + head * each, 2 * width, hops};
            const Table keys{query.data + width, 2 * width, hops};
            scores(query, keys, each, room.scores.data(), room.stride);
            for (std::size_t q = 0; q < hops; ++q)
                room.whole.data()[q] = softened(room.scores.data() + q * room.stride, hops);
            const Table values{room.values.data() + base + head * each, width, hops};
            sums({room.scores.data(), room.stride, hops}, room.whole.data(), values, each, all,
                 room.asked.data() + base + head * each, width);
        }
    }
    rounded(room.asked.data(), rows * width, layer.self_o.inverse(), layer.self_o.zero(), room.small.data());
    layer.self_o(room.small.data(), rows, room.out.data());
    for (std::size_t row = 0; row < rows; ++row)
        add_gated(room.out.data() + row * width, room.parts.data() + (row / hops) * six + 2 * width, width, room.hidden.data() + row * width);
}

// room.hidden, after the MLP.
HOBNAIL_WIDE inline void beyond(const Network& net, const Layer& layer, const Some& some, Room& room) noexcept {
    const std::size_t width = net.sizes.width, rows = some.voices * room.hops, six = 6 * width;
    for (std::size_t row = 0; row < rows; ++row) {
        float* normed = room.normed.data() + row * width;
        const float* part = room.parts.data() + (row / room.hops) * six;
        norm(room.hidden.data() + row * width, width, normed);
        modulated(normed, part + 4 * width, part + 3 * width, width, normed);
    }
    rounded(room.normed.data(), rows * width, layer.mlp_up.inverse(), layer.mlp_up.zero(), room.small.data());
    layer.mlp_up(room.small.data(), rows, room.inner.data());
    const Int8Matrix& down = layer.mlp_down;
    rounded_gelus(room.inner.data(), rows * net.sizes.inner, down.inverse(), down.zero(), room.small.data());
    down(room.small.data(), rows, room.out.data());
    for (std::size_t row = 0; row < rows; ++row) {
        const float* part = room.parts.data() + (row / room.hops) * six;
        add_gated(room.out.data() + row * width, part + 5 * width, width, room.hidden.data() + row * width);
    }
}

// Where passes begin and end in flow time. `instant`: the network knows velocities only, and is asked for none over an
// interval.
struct Descent {
    const float* times;  // [passes + 1], falling
    const float* steps;  // [passes], from each to the next
    std::size_t passes;
    bool instant;
};

// x -= step velocity, rounded twice: as a product and a difference, not as one.
inline void moved_on(float* x, const float* velocity, float step, std::size_t count) noexcept {
    for (std::size_t k = 0; k < count; ++k) {
        const float way = step * velocity[k];
        x[k] -= way;
    }
}

// Passes over blocks of one size. A voice's numbers are the same, bit for bit, in any company. [one thread]
class Pass {
   public:
    Pass(std::shared_ptr<const Network> network, std::size_t voices, std::size_t hops)
        : network_(std::move(network)), voices_(voices), hops_(hops), most_(Room::most_of(voices, hops)) {}

    [[nodiscard]] const Network& network() const noexcept { return *network_; }
    [[nodiscard]] std::size_t hops() const noexcept { return hops_; }

    // One pass of all voices. Allocates only where a stream has more rows, or a team more threads, than ever before.
    void run(const Given& given, Team& team) {
        fit(given, team);
        share({given, 0, voices_}, team, [&](const Some& some, Room& room) { run_some(some, room); });
    }

    // All passes of a descent of some voices: their `given.x` is led from the first time to the last.
    void descend(const Some& all, const Descent& descent, Team& team) {
        const Given& given = all.given;
        fit(given, team);
        share(all, team, [&](const Some& some, Room& room) {
            const std::size_t each = hops_ * network_->sizes.latents;
            for (std::size_t pass = 0; pass < descent.passes; ++pass) {
                const float t = descent.times[pass], r = descent.times[pass + 1];
                std::fill_n(given.t + some.from, some.voices, t);
                std::fill_n(given.r + some.from, some.voices, descent.instant ? t : r);
                run_some(some, room);
                moved_on(given.x + some.from * each, given.velocity + some.from * each, descent.steps[pass], some.voices * each);
            }
        });
    }

   private:
    static constexpr std::size_t kWorth = 4;  // voices

    void fit(const Given& given, const Team& team) {
        while (rooms_.size() < team.size()) rooms_.push_back(std::make_unique<Room>(network_->sizes, most_, hops_));
        for (const auto& room : rooms_) room->fit(given, network_->sizes);
    }

    // A few voices at a time, for whichever thread is free: few enough for their numbers to stay in the cache, and as
    // many pieces as threads, where a piece is worth waking one.
    template <class Work>
    void share(const Some& all, Team& team, const Work& work) noexcept {
        const std::size_t pieces = std::max((all.voices + most_ - 1) / most_, std::min(team.size(), all.voices / kWorth));
        team.share(pieces, [&](std::size_t piece, std::size_t thread) {
            const std::size_t from = all.voices * piece / pieces, to = all.voices * (piece + 1) / pieces;
            work({all.given, all.from + from, to - from}, *rooms_[thread]);
        });
    }

    HOBNAIL_WIDE void run_some(const Some& some, Room& room) const noexcept {
        const Network& net = *network_;
        const std::size_t width = net.sizes.width, layers = net.sizes.layers, rows = some.voices * hops_;
        for (float* report : {some.given.weights, some.given.logits, some.given.entropy, some.given.sink})
            std::fill_n(report + some.from * kStreams, some.voices * kStreams, 0.0F);
        std::fill_n(some.given.gates + some.from * layers, some.voices * layers, 0.0F);
        modulate(net, some, room);
        enter(net, some, room);
        look(net, some, room);
        for (std::size_t index = 0; index < layers; ++index) {
            modulate_layer(net, index, some, room);
            within(net, net.layers[index], some, room);
            across(net, net.layers[index], index, some, room);
            beyond(net, net.layers[index], some, room);
        }
        for (std::size_t row = 0; row < rows; ++row) {
            float* normed = room.normed.data() + row * width;
            norm(room.hidden.data() + row * width, width, normed);
            scaled(normed, net.norm_gain.data(), width, normed);
        }
        net.leave(room.normed.data(), width, rows, room.left.data());
        const std::size_t latents = net.sizes.latents;
        for (std::size_t row = 0; row < rows; ++row)
            std::copy_n(room.left.data() + row * net.leave.wide(), latents,
                        some.given.velocity + (some.from * hops_ + row) * latents);
    }

    std::shared_ptr<const Network> network_;
    std::size_t voices_, hops_, most_;
    std::vector<std::unique_ptr<Room>> rooms_;  // one for each thread
};

}  // namespace hobnail::neural
#endif
