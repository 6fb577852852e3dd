// The session clock's anchor: one frame and the monotonic time at which it is due. One writer, any readers.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <span>

#include "hobnail/memory_area.hpp"
#include "hobnail/spsc_cursors.hpp"

namespace hobnail {

struct ClockAnchor {
    std::int64_t frame = 0;
    std::int64_t ns = 0;
};

// A seqlock without fences (ThreadSanitizer does not know fences): the values are stored with release and read with
// acquire, so a reader that saw a new value also sees the odd sequence stored before it, and tries again.
class ClockPage {
    static constexpr std::uint32_t kMagic = 0x4B4C4348;  // "HCLK"
    static constexpr std::uint32_t kVersion = 1;
    static constexpr int kTries = 1 << 16;  // some milliseconds; a write takes nanoseconds

    struct alignas(kCacheLine) Page {
        std::atomic<std::uint32_t> magic;
        std::uint32_t version;
        std::atomic<std::uint64_t> sequence;  // odd while a write is under way
        std::atomic<std::int64_t> frame;
        std::atomic<std::int64_t> ns;
    };

   public:
    static constexpr std::size_t kBytes = kCacheLine + sizeof(Page);

    ClockPage() : owned_(own_memory(kBytes)) { open({owned_.get(), kBytes}, Opening::create); }

    ClockPage(std::span<std::byte> memory, Opening opening) {
        expect_room("ClockPage", memory.size(), kBytes);
        open(memory, opening);
    }

    ClockPage(const ClockPage&) = delete;
    ClockPage& operator=(const ClockPage&) = delete;

    void write(ClockAnchor anchor) noexcept {  // [the one writer]
        const auto sequence = page_->sequence.load(std::memory_order_relaxed);
        page_->sequence.store(sequence + 1, std::memory_order_relaxed);
        page_->frame.store(anchor.frame, std::memory_order_release);
        page_->ns.store(anchor.ns, std::memory_order_release);
        page_->sequence.store(sequence + 2, std::memory_order_release);
    }

    // [any] Nothing when a writer seems to have died in the middle of a write.
    [[nodiscard]] std::optional<ClockAnchor> read() const noexcept {
        for (int attempt = 0; attempt < kTries; ++attempt) {
            const auto before = page_->sequence.load(std::memory_order_acquire);
            const ClockAnchor anchor{page_->frame.load(std::memory_order_acquire),
                                     page_->ns.load(std::memory_order_acquire)};
            if (before % 2 == 0 && page_->sequence.load(std::memory_order_relaxed) == before) {
                return anchor;
            }
        }
        return std::nullopt;
    }

   private:
    void open(std::span<std::byte> memory, Opening opening) {
        const auto area = aligned_part(memory);
        if (opening == Opening::create) {
            page_ = new (area.data()) Page{};
            page_->version = kVersion;
            page_->magic.store(kMagic, std::memory_order_release);
            return;
        }
        page_ = std::launder(reinterpret_cast<Page*>(area.data()));
        const char* cure = "was the page created with create=True, by the same version, before this attach?";
        expect("ClockPage: magic", page_->magic.load(std::memory_order_acquire), kMagic, cure);
        expect("ClockPage: version", page_->version, kVersion, cure);
    }

    std::unique_ptr<std::byte[]> owned_;
    Page* page_ = nullptr;
};

}  // namespace hobnail
