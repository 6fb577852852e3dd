// Packs messages of a client as MessagePack maps. Pure; what is left out stays out, for the server has the defaults.
#pragma once

#include <cstring>
#include <string>
#include <utility>

#include "hobnail_client/messages.hpp"
#include "hobnail_client/msgpack_setup.hpp"

namespace hobnail::client {

using Bytes = std::string;

// A map whose size is known only when its fields are written.
class MapWriter {
   public:
    template <typename Value>
    MapWriter& put(const char* key, const Value& value) {
        pack(key);
        pack(value);
        ++count_;
        return *this;
    }

    template <typename Value>
    MapWriter& put(const char* key, const std::optional<Value>& value) {
        return value ? put(key, *value) : *this;
    }

    MapWriter& put_map(const char* key, const MapWriter& map) {
        pack(key);
        map.append_to(buffer_);
        ++count_;
        return *this;
    }

    MapWriter& put_floats(const char* key, const std::vector<float>& values) {
        static_assert(sizeof(float) == 4, "float 32 on the wire");
        const auto bytes = static_cast<std::uint32_t>(values.size() * sizeof(float));
        pack(key);
        msgpack::packer<msgpack::sbuffer> packer(buffer_);
        packer.pack_bin(bytes);
        packer.pack_bin_body(reinterpret_cast<const char*>(values.data()), bytes);  // hosts are little-endian
        ++count_;
        return *this;
    }

    [[nodiscard]] bool empty() const noexcept { return count_ == 0; }

    [[nodiscard]] Bytes bytes() const {
        msgpack::sbuffer whole;
        append_to(whole);
        return {whole.data(), whole.size()};
    }

   private:
    template <typename Value>
    void pack(const Value& value) {
        msgpack::pack(buffer_, value);
    }

    void pack(const char* text) {
        const auto length = static_cast<std::uint32_t>(std::strlen(text));
        msgpack::packer<msgpack::sbuffer> packer(buffer_);
        packer.pack_str(length);
        packer.pack_str_body(text, length);
    }

    void pack(const Pan& pan) {
        msgpack::packer<msgpack::sbuffer> packer(buffer_);
        pan.value ? packer.pack(*pan.value) : packer.pack_nil();
    }

    void append_to(msgpack::sbuffer& target) const {
        msgpack::packer<msgpack::sbuffer>(target).pack_map(count_);
        if (buffer_.size() > 0) {
            target.write(buffer_.data(), buffer_.size());
        }
    }

    msgpack::sbuffer buffer_;
    std::uint32_t count_ = 0;
};

namespace detail {

template <typename Choice, std::size_t n>
const char* word(Choice choice, const std::array<const char*, n>& words) {
    return words[static_cast<std::size_t>(choice)];
}

inline constexpr std::array<const char*, 2> kUps{"y", "z"};
inline constexpr std::array<const char*, 2> kHands{"right", "left"};
inline constexpr std::array<const char*, 3> kEmitterOps{"create", "update", "remove"};
inline constexpr std::array<const char*, 3> kActions{"trigger", "start", "stop"};
inline constexpr std::array<const char*, 2> kPaletteOps{"load", "unload"};
inline constexpr std::array<const char*, 6> kTransportOps{"play", "stop", "locate", "loop", "tempo", "clear"};

}  // namespace detail

}  // namespace hobnail::client
