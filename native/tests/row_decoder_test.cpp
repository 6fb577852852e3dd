// The way from latents to rows: its scale, its chance, and that cutting changes nothing.
#include <cmath>
#include <cstddef>
#include <memory>
#include <stdexcept>
#include <vector>

#include "check.hpp"
#include "hobnail/spectral/row_decoder.hpp"

using hobnail::spectral::RowDecoder;
using hobnail::spectral::RowMap;

namespace {

// Two band values of which one is kept, one partial.
std::shared_ptr<RowMap> small_map(float slow) {
    auto map = std::make_shared<RowMap>();
    map->kept = 1;
    map->partials = 1;
    map->floor = 1e-7F;
    map->mean = {-4.0F, -5.0F};
    map->components = {2.0F, 1.0F, 0.5F, -1.0F};
    map->shares = {0.0F, 0.0F, 1.0F, 0.0F, slow, 0.0F, 1.0F - slow, 0.0F};
    map->partial_mean = {6.0F, -5.0F};
    map->partial_spread = {0.5F, 4.0F};
    map->check();
    return map;
}

}  // namespace

TEST("latents may come in any pieces") {
    const std::vector<float> latents{0.1F, 0.2F, 1.0F, -1.0F, 0.0F, -1.0F, 0.7F, 1.1F, 0.9F};
    std::vector<float> whole(3 * 4), pieces(3 * 4);
    RowDecoder one(small_map(0.5F), 7), other(small_map(0.5F), 7);
    one.decode(latents.data(), 3, whole.data());
    for (std::size_t hop = 0; hop < 3; ++hop) other.decode(latents.data() + 3 * hop, 1, pieces.data() + 4 * hop);
    CHECK(whole == pieces);
}

TEST("a partial at or near silence is silent, any other comes back scaled") {
    const std::vector<float> latents{0.0F, 0.0F, -1.0F, 0.0F, 2.0F, 1.0F};
    std::vector<float> rows(2 * 4);
    RowDecoder(small_map(0.0F), 1).decode(latents.data(), 2, rows.data());
    CHECK_EQUAL(rows[3], RowMap::kSilent);
    CHECK_EQUAL(rows[6], 7.0F);
    CHECK_EQUAL(rows[7], -1.0F);
}

TEST("what lasts changes little from hop to hop, what does not jumps") {
    const auto moved = [](float slow) {
        const std::vector<float> latents(3 * 2000, 0.0F);
        std::vector<float> rows(4 * 2000);
        RowDecoder(small_map(slow), 3).decode(latents.data(), 2000, rows.data());
        double sum = 0.0;
        for (std::size_t hop = 1; hop < 2000; ++hop) sum += std::pow(rows[4 * hop + 1] - rows[4 * hop - 3], 2.0F);
        return sum / 1999.0;
    };
    CHECK(moved(1.0F) < 0.1 * moved(0.0F));
}

TEST("a silent sound stays silent whatever chance brings") {
    std::vector<float> latents(3 * 100, 0.0F), rows(4 * 100);
    for (std::size_t hop = 0; hop < 100; ++hop) latents[3 * hop] = -20.0F;
    RowDecoder(small_map(0.5F), 3).decode(latents.data(), 100, rows.data());
    for (std::size_t hop = 0; hop < 100; ++hop) CHECK(rows[4 * hop] <= std::log(1e-10F) + 1e-3F);
}

TEST("a map that cannot be is refused with the field") {
    auto map = *small_map(0.5F);
    map.kept = 3;
    CHECK(check::message_of<std::invalid_argument>([&] { map.check(); }).find("kept is 3") == 0);
    map = *small_map(0.5F);
    map.shares.pop_back();
    CHECK(check::message_of<std::invalid_argument>([&] { map.check(); }).find("shares") == 0);
}

CHECK_MAIN()
