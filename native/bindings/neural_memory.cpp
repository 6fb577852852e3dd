// Memory of many voices, written where it lies: what they remember and see goes straight into their rings.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "hobnail/team.hpp"
#include "neural_rows.hpp"

#if HOBNAIL_NEURAL
namespace py = pybind11;

namespace hobnail {
namespace {

using neural::Half;
using neural::kLanes;
using neural::Rows;

constexpr std::size_t kTogether = 16;  // voices of a piece of work, at most
constexpr std::size_t kWorth = 4;      // and as many as are worth waking a thread

// A stream's rows of all slots, the sink first.
struct Ring {
    float *keys, *values;           // [layers, slots, 1, 1 + rows, head width]
    Half *half_keys, *half_values;  // [layers, slots, pieces, head width, 16], [layers, slots, 1 + rows, head width]
    bool* seen;                     // [slots, 1 + rows]
    std::size_t places;             // 1 + rows
};

class NeuralMemory {
   public:
    // `arrays`: history_keys, history_values, history_half_keys, history_half_values, history_seen, the same of vision, recent [slots, taps - 1, latents], scene
    // [slots, hops, features], scene_seen [slots, hops].
    NeuralMemory(std::shared_ptr<const NeuralRows> rows, const py::dict& arrays, std::size_t slots)
        : rows_(std::move(rows)), arrays_(arrays), slots_(slots), history_(ring("history")), vision_(ring("vision")) {
        recent_ = data<float>("recent", slots * (rows_->remember.taps - 1) * sizes().latents);
        const auto scene = py::cast<py::array>(arrays["scene_seen"]);
        hops_ = scene.ndim() == 2 ? static_cast<std::size_t>(scene.shape(1)) : 0;
        scene_ = data<float>("scene", slots * hops_ * rows_->scene.features);
        scene_seen_ = data<bool>("scene_seen", slots * hops_);
    }

    // `latents` [voices, hops, latents] that voices made after `first` hops.
    void remember(const py::object& slots, const py::object& first, const py::object& latents, Team* team) {
        const auto array = py::cast<py::array>(latents);
        const std::size_t hops = array.ndim() == 3 ? static_cast<std::size_t>(array.shape(1)) : 0;
        const auto which = whose(slots);
        const std::size_t voices = static_cast<std::size_t>(which.size());
        const auto begun = array_of<std::int64_t>(first, voices, "first");
        const auto made = array_of<float>(latents, voices * hops * sizes().latents, "latents");
        const float* from = made.data();
        const Rows to = target(history_, which.data(), begun.data(), voices, hops, 1);
        const py::gil_scoped_release released;
        share(voices, team, [&](std::size_t begin, std::size_t count) { remember_some(to.some(begin, count), from); });
    }

    // The `hops` newest scene rows of voices, of which the first stands at `first`; the window before them is there, too.
    void see(const py::object& slots, const py::object& first, std::size_t hops, Team* team) {
        const neural::Scene& sight = rows_->scene;
        if (hops == 0 || sight.window - 1 + hops > hops_) throw py::value_error("there are not so many hops to see.");
        const auto which = whose(slots);
        const std::size_t voices = static_cast<std::size_t>(which.size()), span = sight.window - 1 + hops;
        const auto begun = array_of<std::int64_t>(first, voices, "first");
        const Rows to = target(vision_, which.data(), begun.data(), voices, hops * sight.tokens, sight.tokens);
        const auto apart = [slot = which.data(), this, span](std::size_t voice) {
            return static_cast<std::size_t>(slot[voice]) * hops_ + hops_ - span;
        };
        const py::gil_scoped_release released;
        share(voices, team, [&](std::size_t begin, std::size_t count) {
            const Rows some = to.some(begin, count);
            sight(*rows_->network, scene_, scene_seen_, apart, some, scratch());
            for (std::size_t voice = 0; voice < count; ++voice) {
                const bool* known = scene_seen_ + apart(begin + voice);
                for (std::size_t row = 0; row < to.rows; ++row) {
                    const bool* window = known + row / sight.tokens;
                    mark(vision_, some, voice, row, std::find(window, window + sight.window, true) != window + sight.window);
                }
            }
        });
    }

   private:
    [[nodiscard]] const neural::Sizes& sizes() const { return rows_->network->sizes; }

