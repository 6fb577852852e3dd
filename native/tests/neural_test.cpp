// The native pass's products, sums and functions against what they are by definition. Without AVX-512 VNNI there is nothing.
#include "hobnail/neural/pass.hpp"
#include "hobnail/neural/scene.hpp"

#include "check.hpp"

#if HOBNAIL_NEURAL
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

using namespace hobnail::neural;

namespace {

// Numbers from -1 to 1, always the same.
class Chance {
   public:
    float operator()() {
        state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
        return static_cast<float>(static_cast<std::int64_t>(state_ >> 33U) - (1LL << 30)) / static_cast<float>(1LL << 30);
    }
    std::vector<float> some(std::size_t count) {
        std::vector<float> out(count);
        for (float& value : out) value = (*this)();
        return out;
    }

   private:
    std::uint64_t state_ = 1;
};

bool near(float found, float right, float off = 1e-5F) { return std::abs(found - right) <= off * (1.0F + std::abs(right)); }

}  // namespace

TEST("8-bit products are exact, for any number of rows, and a row is the same alone") {
    if (!supported()) return;
    Chance chance;
    constexpr std::size_t inputs = 20, outputs = 80;
    std::vector<std::int8_t> weight(inputs * outputs);
    for (auto& value : weight) value = static_cast<std::int8_t>(std::lround(127.0F * chance()));
    const auto steps = chance.some(outputs), bias = chance.some(outputs);
    Int8Matrix matrix;
    matrix.set(weight.data(), inputs, outputs, steps.data(), bias.data(), 0.25F, 100);
    for (std::size_t rows : {1U, 2U, 5U, 6U, 13U}) {
        std::vector<std::uint8_t> x(rows * inputs);
        for (auto& value : x) value = static_cast<std::uint8_t>(std::lround(127.5F + 127.5F * chance()));
        std::vector<float> y(rows * outputs), alone(outputs);
        matrix(x.data(), rows, y.data());
        for (std::size_t m = 0; m < rows; ++m) {
            matrix(x.data() + m * inputs, 1, alone.data());
            for (std::size_t n = 0; n < outputs; ++n) {
                double sum = 0.0;
                for (std::size_t k = 0; k < inputs; ++k) sum += (x[m * inputs + k] - 100.0) * weight[k * outputs + n];
                CHECK(near(y[m * outputs + n], static_cast<float>(sum * 0.25 * steps[n] + bias[n]), 1e-4F));
                CHECK(y[m * outputs + n] == alone[n]);
            }
        }
    }
}

TEST("float products are right at their edges too, and a row is the same alone") {
    if (!supported()) return;
    Chance chance;
    constexpr std::size_t inputs = 7, outputs = 83, wide = 96;
    const auto weight = chance.some(inputs * outputs), bias = chance.some(outputs), x = chance.some(9 * inputs);
    FloatMatrix matrix;
    matrix.set(weight.data(), inputs, outputs, bias.data());
    CHECK_EQUAL(matrix.wide(), wide);
    std::vector<float> y(9 * wide), alone(wide);
    matrix(x.data(), inputs, 9, y.data());
    for (std::size_t m = 0; m < 9; ++m) {
        matrix(x.data() + m * inputs, inputs, 1, alone.data());
        for (std::size_t n = 0; n < wide; ++n) {
            double sum = n < outputs ? bias[n] : 0.0;
            for (std::size_t k = 0; k < inputs && n < outputs; ++k) sum += x[m * inputs + k] * weight[k * outputs + n];
            CHECK(near(y[m * wide + n], static_cast<float>(sum)));
            CHECK(y[m * wide + n] == alone[n]);
        }
    }
}

TEST("sigmoid and GELU are close to what they are, rounding is to the nearest, no number becomes 0") {
    if (!supported()) return;
    std::vector<float> x;
    for (int k = -320; k < 320; ++k) x.push_back(static_cast<float>(k) / 16.0F);
    auto gates = x;
    sigmoids(gates.data(), gates.size());
    std::vector<std::uint8_t> small(x.size());
    rounded_gelus(x.data(), x.size(), 1000.0F, 3, small.data());
    for (std::size_t k = 0; k < x.size(); ++k) {
        CHECK(near(gates[k], 1.0F / (1.0F + std::exp(-x[k])), 1e-6F));
        const double gelu = 0.5 * x[k] * (1.0 + std::erf(x[k] / std::sqrt(2.0)));
        CHECK(std::abs(std::clamp(1000.0 * gelu + 3.0, 0.0, 255.0) - small[k]) <= 0.51);
    }
    std::vector<float> odd(16, std::numeric_limits<float>::quiet_NaN());
    odd[1] = 1e30F, odd[2] = -1e30F, odd[3] = 0.5F, odd[4] = 1.5F;
    rounded(odd.data(), 16, 1.0F, 10, small.data());
    CHECK_EQUAL(small[0], 0);
    CHECK_EQUAL(small[3], 10);  // half-way goes to the even one
    CHECK_EQUAL(small[4], 12);
    CHECK_EQUAL(small[2], 0);
}

