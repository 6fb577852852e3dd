// A stereo effect that breaks when it is told to.
#pragma once

#define DISTRHO_PLUGIN_BRAND "Hobnail's tests"
#define DISTRHO_PLUGIN_NAME "Trouble"
#define DISTRHO_PLUGIN_URI "urn:hobnail:trouble"
#define DISTRHO_PLUGIN_VST3_CATEGORIES "Fx"
#define DISTRHO_PLUGIN_HAS_UI 0
#define DISTRHO_PLUGIN_IS_RT_SAFE 1
#define DISTRHO_PLUGIN_NUM_INPUTS 2
#define DISTRHO_PLUGIN_NUM_OUTPUTS 2
