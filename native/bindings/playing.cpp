// What is done around a network's step for many voices at once, for Python: helpers, noise, sights, weights, levels.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "arrays.hpp"
#include "hobnail/level_hold.hpp"
#include "hobnail/normal_noise.hpp"
#include "hobnail/sights.hpp"
#include "hobnail/team.hpp"
#include "hobnail/weight_smoothing.hpp"

namespace py = pybind11;

namespace hobnail {
namespace {

// An array of T in one piece with so many numbers, used where it lies; ValueError that names it otherwise.
template <class T>
py::array_t<T> in_place(const py::object& value, std::size_t size, const char* name) {
    if (!py::isinstance<py::array_t<T>>(value)) throw py::value_error(std::string(name) + " is not an array of its type.");
    auto array = py::reinterpret_borrow<py::array_t<T>>(value);
    if ((array.flags() & py::array::c_style) == 0 || static_cast<std::size_t>(array.size()) != size)
        throw py::value_error(std::string(name) + " has shape " + shape_text(array) + ", expected " + std::to_string(size) +
                              " numbers in one piece.");
    return array;
}

void noise_into(const std::vector<std::uint64_t>& seeds, const std::vector<std::uint64_t>& first, const py::array_t<std::int64_t>& rows,
                const FloatArray& out) {
    const auto voices = static_cast<std::size_t>(rows.size());
    if (seeds.size() != voices || first.size() != voices || out.ndim() < 1) throw py::value_error("noise_into: seeds, hops and rows are not as many.");
    auto array = out;
    const auto held = static_cast<std::size_t>(array.shape(0));
    const std::size_t each = held == 0 ? 0 : static_cast<std::size_t>(array.size()) / held;
    float* numbers = array.mutable_data();
    for (std::size_t k = 0; k < voices; ++k) {
        const std::int64_t row = rows.data()[k];
        if (row < 0 || static_cast<std::size_t>(row) >= held) throw py::value_error("noise_into: there is no such row.");
        normal_noise(seeds[k], first[k], numbers + static_cast<std::size_t>(row) * each, each);
    }
}

// Memory of sights that Python owns.
class BoundSights {
   public:
    BoundSights(const std::vector<std::tuple<int, double, double>>& columns, const py::dict& arrays, std::size_t slots, std::size_t hops)
        : slots_(slots), arrays_(arrays) {
        constexpr std::size_t values = Sights::kValues;
        if (columns.size() != values) throw py::value_error("Sights: expected 12 columns.");
        for (std::size_t k = 0; k < values; ++k) {
            const auto& [kind, least, scale] = columns[k];
            sights_.columns[k] = {static_cast<Squash>(kind), least, scale};
        }
        sights_.hops = hops;
        sights_.held = data<double>("held", slots * values);
        sights_.track = data<double>("track", slots * Sights::kPast * 3);
        sights_.usual = data<double>("usual", slots);
        sights_.scene = data<float>("scene", slots * hops * 2 * values);
        sights_.contacts = data<float>("contacts", slots * hops * 2);
        sights_.seen = data<bool>("seen", slots * hops);
    }

    void look(const py::array_t<std::int64_t>& slots, const py::object& told, const py::object& blows, const py::object& known,
              std::size_t hops) const {
        const auto voices = static_cast<std::size_t>(slots.size());
        const auto values = in_place<double>(told, voices * Sights::kValues, "told"), impulses = in_place<double>(blows, voices, "blows");
        const auto there = in_place<bool>(known, voices, "known");
        for (std::size_t k = 0; k < voices; ++k) {
            const std::int64_t slot = slots.data()[k];
            if (slot < 0 || static_cast<std::size_t>(slot) >= slots_) throw py::value_error("Sights: there is no such slot.");
            sights_.look(static_cast<std::size_t>(slot), values.data() + k * Sights::kValues, impulses.data()[k], there.data()[k], hops);
        }
    }

   private:
    template <class T>
    T* data(const char* name, std::size_t size) const {
        return in_place<T>(arrays_[name], size, name).mutable_data();
    }

    Sights sights_{};
    std::size_t slots_;
    py::dict arrays_;  // so that they live as long
};

// Tables of voices' weights, [numbers] or [numbers, voices].
class BoundSmoothing {
   public:
    BoundSmoothing(float hop_seconds, float seconds, float rate, float floor, float lead, float doubt, std::array<float, 3> fallback)
        : smoothing_{hop_seconds, seconds, rate, floor, lead, doubt, fallback} {}

    // The tables while the step runs.
    [[nodiscard]] FloatArray before(const FloatArray& table) const {
        return each(table, [this](State& state, std::size_t) { smoothing_.before(state); });
    }

