// What DPF is told of the plug-in. Ids stay as they are for ever: projects find it by them.
#pragma once

#define DISTRHO_PLUGIN_BRAND "Hobnail"
#define DISTRHO_PLUGIN_NAME "Hobnail"
#define DISTRHO_PLUGIN_URI "urn:hobnail:instrument"
#define DISTRHO_PLUGIN_CLAP_ID "hobnail.instrument"
#define DISTRHO_PLUGIN_CLAP_FEATURES "instrument", "synthesizer", "stereo"
#define DISTRHO_PLUGIN_LV2_CATEGORY "lv2:InstrumentPlugin"
#define DISTRHO_PLUGIN_VST3_CATEGORIES "Instrument|Synth|Stereo"
#define DISTRHO_PLUGIN_HAS_UI 0
#define DISTRHO_PLUGIN_IS_RT_SAFE 1
#define DISTRHO_PLUGIN_IS_SYNTH 1
#define DISTRHO_PLUGIN_NUM_INPUTS 0
#define DISTRHO_PLUGIN_NUM_OUTPUTS 2
#define DISTRHO_PLUGIN_WANT_MIDI_INPUT 1
#define DISTRHO_PLUGIN_WANT_TIMEPOS 1
#define DISTRHO_PLUGIN_WANT_LATENCY 1
#define DISTRHO_PLUGIN_WANT_PROGRAMS 1
#define DISTRHO_PLUGIN_WANT_STATE 1
#define DISTRHO_PLUGIN_WANT_FULL_STATE 1

// Whether the host renders offline, which DPF does not hand on: `hobnail plugin build` puts calls of this where VST3
// and CLAP tell it. `plugin` is the instance that DPF made.
void hobnail_set_offline(void* plugin, bool offline);
