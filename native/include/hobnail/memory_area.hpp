// Memory that a ring, a queue or a clock page lives in: its own, or the caller's, perhaps shared with a process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>

#include "hobnail/spsc_cursors.hpp"

namespace hobnail {

enum class Opening { create, attach };

// Callers' memory may begin anywhere; headers begin at a cache line. Shared memory is mapped at page boundaries,
// so every process that maps it finds the header at the same offset.
[[nodiscard]] inline std::span<std::byte> aligned_part(std::span<std::byte> memory) noexcept {
    void* begin = memory.data();
    std::size_t room = memory.size();
    if (std::align(kCacheLine, 1, begin, room) == nullptr) {
        return {};
    }
    return {static_cast<std::byte*>(begin), room};
}

[[nodiscard]] inline std::unique_ptr<std::byte[]> own_memory(std::size_t bytes) {
    return std::make_unique<std::byte[]>(bytes);  // zeroed
}

// Throws invalid_argument unless what was found is what was expected.
inline void expect(const char* what, std::uint64_t found, std::uint64_t expected, const char* cure) {
    if (found != expected) {
        throw std::invalid_argument(std::string(what) + " is " + std::to_string(found) + ", expected " +
                                    std::to_string(expected) + "; " + cure);
    }
}

inline void expect_room(const char* what, std::size_t found, std::size_t needed) {
    if (found < needed) {
        throw std::invalid_argument(std::string(what) + " has " + std::to_string(found) + " bytes of memory, needs " +
                                    std::to_string(needed));
    }
}

}  // namespace hobnail
