// Single-producer single-consumer queue of byte messages in the caller's memory, between threads or processes.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <span>
#include <stdexcept>
#include <string>

#include "hobnail/memory_area.hpp"
#include "hobnail/spsc_cursors.hpp"

namespace hobnail {

// A record is a 32-bit length, the bytes, and padding to 8; it may wrap round the end of the memory.
class MessageQueue {
    static constexpr std::uint32_t kMagic = 0x554D5148;  // "HQMU"
    static constexpr std::uint32_t kVersion = 1;
    static constexpr std::size_t kLength = sizeof(std::uint32_t);

    struct Header {
        std::atomic<std::uint32_t> magic;
        std::uint32_t version;
        std::uint64_t capacity;
        SpscCursors cursors;
        alignas(kCacheLine) std::atomic<std::uint64_t> pushed;
        std::atomic<std::uint64_t> refused;
        alignas(kCacheLine) std::atomic<std::uint32_t> asleep;  // the consumer is about to sleep, or does
    };

   public:
    static constexpr std::size_t kLeastBytes = kCacheLine + sizeof(Header) + 64;

    // The memory must outlive the queue. Throws invalid_argument when it is too small or holds no queue of its size.
    MessageQueue(std::span<std::byte> memory, Opening opening) {
        expect_room("MessageQueue", memory.size(), kLeastBytes);
        const auto area = aligned_part(memory);
        // Counted from the whole memory, not from the aligned part, so that every process gets the same number.
        capacity_ = std::min((memory.size() - kCacheLine - sizeof(Header)) & ~std::size_t{7}, std::size_t{1} << 31);
        data_ = area.data() + sizeof(Header);
        if (opening == Opening::create) {
            header_ = new (area.data()) Header{};
            header_->version = kVersion;
            header_->capacity = capacity_;
            header_->magic.store(kMagic, std::memory_order_release);
            return;
        }
        header_ = std::launder(reinterpret_cast<Header*>(area.data()));
        const char* cure = "was the queue created with create=True, by the same version, before this attach?";
        expect("MessageQueue: magic", header_->magic.load(std::memory_order_acquire), kMagic, cure);
        expect("MessageQueue: version", header_->version, kVersion, cure);
        expect("MessageQueue: capacity_bytes", header_->capacity, capacity_, "attach to memory of the creator's size");
    }

    MessageQueue(const MessageQueue&) = delete;
    MessageQueue& operator=(const MessageQueue&) = delete;

    [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
    [[nodiscard]] std::size_t longest_message() const noexcept { return capacity_ - kLength; }
    [[nodiscard]] std::size_t used() const noexcept {  // [any] records, lengths and padding
        const auto tail = header_->cursors.tail.load(std::memory_order_acquire);
        return std::min<std::size_t>(header_->cursors.head.load(std::memory_order_acquire) - tail, capacity_);
    }
    [[nodiscard]] std::uint64_t pushed() const noexcept { return header_->pushed.load(std::memory_order_relaxed); }
    [[nodiscard]] std::uint64_t refused() const noexcept { return header_->refused.load(std::memory_order_relaxed); }

    // [producer] False, and counted, when there is no room now. Throws invalid_argument when it could never fit.
    bool push(std::span<const std::byte> message) {
        const std::size_t needed = record_bytes(message.size());
        if (message.size() > longest_message() || needed > capacity_) {
            throw std::invalid_argument("MessageQueue: a message of " + std::to_string(message.size()) +
                                        " bytes can never fit, the longest is " + std::to_string(longest_message()) +
                                        "; send less at once or make the queue's memory larger");
        }
        if (header_->cursors.writable(capacity_) < needed) {
            bump(header_->refused);
            return false;
        }
        const auto head = header_->cursors.head.load(std::memory_order_relaxed);
        const auto length = static_cast<std::uint32_t>(message.size());
        put(head, reinterpret_cast<const std::byte*>(&length), kLength);
        put(head + kLength, message.data(), message.size());
        header_->cursors.produced(needed);
        bump(header_->pushed);
        return true;
    }

    // [consumer] Moves the oldest message into `message` (a string or vector of bytes); false when there is none.
    // Throws runtime_error when the memory does not hold what push writes.
    template <class Bytes>
    bool pop(Bytes& message) {
        const auto tail = header_->cursors.tail.load(std::memory_order_relaxed);
        const auto used = header_->cursors.head.load(std::memory_order_acquire) - tail;
        if (used == 0) {
            return false;
        }
        std::uint32_t length = 0;
        if (used >= kLength && used <= capacity_) {
            get(tail, reinterpret_cast<std::byte*>(&length), kLength);
        }
        const std::size_t record = record_bytes(length);
        if (used > capacity_ || record > used) {
            throw std::runtime_error("MessageQueue: corrupt memory, a record of " + std::to_string(length) +
                                     " bytes among " + std::to_string(used) + " used of " +
                                     std::to_string(capacity_) + "; the other process must start again");
        }
        message.resize(length);
        get(tail + kLength, reinterpret_cast<std::byte*>(message.data()), length);
        header_->cursors.consumed(record);
        return true;
    }

    // Sleeping without losing a wake-up, whatever the consumer sleeps on: it announces its sleep, then looks again;
    // the producer pushes, then takes the announcement. Both exchange the same flag, so one of them comes first: if the
    // consumer, the producer finds the announcement; if the producer, the consumer acquires its push and sees it.

    // [consumer] Announces a sleep; false when a message is there already. A producer that saw the announcement all the
    // same wakes for nothing: a spurious wake-up, no more.
    bool prepare_wait() noexcept {
        header_->asleep.exchange(1, std::memory_order_acq_rel);
        const bool empty = header_->cursors.head.load(std::memory_order_acquire) ==
                           header_->cursors.tail.load(std::memory_order_relaxed);
        if (!empty) {
            header_->asleep.store(0, std::memory_order_relaxed);
        }
        return empty;
    }

    // [producer] After a push: whether the consumer must be woken. True at most once per announced sleep.
    bool take_waiter() noexcept { return header_->asleep.exchange(0, std::memory_order_acq_rel) != 0; }

   private:
    [[nodiscard]] static std::size_t record_bytes(std::size_t length) noexcept {
        return (kLength + length + 7) & ~std::size_t{7};
    }

    void put(std::uint64_t position, const std::byte* from, std::size_t count) noexcept {
        const std::size_t at = position % capacity_;
        const std::size_t first = std::min(count, capacity_ - at);
        std::copy_n(from, first, data_ + at);
        std::copy_n(from + first, count - first, data_);
    }

    void get(std::uint64_t position, std::byte* to, std::size_t count) const noexcept {
        const std::size_t at = position % capacity_;
        const std::size_t first = std::min(count, capacity_ - at);
        std::copy_n(data_ + at, first, to);
        std::copy_n(data_, count - first, to + first);
    }

    Header* header_ = nullptr;
    std::byte* data_ = nullptr;
    std::size_t capacity_ = 0;
};

}  // namespace hobnail
