// VoiceRenderer and SampleRenderer for Python.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <memory>
#include <string>
#include <vector>

#include "arrays.hpp"
#include "bindings.hpp"
#include "hobnail/sample_renderer.hpp"
#include "hobnail/voice_renderer.hpp"

namespace py = pybind11;

namespace hobnail {
namespace {

constexpr py::ssize_t kMostFrames = 1 << 26;

py::array_t<float> render(VoiceRenderer& renderer, py::ssize_t frames) {
    if (frames < 0 || frames > kMostFrames) {
        throw py::value_error("VoiceRenderer.render: frames is " + std::to_string(frames) + ", expected 0.." +
                              std::to_string(kMostFrames));
    }
    std::vector<float> samples(static_cast<std::size_t>(frames));
    {
        const py::gil_scoped_release released;
        std::size_t done = 0;
        while (done < samples.size()) {  // fewer than asked is allowed, nothing at all means: not told enough
            const std::size_t got = renderer.render(samples.data() + done, samples.size() - done);
            if (got == 0) {
                break;
            }
            done += got;
        }
        samples.resize(done);
    }
    const auto length = static_cast<py::ssize_t>(samples.size());
    return own(std::move(samples), {length});
}

void feed(SampleRenderer& renderer, const py::object& samples, bool last) {
    const FloatArray array = float_array(samples, "SampleRenderer.feed: samples");
    if (array.ndim() != 1) {
        throw py::value_error("SampleRenderer.feed: samples has shape " + shape_text(array) +
                              ", expected [frames], mono");
    }
    if (!renderer.feed(array.data(), static_cast<std::size_t>(array.size()), last)) {
        throw py::value_error("SampleRenderer.feed: fed after last=True; make a new renderer for a new voice");
    }
}

}  // namespace

void bind_renderers(py::module_& module) {
    py::class_<VoiceRenderer, std::shared_ptr<VoiceRenderer>>(
        module, "VoiceRenderer", "Makes one voice's mono sound. [engine] only, one thread at a time.")
        .def_property_readonly("finished", &VoiceRenderer::finished,
                               "Everything it will ever give has been rendered.")
        .def("render", &render, py::arg("frames"),
             "Up to ``frames`` samples, fewer when it has not been told enough: float32 [frames].");
    py::class_<SampleRenderer, VoiceRenderer, std::shared_ptr<SampleRenderer>>(module, "SampleRenderer",
                                                                               "Plays what it is fed.")
        .def(py::init<>())
        .def("feed", &feed, py::arg("samples"), py::kw_only(), py::arg("last") = false,
             "Append float32 [frames]; with ``last`` the voice finishes after them.");
}

}  // namespace hobnail
