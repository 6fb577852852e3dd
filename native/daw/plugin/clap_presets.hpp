// Presets for CLAP hosts, which DPF does not show them: a provider that lists them, and the words to load one. The
// structs are those of clap/factory/preset-discovery.h and clap/ext/preset-load.h, which this DPF does not bring.
#pragma once

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <string>

#include "clap/plugin.h"
#include "hobnail_daw/lines.hpp"
#include "hobnail_daw/preset_file.hpp"

// Of the instance that DPF made; the plug-in defines it.
void hobnail_load_preset(void* plugin, const hobnail::daw::PresetValues& preset);

namespace hobnail::daw::clap {

constexpr const char* kFactoryIds[] = {"clap.preset-discovery-factory/2", "clap.preset-discovery-factory/draft-2"};
constexpr const char* kLoadIds[] = {"clap.preset-load/2", "clap.preset-load.draft/2"};
enum Kind : std::uint32_t { in_file, in_plugin };
enum Flags : std::uint32_t { factory_content = 1, user_content = 2 };

struct UniversalId {
    const char *abi, *id;
};

struct Receiver {
    void* data;
    void(CLAP_ABI* on_error)(const Receiver*, std::int32_t os_error, const char* message);
    bool(CLAP_ABI* begin_preset)(const Receiver*, const char* name, const char* load_key);
    void(CLAP_ABI* add_plugin_id)(const Receiver*, const UniversalId*);
    void(CLAP_ABI* set_soundpack_id)(const Receiver*, const char*);
    void(CLAP_ABI* set_flags)(const Receiver*, std::uint32_t);
    void(CLAP_ABI* add_creator)(const Receiver*, const char*);
    void(CLAP_ABI* set_description)(const Receiver*, const char*);
    void(CLAP_ABI* set_timestamps)(const Receiver*, std::uint64_t created, std::uint64_t modified);
    void(CLAP_ABI* add_feature)(const Receiver*, const char*);
    void(CLAP_ABI* add_extra_info)(const Receiver*, const char* key, const char* value);
};

struct FileType {
    const char *name, *description, *extension;
};

struct Location {
    std::uint32_t flags;
    const char* name;
    std::uint32_t kind;
    const char* location;
};

struct Indexer {
    clap_version_t clap_version;
    const char *name, *vendor, *url, *version;
    void* data;
    bool(CLAP_ABI* declare_filetype)(const Indexer*, const FileType*);
    bool(CLAP_ABI* declare_location)(const Indexer*, const Location*);
    bool(CLAP_ABI* declare_soundpack)(const Indexer*, const void*);
    const void*(CLAP_ABI* get_extension)(const Indexer*, const char*);
};

struct ProviderDescriptor {
    clap_version_t clap_version;
    const char *id, *name, *vendor;
};

struct Provider {
    const ProviderDescriptor* descriptor;
    void* data;
    bool(CLAP_ABI* init)(const Provider*);
    void(CLAP_ABI* destroy)(const Provider*);
    bool(CLAP_ABI* get_metadata)(const Provider*, std::uint32_t kind, const char* location, const Receiver*);
    const void*(CLAP_ABI* get_extension)(const Provider*, const char*);
};

struct Factory {
    std::uint32_t(CLAP_ABI* count)(const Factory*);
    const ProviderDescriptor*(CLAP_ABI* get_descriptor)(const Factory*, std::uint32_t index);
    const Provider*(CLAP_ABI* create)(const Factory*, const Indexer*, const char* id);
};

struct PresetLoad {
    bool(CLAP_ABI* from_location)(const clap_plugin_t*, std::uint32_t kind, const char* location, const char* load_key);
};

struct HostPresetLoad {
    void(CLAP_ABI* on_error)(const clap_host_t*, std::uint32_t kind, const char* location, const char* load_key,
                             std::int32_t os_error, const char* message);
    void(CLAP_ABI* loaded)(const clap_host_t*, std::uint32_t kind, const char* location, const char* load_key);
};

// The preset at a place. Throws std::invalid_argument with what is wrong.
[[nodiscard]] inline PresetValues preset_at(std::uint32_t kind, const char* location, const char* load_key) {
    if (kind == in_file && location != nullptr) {
        return read_preset(location);
    }
    for (std::size_t index = 0; kind == in_plugin && load_key != nullptr && index < kPresets.size(); ++index) {
        if (std::to_string(index) == load_key) {
            return values_of(kPresets[index]);
        }
    }
    throw std::invalid_argument("there is no such preset");
}

namespace detail {

inline const ProviderDescriptor kDescriptor{CLAP_VERSION, "hobnail.presets", "Hobnail presets", "The Hobnail developers"};

inline bool CLAP_ABI init(const Provider* provider) {
    const auto* indexer = static_cast<const Indexer*>(provider->data);
    const FileType type{"Hobnail preset", "Words and parameters of the instrument", "hobnail"};
    const Location own{factory_content, "Hobnail", in_plugin, nullptr};
    bool well = indexer->declare_filetype(indexer, &type) && indexer->declare_location(indexer, &own);
    std::error_code unknown;
    if (const auto folder = data_folder() + "/presets"; std::filesystem::is_directory(folder, unknown)) {
        const Location users{user_content, "Your own", in_file, folder.c_str()};
        well = indexer->declare_location(indexer, &users) && well;
    }
    return well;
}

inline void CLAP_ABI destroy(const Provider* provider) { delete provider; }

inline bool tell(const Receiver* receiver, const PresetValues& preset, const char* load_key) {
    if (!receiver->begin_preset(receiver, preset.name.c_str(), load_key)) {
        return false;
    }
    const UniversalId id{"clap", DISTRHO_PLUGIN_CLAP_ID};
    receiver->add_plugin_id(receiver, &id);
    receiver->add_feature(receiver, "instrument");
    const auto words = preset.texts.find("prompt1");
    if (words != preset.texts.end() && !words->second.empty()) {
        receiver->set_description(receiver, words->second.c_str());
    }
    return true;
}

inline bool CLAP_ABI get_metadata(const Provider*, std::uint32_t kind, const char* location, const Receiver* receiver) {
    try {
        if (kind == in_file) {
            return tell(receiver, preset_at(kind, location, nullptr), nullptr);
        }
        for (std::size_t index = 0; index < kPresets.size(); ++index) {
            if (!tell(receiver, values_of(kPresets[index]), std::to_string(index).c_str())) {
                break;
            }
        }
        return true;
    } catch (const std::exception& error) {
        receiver->on_error(receiver, 0, error.what());
        return false;
    }
}

inline const void* CLAP_ABI no_extension(const Provider*, const char*) { return nullptr; }

inline std::uint32_t CLAP_ABI count(const Factory*) { return 1; }

inline const ProviderDescriptor* CLAP_ABI descriptor(const Factory*, std::uint32_t index) {
    return index == 0 ? &kDescriptor : nullptr;
}

inline const Provider* CLAP_ABI create(const Factory*, const Indexer* indexer, const char* id) {
    if (std::strcmp(id, kDescriptor.id) != 0) {
        return nullptr;
    }
    return new Provider{&kDescriptor, const_cast<Indexer*>(indexer), init, destroy, get_metadata, no_extension};
}

}  // namespace detail

// [control] Gives an instance the preset at a place, and tells the host what came of it.
inline bool load(const clap_host_t* host, void* plugin, std::uint32_t kind, const char* location, const char* load_key) {
    const auto* told = static_cast<const HostPresetLoad*>(host->get_extension(host, kLoadIds[0]));
    if (told == nullptr) {
        told = static_cast<const HostPresetLoad*>(host->get_extension(host, kLoadIds[1]));
    }
    try {
        hobnail_load_preset(plugin, preset_at(kind, location, load_key));
    } catch (const std::exception& error) {
        if (told != nullptr) {
            told->on_error(host, kind, location, load_key, 0, error.what());
        }
        return false;
    }
    if (told != nullptr) {
        told->loaded(host, kind, location, load_key);
    }
    return true;
}

inline const Factory kFactory{detail::count, detail::descriptor, detail::create};

[[nodiscard]] inline bool is_one_of(const char* id, const char* const (&ids)[2]) {
    return std::strcmp(id, ids[0]) == 0 || std::strcmp(id, ids[1]) == 0;
}

}  // namespace hobnail::daw::clap
