// One function per binding file.
#pragma once

#include <pybind11/pybind11.h>

namespace hobnail {

void bind_rings(pybind11::module_& module);
void bind_synth(pybind11::module_& module);
void bind_mixer(pybind11::module_& module);

}  // namespace hobnail
