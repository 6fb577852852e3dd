// The module _intake: what bridges do with messages before the session has them. Microseconds each, under the GIL.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "arrays.hpp"
#include "hobnail/intake/frame_desk.hpp"

namespace py = pybind11;

namespace hobnail {
namespace {

using intake::FrameDesk;
using intake::FrameForm;
using intake::TokenBucket;
using intake::Turnstile;

py::object split(const py::bytes& message) {
    const auto parts = intake::split_frame(message);
    if (!parts) {
        return py::none();
    }
    const std::string head = static_cast<char>(parts->fields) + std::string(parts->head);
    const py::object seq = parts->seq ? py::object(py::int_(*parts->seq)) : py::none();
    return py::make_tuple(seq, py::bytes(head), py::bytes(parts->rows.data(), parts->rows.size()));
}

py::object out_of_range(const py::bytes& rows) {
    const std::size_t index = intake::first_out_of_range(rows);
    return index == std::string_view::npos ? py::object(py::none()) : py::int_(index);
}

bool learn(FrameDesk& desk, std::int64_t client, const py::bytes& message, const py::bytes& key,
           const py::bytes& command, std::size_t time_at, std::size_t rows_bytes, const py::object& factors) {
    std::vector<float> each;
    if (!factors.is_none()) {
        const FloatArray array = float_array(factors, "FrameDesk.learn: factors");
        each.assign(array.data(), array.data() + array.size());
    }
    return desk.learn(client, message, FrameForm(key, command, time_at, rows_bytes, std::move(each)));
}

template <class Release>
py::list commands(Release release) {
    py::list commands;
    release([&](std::string&& command) { commands.append(py::bytes(command)); });
    return commands;
}

void bind_reading(py::module_& module) {
    module.def("split_frame", &split, py::arg("message"),
               "(seq or None, head, rows) of a frame message; None for whatever looks otherwise.");
    module.def("first_out_of_range", &out_of_range, py::arg("rows"),
               "Index of the first float32 that is infinite or beyond 1e9; None when all are in range or NaN.");
}

void bind_limits(py::module_& module) {
    py::class_<TokenBucket>(module, "TokenBucket", "Allows per_s things a second on average, burst at once after a rest.")
        .def(py::init<double, double, std::int64_t>(), py::arg("per_s"), py::arg("burst"), py::arg("now_ns"))
        .def("take", &TokenBucket::take, py::arg("now_ns"), py::arg("amount") = 1.0);
    py::class_<Turnstile, std::shared_ptr<Turnstile>>(module, "Turnstile",
                                                      "What one client may say, and when it was last heard.")
        .def(py::init<double, double, std::int64_t>(), py::arg("messages_per_s"), py::arg("bytes_per_s"),
             py::arg("now_ns"))
        .def("take_message", &Turnstile::take_message, py::arg("now_ns"))
        .def("take_bytes", &Turnstile::take_bytes, py::arg("now_ns"), py::arg("bytes"))
        .def_readwrite("heard_ns", &Turnstile::heard_ns);
}

void bind_desk(py::module_& module) {
    py::class_<FrameDesk>(module, "FrameDesk", "The newest frame messages of each client, until its turn has come.")
        .def(py::init<std::int64_t>(), py::arg("period_ns"))
        .def("admit",
             [](FrameDesk& desk, std::int64_t client, const py::bytes& route, std::shared_ptr<Turnstile> turnstile) {
                 desk.admit(client, std::string(route), std::move(turnstile));
             },
             py::arg("client"), py::arg("route"), py::arg("turnstile").none(false))
        .def("dismiss", &FrameDesk::dismiss, py::arg("client"))
        .def("learn", &learn, py::arg("client"), py::arg("message"), py::arg("key"), py::arg("command"),
             py::arg("time_at"), py::arg("rows_bytes"), py::arg("factors"))
        .def("keep",
             [](FrameDesk& desk, std::int64_t client, const py::bytes& key, const py::bytes& command) {
                 desk.keep(client, std::string_view(key), std::string(command));
             },
             py::arg("client"), py::arg("key"), py::arg("command"))
        .def("take",
             [](FrameDesk& desk, const py::bytes& route, const py::bytes& message, std::int64_t now_ns) {
                 return desk.take(route, message, now_ns);
             },
             py::arg("route"), py::arg("message"), py::arg("now_ns"))
        .def("due",
             [](FrameDesk& desk, std::int64_t now_ns) {
                 return commands([&](auto each) { desk.due(now_ns, each); });
             },
             py::arg("now_ns"))
        .def("release",
             [](FrameDesk& desk, std::int64_t client, std::int64_t now_ns) {
                 return commands([&](auto each) { desk.release(client, now_ns, each); });
             },
             py::arg("client"), py::arg("now_ns"))
        .def_property_readonly("holds_any", &FrameDesk::holds_any)
        .def_property_readonly("taken", &FrameDesk::taken)
        .def_property_readonly("superseded", &FrameDesk::superseded);
}

}  // namespace
}  // namespace hobnail

PYBIND11_MODULE(_intake, module) {
    module.doc() = "Native parts of the bridges: budgets, and the desk where frame messages wait.";
    hobnail::bind_reading(module);
    hobnail::bind_limits(module);
    hobnail::bind_desk(module);
}
