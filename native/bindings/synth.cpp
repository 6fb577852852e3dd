// SynthPatch and SynthRenderer for Python.
#include "hobnail/synth/renderer.hpp"

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "bindings.hpp"

namespace py = pybind11;

namespace hobnail {
namespace {

using synth::Patch;
using synth::SynthRenderer;
using Table = py::array_t<float, py::array::c_style | py::array::forcecast>;

// Copies a table into rows; every refusal names the layer, what was found and what is expected.
template <typename Row, std::size_t Capacity>
void fill(synth::Rows<Row, Capacity>& rows, const std::optional<Table>& table, const char* layer) {
    if (!table) return;
    constexpr auto columns = synth::Rows<Row, Capacity>::columns;
    if (table->size() == 0) return;
    if (table->ndim() != 2 || static_cast<std::size_t>(table->shape(1)) != columns) {
        throw py::value_error(std::string(layer) + " is a table of " + std::to_string(table->ndim()) +
                              " dimensions and " + std::to_string(table->size()) + " values; expected float32 [n, " +
                              std::to_string(columns) + "].");
    }
    const auto count = static_cast<std::size_t>(table->shape(0));
    if (count > Capacity) {
        throw py::value_error(std::string(layer) + " has " + std::to_string(count) + " rows; a voice takes at most " +
                              std::to_string(Capacity) + ".");
    }
    const float* values = table->data();
    for (std::size_t k = 0; k < count * columns; ++k) {
        if (!std::isfinite(values[k])) {
            throw py::value_error(std::string(layer) + "[" + std::to_string(k / columns) + ", " +
                                  std::to_string(k % columns) + "] is not a finite number.");
        }
    }
    std::copy_n(values, count * columns, reinterpret_cast<float*>(rows.row.data()));
    rows.count = count;
}

void refuse(bool wrong, const char* problem) {
    if (wrong) throw py::value_error(problem);
}

// Values outside of which a layer's arithmetic would not hold.
void check(const Patch& patch) {
    for (std::size_t k = 0; k < patch.modes.count; ++k) {
        const auto& row = patch.modes.row[k];
        refuse(row.frequency_hz <= 0.0F || row.decay_s <= 0.0F, "modes: frequency_hz and decay_s must be above 0.");
    }
    for (std::size_t k = 0; k < patch.bands.count; ++k) {
        const auto& row = patch.bands.row[k];
        refuse(row.centre_hz <= 0.0F || row.bandwidth_hz <= 0.0F, "bands: centre and bandwidth must be above 0 Hz.");
        refuse(row.modulator < 0.0F || row.modulator > float(synth::kMaxModulators), "bands: modulator must be 0..4.");
    }
    for (std::size_t k = 0; k < patch.grains.count; ++k) {
        const auto& row = patch.grains.row[k];
        refuse(row.kind < 0.0F || row.kind > 2.0F, "grains: kind must be 0 (noise), 1 (tone) or 2 (strike).");
        refuse(row.low_hz <= 0.0F || row.high_hz < row.low_hz, "grains: expected 0 < low_hz <= high_hz.");
        refuse(row.decay_s <= 0.0F, "grains: decay_s must be above 0.");
        refuse(row.modulator < 0.0F || row.modulator > float(synth::kMaxModulators), "grains: modulator must be 0..4.");
    }
    for (std::size_t k = 0; k < patch.modulators.count; ++k) {
        const auto& row = patch.modulators.row[k];
        refuse(row.rate_hz < 0.0F || row.shape < 0.0F || row.shape > 2.0F,
               "modulators: rate_hz must not be negative; shape is 0 (sine), 1 (random) or 2 (slip).");
    }
    refuse(!std::isfinite(patch.gain), "gain is not a finite number.");
}

std::shared_ptr<Patch> make_patch(const std::optional<Table>& modes, const std::optional<Table>& bands,
                                  const std::optional<Table>& grains, const std::optional<Table>& pulses,
                                  const std::optional<Table>& modulators, float gain) {
    auto patch = std::make_shared<Patch>();
    fill(patch->modes, modes, "modes");
    fill(patch->bands, bands, "bands");
    fill(patch->grains, grains, "grains");
    fill(patch->pulses, pulses, "pulses");
    fill(patch->modulators, modulators, "modulators");
    patch->gain = gain;
    check(*patch);
    return patch;
}

void play(SynthRenderer& self, std::shared_ptr<Patch> patch, std::int64_t frames, bool last) {
    if (!patch) throw py::type_error("patch is None; expected a SynthPatch.");
    if (frames < 1) throw py::value_error("frames is " + std::to_string(frames) + "; expected 1 or more.");
    if (!self.play(std::move(patch), static_cast<std::size_t>(frames), last)) {
        throw py::value_error("the voice takes no more patches: 16 are waiting, or the last one has been told.");
    }
}

}  // namespace

void bind_synth(py::module_& module) {
    py::class_<Patch, std::shared_ptr<Patch>>(module, "SynthPatch")
        .def(py::init(&make_patch), py::kw_only(), py::arg("modes") = py::none(), py::arg("bands") = py::none(),
             py::arg("grains") = py::none(), py::arg("pulses") = py::none(), py::arg("modulators") = py::none(),
             py::arg("gain") = 1.0F);
    py::class_<SynthRenderer, VoiceRenderer, std::shared_ptr<SynthRenderer>>(module, "SynthRenderer")
        .def(py::init([](std::uint64_t seed, int rate_hz) {
                 if (rate_hz < 8000 || rate_hz > 384000) {
                     throw py::value_error("rate_hz is " + std::to_string(rate_hz) + "; expected 8000..384000.");
                 }
                 return std::make_shared<SynthRenderer>(seed, static_cast<float>(rate_hz));
             }),
             py::arg("seed"), py::arg("rate_hz") = 48000)
        .def("play", &play, py::arg("patch"), py::arg("frames"), py::kw_only(), py::arg("last"));
}

}  // namespace hobnail
