// A preset of a user's own, in a text file: lines `symbol = value` for parameters, `prompt1 = words` for what is said.
#pragma once

#include <array>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>

#include "hobnail_daw/lines.hpp"
#include "hobnail_daw/parameters.hpp"
#include "hobnail_daw/texts.hpp"

namespace hobnail::daw {

// What a preset sets: every parameter, and some texts.
struct PresetValues {
    std::string name;
    std::array<float, kInputs> knobs{};
    std::map<std::string, std::string> texts;
};

[[nodiscard]] inline PresetValues values_of(const Preset& preset) {
    return {preset.name, preset.values, {{"prompt1", preset.prompt}}};
}

namespace detail {

// A number in the parameter's range, or one of its words.
[[nodiscard]] inline float knob_of(const ParameterInfo& info, const std::string& value) {
    for (std::uint32_t word = 0; info.words != nullptr && static_cast<float>(word) <= info.most; ++word) {
        if (value == info.words[word]) {
            return static_cast<float>(word);
        }
    }
    char* end = nullptr;
    const float number = std::strtof(value.c_str(), &end);
    if (value.empty() || *end != '\0' || !(number >= info.least && number <= info.most)) {
        throw std::invalid_argument(std::string(info.symbol) + " cannot be '" + value + "'");
    }
    return number;
}

inline void set(PresetValues& preset, const std::string& key, const std::string& value) {
    for (std::uint32_t index = 0; index < kInputs; ++index) {
        if (key == kParameterInfo[index].symbol) {
            preset.knobs[index] = knob_of(kParameterInfo[index], value);
            return;
        }
    }
    Texts texts;
    const bool words = key.rfind("prompt", 0) == 0 && texts.find(key) != nullptr;
    if (key == "name") {
        preset.name = value;
    } else if (words || key == "palettes") {
        preset.texts[key] = value;
    } else {
        throw std::invalid_argument("a preset has no '" + key + "'");
    }
}

}  // namespace detail

// [control] Reads a file; what it does not name is as it comes. Throws std::invalid_argument with what is wrong in it.
[[nodiscard]] inline PresetValues read_preset(const std::string& path) {
    std::ifstream file(path);
    if (!file) {
        throw std::invalid_argument("it cannot be read");
    }
    auto preset = values_of(kPresets[0]);
    const auto slash = path.find_last_of("/\\") + 1;  // npos + 1 is 0
    preset.name = path.substr(slash, path.rfind('.') == std::string::npos ? path.npos : path.rfind('.') - slash);
    read_lines(file, [&preset](const std::string& key, const std::string& value) { detail::set(preset, key, value); });
    return preset;
}

}  // namespace hobnail::daw
