// What a host can see and automate: ids, names, units, ranges, words. Numbers and symbols never change their meaning.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace hobnail::daw {

enum Parameter : std::uint32_t {
    kPitch,
    kIntensity,
    kTexture,
    kMix,
    kPalette,
    kPrompt,
    kGain,
    kSeed,
    kEvent,
    kSurface,
    kRender,
    kInputs,  // how many a host may move
    kStatus = kInputs,
    kLost,
    kParameters,
};

enum class Kind : std::uint8_t { real, whole, choice, shown_choice, shown_whole };

struct ParameterInfo {
    const char* symbol;
    const char* name;
    const char* unit;
    float least, most, usual;
    Kind kind;
    const char* const* words;  // of a choice, one for each whole number from 0
    const char* control;       // the session's control that it moves; none: nullptr
};

struct EventWord {
    const char* name;
    bool sustained;  // a held key: started by it, stopped when it is let go
};

inline constexpr std::uint32_t kPromptSlots = 8;
inline constexpr std::uint32_t kPaletteSlots = 8;

// In the order of the pads, from key 36 up. A server whose engine lacks one refuses it, and nothing sounds.
inline constexpr std::array<EventWord, 13> kEvents{{
    {"footstep", false},
    {"impact", false},
    {"door_open", false},
    {"door_close", false},
    {"splash", false},
    {"cloth", false},
    {"scrape", true},
    {"roll", true},
    {"rain", true},
    {"pour", true},
    {"cloth_move", true},
    {"creak", true},
    {"wind", true},
}};
inline constexpr std::array<const char*, 13> kEventNames{"footstep", "impact", "door open", "door close", "splash",
                                                         "cloth",    "scrape", "roll",      "rain",       "pour",
                                                         "cloth move", "creak", "wind"};

// The first means: none is said, so the prompt decides.
inline constexpr std::array<const char*, 25> kSurfaces{
    "by the prompt", "stone", "concrete", "brick", "tile",  "gravel",  "dirt",   "mud",    "sand",
    "snow",          "ice",   "grass",    "leaves", "wood", "metal",   "glass",  "ceramic", "plastic",
    "rubber",        "leather", "cloth",  "carpet", "paper", "flesh",  "water"};

inline constexpr std::array<const char*, 3> kRenderWays{"as the host says", "live", "offline"};
inline constexpr std::array<const char*, 6> kStatusWords{"off",     "no server: run hobnail serve", "live", "bounce",
                                                         "refused", "no bounce: see docs/plugin.md"};
enum class Status : std::int32_t { off, no_server, live, bounce, refused, no_bounce };

inline constexpr std::array<ParameterInfo, kParameters> kParameterInfo{{
    {"pitch", "Pitch", "semitones", -12.0F, 12.0F, 0.0F, Kind::real, nullptr, "pitch"},
    {"intensity", "Intensity", "dB", -18.0F, 18.0F, 0.0F, Kind::real, nullptr, "intensity"},
    {"texture", "Texture", "", -1.0F, 1.0F, 0.0F, Kind::real, nullptr, "texture"},
    {"mix", "Mix of experts", "", 0.0F, 1.0F, 0.5F, Kind::real, nullptr, "mix"},
    {"palette", "Palette", "", 0.0F, kPaletteSlots, 0.0F, Kind::whole, nullptr, nullptr},
    {"prompt", "Prompt slot", "", 1.0F, kPromptSlots, 1.0F, Kind::whole, nullptr, nullptr},
    {"gain", "Gain", "dB", -60.0F, 12.0F, 0.0F, Kind::real, nullptr, nullptr},
    {"seed", "Seed", "", 0.0F, 9999.0F, 0.0F, Kind::whole, nullptr, nullptr},
    {"event", "Event of the keys", "", 0.0F, kEvents.size() - 1.0F, 0.0F, Kind::choice, kEventNames.data(), nullptr},
    {"surface", "Surface", "", 0.0F, kSurfaces.size() - 1.0F, 0.0F, Kind::choice, kSurfaces.data(), nullptr},
    {"render", "Render", "", 0.0F, kRenderWays.size() - 1.0F, 0.0F, Kind::choice, kRenderWays.data(), nullptr},
    {"status", "Status", "", 0.0F, kStatusWords.size() - 1.0F, 0.0F, Kind::shown_choice, kStatusWords.data(), nullptr},
    {"lost", "Sound lost", "ms", 0.0F, 1.0e6F, 0.0F, Kind::shown_whole, nullptr, nullptr},
}};

// 0..1 of a parameter's own range, as controls travel.
[[nodiscard]] inline double normalised(const ParameterInfo& info, double value) noexcept {
    const double least = info.least, most = info.most;
    const double share = (value - least) / (most - least);
    return share < 0.0 ? 0.0 : share > 1.0 ? 1.0 : share;
}

struct Preset {
    const char* name;
    const char* prompt;
    std::array<float, kInputs> values;
};

//                                       pitch  int  text mix   pal prompt gain seed event surface render
inline constexpr std::array<Preset, 9> kPresets{{
    {"As it comes", "", {0, 0, 0, 0.5F, 0, 1, 0, 0, 0, 0, 0}},
    {"Leather boots on gravel", "leather boots", {0, 0, 0, 0.5F, 0, 1, 0, 0, 0, 5, 0}},
    {"Sneakers on wood", "sneakers", {1, -4, -0.2F, 0.5F, 0, 1, 0, 0, 0, 13, 0}},
    {"Steps in snow", "heavy boots", {-1, 0, 0.1F, 0.5F, 0, 1, 0, 0, 0, 9, 0}},
    {"Crate on stone", "a heavy wooden crate", {-2, 3, 0, 0.5F, 0, 1, 0, 0, 1, 1, 0}},
    {"Glass", "a small glass bottle", {2, 0, 0, 0.5F, 0, 1, 0, 0, 1, 15, 0}},
    {"Old door", "an old oak door", {-1, 0, 0.3F, 0.5F, 0, 1, 0, 0, 3, 13, 0}},
    {"Rain on leaves", "rain", {0, 0, 0, 0.5F, 0, 1, 0, 0, 8, 12, 0}},
    {"Wind", "wind over a field", {0, -3, 0, 0.5F, 0, 1, 0, 0, 12, 11, 0}},
}};

}  // namespace hobnail::daw
