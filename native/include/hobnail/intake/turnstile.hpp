// What one client may say, and when it was last heard. No clock inside: the time is passed in.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace hobnail::intake {

// Allows `per_s` things a second on average, `burst` at once after a rest.
class TokenBucket {
   public:
    TokenBucket(double per_s, double burst, std::int64_t now_ns)
        : per_ns_(per_s / 1e9), burst_(burst), tokens_(burst), at_ns_(now_ns) {}

    [[nodiscard]] bool holds(std::int64_t now_ns, double amount) const { return tokens_at(now_ns) >= amount; }

    bool take(std::int64_t now_ns, double amount) {
        tokens_ = tokens_at(now_ns);
        at_ns_ = now_ns;
        if (tokens_ < amount) return false;
        tokens_ -= amount;
        return true;
    }

   private:
    [[nodiscard]] double tokens_at(std::int64_t now_ns) const {
        return std::min(burst_, tokens_ + static_cast<double>(now_ns - at_ns_) * per_ns_);
    }

    double per_ns_, burst_, tokens_;
    std::int64_t at_ns_;
};

// A second's worth of each at once after a rest.
class Turnstile {
   public:
    Turnstile(double messages_per_s, double bytes_per_s, std::int64_t now_ns)
        : heard_ns(now_ns), messages_(messages_per_s, messages_per_s, now_ns), bytes_(bytes_per_s, bytes_per_s, now_ns) {}

    std::int64_t heard_ns;  // when the client last said something

    bool take_message(std::int64_t now_ns) { return messages_.take(now_ns, 1.0); }
    bool take_bytes(std::int64_t now_ns, std::size_t bytes) { return bytes_.take(now_ns, static_cast<double>(bytes)); }

    // One message of so many bytes, if both may be had; otherwise nothing is taken, and nothing was heard.
    bool pass(std::int64_t now_ns, std::size_t bytes) {
        if (!messages_.holds(now_ns, 1.0) || !bytes_.holds(now_ns, static_cast<double>(bytes))) return false;
        take_message(now_ns);
        take_bytes(now_ns, bytes);
        heard_ns = now_ns;
        return true;
    }

   private:
    TokenBucket messages_, bytes_;
};

}  // namespace hobnail::intake
