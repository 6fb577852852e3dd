// Single-producer single-consumer queue of small plain values inside one process.
#pragma once

#include <cstddef>
#include <type_traits>
#include <vector>

#include "hobnail/spsc_cursors.hpp"

namespace hobnail {

template <class T>
class SpscQueue {
    static_assert(std::is_trivially_copyable_v<T>, "values are copied between threads as plain bytes");

   public:
    explicit SpscQueue(std::size_t capacity) : items_(capacity) {}

    bool push(const T& item) noexcept {  // [producer] false when full
        if (cursors_.writable(items_.size()) == 0) {
            return false;
        }
        items_[cursors_.head.load(std::memory_order_relaxed) % items_.size()] = item;
        cursors_.produced(1);
        return true;
    }

    bool pop(T& item) noexcept {  // [consumer] false when empty
        if (empty()) {
            return false;
        }
        item = items_[cursors_.tail.load(std::memory_order_relaxed) % items_.size()];
        cursors_.consumed(1);
        return true;
    }

    [[nodiscard]] bool empty() const noexcept { return cursors_.readable(items_.size()) == 0; }  // [consumer]

   private:
    std::vector<T> items_;
    SpscCursors cursors_;
};

}  // namespace hobnail
