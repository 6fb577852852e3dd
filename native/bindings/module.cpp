// The door to Python. Only this folder includes pybind11.
#include <pybind11/pybind11.h>

#include "bindings.hpp"

PYBIND11_MODULE(_core, module) {
    module.doc() = "Native parts: rings, queue, clock page, synthesiser, spectral decoder, mixer.";
    hobnail::bind_rings(module);
    hobnail::bind_renderers(module);  // defines VoiceRenderer, the base of what follows
    hobnail::bind_synth(module);
    hobnail::bind_spectral(module);
    hobnail::bind_mixer(module);
}