    template <class T>
    T* data(const std::string& name, std::size_t size) const {
        return array_of<T>(arrays_[name.c_str()], size, name).mutable_data();
    }

    [[nodiscard]] Ring ring(const std::string& stream) const {
        const auto seen = py::cast<py::array>(arrays_[(stream + "_seen").c_str()]);
        const std::size_t places = seen.ndim() == 2 ? static_cast<std::size_t>(seen.shape(1)) : 0;
        const std::size_t each = sizes().layers * slots_ * sizes().head_width(), size = each * places;
        const std::size_t turned = each * ((places + kLanes - 1) / kLanes * kLanes);
        return {data<float>(stream + "_keys", size), data<float>(stream + "_values", size),
                halves_of(arrays_[(stream + "_half_keys").c_str()], turned, stream + "_half_keys"),
                halves_of(arrays_[(stream + "_half_values").c_str()], size, stream + "_half_values"),
                data<bool>(stream + "_seen", slots_ * places), places};
    }

    [[nodiscard]] py::array_t<std::int64_t> whose(const py::object& slots) const {
        const auto array = array_of<std::int64_t>(slots, static_cast<std::size_t>(py::len(slots)), "slots");
        for (py::ssize_t k = 0; k < array.size(); ++k)
            if (array.data()[k] < 0 || static_cast<std::size_t>(array.data()[k]) >= slots_) throw py::value_error("there is no such slot.");
        return array;
    }

    [[nodiscard]] Rows target(const Ring& to, const std::int64_t* slots, const std::int64_t* first, std::size_t voices, std::size_t rows,
                              std::size_t each) const {
        return {to.keys, to.values, to.half_keys, to.half_values, slots_, to.places, to.places - 1, slots, first, 0, voices, rows, each};
    }

    static void mark(const Ring& ring, const Rows& to, std::size_t voice, std::size_t row, bool seen) noexcept {
        if (to.kept(row)) ring.seen[to.seat(voice) * ring.places + to.place(voice, row)] = seen;
    }

    template <class Work>
    static void share(std::size_t voices, Team* team, const Work& work) {
        Team alone(false);
        Team& workers = team == nullptr ? alone : *team;
        const std::size_t pieces = std::max((voices + kTogether - 1) / kTogether, std::min(workers.size(), voices / kWorth));
        workers.share(pieces, [&](std::size_t piece, std::size_t) {
            const std::size_t from = voices * piece / pieces;
            work(from, voices * (piece + 1) / pieces - from);
        });
    }

    void remember_some(const Rows& to, const float* made) const {
        const std::size_t width = sizes().latents, before = (rows_->remember.taps - 1) * width, block = to.rows * width;
        static thread_local std::vector<float> given;  // what was made lately, then what is new
        given.resize(to.voices * (before + block));
        for (std::size_t voice = 0; voice < to.voices; ++voice) {
            float* recent = recent_ + to.seat(voice) * before;
            float* here = given.data() + voice * (before + block);
            std::copy_n(recent, before, here);
            std::copy_n(made + (to.from + voice) * block, block, here + before);
            std::copy_n(here + block, before, recent);
        }
        rows_->remember(*rows_->network, given.data(), to, scratch());
        for (std::size_t voice = 0; voice < to.voices; ++voice)
            for (std::size_t row = 0; row < to.rows; ++row) mark(history_, to, voice, row, true);
    }

    std::shared_ptr<const NeuralRows> rows_;
    py::dict arrays_;  // so that they live as long
    std::size_t slots_, hops_ = 0;
    Ring history_, vision_;
    float *recent_ = nullptr, *scene_ = nullptr;
    bool* scene_seen_ = nullptr;
};

}  // namespace

void bind_neural_memory(py::module_& module) {
    py::class_<NeuralMemory>(module, "NeuralMemory")
        .def(py::init<std::shared_ptr<const NeuralRows>, const py::dict&, std::size_t>(), py::arg("rows"), py::arg("arrays"), py::kw_only(),
             py::arg("slots"))
        .def("remember", &NeuralMemory::remember, py::arg("slots"), py::arg("first"), py::arg("latents"), py::arg("team").none(true) = nullptr)
        .def("see", &NeuralMemory::see, py::arg("slots"), py::arg("first"), py::arg("hops"), py::arg("team").none(true) = nullptr);
}

}  // namespace hobnail
#endif
