// Where the mix goes: rings that may be set and taken away while the mixer runs, without a lock in its path.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <thread>

#include "hobnail/frame_ring.hpp"

namespace hobnail {

inline constexpr std::size_t kOutputs = 8;
inline constexpr std::size_t kTaps = 32;
inline constexpr std::int64_t kWholeMix = -1;  // a tap's emitter: the stereo mix

// The mixer counts an epoch up when it enters a block and when it leaves it, so odd means inside. Whoever takes a
// ring away clears the pointer and then waits for one even or new epoch: after that the mixer cannot hold it. All of
// this is sequentially consistent, so either the mixer sees the cleared pointer or the other side sees it inside.
class OutputBoard {
   public:
    struct Tap {
        std::atomic<FrameRing*> ring{nullptr};
        std::int64_t emitter = kWholeMix;  // written only while `ring` is null and the mixer has let go
    };

    // [control] One thread at a time. Returns when the ring that was there is no longer in use.
    void set_output(std::size_t index, FrameRing* ring) noexcept {
        outputs_[index].store(ring);
        settle();
    }

    void set_tap(std::size_t index, FrameRing* ring, std::int64_t emitter) noexcept {
        taps_[index].ring.store(nullptr);
        settle();
        taps_[index].emitter = emitter;
        taps_[index].ring.store(ring);
    }

    void enter() noexcept { epoch_.fetch_add(1); }  // [mixer]
    void leave() noexcept { epoch_.fetch_add(1); }  // [mixer]

    [[nodiscard]] std::uint64_t epoch() const noexcept { return epoch_.load(); }  // [any] odd inside a block

    // [any] Whether anybody gets what is mixed.
    [[nodiscard]] bool heard() const noexcept {
        return std::any_of(outputs_.begin(), outputs_.end(), [](const auto& ring) { return ring.load() != nullptr; }) ||
               std::any_of(taps_.begin(), taps_.end(), [](const auto& tap) { return tap.ring.load() != nullptr; });
    }

    [[nodiscard]] FrameRing* output(std::size_t index) const noexcept { return outputs_[index].load(); }  // [mixer]
    [[nodiscard]] const Tap& tap(std::size_t index) const noexcept { return taps_[index]; }               // [mixer]

   private:
    void settle() const noexcept {
        const std::uint64_t seen = epoch_.load();
        while (seen % 2 == 1 && epoch_.load() == seen) {
            std::this_thread::sleep_for(std::chrono::microseconds(50));
        }
    }

    std::array<std::atomic<FrameRing*>, kOutputs> outputs_{};
    std::array<Tap, kTaps> taps_{};
    std::atomic<std::uint64_t> epoch_{0};
};

}  // namespace hobnail
