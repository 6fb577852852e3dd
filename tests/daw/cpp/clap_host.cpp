// A small CLAP host: scans, activates, plays notes, and saves and loads the state, as the format says that hosts do.
//
//     clap_host path=Hobnail.clap block=512 frames=48000 out=sound.f32 note=4800:72:100 set=texture:0.25 save=state.bin
#include <dlfcn.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "clap/entry.h"
#include "clap/ext/audio-ports.h"
#include "clap/ext/latency.h"
#include "clap/ext/note-ports.h"
#include "clap/ext/params.h"
#include "clap/ext/state.h"
#include "clap/plugin-factory.h"
#include "preset_browser.hpp"

namespace {

struct Wish {
    std::string path, out, save, load, preset, way = "offline", dialect = "note";
    double rate = 48'000.0;
    long frames = 48'000, song_frame = -1;
    std::uint32_t block = 512;
    std::vector<clap_event_note_t> notes;  // header.time: frame of the whole
    std::map<std::string, double> knobs;   // symbol -> value
};

[[noreturn]] void fail(const char* what) {
    std::fprintf(stderr, "clap_host: %s\n", what);
    std::exit(2);
}

void check(bool holds, const char* what) {
    if (!holds) {
        fail(what);
    }
}

clap_event_note_t note_event(long frame, int key, double velocity, std::uint16_t type) {
    clap_event_note_t note{};
    note.header = {sizeof note, static_cast<std::uint32_t>(frame), CLAP_CORE_EVENT_SPACE_ID, type, 0};
    note.note_id = -1;
    note.key = static_cast<std::int16_t>(key);
    note.velocity = velocity;
    return note;
}

Wish read(int count, char** words) {
    Wish wish;
    for (int index = 1; index < count; ++index) {
        const std::string word = words[index];
        const auto key = word.substr(0, word.find('=')), value = word.substr(word.find('=') + 1);
        long frame = 0, held = 4'800;
        int note = 0, velocity = 0;
        if (key == "path") wish.path = value;
        if (key == "out") wish.out = value;
        if (key == "save") wish.save = value;
        if (key == "load") wish.load = value;
        if (key == "preset") wish.preset = value;  // kind:location or key
        if (key == "way") wish.way = value;
        if (key == "dialect") wish.dialect = value;
        if (key == "rate") wish.rate = std::stod(value);
        if (key == "frames") wish.frames = std::stol(value);
        if (key == "song_frame") wish.song_frame = std::stol(value);
        if (key == "block") wish.block = static_cast<std::uint32_t>(std::stoul(value));
        if (key == "set") wish.knobs[value.substr(0, value.find(':'))] = std::stod(value.substr(value.find(':') + 1));
        if (key == "note" && std::sscanf(value.c_str(), "%ld:%d:%d:%ld", &frame, &note, &velocity, &held) >= 3) {
            wish.notes.push_back(note_event(frame, note, velocity / 127.0, CLAP_EVENT_NOTE_ON));
            wish.notes.push_back(note_event(frame + held, note, 0.0, CLAP_EVENT_NOTE_OFF));
        }
    }
    std::stable_sort(wish.notes.begin(), wish.notes.end(),
                     [](const auto& a, const auto& b) { return a.header.time < b.header.time; });
    return wish;
}

// --- what a host offers: to hear of presets -----------------------------------------------------------------------------

const void* extension_of_host(const clap_host_t*, const char* id) {
    return std::strcmp(id, "clap.preset-load/2") == 0 ? &browser::kTold : nullptr;
}
int restarts = 0;
void restart(const clap_host_t*) { ++restarts; }
void nothing(const clap_host_t*) {}
const clap_host_t kHost{CLAP_VERSION, nullptr, "Hobnail's tests", "Hobnail", "", "1", extension_of_host, restart, nothing, nothing};

// The events of one block.
struct Events {
    std::vector<clap_event_midi_t> midi;
    std::vector<clap_event_note_t> notes;
    std::vector<clap_event_param_value_t> knobs;
    std::vector<const clap_event_header_t*> all;