TEST("what a query finds is the sum of values by shares, rows that are not seen count nothing") {
    if (!supported()) return;
    Chance chance;
    constexpr std::size_t width = 96, rows = 37, queries = 7, stride = 48;
    const auto query = chance.some(queries * width), keys = chance.some(rows * width), values = chance.some(rows * width);
    bool seen[rows];
    for (std::size_t k = 0; k < rows; ++k) seen[k] = k == 0 || (k % 3 != 1 && (k < 16 || k > 31));
    std::uint16_t bits[3];
    seen_bits(seen, rows, true, bits);
    CHECK_EQUAL(bits[1], 0);
    std::vector<float> score(queries * stride), out(queries * width), whole(queries);
    const TableOf<float> table{values.data(), width, rows};
    scores({query.data(), width, queries}, {keys.data(), width, rows}, width, score.data(), stride);
    std::vector<Found> found;
    for (std::size_t q = 0; q < queries; ++q) {
        found.push_back(masses(score.data() + q * stride, 3, bits));
        whole[q] = found[q].whole;
    }
    sums({score.data(), stride, queries}, whole.data(), table, width, bits, out.data(), width);
    for (std::size_t q = 0; q < queries; ++q) {
        double sum = 0.0, own = 0.0, weighed = 0.0, sink = 0.0;
        std::vector<double> part(width);
        for (std::size_t k = 0; k < rows; ++k) {
            if (!seen[k]) continue;
            double product = 0.0;
            for (std::size_t d = 0; d < width; ++d) product += query[q * width + d] * keys[k * width + d];
            const double mass = std::exp(product);
            sum += mass;
            (k == 0 ? sink : own) += mass;
            if (k > 0) weighed += mass * product;
            for (std::size_t d = 0; d < width; ++d) part[d] += mass * values[k * width + d];
        }
        CHECK(near(found[q].whole, static_cast<float>(sum)));
        CHECK(near(found[q].sink, static_cast<float>(sink / sum)));
        CHECK(near(found[q].entropy, static_cast<float>(std::log(own) - weighed / own), 1e-4F));
        for (std::size_t d = 0; d < width; ++d) CHECK(near(out[q * width + d], static_cast<float>(part[d] / sum), 1e-4F));
    }
}

TEST("rows of half precision give what the same numbers give in float, whichever pieces are seen") {
    if (!supported()) return;
    Chance chance;
    constexpr std::size_t width = 64, rows = 77, queries = 6, pieces = 5, stride = 80;
    auto keys = chance.some(rows * width), values = chance.some(rows * width);
    for (auto* numbers : {&keys, &values})
        for (float& value : *numbers) value = std::round(256.0F * value) / 256.0F;  // these are whole in half precision
    const auto query = chance.some(queries * width);
    std::vector<Half> turned(pieces * width * 16), row(width), half_values(rows * width);
    for (std::size_t k = 0; k < rows; ++k) {
        halved(keys.data() + k * width, width, row.data());
        for (std::size_t d = 0; d < width; ++d) turned[((k / 16) * width + d) * 16 + k % 16] = row[d];
    }
    halved(values.data(), values.size(), half_values.data());
    std::vector<float> right(queries * stride), found(queries * stride), sum(queries * width), half_sum(queries * width);
    const std::vector<float> whole(queries, 3.0F);
    scores({query.data(), width, queries}, {keys.data(), width, rows}, width, right.data(), stride);
    for (const unsigned missing : {0U, 0b00001U, 0b00010U, 0b01010U, 0b11110U}) {
        std::uint16_t bits[pieces];
        for (std::size_t p = 0; p < pieces; ++p) bits[p] = (missing >> p & 1U) != 0 ? 0 : 0xffff;
        scores_seen({query.data(), width, queries}, turned.data(), pieces, width, bits, false, found.data(), stride);
        for (std::size_t q = 0; q < queries; ++q)
            for (std::size_t k = 0; k < rows; ++k)
                if (bits[k / 16] != 0) CHECK(found[q * stride + k] == right[q * stride + k]);
        sums({right.data(), stride, queries}, whole.data(), TableOf<float>{values.data(), width, rows}, width, bits, sum.data(), width);
        sums({right.data(), stride, queries}, whole.data(), TableOf<Half>{half_values.data(), width, rows}, width, bits, half_sum.data(), width);
        CHECK(sum == half_sum);
    }
}
#endif

CHECK_MAIN()
