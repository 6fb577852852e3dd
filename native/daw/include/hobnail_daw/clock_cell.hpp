// Where a server's session clock stands, handed from the network thread to the audio thread without a lock.
#pragma once

#include <atomic>
#include <cstdint>

namespace hobnail::daw {

struct ClockPoint {
    std::int32_t epoch = 0;  // 0: there is no clock; another one: the server was started again
    std::int64_t local_ns = 0, frame = 0;

    [[nodiscard]] double frame_at(std::int64_t ns) const noexcept {
        return static_cast<double>(frame) + static_cast<double>(ns - local_ns) * 48e-6;
    }
};

class ClockCell {
   public:
    // [network]
    void put(const ClockPoint& point) noexcept {
        const auto turn = turn_.load(std::memory_order_relaxed);
        turn_.store(turn + 1, std::memory_order_seq_cst);
        epoch_.store(point.epoch, std::memory_order_seq_cst);
        local_ns_.store(point.local_ns, std::memory_order_seq_cst);
        frame_.store(point.frame, std::memory_order_seq_cst);
        turn_.store(turn + 2, std::memory_order_seq_cst);
    }

    // [audio] The newest point, or `last` while a new one is being written: nobody waits.
    [[nodiscard]] ClockPoint get(const ClockPoint& last) const noexcept {
        const auto before = turn_.load(std::memory_order_seq_cst);
        const ClockPoint point{epoch_.load(std::memory_order_seq_cst), local_ns_.load(std::memory_order_seq_cst),
                               frame_.load(std::memory_order_seq_cst)};
        return before % 2 == 0 && before == turn_.load(std::memory_order_seq_cst) ? point : last;
    }

   private:
    std::atomic<std::uint64_t> turn_{0};
    std::atomic<std::int32_t> epoch_{0};
    std::atomic<std::int64_t> local_ns_{0}, frame_{0};
};

}  // namespace hobnail::daw
