// One voice's mono samples on their way from the engine thread to the mixer.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include "hobnail/spsc_cursors.hpp"

namespace hobnail {

class VoiceFifo {
   public:
    explicit VoiceFifo(std::size_t capacity) : samples_(capacity) {}

    [[nodiscard]] std::size_t capacity() const noexcept { return samples_.size(); }

    [[nodiscard]] std::size_t readable() const noexcept {  // [mixer], or [engine] as a figure that may be high
        return static_cast<std::size_t>(cursors_.readable(samples_.size()));
    }

    // [engine] The largest piece of free room that lies in one stretch, for a renderer to write into.
    [[nodiscard]] std::span<float> room() noexcept {
        const auto free = static_cast<std::size_t>(cursors_.writable(samples_.size()));
        const std::size_t at = cursors_.head.load(std::memory_order_relaxed) % samples_.size();
        return {samples_.data() + at, std::min(free, samples_.size() - at)};
    }

    void written(std::size_t count) noexcept { cursors_.produced(count); }  // [engine] into room()

    std::size_t read(float* out, std::size_t count) noexcept {  // [mixer]
        const std::size_t taken = std::min(count, readable());
        const std::size_t at = cursors_.tail.load(std::memory_order_relaxed) % samples_.size();
        const std::size_t first = std::min(taken, samples_.size() - at);
        std::copy_n(samples_.data() + at, first, out);
        std::copy_n(samples_.data(), taken - first, out + first);
        cursors_.consumed(taken);
        return taken;
    }

    // [engine] Empty it; only while the mixer does not know the voice.
    void clear() noexcept { cursors_.tail.store(cursors_.head.load(std::memory_order_relaxed), std::memory_order_relaxed); }

   private:
    std::vector<float> samples_;
    SpscCursors cursors_;
};

}  // namespace hobnail