    static std::uint32_t size(const clap_input_events_t* list) {
        return static_cast<std::uint32_t>(static_cast<const Events*>(list->ctx)->all.size());
    }
    static const clap_event_header_t* get(const clap_input_events_t* list, std::uint32_t index) {
        return static_cast<const Events*>(list->ctx)->all[index];
    }
};
bool drop(const clap_output_events_t*, const clap_event_header_t*) { return true; }

clap_event_midi_t midi_of(const clap_event_note_t& note) {
    clap_event_midi_t midi{};
    midi.header = {sizeof midi, note.header.time, CLAP_CORE_EVENT_SPACE_ID, CLAP_EVENT_MIDI, 0};
    midi.data[0] = note.header.type == CLAP_EVENT_NOTE_ON ? 0x90 : 0x80;
    midi.data[1] = static_cast<std::uint8_t>(note.key);
    midi.data[2] = static_cast<std::uint8_t>(std::lround(note.velocity * 127.0));
    return midi;
}

Events events_of(const Wish& wish, const std::map<std::string, clap_id>& ids, long done, std::uint32_t frames) {
    Events events;
    if (done == 0) {
        for (const auto& [symbol, value] : wish.knobs) {
            clap_event_param_value_t set{};
            set.header = {sizeof set, 0, CLAP_CORE_EVENT_SPACE_ID, CLAP_EVENT_PARAM_VALUE, 0};
            check(ids.count(symbol) == 1, "there is no parameter of that symbol");
            set.param_id = ids.at(symbol);
            set.note_id = set.port_index = set.channel = set.key = -1;
            set.value = value;
            events.knobs.push_back(set);
        }
    }
    for (auto note : wish.notes) {
        const long at = static_cast<long>(note.header.time) - done;
        if (at >= 0 && at < static_cast<long>(frames)) {
            note.header.time = static_cast<std::uint32_t>(at);
            events.notes.push_back(note);
            events.midi.push_back(midi_of(note));
        }
    }
    for (const auto& knob : events.knobs) events.all.push_back(&knob.header);
    for (std::size_t index = 0; index < events.notes.size(); ++index) {
        const bool as_midi = wish.dialect == "midi";
        events.all.push_back(as_midi ? &events.midi[index].header : &events.notes[index].header);
    }
    return events;
}

// --- state ----------------------------------------------------------------------------------------------------------------

std::int64_t write_some(const clap_ostream_t* stream, const void* bytes, std::uint64_t size) {
    const auto some = std::min<std::uint64_t>(size, 100);  // a host may take less than it is offered
    static_cast<std::ofstream*>(stream->ctx)->write(static_cast<const char*>(bytes), static_cast<std::streamsize>(some));
    return static_cast<std::int64_t>(some);
}
std::int64_t read_some(const clap_istream_t* stream, void* bytes, std::uint64_t size) {
    auto* file = static_cast<std::ifstream*>(stream->ctx);
    file->read(static_cast<char*>(bytes), static_cast<std::streamsize>(std::min<std::uint64_t>(size, 100)));
    return file->gcount();
}

struct Render {  // clap/ext/render.h, which DPF does not bring
    bool (*has_hard_realtime_requirement)(const clap_plugin_t*);
    bool (*set)(const clap_plugin_t*, std::int32_t mode);
};

template <typename Extension>
const Extension* extension(const clap_plugin_t* plugin, const char* id) {
    const auto* found = static_cast<const Extension*>(plugin->get_extension(plugin, id));
    check(found != nullptr, id);
    return found;
}

std::string quoted(const char* text) { return '"' + std::string(text) + '"'; }

}  // namespace

