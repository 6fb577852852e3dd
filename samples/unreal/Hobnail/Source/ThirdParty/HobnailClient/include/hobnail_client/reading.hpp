// Looks up fields of a MessagePack map that came over the wire, and believes nothing of it.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "hobnail_client/msgpack_setup.hpp"

namespace hobnail::client {

// Bytes that are no message of protocol 1. Caught where bytes come in; never leaves the client.
struct Misread : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// A map by its keys. Unknown keys are passed over, so that a newer server can say more.
class Fields {
   public:
    explicit Fields(const msgpack::object& object) : map_(object.via.map) {
        if (object.type != msgpack::type::MAP) {
            throw Misread("expected a map");
        }
    }

    [[nodiscard]] const msgpack::object* find(std::string_view key) const noexcept {
        for (std::uint32_t index = 0; index < map_.size; ++index) {
            const auto& [name, value] = map_.ptr[index];
            if (name.type == msgpack::type::STR && std::string_view(name.via.str.ptr, name.via.str.size) == key) {
                return value.type == msgpack::type::NIL ? nullptr : &value;
            }
        }
        return nullptr;
    }

    [[nodiscard]] const msgpack::object& need(const char* key) const {
        const auto* value = find(key);
        if (value == nullptr) {
            throw Misread(std::string("missing field ") + key);
        }
        return *value;
    }

    [[nodiscard]] std::int64_t integer(const char* key) const { return whole(need(key)); }
    [[nodiscard]] std::int64_t integer(const char* key, std::int64_t otherwise) const {
        const auto* value = find(key);
        return value == nullptr ? otherwise : whole(*value);
    }
    [[nodiscard]] std::optional<std::int64_t> maybe_integer(const char* key) const {
        const auto* value = find(key);
        return value == nullptr ? std::nullopt : std::optional(whole(*value));
    }
    [[nodiscard]] double number(const char* key, double otherwise) const {
        const auto* value = find(key);
        return value == nullptr ? otherwise : real(*value);
    }
    [[nodiscard]] std::string text(const char* key) const { return word(need(key)); }
    [[nodiscard]] std::string text(const char* key, const char* otherwise) const {
        const auto* value = find(key);
        return value == nullptr ? otherwise : word(*value);
    }

    // Applies `read` to each item of a list; a list that is not there is empty.
    template <typename Read>
    [[nodiscard]] auto list(const char* key, Read read) const {
        std::vector<decltype(read(msgpack::object()))> items;
        const auto* value = find(key);
        if (value == nullptr) {
            return items;
        }
        if (value->type != msgpack::type::ARRAY) {
            throw Misread(std::string("expected a list: ") + key);
        }
        for (std::uint32_t index = 0; index < value->via.array.size; ++index) {
            items.push_back(read(value->via.array.ptr[index]));
        }
        return items;
    }

    [[nodiscard]] static std::string word(const msgpack::object& value) {
        if (value.type != msgpack::type::STR) {
            throw Misread("expected a text");
        }
        return {value.via.str.ptr, value.via.str.size};
    }

   private:
    [[nodiscard]] static std::int64_t whole(const msgpack::object& value) {
        if (value.type == msgpack::type::NEGATIVE_INTEGER) {
            return value.via.i64;
        }
        if (value.type != msgpack::type::POSITIVE_INTEGER || value.via.u64 > INT64_MAX) {
            throw Misread("expected an integer");
        }
        return static_cast<std::int64_t>(value.via.u64);
    }

    [[nodiscard]] static double real(const msgpack::object& value) {
        const bool is_float = value.type == msgpack::type::FLOAT32 || value.type == msgpack::type::FLOAT64;
        return is_float ? value.via.f64 : static_cast<double>(whole(value));
    }

    msgpack::object_map map_;
};

// Unpacks exactly one map and hands it to `use`. Sizes and depth are bounded; throws Misread or msgpack's own errors.
template <typename Use>
auto with_map(const char* data, std::size_t size, Use use) {
    constexpr std::size_t kItems = 16'384, kBytes = std::size_t{1} << 20, kDepth = 16;
    if (size == 0 || size > kBytes) {
        throw Misread("expected 1 byte to 1 MiB");
    }
    std::size_t offset = 0;
    const auto handle = msgpack::unpack(data, size, offset, nullptr, nullptr,
                                        msgpack::unpack_limit(kItems, kItems, kBytes, kBytes, kBytes, kDepth));
    if (offset != size) {
        throw Misread("expected nothing after the map");
    }
    return use(Fields(handle.get()));
}

}  // namespace hobnail::client
