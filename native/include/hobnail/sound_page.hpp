// The newest sound of a topic in memory that other processes may read: one writer, any readers, nobody waits.
//
// A frame lies where its session frame says, modulo the capacity, so a reader takes any piece it wants, as often as it
// wants, and writes nothing: it can neither hold up the writer nor another reader. It reads `until`, the samples, and
// `until` again; what the writer may have reached meanwhile counts as gone. Samples are stored with release and are to
// be read with acquire: a reader that saw a newer sample also sees the `until` that was announced before it. No fences:
// ThreadSanitizer does not know them.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <new>
#include <span>

#include "hobnail/memory_area.hpp"
#include "hobnail/spsc_cursors.hpp"

namespace hobnail {

class SoundPage {
    static constexpr std::uint32_t kMagic = 0x444E5348;  // "HSND"
    static constexpr std::uint32_t kVersion = 1;

    // docs/protocol.md tells others where what lies.
    struct Header {
        std::atomic<std::uint32_t> magic;  // written last, so whoever sees it sees the rest
        std::uint32_t version;
        std::uint32_t channels;
        std::uint32_t capacity;
        alignas(kCacheLine) std::atomic<std::int64_t> since;  // first session frame of what is here without a break
        std::atomic<std::int64_t> until;                      // the one after the last; kNone: nothing is here
    };
    static_assert(sizeof(Header) == 2 * kCacheLine && std::atomic<std::int64_t>::is_always_lock_free);

   public:
    static constexpr std::size_t kMostWritten = 4'096;  // frames between two announcements: readers keep so far away
    static constexpr std::size_t kLeastFrames = 4 * kMostWritten, kMostFrames = std::size_t{1} << 24;
    static constexpr std::size_t kMostChannels = 64;
    static constexpr std::int64_t kNone = -1;

    [[nodiscard]] static std::size_t bytes_needed(std::size_t channels, std::size_t capacity_frames) {
        check(channels, capacity_frames);
        return sizeof(Header) + channels * capacity_frames * sizeof(float);
    }

    // In the caller's memory, which must outlive it and begin at a cache line. Throws invalid_argument.
    SoundPage(std::span<std::byte> memory, std::size_t channels, std::size_t capacity_frames)
        : channels_(channels), capacity_(capacity_frames) {
        expect_room("SoundPage", aligned_part(memory).size() == memory.size() ? memory.size() : 0,
                    bytes_needed(channels, capacity_frames));
        header_ = new (memory.data()) Header{};
        header_->version = kVersion;
        header_->channels = static_cast<std::uint32_t>(channels);
        header_->capacity = static_cast<std::uint32_t>(capacity_frames);
        header_->until.store(kNone, std::memory_order_relaxed);
        samples_ = reinterpret_cast<float*>(memory.data() + sizeof(Header));
        header_->magic.store(kMagic, std::memory_order_release);
    }

    SoundPage(const SoundPage&) = delete;
    SoundPage& operator=(const SoundPage&) = delete;

    [[nodiscard]] std::size_t channels() const noexcept { return channels_; }
    [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

    // [the one writer] Samples, interleaved, of which the first belongs to session frame `at`. What was left out since
    // the last time reads as silence; after a jump back, or one too far, what was here before is gone.
    void write(std::int64_t at, const float* samples, std::size_t frames) noexcept {
        const auto until = header_->until.load(std::memory_order_relaxed);
        if (until == kNone || at < until || at - until > static_cast<std::int64_t>(kMostWritten)) {
            header_->until.store(kNone, std::memory_order_release);
            header_->since.store(at, std::memory_order_release);
        } else {
            put(until, nullptr, static_cast<std::size_t>(at - until));
        }
        for (std::size_t done = 0; done < frames; done += kMostWritten) {
            put(at + static_cast<std::int64_t>(done), samples + done * channels_, std::min(kMostWritten, frames - done));
        }
    }

   private:
    static void check(std::size_t channels, std::size_t capacity) {
        if (channels < 1 || channels > kMostChannels || capacity < kLeastFrames || capacity > kMostFrames) {
            throw std::invalid_argument("SoundPage: " + std::to_string(channels) + " channels of " +
                                        std::to_string(capacity) + " frames, expected 1.." +
                                        std::to_string(kMostChannels) + " of " + std::to_string(kLeastFrames) + ".." +
                                        std::to_string(kMostFrames));
        }
    }

    void put(std::int64_t at, const float* samples, std::size_t frames) noexcept {
        for (std::size_t frame = 0; frame < frames; ++frame) {
            const auto place = static_cast<std::size_t>(at + static_cast<std::int64_t>(frame)) % capacity_;
            for (std::size_t channel = 0; channel < channels_; ++channel) {
                const float value = samples == nullptr ? 0.0F : samples[frame * channels_ + channel];
                std::atomic_ref<float>(samples_[place * channels_ + channel]).store(value, std::memory_order_release);
            }
        }
        header_->until.store(at + static_cast<std::int64_t>(frames), std::memory_order_release);
    }

    std::size_t channels_, capacity_;
    Header* header_ = nullptr;
    float* samples_ = nullptr;
};

}  // namespace hobnail
