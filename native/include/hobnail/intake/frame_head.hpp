// A frame message cut where it repeats: the names, which a game says tick after tick, and the numbers, which are new.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <string_view>

namespace hobnail::intake {

// 85 "type" "frame" "v" 1 | "seq" n | "emitters" [...] "columns" [...] "data" bin(L) | L bytes
// -------- always --------+-- any --+---------------- head: remembered --------------+- rows -
struct FrameParts {
    std::optional<std::uint64_t> seq;
    unsigned char fields = 0;  // of the map, without seq: the head is the same with it and without
    std::string_view head;     // ends with the length of the rows
    std::string_view rows;     // float32 little-endian
};

inline constexpr std::string_view kType = "\xa4type\xa5" "frame";
inline constexpr std::string_view kVersion = "\xa1v\x01";
inline constexpr std::string_view kSeq = "\xa3seq";
inline constexpr std::string_view kData = "\xa4" "data";
inline constexpr std::uint64_t kLargestSeq = std::numeric_limits<std::int64_t>::max();
inline constexpr float kLargest = 1e9F;  // of a feature's numbers, either sign; NaN is "unknown"

namespace detail {

inline bool stands(std::string_view data, std::size_t at, std::string_view text) {
    return data.size() >= at + text.size() && data.compare(at, text.size(), text) == 0;
}

// An unsigned number at `at`, which is moved behind it; nothing for anything else, and for what is too large.
inline std::optional<std::uint64_t> number(std::string_view data, std::size_t& at) {
    if (at >= data.size()) return std::nullopt;
    const auto first = static_cast<unsigned char>(data[at]);
    if (first < 0x80) {
        ++at;
        return first;
    }
    if (first < 0xCC || first > 0xCF) return std::nullopt;
    const std::size_t size = std::size_t{1} << (first - 0xCC);
    if (data.size() - at - 1 < size) return std::nullopt;
    std::uint64_t value = 0;
    for (std::size_t i = 1; i <= size; ++i) value = value << 8 | static_cast<unsigned char>(data[at + i]);
    if (value > kLargestSeq) return std::nullopt;
    at += 1 + size;
    return value;
}

}  // namespace detail

// Nothing for whatever looks otherwise. That a head is one of a sound message is for its reader to know.
inline std::optional<FrameParts> split_frame(std::string_view data) {
    using detail::stands;
    std::size_t at = 1;
    if (stands(data, 1, kType) && stands(data, 1 + kType.size(), kVersion)) {
        at += kType.size() + kVersion.size();
    } else if (stands(data, 1, kVersion)) {
        at += kVersion.size();
        if (stands(data, at, kType)) {
            at += kType.size();
        } else if (data.size() >= at + kType.size() && data.ends_with(kType)) {  // our C++ client says the type last
            data.remove_suffix(kType.size());
        } else {
            return std::nullopt;
        }
    } else {
        return std::nullopt;
    }
    FrameParts parts;
    parts.fields = static_cast<unsigned char>(data[0]);
    if (parts.fields <= 0x80 || parts.fields > 0x8F) return std::nullopt;
    if (stands(data, at, kSeq)) {
        at += kSeq.size();
        parts.seq = detail::number(data, at);
        if (!parts.seq) return std::nullopt;
        --parts.fields;
    }
    const std::size_t said = data.find(kData, at);
    if (said == std::string_view::npos || said + kData.size() >= data.size()) return std::nullopt;
    const int wide = static_cast<unsigned char>(data[said + kData.size()]) - 0xC4;  // bin 8, 16 and 32
    if (wide < 0 || wide > 2) return std::nullopt;
    const std::size_t rows = said + kData.size() + 1 + (std::size_t{1} << wide);
    if (rows > data.size()) return std::nullopt;
    parts.head = data.substr(at, rows - at);
    parts.rows = data.substr(rows);
    return parts;
}

// The index of the first number that is infinite or larger than kLargest, or npos. By the bits, without the sign: no
// arithmetic with floats, so that no NaN matters and the compiler takes many at a time.
inline std::size_t first_out_of_range(std::string_view rows) {
    static_assert(std::endian::native == std::endian::little, "rows are little-endian");
    constexpr std::uint32_t kInfinity = 0x7F800000;
    constexpr std::uint32_t kFirst = std::bit_cast<std::uint32_t>(kLargest) + 1;
    const auto bad = [&](std::size_t index) {
        std::uint32_t bits;
        std::memcpy(&bits, rows.data() + 4 * index, sizeof bits);
        return (bits & 0x7FFFFFFF) - kFirst <= kInfinity - kFirst;  // below kFirst it goes round, past everything
    };
    const std::size_t count = rows.size() / 4;
    bool any = false;
    for (std::size_t index = 0; index < count; ++index) any |= bad(index);
    for (std::size_t index = 0; any && index < count; ++index) {
        if (bad(index)) return index;
    }
    return std::string_view::npos;
}

}  // namespace hobnail::intake
