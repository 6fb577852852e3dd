// The transformer's pass for Python: weights by name, inputs and outputs bound once and written in place.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "arrays.hpp"
#include "bindings.hpp"
#include "neural_weights.hpp"
#include "hobnail/neural/pass.hpp"

namespace py = pybind11;

namespace hobnail {
namespace {

#if HOBNAIL_NEURAL

using neural::kStreams;
using neural::Layer;
using neural::Network;
using neural::Pass;

void fill(Layer& layer, const Weights& from, const std::string& at, const neural::Sizes& s) {
    from.matrix(layer.pair, at + "pair", s.width, 2 * s.width);
    from.matrix(layer.values, at + "values", s.width, s.width);
    from.matrix(layer.self_o, at + "self_o", s.width, s.width);
    from.matrix(layer.cross_q, at + "cross_q", s.width, s.width);
    from.matrix(layer.head_gate, at + "head_gate", s.width, s.width);
    from.matrix(layer.project, at + "project", kStreams * s.width, s.width);
    from.matrix(layer.gate, at + "gate", s.width, s.width);
    from.matrix(layer.mlp_up, at + "mlp_up", s.width, s.inner);
    from.matrix(layer.mlp_down, at + "mlp_down", s.inner, s.width);
    from.matrix(layer.dynamic, at + "dynamic", s.width, kStreams, true);
    layer.gains = from.numbers(at + "gains", 2 * s.width);
    layer.cross_gains = from.numbers(at + "cross_gains", kStreams * s.width);
    const auto sinks = from.numbers(at + "sinks", s.width * s.heads * (kStreams - 1));  // each head's own block of it
    for (std::size_t head = 0; head < s.heads; ++head)
        for (std::size_t k = 0; k < kStreams - 1; ++k)
            for (std::size_t d = 0; d < s.head_width(); ++d)
                layer.sinks.push_back(sinks[(head * s.head_width() + d) * s.heads * (kStreams - 1) + head * (kStreams - 1) + k]);
    const auto bias = from.numbers(at + "bias", kStreams), single = from.numbers(at + "single", kStreams);
    std::copy_n(bias.begin(), kStreams, layer.bias.begin());
    std::copy_n(single.begin(), kStreams, layer.single.begin());
    layer.temperature = from.numbers(at + "temperature", 1)[0];
}

std::shared_ptr<Network> make_network(const py::dict& arrays, std::size_t latents, std::size_t width, std::size_t layers,
                                      std::size_t heads, std::size_t inner, std::size_t cue, std::size_t cue_inner,
                                      std::size_t ages, std::size_t history_least, std::size_t ends) {
    if (!neural::supported()) throw py::value_error("this processor has no AVX-512 with VNNI.");
    if (heads == 0 || width % heads != 0 || (width / heads) % 32 != 0 || width / heads > neural::kMostWidth || inner % 16 != 0 ||
        cue_inner % 16 != 0)
        throw py::value_error("heads are not multiples of 32 wide, at most 128, or an inner width is not one of 16.");
    auto made = std::make_shared<Network>();
    Network& net = *made;
    if (ends > 0 && ends <= ages + 1) throw py::value_error("ends are not after all ages.");
    net.sizes = {latents, width, layers, heads, inner, cue, ages, history_least, ends};
    const Weights from(arrays);
    from.matrix(net.enter, "enter", latents, width, true);
    if (cue > 0) {
        from.matrix(net.cue_in, "cue_in", cue, cue_inner, false);
        from.matrix(net.cue_out, "cue_out", cue_inner, width, false);
    }
    from.matrix(net.time, "time", neural::kTold * 2 * neural::kWaves, width, true);
    from.matrix(net.hidden, "hidden", width, width, true);
    from.matrix(net.modulation, "modulation", width, 6 * width, false);
    from.matrix(net.leave, "leave", width, latents, true);
    net.places = from.numbers("places", ages * width);
    if (ends > 0) net.ends = from.numbers("ends", ends * width);
    net.old = from.numbers("old", ages);
    net.wave_rates = from.numbers("wave_rates", neural::kTold * neural::kWaves);
    net.offsets = from.numbers("offsets", layers * 6 * width);
    net.norm_gain = from.numbers("norm_gain", width);
    net.turn_by(from.numbers("turn_rates", width / heads / 2).data());
    net.layers.resize(layers);
    for (std::size_t index = 0; index < layers; ++index)
        fill(net.layers[index], from, std::to_string(index) + ".", net.sizes);
    return made;
}

// A pass with its inputs and outputs, by the names of the graph `plain`.
class Bound {
   public:
    Bound(std::shared_ptr<const Network> network, std::size_t voices, std::size_t hops)
        : pass_(std::move(network), voices, hops), voices_(voices) {
        for (std::size_t k = 0; k < kStreams; ++k) {
            given_.keys[k].resize(sizes().layers);
            given_.values[k].resize(sizes().layers);
        }
    }

