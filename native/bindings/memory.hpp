// A caller's buffer, held while native code lives in it and let go by close().
#pragma once

#include <pybind11/pybind11.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace hobnail {

// A native thing T (ring, queue, page) with the Python buffer that it lives in, if it does not own its memory.
// Everything here runs under the GIL.
template <class T>
class Held {
   public:
    explicit Held(std::unique_ptr<T> thing) : thing_(std::move(thing)) {}

    template <class Make>
    Held(const pybind11::buffer& memory, const char* name, Make make) : memory_(memory.request(true)), name_(name) {
        if (memory_->strides.size() != 1 || memory_->strides[0] != memory_->itemsize) {
            throw pybind11::value_error(std::string(name) + ": memory is not one-dimensional and contiguous");
        }
        const auto bytes = static_cast<std::size_t>(memory_->size * memory_->itemsize);
        thing_ = make(std::span<std::byte>(static_cast<std::byte*>(memory_->ptr), bytes));
    }

    // The native thing; ValueError after close().
    [[nodiscard]] T& get() const {
        if (!thing_) {
            throw pybind11::value_error(std::string(name_) + ": used after close()");
        }
        return *thing_;
    }

    // Lets go of the memory, so that its owner (a SharedMemory, say) can close it. Twice is fine.
    void close() {
        if (users_ > 0) {
            throw pybind11::value_error(std::string(name_) + ".close: a mixer is still using it; take it away there first");
        }
        thing_.reset();
        memory_.reset();
    }

    [[nodiscard]] bool used() const { return users_ > 0; }
    void claim() { ++users_; }
    void release() { --users_; }

   private:
    std::optional<pybind11::buffer_info> memory_;
    std::unique_ptr<T> thing_;
    const char* name_ = "it";
    int users_ = 0;  // mixers that hold a raw pointer to the thing
};

}  // namespace hobnail
