// What is remembered and seen as rows, for Python: what the graphs `remember` and `scene` give.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "hobnail/neural/scene.hpp"
#include "neural_weights.hpp"

#if HOBNAIL_NEURAL
namespace py = pybind11;

namespace hobnail {
namespace {

using neural::KeysAndValues;
using neural::Network;
using neural::Remember;
using neural::Rows;
using neural::Scene;

// Each thread has its own, so that any may ask.
neural::Scratch& scratch() {
    static thread_local neural::Scratch memory;
    return memory;
}

void fill(KeysAndValues& memory, const Weights& from, const std::string& at, const neural::Sizes& s) {
    memory.norm_gain = from.numbers(at + "memory_norm", s.width);
    memory.gain = from.numbers(at + "memory_gain", s.width / s.heads * s.layers);
    from.matrix(memory.both, at + "both", s.width, 2 * s.layers * s.head_width(), true);
}

class NeuralRows {
   public:
    NeuralRows(std::shared_ptr<const Network> network, const py::dict& arrays, std::size_t taps, std::size_t features,
               std::size_t width, std::size_t heads, std::size_t tokens, std::size_t window)
        : network_(std::move(network)) {
        const neural::Sizes& s = network_->sizes;
        const Weights from(arrays);
        remember_.taps = taps;
        from.matrix(remember_.enter, "remember_enter", taps * s.latents, s.width, true);
        from.matrix(remember_.hidden, "remember_hidden", s.width, s.width, true);
        fill(remember_.memory, from, "remember_", s);
        if (heads == 0 || width % (16 * heads) != 0 || window + tokens > Scene::kMost)
            throw py::value_error("heads of the scene are not multiples of 16 wide, or its window is too long.");
        scene_.width = width, scene_.heads = heads, scene_.tokens = tokens, scene_.window = window, scene_.features = features;
        from.matrix(scene_.enter, "scene_enter", features, width, true);
        from.matrix(scene_.tell, "scene_tell", width, 2 * width, true);
        from.matrix(scene_.ask, "scene_ask", width, width, true);
        from.matrix(scene_.mix, "scene_mix", width, width, true);
        from.matrix(scene_.up, "scene_up", width, 2 * width, true);
        from.matrix(scene_.down, "scene_down", 2 * width, width, true);
        from.matrix(scene_.leave, "scene_leave", width, s.width, true);
        scene_.kind = from.numbers("scene_kind", width);
        scene_.ages = from.numbers("scene_ages", window * width);
        scene_.latents = from.numbers("scene_latents", tokens * width);
        scene_.ask_gain = from.numbers("scene_ask_norm", width);
        scene_.tell_gain = from.numbers("scene_tell_norm", width);
        scene_.up_gain = from.numbers("scene_up_norm", width);
        scene_.norm_gain = from.numbers("scene_norm", width);
        fill(scene_.memory, from, "scene_", s);
        scene_.prepare();
    }

    [[nodiscard]] py::tuple remember(const py::object& latents, const py::object& first) const {
        const auto [voices, rows] = shape(latents, network_->sizes.latents, remember_.taps, "latents");
        const auto given = array_of<float>(latents, voices * (remember_.taps - 1 + rows) * network_->sizes.latents, "latents");
        const auto places = array_of<std::int64_t>(first, voices, "first");
        Made made(network_->sizes, voices, rows);
        const Rows to{made.keys.mutable_data(), made.values.mutable_data(), voices, rows, 1, places.data()};
        {
            const py::gil_scoped_release released;
            remember_(*network_, given.data(), to, scratch());
        }
        return py::make_tuple(made.keys, made.values);
    }

    [[nodiscard]] py::tuple see(const py::object& scene, const py::object& seen, const py::object& first) const {
        const auto [voices, hops] = shape(scene, scene_.features, scene_.window, "scene");
        const std::size_t span = voices * (scene_.window - 1 + hops);
        const auto given = array_of<float>(scene, span * scene_.features, "scene");
        const auto known = array_of<bool>(seen, span, "scene_seen");
        const auto places = array_of<std::int64_t>(first, voices, "first");
        Made made(network_->sizes, voices, hops * scene_.tokens);
        const Rows to{made.keys.mutable_data(), made.values.mutable_data(), voices, hops * scene_.tokens, scene_.tokens, places.data()};
        {
            const py::gil_scoped_release released;
            scene_(*network_, given.data(), known.data(), to, scratch());
        }
        return py::make_tuple(made.keys, made.values);
    }

   private:
    struct Made {  // [layers, voices, 1, rows, head width]
        Made(const neural::Sizes& s, std::size_t voices, std::size_t rows)
            : keys({s.layers, voices, std::size_t{1}, rows, s.head_width()}), values({s.layers, voices, std::size_t{1}, rows, s.head_width()}) {}
        py::array_t<float> keys, values;
    };

    // Voices and hops of [voices, window - 1 + hops, width].
    static std::pair<std::size_t, std::size_t> shape(const py::object& value, std::size_t width, std::size_t window, const std::string& name) {
        const auto array = py::cast<py::array>(value);
        if (array.ndim() != 3 || static_cast<std::size_t>(array.shape(2)) != width || static_cast<std::size_t>(array.shape(1)) < window)
            throw py::value_error(name + " has shape " + shape_text(array) + ", expected [voices, at least " + std::to_string(window) +
                                  ", " + std::to_string(width) + "].");
        return {static_cast<std::size_t>(array.shape(0)), static_cast<std::size_t>(array.shape(1)) - window + 1};
    }

    std::shared_ptr<const Network> network_;
    Remember remember_;
    Scene scene_;
};

}  // namespace

void bind_neural_rows(py::module_& module) {
    py::class_<NeuralRows>(module, "NeuralRows")
        .def(py::init<std::shared_ptr<const Network>, const py::dict&, std::size_t, std::size_t, std::size_t, std::size_t, std::size_t,
                      std::size_t>(),
             py::arg("network"), py::arg("arrays"), py::kw_only(), py::arg("taps"), py::arg("features"), py::arg("width"), py::arg("heads"),
             py::arg("tokens"), py::arg("window"))
        .def("remember", &NeuralRows::remember, py::arg("latents"), py::arg("first"))
        .def("see", &NeuralRows::see, py::arg("scene"), py::arg("scene_seen"), py::arg("first"));
}

}  // namespace hobnail
#endif
