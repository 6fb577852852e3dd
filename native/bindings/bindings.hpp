// One function per binding file, called by module.cpp in an order in which each class's base comes first.
#pragma once

#include <pybind11/pybind11.h>

namespace hobnail {

void bind_rings(pybind11::module_& module);
void bind_renderers(pybind11::module_& module);
void bind_synth(pybind11::module_& module);
void bind_spectral(pybind11::module_& module);
void bind_mixer(pybind11::module_& module);
void bind_standing_lines(pybind11::module_& module);  // of another module than the rest

}  // namespace hobnail
