// Arrays of Python's by name, as weights and as inputs.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "arrays.hpp"
#include "hobnail/neural/attention.hpp"
#include "hobnail/neural/products.hpp"

#if HOBNAIL_NEURAL
namespace hobnail {

namespace py = pybind11;
using neural::FloatMatrix;
using neural::Int8Matrix;

// A C-contiguous array of T with so many numbers; ValueError that names it otherwise.
template <class T>
py::array_t<T> array_of(const py::object& value, std::size_t size, const std::string& name) {
    if (!py::isinstance<py::array_t<T>>(value)) throw py::value_error(name + " is not an array of " + std::string(py::str(py::dtype::of<T>())) + ".");
    auto array = py::reinterpret_borrow<py::array_t<T>>(value);
    if ((array.flags() & py::array::c_style) == 0 || static_cast<std::size_t>(array.size()) != size)
        throw py::value_error(name + " has shape " + shape_text(array) + ", expected " + std::to_string(size) +
                              " numbers in one piece.");
    return array;
}

// The same of half precision, as bits.
inline neural::Half* halves_of(const py::object& value, std::size_t size, const std::string& name) {
    const auto array = py::cast<py::array>(value);
    if (array.dtype().char_() != 'e') throw py::value_error(name + " is not an array of float16.");
    if ((array.flags() & py::array::c_style) == 0 || static_cast<std::size_t>(array.size()) != size)
        throw py::value_error(name + " has shape " + shape_text(array) + ", expected " + std::to_string(size) + " numbers in one piece.");
    return static_cast<neural::Half*>(py::cast<py::array>(value).mutable_data());
}

// Weights by name, as `hobnail_trainer.export.native` writes them.
class Weights {
   public:
    explicit Weights(const py::dict& arrays) : arrays_(arrays) {}

    template <class T = float>
    std::vector<T> numbers(const std::string& name, std::size_t size) const {
        if (!arrays_.contains(name)) throw py::value_error("there is no array " + name + ".");
        const auto array = array_of<T>(arrays_[name.c_str()], size, name);
        return {array.data(), array.data() + size};
    }

    void matrix(FloatMatrix& to, const std::string& name, std::size_t inputs, std::size_t outputs, bool biased) const {
        const auto weight = numbers(name + "_weight", inputs * outputs);
        const auto bias = biased ? numbers(name + "_bias", outputs) : std::vector<float>(outputs);
        to.set(weight.data(), inputs, outputs, bias.data());
    }

    void matrix(Int8Matrix& to, const std::string& name, std::size_t inputs, std::size_t outputs) const {
        const auto weight = numbers<std::int8_t>(name + "_weight", inputs * outputs);
        const auto steps = numbers(name + "_steps", outputs), bias = numbers(name + "_bias", outputs);
        to.set(weight.data(), inputs, outputs, steps.data(), bias.data(), numbers(name + "_step", 1)[0],
               numbers<std::uint8_t>(name + "_zero", 1)[0]);
    }

   private:
    const py::dict& arrays_;
};

void bind_neural_memory(py::module_& module);
void bind_neural_rows(py::module_& module);

}  // namespace hobnail
#endif
