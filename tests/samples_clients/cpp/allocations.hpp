// Counts what this thread takes of the heap, so that a callback can be shown to take nothing.
#pragma once

#include <cstdint>

namespace probe {

std::int64_t allocations() noexcept;  // of this thread so far

}  // namespace probe
