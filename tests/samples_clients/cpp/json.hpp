// Just enough JSON for a probe to say what it saw.
#pragma once

#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

namespace probe {

class Json {
   public:
    Json& put(const char* key, const std::string& value) { return raw(key, quoted(value)); }
    Json& put(const char* key, const char* value) { return raw(key, quoted(value)); }
    Json& put(const char* key, bool value) { return raw(key, value ? "true" : "false"); }
    Json& put(const char* key, const Json& value) { return raw(key, value.text()); }
    template <typename Number, std::enable_if_t<std::is_arithmetic_v<Number>, int> = 0>
    Json& put(const char* key, Number value) {
        if constexpr (std::is_integral_v<Number>) {
            return raw(key, std::to_string(value));
        } else {
            char text[40];
            std::snprintf(text, sizeof text, "%.17g", static_cast<double>(value));
            return raw(key, text);
        }
    }
    template <typename Value>
    Json& put(const char* key, const std::optional<Value>& value) {
        return value ? put(key, *value) : *this;
    }
    template <typename Item, typename Show>
    Json& list(const char* key, const std::vector<Item>& items, Show show) {
        std::string inside;
        for (const auto& item : items) {
            inside += (inside.empty() ? "" : ", ") + show(item);
        }
        return raw(key, "[" + inside + "]");
    }
    Json& words(const char* key, const std::vector<std::string>& items) { return list(key, items, quoted); }

    [[nodiscard]] std::string text() const { return "{" + fields_ + "}"; }

    static std::string quoted(const std::string& text) {
        std::string out = "\"";
        for (const char one : text) {
            if (one == '"' || one == '\\') {
                out += '\\';
            }
            out += one;
        }
        return out + "\"";
    }

   private:
    Json& raw(const char* key, const std::string& value) {
        fields_ += (fields_.empty() ? "" : ", ") + quoted(key) + ": " + value;
        return *this;
    }

    std::string fields_;
};

}  // namespace probe