    // And after it; `logits` and the others are [voices, 3], or [3] of a single one.
    [[nodiscard]] FloatArray after(const FloatArray& table, const FloatArray& logits, const FloatArray& weights, const FloatArray& entropy) const {
        const std::size_t size = table.ndim() == 2 ? static_cast<std::size_t>(table.shape(1)) * 3 : 3;
        for (const auto* read : {&logits, &weights, &entropy})
            if (static_cast<std::size_t>(read->size()) != size) throw py::value_error("WeightSmoothing: reports and states are not as many.");
        return each(table, [&](State& state, std::size_t voice) {
            WeightSmoothing::Reports read{};
            std::memcpy(read.logits.data(), logits.data() + 3 * voice, sizeof read.logits);
            std::memcpy(read.weights.data(), weights.data() + 3 * voice, sizeof read.weights);
            std::memcpy(read.entropy.data(), entropy.data() + 3 * voice, sizeof read.entropy);
            smoothing_.after(read, state);
        });
    }

   private:
    using State = WeightSmoothing::State;

    template <class Work>
    static FloatArray each(const FloatArray& table, const Work& work) {
        constexpr std::size_t numbers = WeightSmoothing::kNumbers;
        if (table.ndim() < 1 || table.ndim() > 2 || static_cast<std::size_t>(table.shape(0)) != numbers)
            throw py::value_error("WeightSmoothing: a table has shape " + shape_text(table) + ", expected [" + std::to_string(numbers) + "] or with voices.");
        const std::size_t voices = table.ndim() == 2 ? static_cast<std::size_t>(table.shape(1)) : 1;
        FloatArray out(std::vector<py::ssize_t>(table.shape(), table.shape() + table.ndim()));
        const float* from = table.data();
        float* to = out.mutable_data();
        for (std::size_t voice = 0; voice < voices; ++voice) {
            std::array<float, numbers> row{};
            for (std::size_t k = 0; k < numbers; ++k) row[k] = from[k * voices + voice];
            State state;
            std::memcpy(&state, row.data(), sizeof state);
            work(state, voice);
            std::memcpy(row.data(), &state, sizeof state);
            for (std::size_t k = 0; k < numbers; ++k) to[k * voices + voice] = row[k];
        }
        return out;
    }

    WeightSmoothing smoothing_;
};

// Blocks of voices at their levels, in place; each voice's power and gain after it.
std::vector<std::pair<double, double>> level_together(const LevelHold& self, const std::vector<FloatArray>& blocks,
                                                      const std::vector<std::tuple<double, double, double, double, double, double>>& voices,
                                                      bool bends) {
    if (blocks.size() != voices.size()) throw py::value_error("LevelHold: blocks and voices are not as many.");
    std::vector<float*> samples;
    for (const auto& block : blocks) samples.push_back(const_cast<FloatArray&>(block).mutable_data());
    std::vector<std::pair<double, double>> after(blocks.size());
    const py::gil_scoped_release released;
    for (std::size_t k = 0; k < blocks.size(); ++k) {
        const auto& [power, gain, steady_db, level, from, to] = voices[k];
        LevelHold::Voice voice{power, gain};
        self(samples[k], static_cast<std::size_t>(blocks[k].size()), voice, steady_db, static_cast<float>(level), from, to);
        if (bends) self.bend(samples[k], static_cast<std::size_t>(blocks[k].size()));
        after[k] = {voice.power, voice.gain};
    }
    return after;
}

}  // namespace
}  // namespace hobnail

PYBIND11_MODULE(_playing, module) {
    using namespace hobnail;
    module.doc() = "What is done around a network's step for many voices at once.";
    py::class_<Team, std::shared_ptr<Team>>(module, "Team")
        .def(py::init<bool>(), py::arg("helped"))
        .def_property_readonly("helped", &Team::helped)
        .def_property_readonly("size", &Team::size);
    module.def("noise_into", &noise_into, py::arg("seeds"), py::arg("first_hops"), py::arg("rows"), py::arg("out").noconvert());
    py::class_<BoundSights>(module, "Sights")
        .def(py::init<const std::vector<std::tuple<int, double, double>>&, const py::dict&, std::size_t, std::size_t>(), py::arg("columns"),
             py::arg("arrays"), py::kw_only(), py::arg("slots"), py::arg("hops"))
        .def("look", &BoundSights::look, py::arg("slots"), py::arg("told"), py::arg("blows"), py::arg("known"), py::arg("hops"));
    py::class_<BoundSmoothing>(module, "WeightSmoothing")
        .def(py::init<float, float, float, float, float, float, std::array<float, 3>>(), py::kw_only(), py::arg("hop_seconds"),
             py::arg("seconds"), py::arg("rate"), py::arg("floor"), py::arg("lead"), py::arg("doubt"), py::arg("fallback"))
        .def("before", &BoundSmoothing::before, py::arg("table"))
        .def("after", &BoundSmoothing::after, py::arg("table"), py::arg("logits"), py::arg("weights"), py::arg("entropy"));
    py::class_<LevelHold>(module, "LevelHold")
        .def(py::init([](double free_db, double most_db, double seconds, float knee) { return LevelHold{free_db, most_db, seconds, knee}; }),
             py::kw_only(), py::arg("free_db"), py::arg("most_db"), py::arg("seconds"), py::arg("knee"))
        .def("together", &level_together, py::arg("blocks"), py::arg("voices"), py::kw_only(), py::arg("bends"))
        .def("bend", [](const LevelHold& self, FloatArray samples) { self.bend(samples.mutable_data(), static_cast<std::size_t>(samples.size())); },
             py::arg("samples").noconvert());
}
