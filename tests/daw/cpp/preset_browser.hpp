// A host's browser of presets, with the structs of clap/factory/preset-discovery.h and clap/ext/preset-load.h written
// down once more: DPF does not bring them, and the plug-in's own are what is tried here.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "clap/entry.h"
#include "clap/plugin.h"

namespace browser {

struct preset_metadata_receiver {
    void* receiver_data;
    void (*on_error)(const preset_metadata_receiver*, int32_t os_error, const char* error_message);
    bool (*begin_preset)(const preset_metadata_receiver*, const char* name, const char* load_key);
    void (*add_plugin_id)(const preset_metadata_receiver*, const char* const* abi_and_id);
    void (*set_soundpack_id)(const preset_metadata_receiver*, const char* soundpack_id);
    void (*set_flags)(const preset_metadata_receiver*, uint32_t flags);
    void (*add_creator)(const preset_metadata_receiver*, const char* creator);
    void (*set_description)(const preset_metadata_receiver*, const char* description);
    void (*set_timestamps)(const preset_metadata_receiver*, uint64_t creation_time, uint64_t modification_time);
    void (*add_feature)(const preset_metadata_receiver*, const char* feature);
    void (*add_extra_info)(const preset_metadata_receiver*, const char* key, const char* value);
};

struct preset_location {
    uint32_t flags;
    const char* name;
    uint32_t kind;
    const char* location;
};

struct preset_filetype {
    const char* name;
    const char* description;
    const char* file_extension;
};

struct preset_indexer {
    clap_version_t clap_version;
    const char *name, *vendor, *url, *version;
    void* indexer_data;
    bool (*declare_filetype)(const preset_indexer*, const preset_filetype*);
    bool (*declare_location)(const preset_indexer*, const preset_location*);
    bool (*declare_soundpack)(const preset_indexer*, const void*);
    const void* (*get_extension)(const preset_indexer*, const char* extension_id);
};

struct preset_provider {
    const void* desc;
    void* provider_data;
    bool (*init)(const preset_provider*);
    void (*destroy)(const preset_provider*);
    bool (*get_metadata)(const preset_provider*, uint32_t kind, const char* location, const preset_metadata_receiver*);
    const void* (*get_extension)(const preset_provider*, const char* extension_id);
};

struct provider_descriptor {
    clap_version_t clap_version;
    const char *id, *name, *vendor;
};

struct preset_factory {
    uint32_t (*count)(const preset_factory*);
    const provider_descriptor* (*get_descriptor)(const preset_factory*, uint32_t index);
    const preset_provider* (*create)(const preset_factory*, const preset_indexer*, const char* provider_id);
};

struct plugin_preset_load {
    bool (*from_location)(const clap_plugin_t*, uint32_t kind, const char* location, const char* load_key);
};

struct host_preset_load {
    void (*on_error)(const clap_host_t*, uint32_t kind, const char*, const char*, int32_t os_error, const char* message);
    void (*loaded)(const clap_host_t*, uint32_t kind, const char* location, const char* load_key);
};

inline void load_failed(const clap_host_t*, uint32_t, const char*, const char*, int32_t, const char* message) {
    std::fprintf(stderr, "preset: %s\n", message);
}
inline void load_went_well(const clap_host_t*, uint32_t, const char*, const char*) {}
inline const host_preset_load kTold{load_failed, load_went_well};

// What a crawl finds: each preset as "kind|name|key|for|words", in order.
struct Crawl {
    struct Place {
        std::uint32_t kind;
        std::string location;
    };
    std::string extension;
    std::vector<Place> places;
    std::vector<std::string> presets;
    std::uint32_t kind = 0;

    static Crawl& of(const preset_metadata_receiver* receiver) { return *static_cast<Crawl*>(receiver->receiver_data); }
    static Crawl& of(const preset_indexer* indexer) { return *static_cast<Crawl*>(indexer->indexer_data); }

    void run(const clap_plugin_entry_t& entry) {
        const auto* factory = static_cast<const preset_factory*>(entry.get_factory("clap.preset-discovery-factory/2"));
        if (factory == nullptr || factory->count(factory) != 1) {
            return;
        }
        const preset_indexer indexer{CLAP_VERSION, "Hobnail's tests", "", "", "1", this, filetype, place, pack, nothing};
        const auto* provider = factory->create(factory, &indexer, factory->get_descriptor(factory, 0)->id);
        if (provider->init(provider)) {
            const preset_metadata_receiver receiver{this, error, begin, plugin, text, flags, text, words, times, text, info};
            for (const auto& [of_kind, location] : places) {
                kind = of_kind;
                if (kind == 1) {
                    provider->get_metadata(provider, kind, nullptr, &receiver);
                    continue;
                }
                for (const auto& file : std::filesystem::directory_iterator(location)) {
                    if (file.path().extension() == "." + extension) {
                        provider->get_metadata(provider, kind, file.path().c_str(), &receiver);
                    }
                }
            }
        }
        provider->destroy(provider);
    }

    static bool filetype(const preset_indexer* indexer, const preset_filetype* type) {
        of(indexer).extension = type->file_extension;
        return true;
    }
    static bool place(const preset_indexer* indexer, const preset_location* found) {
        of(indexer).places.push_back({found->kind, found->location == nullptr ? "" : found->location});
        return true;
    }
    static bool pack(const preset_indexer*, const void*) { return false; }
    static const void* nothing(const preset_indexer*, const char*) { return nullptr; }
    static void error(const preset_metadata_receiver* receiver, int32_t, const char* message) {
        of(receiver).presets.push_back(std::string("error|") + message);
    }
    static bool begin(const preset_metadata_receiver* receiver, const char* name, const char* key) {
        auto& crawl = of(receiver);
        crawl.presets.push_back(std::to_string(crawl.kind) + "|" + name + "|" + (key == nullptr ? "" : key));
        return true;
    }
    static void plugin(const preset_metadata_receiver* receiver, const char* const* id) {
        of(receiver).presets.back() += std::string("|") + id[0] + ":" + id[1];
    }
    static void words(const preset_metadata_receiver* receiver, const char* text) {
        of(receiver).presets.back() += std::string("|") + text;
    }
    static void text(const preset_metadata_receiver*, const char*) {}
    static void flags(const preset_metadata_receiver*, uint32_t) {}
    static void times(const preset_metadata_receiver*, uint64_t, uint64_t) {}
    static void info(const preset_metadata_receiver*, const char*, const char*) {}
};

}  // namespace browser
