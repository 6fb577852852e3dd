// The instrument as DPF wants it. Everything that it does is in hobnail_daw/instrument.hpp.
#include <algorithm>
#include <array>
#include <cstdlib>

#include "DistrhoPlugin.hpp"
#include "hobnail_daw/instrument.hpp"
#include "hobnail_daw/lines.hpp"
#include "hobnail_daw/preset_file.hpp"

START_NAMESPACE_DISTRHO

namespace daw = hobnail::daw;

namespace {

constexpr std::uint32_t kTexts = 14;
constexpr const char* kTextKeys[kTexts] = {"address", "server_key", "own_key", "palettes", "buffer_ms", "prompt1", "prompt2",
                                           "prompt3", "prompt4",    "prompt5", "prompt6",  "prompt7",   "prompt8",
                                           "share"};
constexpr std::size_t kMostMidi = 512;

// LV2 tells a plug-in by a port of its own that it is not rendered in real time.
#ifdef DISTRHO_PLUGIN_TARGET_LV2
constexpr std::uint32_t kFreewheel = daw::kParameters, kShown = daw::kParameters + 1;
#else
constexpr std::uint32_t kFreewheel = ~0U, kShown = daw::kParameters;
#endif

}  // namespace

class HobnailPlugin : public Plugin {
   public:
    HobnailPlugin() : Plugin(kShown, static_cast<std::uint32_t>(daw::kPresets.size()), kTexts) {
        begin_with_words();
        if (const char* address = std::getenv("HOBNAIL_ADDRESS")) {  // for hosts that are run by scripts
            instrument_.set_text("address", address);
        }
        arrange();
    }

    void set_offline(bool offline) noexcept { instrument_.set_offline(offline); }

    void load(const daw::PresetValues& preset) {
        for (std::uint32_t knob = 0; knob < daw::kInputs; ++knob) {
            instrument_.set_parameter(knob, preset.knobs[knob]);
        }
        for (const auto& [key, text] : preset.texts) {
            instrument_.set_text(key, text);
        }
    }

   protected:
    const char* getLabel() const override { return "Hobnail"; }
    const char* getDescription() const override { return "Foley from a running Hobnail server, on a track."; }
    const char* getMaker() const override { return "The Hobnail developers"; }
    const char* getLicense() const override { return "Apache-2.0"; }
    std::uint32_t getVersion() const override { return d_version(0, 1, 0); }
    std::int64_t getUniqueId() const override { return d_cconst('H', 'b', 'n', 'l'); }

    void initParameter(std::uint32_t index, Parameter& parameter) override {
        if (index == kFreewheel) {
            parameter.hints = kParameterIsBoolean | kParameterIsInteger;
            parameter.name = "Freewheel";
            parameter.symbol = "freewheel";
            return;
        }
        const auto& info = daw::kParameterInfo[index];
        const bool shown = info.kind == daw::Kind::shown_choice || info.kind == daw::Kind::shown_whole;
        parameter.hints = shown ? kParameterIsOutput : kParameterIsAutomatable;
        parameter.hints |= info.kind == daw::Kind::real ? 0 : kParameterIsInteger;
        parameter.name = info.name;
        parameter.symbol = info.symbol;
        parameter.unit = info.unit;
        parameter.ranges = ParameterRanges(info.usual, info.least, info.most);
        if (info.words != nullptr) {
            const auto count = static_cast<std::uint8_t>(info.most + 1.0F);
            auto* values = new ParameterEnumerationValue[count];  // DPF deletes it
            for (std::uint8_t word = 0; word < count; ++word) {
                values[word] = ParameterEnumerationValue(word, info.words[word]);
            }
            parameter.enumValues.values = values;
            parameter.enumValues.count = count;
            parameter.enumValues.restrictedMode = true;
        }
    }

    void initProgramName(std::uint32_t index, String& name) override { name = daw::kPresets[index].name; }

    void initState(std::uint32_t index, State& state) override {
        state.key = kTextKeys[index];
        state.label = kTextKeys[index];
        state.defaultValue = instrument_.text(kTextKeys[index]).c_str();
    }

    float getParameterValue(std::uint32_t index) const override {
        return index == kFreewheel ? freewheel_ : instrument_.parameter(index);
    }

    void setParameterValue(std::uint32_t index, float value) override {
        if (index == kFreewheel) {
            freewheel_ = value;
            instrument_.set_offline(value > 0.5F);
        } else {
            instrument_.set_parameter(index, value);
        }
    }

    void loadProgram(std::uint32_t index) override {
        if (index == program_) {  // hosts say it again with every project, whose own words and knobs must stay
            return;
        }
        program_ = index;
        load(daw::values_of(daw::kPresets[index]));
    }

    String getState(const char* key) const override { return String(instrument_.text(key).c_str()); }

    void setState(const char* key, const char* value) override {
        instrument_.set_text(key, value);
        if (!is_active_) {
            arrange();
        }
    }

    void activate() override {
        arrange();
        is_active_ = true;
        instrument_.activate();
    }
    void deactivate() override {
        instrument_.deactivate();
        is_active_ = false;
    }
    void bufferSizeChanged(std::uint32_t) override { arrange(); }
    void sampleRateChanged(double) override { arrange(); }

    void run(const float**, float** outputs, std::uint32_t frames, const MidiEvent* events, std::uint32_t count) override {
        std::array<daw::MidiIn, kMostMidi> midi;
        const auto taken = std::min<std::size_t>(count, kMostMidi);
        for (std::size_t index = 0; index < taken; ++index) {
            const auto& event = events[index];
            const auto* data = event.size > MidiEvent::kDataSize ? event.dataExt : event.data;
            midi[index] = {event.frame, event.size, data};
        }
        const TimePosition& position = getTimePosition();
        const double tempo = position.bbt.valid ? position.bbt.beatsPerMinute : 0.0;
        const daw::HostTime time{position.playing, static_cast<std::int64_t>(position.frame), tempo};
        instrument_.process(time, midi.data(), taken, outputs[0], outputs[1], frames);
    }

   private:
    // What the user's own file says that new instruments begin with.
    void begin_with_words() {
        const auto path = daw::data_folder() + "/plugin.txt";
        try {
            auto texts = daw::first_texts(path);
            for (const char* key : kTextKeys) {
                instrument_.set_text(key, *texts.find(key));
            }
        } catch (const std::exception& error) {
            d_stderr("Hobnail: %s is not used: %s", path.c_str(), error.what());
        }
    }

    void arrange() {
        instrument_.configure(getSampleRate(), getBufferSize());
        setLatency(static_cast<std::uint32_t>(instrument_.latency_frames()));
    }

    daw::Instrument instrument_;
    float freewheel_ = 0.0F;
    std::uint32_t program_ = 0;
    bool is_active_ = false;
};

Plugin* createPlugin() { return new HobnailPlugin(); }

END_NAMESPACE_DISTRHO

void hobnail_set_offline(void* plugin, bool offline) {
    USE_NAMESPACE_DISTRHO
    static_cast<HobnailPlugin*>(static_cast<Plugin*>(plugin))->set_offline(offline);
}

void hobnail_load_preset(void* plugin, const hobnail::daw::PresetValues& preset) {
    USE_NAMESPACE_DISTRHO
    static_cast<HobnailPlugin*>(static_cast<Plugin*>(plugin))->load(preset);
}