    void bind(const std::string& name, const py::object& value) {
        const neural::Sizes& s = sizes();
        const std::size_t rows = voices_ * pass_.hops();
        const std::map<std::string, std::pair<const float**, std::size_t>> inputs{
            {"prompt", {&given_.prompt, voices_ * s.width}}, {"cue", {&given_.cue, rows * s.cue}},
            {"daf_prior", {&given_.prior, voices_ * kStreams}}, {"daf_hold", {&given_.hold, voices_}},
            {"daf_override", {&given_.instead, voices_ * kStreams}}, {"daf_overriding", {&given_.share, voices_}}};
        const std::map<std::string, std::pair<float**, std::size_t>> moved{
            {"x", {&given_.x, rows * s.latents}}, {"t", {&given_.t, voices_}}, {"r", {&given_.r, voices_}},
            {"velocity", {&given_.velocity, rows * s.latents}}, {"daf_weights", {&given_.weights, voices_ * kStreams}},
            {"daf_logits", {&given_.logits, voices_ * kStreams}}, {"daf_entropy", {&given_.entropy, voices_ * kStreams}},
            {"gca_sink", {&given_.sink, voices_ * kStreams}}, {"gca_gates", {&given_.gates, voices_ * s.layers}}};
        if (const auto input = inputs.find(name); input != inputs.end()) {
            *input->second.first = array_of<float>(value, input->second.second, name).data();
        } else if (const auto output = moved.find(name); output != moved.end()) {
            *output->second.first = array_of<float>(value, output->second.second, name).mutable_data();
        } else if (name == "first" || name == "age" || name == "lasts") {
            const std::int64_t** to = name == "age" ? &given_.age : name == "first" ? &given_.first : &given_.lasts;
            *to = array_of<std::int64_t>(value, voices_, name).data();
        } else {
            bind_stream(name, value);
        }
        kept_[name] = value;
    }

    void run() {
        check();
        const py::gil_scoped_release released;
        pass_.run(given_, alone_);
    }

    void descend(const py::sequence& times, std::size_t first, std::size_t count, bool instant, Team* team) {
        check();
        if (first + count > voices_ || first + count < first) throw py::value_error("a pass has not so many voices.");
        const std::size_t passes = times.size() - std::min<std::size_t>(1, times.size());
        if (passes == 0 || passes > kMostPasses) throw py::value_error("a descent has 2 to " + std::to_string(kMostPasses + 1) + " times.");
        std::array<float, kMostPasses + 1> at{};
        std::array<float, kMostPasses> steps{};
        double before = 0.0;
        for (std::size_t k = 0; k <= passes; ++k) {
            const auto time = times[k].cast<double>();
            at[k] = static_cast<float>(time);
            if (k > 0) steps[k - 1] = static_cast<float>(before - time);
            before = time;
        }
        const py::gil_scoped_release released;
        pass_.descend({given_, first, count}, {at.data(), steps.data(), passes, instant}, team == nullptr ? alone_ : *team);
    }

   private:
    static constexpr std::size_t kMostPasses = 256;

    [[nodiscard]] const neural::Sizes& sizes() const { return pass_.network().sizes; }

