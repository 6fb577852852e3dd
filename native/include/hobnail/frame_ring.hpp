// Single-producer single-consumer ring of interleaved frames; lock-free and wait-free on both sides.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <stdexcept>
#include <string>

#include "hobnail/memory_area.hpp"
#include "hobnail/spsc_cursors.hpp"

namespace hobnail {

class FrameRing {
    static constexpr std::uint32_t kMagic = 0x474E5248;  // "HRNG"
    static constexpr std::uint32_t kVersion = 1;

    struct Header {
        std::atomic<std::uint32_t> magic;  // written last, so whoever sees it sees the rest
        std::uint32_t version;
        std::uint64_t channels;
        std::uint64_t capacity;
        SpscCursors cursors;
        alignas(kCacheLine) std::atomic<std::uint64_t> overruns;
        std::atomic<std::uint64_t> origin;  // session frame of the sample at counter 0, if the producer stamps
    };

   public:
    static constexpr std::size_t kMaxChannels = 64;
    static constexpr std::size_t kMaxFrames = std::size_t{1} << 26;  // 23 minutes of 48 kHz

    [[nodiscard]] static std::size_t bytes_needed(std::size_t channels, std::size_t capacity_frames) {
        check("channels", channels, kMaxChannels);
        check("capacity_frames", capacity_frames, kMaxFrames);
        return kCacheLine + sizeof(Header) + channels * capacity_frames * sizeof(float);
    }

    // In memory of its own.
    FrameRing(std::size_t channels, std::size_t capacity_frames)
        : owned_(own_memory(bytes_needed(channels, capacity_frames))) {
        open({owned_.get(), bytes_needed(channels, capacity_frames)}, channels, capacity_frames, Opening::create);
    }

    // In the caller's memory, which must outlive it. Throws invalid_argument when it is too small, or when what is
    // attached is not a ring of this shape.
    FrameRing(std::span<std::byte> memory, std::size_t channels, std::size_t capacity_frames, Opening opening) {
        expect_room("FrameRing", memory.size(), bytes_needed(channels, capacity_frames));
        open(memory, channels, capacity_frames, opening);
    }

    FrameRing(const FrameRing&) = delete;
    FrameRing& operator=(const FrameRing&) = delete;

    [[nodiscard]] std::size_t channels() const noexcept { return channels_; }
    [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

    [[nodiscard]] std::size_t readable() const noexcept {  // [consumer]
        return static_cast<std::size_t>(header_->cursors.readable(capacity_));
    }
    [[nodiscard]] std::size_t writable() const noexcept {  // [producer]
        return static_cast<std::size_t>(header_->cursors.writable(capacity_));
    }
    [[nodiscard]] std::uint64_t overruns() const noexcept {  // [any] frames refused because the ring was full
        return header_->overruns.load(std::memory_order_relaxed);
    }

    // [producer] Appends what fits and counts the rest as overruns; returns the frames taken.
    std::size_t write(const float* samples, std::size_t frames) noexcept {
        const std::size_t taken = std::min(frames, writable());
        const std::size_t at = header_->cursors.head.load(std::memory_order_relaxed) % capacity_;
        const std::size_t first = std::min(taken, capacity_ - at);
        copy(data_ + at * channels_, samples, first);
        copy(data_, samples + first * channels_, taken - first);
        header_->cursors.produced(taken);
        if (taken < frames) {
            bump(header_->overruns, frames - taken);
        }
        return taken;
    }

    // [producer] The same for samples of which the first belongs to session frame `at`, so that the consumer can tell
    // where it is. After an overrun the stamp jumps; what was still in the ring then reads as that much later.
    std::size_t write_stamped(std::uint64_t at, const float* samples, std::size_t frames) noexcept {
        const auto origin = at - header_->cursors.head.load(std::memory_order_relaxed);
        if (origin != header_->origin.load(std::memory_order_relaxed)) {
            header_->origin.store(origin, std::memory_order_relaxed);  // published by write()
        }
        return write(samples, frames);
    }

    // [consumer] Session frame of the next sample to be read; ask after readable() said that there is one.
    [[nodiscard]] std::uint64_t next_frame() const noexcept {
        return header_->origin.load(std::memory_order_relaxed) + header_->cursors.tail.load(std::memory_order_relaxed);
    }

    // [consumer] Takes up to max_frames; returns the frames taken.
    std::size_t read(float* samples, std::size_t max_frames) noexcept {
        const std::size_t taken = std::min(max_frames, readable());
        const std::size_t at = header_->cursors.tail.load(std::memory_order_relaxed) % capacity_;
        const std::size_t first = std::min(taken, capacity_ - at);
        copy(samples, data_ + at * channels_, first);
        copy(samples + first * channels_, data_, taken - first);
        header_->cursors.consumed(taken);
        return taken;
    }

   private:
    static void check(const char* what, std::size_t value, std::size_t most) {
        if (value < 1 || value > most) {
            throw std::invalid_argument(std::string("FrameRing: ") + what + " is " + std::to_string(value) +
                                        ", expected 1.." + std::to_string(most));
        }
    }

    void copy(float* to, const float* from, std::size_t frames) const noexcept {
        if (frames > 0) {
            std::memcpy(to, from, frames * channels_ * sizeof(float));
        }
    }

    void open(std::span<std::byte> memory, std::size_t channels, std::size_t capacity, Opening opening) {
        const auto area = aligned_part(memory);
        channels_ = channels;
        capacity_ = capacity;
        data_ = reinterpret_cast<float*>(area.data() + sizeof(Header));
        if (opening == Opening::create) {
            header_ = new (area.data()) Header{};
            header_->version = kVersion;
            header_->channels = channels;
            header_->capacity = capacity;
            header_->magic.store(kMagic, std::memory_order_release);
            return;
        }
        header_ = std::launder(reinterpret_cast<Header*>(area.data()));
        const char* cure = "was the ring created with create=True, by the same version, before this attach?";
        expect("FrameRing: magic", header_->magic.load(std::memory_order_acquire), kMagic, cure);
        expect("FrameRing: version", header_->version, kVersion, cure);
        expect("FrameRing: channels", header_->channels, channels, "attach with the creator's numbers");
        expect("FrameRing: capacity_frames", header_->capacity, capacity, "attach with the creator's numbers");
    }

    std::unique_ptr<std::byte[]> owned_;
    Header* header_ = nullptr;
    float* data_ = nullptr;
    std::size_t channels_ = 0;  // copies: another process could damage the header's
    std::size_t capacity_ = 0;
};

}  // namespace hobnail
