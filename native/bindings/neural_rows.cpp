// What is remembered and seen as rows, for Python: what the graphs `remember` and `scene` give.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "neural_rows.hpp"

#if HOBNAIL_NEURAL
namespace py = pybind11;

namespace hobnail {
namespace {

using neural::KeysAndValues;
using neural::Network;
using neural::Remember;
using neural::Rows;
using neural::Scene;

void fill(KeysAndValues& memory, const Weights& from, const std::string& at, const neural::Sizes& s) {
    memory.norm_gain = from.numbers(at + "memory_norm", s.width);
    memory.gain = from.numbers(at + "memory_gain", s.width / s.heads * s.layers);
    from.matrix(memory.both, at + "both", s.width, 2 * s.layers * s.head_width(), true);
}

std::shared_ptr<NeuralRows> make_rows(std::shared_ptr<const Network> network, const py::dict& arrays, std::size_t taps,
                                      std::size_t features, std::size_t width, std::size_t heads, std::size_t tokens, std::size_t window) {
    auto made = std::make_shared<NeuralRows>();
    made->network = std::move(network);
    const neural::Sizes& s = made->network->sizes;
    const Weights from(arrays);
    Remember& remember = made->remember;
    remember.taps = taps;
    from.matrix(remember.enter, "remember_enter", taps * s.latents, s.width, true);
    from.matrix(remember.hidden, "remember_hidden", s.width, s.width, true);
    fill(remember.memory, from, "remember_", s);
    if (heads == 0 || width % (16 * heads) != 0 || window + tokens > Scene::kMost)
        throw py::value_error("heads of the scene are not multiples of 16 wide, or its window is too long.");
    Scene& scene = made->scene;
    scene.width = width, scene.heads = heads, scene.tokens = tokens, scene.window = window, scene.features = features;
    from.matrix(scene.enter, "scene_enter", features, width, true);
    from.matrix(scene.tell, "scene_tell", width, 2 * width, true);
    from.matrix(scene.ask, "scene_ask", width, width, true);
    from.matrix(scene.mix, "scene_mix", width, width, true);
    from.matrix(scene.up, "scene_up", width, 2 * width, true);
    from.matrix(scene.down, "scene_down", 2 * width, width, true);
    from.matrix(scene.leave, "scene_leave", width, s.width, true);
    scene.kind = from.numbers("scene_kind", width);
    scene.ages = from.numbers("scene_ages", window * width);
    scene.latents = from.numbers("scene_latents", tokens * width);
    scene.ask_gain = from.numbers("scene_ask_norm", width);
    scene.tell_gain = from.numbers("scene_tell_norm", width);
    scene.up_gain = from.numbers("scene_up_norm", width);
    scene.norm_gain = from.numbers("scene_norm", width);
    fill(scene.memory, from, "scene_", s);
    scene.prepare();
    return made;
}

// Rows of their own: [layers, voices, 1, rows, head width].
struct Made {
    Made(const neural::Sizes& s, std::size_t voices, std::size_t count, std::size_t each, const std::int64_t* first)
        : keys({s.layers, voices, std::size_t{1}, count, s.head_width()}), values({s.layers, voices, std::size_t{1}, count, s.head_width()}),
          rows{keys.mutable_data(), values.mutable_data(), nullptr, nullptr, voices, count, 0, nullptr, first, 0, voices, count, each} {}
    [[nodiscard]] py::tuple both() const { return py::make_tuple(keys, values); }

    py::array_t<float> keys, values;
    Rows rows;
};

// Voices and hops of [voices, window - 1 + hops, width].
std::pair<std::size_t, std::size_t> shape(const py::object& value, std::size_t width, std::size_t window, const std::string& name) {
    const auto array = py::cast<py::array>(value);
    if (array.ndim() != 3 || static_cast<std::size_t>(array.shape(2)) != width || static_cast<std::size_t>(array.shape(1)) < window)
        throw py::value_error(name + " has shape " + shape_text(array) + ", expected [voices, at least " + std::to_string(window) + ", " +
                              std::to_string(width) + "].");
    return {static_cast<std::size_t>(array.shape(0)), static_cast<std::size_t>(array.shape(1)) - window + 1};
}

// What the graphs give, as arrays of their own.
py::tuple remember(const NeuralRows& self, const py::object& latents, const py::object& first) {
    const neural::Sizes& s = self.network->sizes;
    const auto [voices, rows] = shape(latents, s.latents, self.remember.taps, "latents");
    const auto given = array_of<float>(latents, voices * (self.remember.taps - 1 + rows) * s.latents, "latents");
    const auto places = array_of<std::int64_t>(first, voices, "first");
    Made made(s, voices, rows, 1, places.data());
    {
        const py::gil_scoped_release released;
        self.remember(*self.network, given.data(), made.rows, scratch());
    }
    return made.both();
}

py::tuple see(const NeuralRows& self, const py::object& scene, const py::object& seen, const py::object& first) {
    const neural::Scene& sight = self.scene;
    const auto [voices, hops] = shape(scene, sight.features, sight.window, "scene");
    const std::size_t span = sight.window - 1 + hops;
    const auto given = array_of<float>(scene, voices * span * sight.features, "scene");
    const auto known = array_of<bool>(seen, voices * span, "scene_seen");
    const auto places = array_of<std::int64_t>(first, voices, "first");
    Made made(self.network->sizes, voices, hops * sight.tokens, sight.tokens, places.data());
    {
        const py::gil_scoped_release released;
        sight(*self.network, given.data(), known.data(), [span](std::size_t voice) { return voice * span; }, made.rows, scratch());
    }
    return made.both();
}

}  // namespace

void bind_neural_rows(py::module_& module) {
    py::class_<NeuralRows, std::shared_ptr<NeuralRows>>(module, "NeuralRows")
        .def(py::init(&make_rows), py::arg("network"), py::arg("arrays"), py::kw_only(), py::arg("taps"), py::arg("features"),
             py::arg("width"), py::arg("heads"), py::arg("tokens"), py::arg("window"))
        .def("remember", &remember, py::arg("latents"), py::arg("first"))
        .def("see", &see, py::arg("scene"), py::arg("scene_seen"), py::arg("first"));
}

}  // namespace hobnail
#endif