int main(int count, char** words) {
    const auto wish = read(count, words);
    const auto begin = std::chrono::steady_clock::now();
    void* binary = dlopen(wish.path.c_str(), RTLD_NOW | RTLD_LOCAL);
    check(binary != nullptr, "the file cannot be loaded");
    const auto* entry = static_cast<const clap_plugin_entry_t*>(dlsym(binary, "clap_entry"));
    check(entry != nullptr && clap_version_is_compatible(entry->clap_version), "there is no clap_entry of this version");
    check(entry->init(wish.path.c_str()), "init failed");
    const auto* factory = static_cast<const clap_plugin_factory_t*>(entry->get_factory(CLAP_PLUGIN_FACTORY_ID));
    check(factory != nullptr && factory->get_plugin_count(factory) == 1, "there is not one plug-in");
    const auto* told = factory->get_plugin_descriptor(factory, 0);
    std::string features;
    for (const char** feature = told->features; *feature != nullptr; ++feature) {
        features += (features.empty() ? "" : ", ") + quoted(*feature);
    }
    browser::Crawl crawl;
    crawl.run(*entry);
    std::string presets;
    for (const auto& preset : crawl.presets) {
        presets += (presets.empty() ? "" : ", ") + quoted(preset.c_str());
    }
    const std::chrono::duration<double> scan = std::chrono::steady_clock::now() - begin;

    const auto* plugin = factory->create_plugin(factory, &kHost, told->id);
    check(plugin != nullptr && plugin->init(plugin), "it cannot be made");
    clap_audio_port_info_t audio{};
    const auto* audio_ports = extension<clap_plugin_audio_ports_t>(plugin, CLAP_EXT_AUDIO_PORTS);
    check(audio_ports->count(plugin, true) == 0 && audio_ports->count(plugin, false) == 1, "it wants other audio ports");
    check(audio_ports->get(plugin, 0, false, &audio) && audio.channel_count == 2, "its output is not stereo");
    clap_note_port_info_t keys{};
    const auto* note_ports = extension<clap_plugin_note_ports_t>(plugin, CLAP_EXT_NOTE_PORTS);
    check(note_ports->count(plugin, true) == 1 && note_ports->get(plugin, 0, true, &keys), "it takes no notes");
    const auto* state = extension<clap_plugin_state_t>(plugin, CLAP_EXT_STATE);
    if (!wish.load.empty()) {
        std::ifstream file(wish.load, std::ios::binary);
        const clap_istream_t stream{&file, read_some};
        check(state->load(plugin, &stream), "it does not load its state");
    }
    check(extension<Render>(plugin, "clap.render")->set(plugin, wish.way == "offline" ? 1 : 0), "it does not render so");

    if (!wish.preset.empty()) {
        const auto kind = static_cast<std::uint32_t>(wish.preset[0] - '0');
        const auto where = wish.preset.substr(2);
        const auto* presets_of = extension<browser::plugin_preset_load>(plugin, "clap.preset-load/2");
        check(presets_of->from_location(plugin, kind, kind == 1 ? nullptr : where.c_str(), kind == 1 ? where.c_str() : nullptr),
              "it does not load the preset");
    }

    const auto* params = extension<clap_plugin_params_t>(plugin, CLAP_EXT_PARAMS);
    std::map<std::string, clap_id> ids;
    for (std::uint32_t index = 0; index < params->count(plugin); ++index) {
        clap_param_info_t info{};
        check(params->get_info(plugin, index, &info), "a parameter says nothing of itself");
        ids[info.module] = info.id;
    }

    check(plugin->activate(plugin, wish.rate, 1, wish.block), "it cannot be activated");
    check(plugin->start_processing(plugin), "it does not begin");
    const auto latency = extension<clap_plugin_latency_t>(plugin, CLAP_EXT_LATENCY)->get(plugin);
    std::vector<float> left(wish.block), right(wish.block), sound;
    const auto playing = std::chrono::steady_clock::now();
    for (long done = 0; done < wish.frames; done += wish.block) {
        if (wish.way == "live") {
            std::this_thread::sleep_until(playing + std::chrono::nanoseconds(std::llround(1e9 * static_cast<double>(done) / wish.rate)));
        }
        auto events = events_of(wish, ids, done, wish.block);
        const clap_input_events_t in{&events, Events::size, Events::get};
        const clap_output_events_t out{nullptr, drop};
        clap_event_transport_t song{};
        song.header = {sizeof song, 0, CLAP_CORE_EVENT_SPACE_ID, CLAP_EVENT_TRANSPORT, 0};
        song.flags = CLAP_TRANSPORT_HAS_TEMPO | CLAP_TRANSPORT_HAS_SECONDS_TIMELINE | CLAP_TRANSPORT_IS_PLAYING;
        song.tempo = 120.0;
        song.song_pos_seconds = std::llround(static_cast<double>(wish.song_frame + done) / wish.rate * CLAP_SECTIME_FACTOR);
        float* sides[] = {left.data(), right.data()};
        clap_audio_buffer_t stereo{sides, nullptr, 2, 0, 0};
        const clap_process_t process{1'000'000 + done, wish.block, wish.song_frame < 0 ? nullptr : &song,
                                     nullptr, &stereo, 0, 1, &in, &out};
        check(plugin->process(plugin, &process) == CLAP_PROCESS_CONTINUE, "it does not process");
        for (std::uint32_t at = 0; at < wish.block; ++at) {
            sound.push_back(left[at]);
            sound.push_back(right[at]);
        }
    }
    plugin->stop_processing(plugin);
    plugin->deactivate(plugin);
    if (!wish.save.empty()) {
        std::ofstream file(wish.save, std::ios::binary);
        const clap_ostream_t stream{&file, write_some};
        check(state->save(plugin, &stream), "it does not save its state");
    }
    std::string knobs;
    for (const auto& [symbol, id] : ids) {
        double value = 0.0;
        char text[64] = "";
        check(params->get_value(plugin, id, &value) && params->value_to_text(plugin, id, value, text, sizeof text), "no value");
        knobs += (knobs.empty() ? "" : ", ") + quoted(symbol.c_str()) + ": [" + std::to_string(value) + ", " + quoted(text) + "]";
    }
    std::printf("{\"id\": %s, \"features\": [%s], \"scan_s\": %g, \"latency\": %u, \"restarts\": %d, \"presets\": [%s], \"parameters\": {%s}}\n",
                quoted(told->id).c_str(), features.c_str(), scan.count(), latency, restarts, presets.c_str(), knobs.c_str());
    plugin->destroy(plugin);
    entry->deinit();
    if (!wish.out.empty()) {
        std::ofstream file(wish.out, std::ios::binary);
        file.write(reinterpret_cast<const char*>(sound.data()), static_cast<std::streamsize>(sound.size() * sizeof(float)));
    }
    return 0;
}
