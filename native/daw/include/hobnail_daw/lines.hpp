// Text files of lines `key = value`, which people write; where such files are; and what new instruments begin with.
#pragma once

#include <cstdlib>
#include <fstream>
#include <istream>
#include <stdexcept>
#include <string>

#include "hobnail_daw/texts.hpp"

namespace hobnail::daw {

// Where a user keeps files for the plug-in.
[[nodiscard]] inline std::string data_folder() {
    const char *data = std::getenv("XDG_DATA_HOME"), *home = std::getenv("HOME");
    const std::string base = data != nullptr && *data != '\0' ? data : std::string(home != nullptr ? home : "") + "/.local/share";
    return base + "/hobnail";
}

[[nodiscard]] inline std::string trimmed(const std::string& text) {
    const auto first = text.find_first_not_of(" \t\r"), last = text.find_last_not_of(" \t\r");
    return first == std::string::npos ? "" : text.substr(first, last - first + 1);
}

// [control] Hands every line's key and value to `set`; empty lines and those that begin with # are notes. Throws
// std::invalid_argument with the number of the line that has a fault, or at which `set` threw one.
template <typename Set>
void read_lines(std::istream& file, Set set) {
    std::size_t number = 0;
    for (std::string line; std::getline(file, line);) {
        ++number;
        const auto text = trimmed(line);
        if (text.empty() || text[0] == '#') {
            continue;
        }
        const auto equals = text.find('=');
        try {
            if (equals == std::string::npos) {
                throw std::invalid_argument("no '=' stands here");
            }
            set(trimmed(text.substr(0, equals)), trimmed(text.substr(equals + 1)));
        } catch (const std::invalid_argument& error) {
            throw std::invalid_argument("line " + std::to_string(number) + ": " + error.what());
        }
    }
}

// [control] The texts of a new instrument: a user's own where there is a file of them, all or none. Throws
// std::invalid_argument with what is wrong in it.
[[nodiscard]] inline Texts first_texts(const std::string& path) {
    Texts texts;
    std::ifstream file(path);
    read_lines(file, [&texts](const std::string& key, const std::string& value) {
        std::string* text = texts.find(key);
        if (text == nullptr) {
            throw std::invalid_argument("there is no text '" + key + "'");
        }
        *text = value;
    });
    return texts;
}

}  // namespace hobnail::daw
