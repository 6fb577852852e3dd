// What of an instrument is text, and so belongs to the project and not to automation.
#pragma once

#include <algorithm>
#include <array>
#include <cstdlib>
#include <sstream>
#include <string>

#include "hobnail_daw/parameters.hpp"

namespace hobnail::daw {

struct Texts {
    std::string address = "tcp://127.0.0.1:9710";
    std::string server_key, own_key;  // files of CURVE keys, for a server on another machine
    std::string palettes;             // ids, with commas between; the parameter chooses one
    std::string share = "auto";       // the sound through shared memory, where the server is of this machine; "off": never
    std::string buffer_ms = "32";     // kept ready, beside one block of the host: more is safer and later
    std::array<std::string, kPromptSlots> prompts;

    // The text of a key of the plug-in's state; none: nullptr.
    [[nodiscard]] std::string* find(const std::string& key) {
        if (key.rfind("prompt", 0) == 0 && key.size() == 7 && key[6] >= '1' && key[6] < '1' + static_cast<int>(kPromptSlots)) {
            return &prompts[static_cast<std::size_t>(key[6] - '1')];
        }
        return key == "address"      ? &address
               : key == "server_key" ? &server_key
               : key == "own_key"    ? &own_key
               : key == "palettes"   ? &palettes
               : key == "buffer_ms"  ? &buffer_ms
               : key == "share"      ? &share
                                     : nullptr;
    }

    // Of the session. At least what makes a bounce exact: a session looks 1024 frames ahead.
    [[nodiscard]] double buffer_frames() const {
        return std::clamp(std::strtod(buffer_ms.c_str(), nullptr) * 48.0, 1'088.0, 24'000.0);
    }

    // The id in a slot from 1; empty: none.
    [[nodiscard]] std::string palette(std::size_t slot) const {
        std::istringstream list(palettes);
        std::string id;
        for (std::size_t at = 0; at < slot; ++at) {
            if (!std::getline(list, id, ',')) {
                return "";
            }
        }
        const auto first = id.find_first_not_of(' '), last = id.find_last_not_of(' ');
        return slot == 0 || first == std::string::npos ? "" : id.substr(first, last - first + 1);
    }
};

inline constexpr std::array<const char*, 14> kTextKeys{"address", "server_key", "own_key", "palettes", "buffer_ms",
                                                       "prompt1", "prompt2",    "prompt3", "prompt4",  "prompt5",
                                                       "prompt6", "prompt7",    "prompt8", "share"};

}  // namespace hobnail::daw
