// Reads what a server keeps of a topic's newest sound in memory shared with it; docs/protocol.md says what lies where.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace hobnail::daw {

// Over memory of the caller. Wait-free; it never writes, so it disturbs neither the writer nor another reader.
class PageReader {
   public:
    // Whether this is a page of so many channels, as large as it says.
    [[nodiscard]] bool open(const void* memory, std::size_t bytes, std::uint32_t channels) noexcept {
        const auto* header = static_cast<const Header*>(memory);
        if (bytes < sizeof(Header) || header->magic.load(std::memory_order_acquire) != kMagic ||
            header->version != kVersion || header->channels != channels || header->capacity <= kWriting) {
            return false;
        }
        capacity_ = header->capacity;  // a copy: another process could damage the header's
        channels_ = channels;
        if ((bytes - sizeof(Header)) / sizeof(float) / channels < static_cast<std::size_t>(capacity_)) {
            return false;
        }
        header_ = header;
        samples_ = reinterpret_cast<const std::atomic<float>*>(header + 1);
        return true;
    }

    // Frames `from` .. `from + count`, interleaved, silence where nothing is; how many were there.
    [[nodiscard]] std::size_t read(std::int64_t from, std::size_t count, float* to) const noexcept {
        const auto all = from + static_cast<std::int64_t>(count);
        const auto until = header_->until.load(std::memory_order_acquire);
        const auto first = std::max(from, header_->since.load(std::memory_order_acquire));
        const auto last = std::min(all, until);
        if (first >= last || last - first > capacity_) {
            std::fill_n(to, count * channels_, 0.0F);
            return 0;
        }
        std::fill_n(to, static_cast<std::size_t>(first - from) * channels_, 0.0F);
        float* next = to + static_cast<std::size_t>(first - from) * channels_;
        for (auto frame = first; frame < last; ++frame) {
            const auto* place = samples_ + static_cast<std::size_t>(frame % capacity_) * channels_;
            for (std::size_t channel = 0; channel < channels_; ++channel) {
                *next++ = place[channel].load(std::memory_order_acquire);
            }
        }
        std::fill_n(next, static_cast<std::size_t>(all - last) * channels_, 0.0F);
        const auto now = header_->until.load(std::memory_order_relaxed);  // acquired loads stay before it
        if (now < until || first < now + kWriting - capacity_) {
            std::fill_n(to, count * channels_, 0.0F);  // it began anew meanwhile, or wrote over what was read
            return 0;
        }
        return static_cast<std::size_t>(last - first);
    }

   private:
    struct Header {
        std::atomic<std::uint32_t> magic;
        std::uint32_t version, channels, capacity;
        alignas(64) std::atomic<std::int64_t> since;
        std::atomic<std::int64_t> until;
    };
    static_assert(sizeof(Header) == 128 && sizeof(std::atomic<float>) == sizeof(float));
    static_assert(std::atomic<float>::is_always_lock_free && std::atomic<std::int64_t>::is_always_lock_free);
    static constexpr std::uint32_t kMagic = 0x444E5348, kVersion = 1;  // "HSND"
    static constexpr std::int64_t kWriting = 4'096;  // frames beyond `until` that the writer may be at

    const Header* header_ = nullptr;
    const std::atomic<float>* samples_ = nullptr;
    std::int64_t capacity_ = 0;
    std::size_t channels_ = 0;
};

}  // namespace hobnail::daw
