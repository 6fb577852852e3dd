// Sound of a topic on its way to the audio thread, each packet with its session frame. Wait-free on both sides.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <vector>

#include "hobnail_client/audio_target.hpp"
#include "hobnail_client/frame_ring.hpp"
#include "hobnail_daw/spsc_queue.hpp"

namespace hobnail::daw {

class Inlet final : public client::AudioTarget {
   public:
    // `most_frames`: that are read at a time.
    explicit Inlet(std::size_t most_frames)
        : ring_(1, kRing), packets_(kPackets), window_(most_frames + kRoom) {}

    // [receiver] What does not fit is left out: nobody reads.
    void write(std::int64_t at, const float* samples, std::size_t frames) noexcept override {
        if (packets_.full() || waiting_.load(std::memory_order_acquire) + frames > kRing) {
            return;
        }
        waiting_.fetch_add(frames, std::memory_order_relaxed);
        ring_.write(samples, frames);
        packets_.push({at, static_cast<std::uint32_t>(frames)});  // last: then the samples are there
    }
    [[nodiscard]] std::size_t channels() const noexcept override { return 1; }

    // [audio] Frames `from` .. `from + count`, silence where there is no sound; `missing` counts that.
    [[nodiscard]] const float* read(std::int64_t from, std::size_t count, std::size_t& missing) noexcept {
        forget_before(from);
        const auto until = from + static_cast<std::int64_t>(count);
        while (end() < until && take_packet(from, until)) {
        }
        const auto found = static_cast<std::size_t>(std::clamp<std::int64_t>(end() - from, 0, until - from));
        std::fill(window_.begin() + static_cast<std::ptrdiff_t>(found),
                  window_.begin() + static_cast<std::ptrdiff_t>(count), 0.0F);
        missing = count - found;
        return window_.data();
    }

   private:
    struct Packet {
        std::int64_t at = 0;
        std::uint32_t frames = 0;
    };
    static constexpr std::size_t kRing = 96'000, kPackets = 2'048, kRoom = 8'192;
    static constexpr std::int64_t kFar = 96'000;  // two seconds off: of another session, or of another life of it

    [[nodiscard]] std::int64_t end() const noexcept { return start_ + static_cast<std::int64_t>(size_); }

    void forget_before(std::int64_t from) noexcept {
        if (from < start_ || from >= end()) {
            size_ = 0;
        } else {
            const auto gone = static_cast<std::size_t>(from - start_);
            size_ -= gone;
            std::memmove(window_.data(), window_.data() + gone, size_ * sizeof(float));
        }
        start_ = from;
    }

    // Moves the next packet, or what of it fits and is wanted, into the window; false when none helps now.
    bool take_packet(std::int64_t from, std::int64_t until) noexcept {
        Packet* packet = packets_.front();
        if (packet == nullptr) {
            return false;
        }
        const bool strange = packet->at > from + kFar || packet->at < from - kFar;
        if (!strange && packet->at >= until) {
            return false;  // a hole is before it
        }
        const auto behind = strange ? packet->frames : static_cast<std::int64_t>(std::max<std::int64_t>(0, end() - packet->at));
        const auto skipped = static_cast<std::uint32_t>(std::min<std::int64_t>(behind, packet->frames));
        drop(*packet, skipped);
        if (packet->frames > 0) {
            const auto hole = static_cast<std::size_t>(packet->at - end());
            std::fill_n(window_.begin() + static_cast<std::ptrdiff_t>(size_), hole, 0.0F);
            size_ += hole;
            const auto room = std::min<std::size_t>(packet->frames, window_.size() - size_);
            size_ += ring_.peek(window_.data() + size_, room);
            drop(*packet, static_cast<std::uint32_t>(room));
        }
        if (packet->frames == 0) {
            packets_.pop();
        }
        return true;
    }

    void drop(Packet& packet, std::uint32_t frames) noexcept {
        ring_.drop(frames);
        waiting_.fetch_sub(frames, std::memory_order_release);
        packet.at += frames;
        packet.frames -= frames;
    }

    client::FrameRing ring_;
    SpscQueue<Packet> packets_;
    std::atomic<std::size_t> waiting_{0};
    std::vector<float> window_;  // from here on the audio thread's
    std::int64_t start_ = 0;
    std::size_t size_ = 0;
};

}  // namespace hobnail::daw
