// The session clock's anchor: one frame and the monotonic time at which it is due. One writer, any readers.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>

#include "hobnail/memory_area.hpp"
#include "hobnail/spsc_cursors.hpp"

namespace hobnail {

struct ClockAnchor {
    std::int64_t frame = 0;
    std::int64_t ns = 0;
};

// A sequence lock over two places: write n goes into place n % 2 and is then announced, so a reader finds the last
// announced write untouched however long its successor takes, also when the writer was preempted or died in it. The
// next but one does overwrite it: values are stored with release and read with acquire, so a reader that saw one of
// those also sees the announcement before it, and tries again. No fences: ThreadSanitizer does not know them.
class ClockPage {
    static constexpr std::uint32_t kMagic = 0x4B4C4348;  // "HCLK"
    static constexpr std::uint32_t kVersion = 1;

    struct Place {
        std::atomic<std::int64_t> frame;
        std::atomic<std::int64_t> ns;
    };
    struct alignas(kCacheLine) Page {
        std::atomic<std::uint32_t> magic;
        std::uint32_t version;
        std::atomic<std::uint64_t> writes;
        Place places[2];
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
        const auto number = page_->writes.load(std::memory_order_relaxed) + 1;
        Place& place = page_->places[number % 2];
        place.frame.store(anchor.frame, std::memory_order_release);
        place.ns.store(anchor.ns, std::memory_order_release);
        page_->writes.store(number, std::memory_order_release);
    }

    [[nodiscard]] ClockAnchor read() const noexcept {  // [any]
        for (;;) {
            const auto number = page_->writes.load(std::memory_order_acquire);
            const Place& place = page_->places[number % 2];
            const ClockAnchor anchor{place.frame.load(std::memory_order_acquire),
                                     place.ns.load(std::memory_order_acquire)};
            if (page_->writes.load(std::memory_order_relaxed) == number) {
                return anchor;
            }
        }
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
