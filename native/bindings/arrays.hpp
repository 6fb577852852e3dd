// Arrays at the door: float32 in and out, and errors that say what was found and what to do.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <memory>
#include <string>
#include <vector>

namespace hobnail {

using FloatArray = pybind11::array_t<float, pybind11::array::c_style>;

// The object as a C-contiguous float32 array; a strided view is copied, another dtype is refused: a silent
// conversion would hide a float64 path that costs twice the memory and time.
inline FloatArray float_array(const pybind11::object& value, const char* what) {
    namespace py = pybind11;
    if (!py::isinstance<py::array>(value)) {
        throw py::type_error(std::string(what) + ": expected a float32 array, found " +
                             std::string(py::str(py::type::of(value).attr("__name__"))) +
                             "; convert with numpy.asarray(x, numpy.float32)");
    }
    const auto array = py::reinterpret_borrow<py::array>(value);
    if (!py::isinstance<py::array_t<float>>(value)) {
        throw py::type_error(std::string(what) + ": expected float32, found " + std::string(py::str(array.dtype())) +
                             "; convert with x.astype(numpy.float32)");
    }
    return FloatArray::ensure(array);
}

// "[480, 2]", for messages.
inline std::string shape_text(const pybind11::array& array) {
    std::string text = "[";
    for (pybind11::ssize_t axis = 0; axis < array.ndim(); ++axis) {
        text += (axis == 0 ? "" : ", ") + std::to_string(array.shape(axis));
    }
    return text + "]";
}

// Hands a vector's memory to numpy without a copy.
inline pybind11::array_t<float> own(std::vector<float>&& samples, std::vector<pybind11::ssize_t> shape) {
    auto* kept = new std::vector<float>(std::move(samples));
    const pybind11::capsule owner(kept, [](void* memory) { delete static_cast<std::vector<float>*>(memory); });
    return pybind11::array_t<float>(std::move(shape), kept->data(), owner);
}

}  // namespace hobnail