    // "text_seen", "vision_keys_3", "history_values_0". What is seen comes first: it says how many rows there are. Rows are
    // of half precision, keys turned over.
    void bind_stream(const std::string& name, const py::object& value) {
        static const std::vector<std::string> streams{"text", "vision", "history"};
        for (std::size_t k = 0; k < kStreams; ++k) {
            const std::string& stream = streams[k];
            if (name == stream + "_seen") {
                const auto array = py::cast<py::array>(value);
                const auto rows = array.ndim() == 2 ? static_cast<std::size_t>(array.shape(1)) : 0;
                given_.seen[k] = array_of<bool>(value, voices_ * rows, name).data();
                if (rows != given_.rows[k]) given_.keys[k].assign(sizes().layers, nullptr), given_.values[k] = given_.keys[k];
                given_.rows[k] = rows;
                return;
            }
            for (const bool keys : {true, false}) {
                const std::string half = stream + (keys ? "_keys_" : "_values_");
                if (name.compare(0, half.size(), half) != 0) continue;
                const std::size_t layer = std::stoul(name.substr(half.size()));
                if (layer >= sizes().layers) break;
                constexpr std::size_t lanes = neural::kLanes;
                const std::size_t places = keys ? (given_.rows[k] + lanes - 1) / lanes * lanes : given_.rows[k];
                (keys ? given_.keys : given_.values)[k][layer] = halves_of(value, voices_ * places * sizes().head_width(), name);
                return;
            }
        }
        throw py::value_error("a pass has no " + name + ".");
    }

    void check() const {
        bool whole = given_.x && given_.t && given_.r && given_.prompt && given_.first && given_.age && given_.prior &&
                     given_.hold && given_.instead && given_.share && given_.velocity && given_.weights && given_.logits &&
                     given_.entropy && given_.sink && given_.gates && (given_.cue || sizes().cue == 0) &&
                     (given_.lasts || sizes().ends == 0);
        for (std::size_t k = 0; k < kStreams; ++k) {
            whole = whole && given_.seen[k] && given_.rows[k] > 0;
            for (std::size_t layer = 0; layer < sizes().layers; ++layer)
                whole = whole && given_.keys[k][layer] && given_.values[k][layer];
        }
        if (!whole) throw py::value_error("something of a pass is not bound yet.");
    }

    Pass pass_;
    Team alone_{false};
    std::size_t voices_;
    neural::Given given_;
    std::map<std::string, py::object> kept_;
};

#else

struct Nowhere {};
struct Elsewhere {};
struct Beyond {};
struct Within {};

Nowhere nowhere(const py::args&, const py::kwargs&) { throw py::value_error("this processor has no AVX-512 with VNNI."); }
Elsewhere elsewhere(const py::args&, const py::kwargs&) { throw py::value_error("this processor has no AVX-512 with VNNI."); }
Within within(const py::args&, const py::kwargs&) { throw py::value_error("this processor has no AVX-512 with VNNI."); }
Beyond beyond(const py::args&, const py::kwargs&) { throw py::value_error("this processor has no AVX-512 with VNNI."); }

#endif

}  // namespace

}  // namespace hobnail

PYBIND11_MODULE(_neural, module) {
    using namespace hobnail;
    module.doc() = "The transformer's pass, and its partials settled.";
    bind_standing_lines(module);
#if HOBNAIL_NEURAL
    module.def("neural_supported", &neural::supported, "Whether this processor can run NeuralPass.");
    py::class_<Network, std::shared_ptr<Network>>(module, "NeuralNetwork")
        .def(py::init(&make_network), py::arg("arrays"), py::kw_only(), py::arg("latents"), py::arg("width"),
             py::arg("layers"), py::arg("heads"), py::arg("inner"), py::arg("cue"), py::arg("cue_inner"), py::arg("ages"),
             py::arg("history_least"), py::arg("ends") = 0);
    py::class_<Bound>(module, "NeuralPass")
        .def(py::init<std::shared_ptr<const Network>, std::size_t, std::size_t>(), py::arg("network"), py::kw_only(),
             py::arg("voices"), py::arg("hops"))
        .def("bind", &Bound::bind, py::arg("name"), py::arg("array"))
        .def("run", &Bound::run)
        .def("descend", &Bound::descend, py::arg("times"), py::kw_only(), py::arg("first"), py::arg("count"), py::arg("instant"), py::arg("team").none(true) = nullptr);
    bind_neural_rows(module);
    bind_neural_memory(module);
#else
    module.def("neural_supported", [] { return false; }, "Whether this processor can run NeuralPass.");
    py::class_<Nowhere>(module, "NeuralNetwork").def(py::init(&nowhere));
    py::class_<Elsewhere>(module, "NeuralPass").def(py::init(&elsewhere));
    py::class_<Beyond>(module, "NeuralRows").def(py::init(&beyond));
    py::class_<Within>(module, "NeuralMemory").def(py::init(&within));
#endif
}
