// The clock that every `ns` in Hobnail means.
#pragma once

#include <chrono>
#include <cstdint>

namespace hobnail {

// steady_clock, which on Linux and macOS is what Python's time.monotonic_ns reads.
[[nodiscard]] inline std::int64_t monotonic_ns() noexcept {
    using std::chrono::duration_cast;
    using std::chrono::nanoseconds;
    return duration_cast<nanoseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace hobnail
