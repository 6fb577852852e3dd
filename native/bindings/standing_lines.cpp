// What settles a network's partials, for Python.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "arrays.hpp"
#include "bindings.hpp"
#include "hobnail/spectral/standing_lines.hpp"

namespace py = pybind11;

namespace hobnail {
namespace {

using spectral::RowMap;
using spectral::StandingLines;

// Latents [voices, hops, latent] of several voices, each settled by its own lines; the array is written over.
void settle_together(const std::vector<std::shared_ptr<StandingLines>>& lines, py::array_t<float, py::array::c_style>& latents) {
    const auto voices = static_cast<py::ssize_t>(lines.size());
    if (latents.ndim() != 3 || latents.shape(0) != voices ||
        (voices > 0 && static_cast<std::size_t>(latents.shape(2)) != lines[0]->map().latent())) {
        throw py::value_error("settle_together: latents has shape " + shape_text(latents) +
                              ", expected [voices, hops, numbers of a latent].");
    }
    float* numbers = latents.mutable_data();  // refuses an array that is read-only
    const auto hops = static_cast<std::size_t>(latents.shape(1));
    const py::gil_scoped_release released;
    for (std::size_t k = 0; k < lines.size(); ++k) {
        lines[k]->settle(numbers + k * hops * lines[k]->map().latent(), hops);
    }
}

}  // namespace

void bind_standing_lines(py::module_& module) {
    py::class_<StandingLines, std::shared_ptr<StandingLines>>(module, "SpectralStandingLines")
        .def(py::init<std::shared_ptr<const RowMap>, float, float>(), py::arg("row_map"), py::kw_only(),
             py::arg("wander"), py::arg("jitter"));
    module.def("settle_together", &settle_together, py::arg("lines"), py::arg("latents").noconvert());
}

}  // namespace hobnail
