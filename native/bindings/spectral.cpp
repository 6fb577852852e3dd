// The decoder of spectral codecs for Python.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "arrays.hpp"
#include "bindings.hpp"
#include "hobnail/spectral/renderer.hpp"
#include "hobnail/spectral/row_decoder.hpp"
#include "hobnail/team.hpp"

namespace py = pybind11;

namespace hobnail {
namespace {

using spectral::Format;
using spectral::RowDecoder;
using spectral::RowMap;
using spectral::SpectralRenderer;
using spectral::Workshop;

std::shared_ptr<Workshop> make_workshop(std::vector<float> centres_hz, std::size_t size, std::size_t hop,
                                        std::size_t frames_per_hop, std::size_t partials, std::size_t short_size,
                                        float split_hz) {
    Format format;
    format.hop = hop;
    format.frames_per_hop = frames_per_hop;
    format.size = size;
    format.partials = partials;
    format.short_size = short_size;
    format.split_hz = split_hz;
    format.centres_hz = std::move(centres_hz);
    return std::make_shared<Workshop>(std::move(format));  // std::invalid_argument arrives as ValueError
}

// Refuses what is not float32 [n, width] with finite values.
FloatArray finite_table(const py::object& values, std::size_t width, const std::string& what) {
    FloatArray table = float_array(values, what.c_str());
    if (table.ndim() != 2 || static_cast<std::size_t>(table.shape(1)) != width) {
        throw py::value_error(what + " has shape " + shape_text(table) + ", expected [hops, " + std::to_string(width) +
                              "].");
    }
    const float* numbers = table.data();
    const auto columns = static_cast<py::ssize_t>(width);
    for (py::ssize_t k = 0; k < table.size(); ++k) {
        if (!std::isfinite(numbers[k])) {
            throw py::value_error(what + "[" + std::to_string(k / columns) + ", " + std::to_string(k % columns) +
                                  "] is not a finite number.");
        }
    }
    return table;
}

std::shared_ptr<RowMap> make_row_map(std::size_t kept, std::size_t partials, float floor, std::vector<float> mean,
                                     const FloatArray& components, const FloatArray& shares,
                                     std::array<float, 2> partial_mean, std::array<float, 2> partial_spread) {
    auto map = std::make_shared<RowMap>();
    map->kept = kept;
    map->partials = partials;
    map->floor = floor;
    map->mean = std::move(mean);
    map->components.assign(components.data(), components.data() + components.size());
    map->shares.assign(shares.data(), shares.data() + shares.size());
    map->partial_mean = partial_mean;
    map->partial_spread = partial_spread;
    map->check();
    return map;
}

py::array_t<float> decode(RowDecoder& self, const py::object& latents) {
    const FloatArray table = finite_table(latents, self.map().latent(), "SpectralRowDecoder.decode: latents");
    const auto hops = static_cast<std::size_t>(table.shape(0));
    std::vector<float> rows(hops * self.map().row());
    {
        const py::gil_scoped_release released;
        self.decode(table.data(), hops, rows.data());
    }
    return own(std::move(rows), {table.shape(0), static_cast<py::ssize_t>(self.map().row())});
}

void feed(SpectralRenderer& self, const py::object& rows, bool last, float semitones, float texture) {
    const FloatArray table = finite_table(rows, self.format().row(), "SpectralRenderer.feed: rows");
    if (!std::isfinite(semitones) || !std::isfinite(texture)) {
        throw py::value_error("SpectralRenderer.feed: semitones or texture is not a finite number.");
    }
    bool fed = false;
    {
        const py::gil_scoped_release released;
        fed = self.feed(table.data(), static_cast<std::size_t>(table.shape(0)), last, {semitones, texture});
    }
    if (!fed) {
        throw py::value_error("SpectralRenderer.feed: fed after last=True; make a new renderer for a new voice.");
    }
}

// Latents of several voices to samples, each voice's by its own decoder and renderer: everything is looked at before
// anything is changed, and then it goes on without the interpreter. What is made lies in one piece.
py::list play_together(const std::vector<std::shared_ptr<RowDecoder>>& decoders,
                       const std::vector<std::shared_ptr<SpectralRenderer>>& renderers, const py::object& latents,
                       const std::vector<float>& semitones, const std::vector<float>& textures, Team* team) {
    const std::size_t voices = decoders.size();
    if (renderers.size() != voices || semitones.size() != voices || textures.size() != voices) {
        throw py::value_error("play_together: decoders, renderers and sliders are not as many.");
    }
    if (voices == 0) return py::list();
    const std::size_t width = decoders[0]->map().latent(), row = decoders[0]->map().row();
    const auto whole = float_array(latents, "play_together: latents");
    if (whole.ndim() != 3 || static_cast<std::size_t>(whole.shape(0)) != voices) {
        throw py::value_error("play_together: latents has shape " + shape_text(whole) + ", expected [voices, hops, " +
                              std::to_string(width) + "].");
    }
    const auto hops = static_cast<std::size_t>(whole.shape(1));
    const FloatArray table = finite_table(whole.attr("reshape")(-1, whole.shape(2)), width, "play_together: latents");
    for (const auto& renderer : renderers) {
        if (renderer->ended()) throw py::value_error("play_together: fed after last=True; make a new renderer for a new voice.");
    }
    const Format& format = renderers[0]->format();
    const std::size_t most = hops * format.hop + format.lag();
    py::array_t<float> made({voices, most});
    float* const samples = made.mutable_data();
    std::vector<std::size_t> counts(voices);
    Team alone(false);
    {
        const py::gil_scoped_release released;
        Team& workers = team == nullptr ? alone : *team;
        std::vector<std::vector<float>> rows(workers.size(), std::vector<float>(hops * row));
        workers.share(voices, [&](std::size_t k, std::size_t thread) {
            SpectralRenderer& renderer = *renderers[k];
            decoders[k]->decode(table.data() + k * hops * width, hops, rows[thread].data());
            renderer.feed(rows[thread].data(), hops, false, {semitones[k], textures[k]});
            counts[k] = renderer.render(samples + k * most, most);
        });
    }
    py::list out;
    for (std::size_t k = 0; k < voices; ++k) out.append(py::array_t<float>(counts[k], samples + k * most, made));
    return out;
}

}  // namespace

void bind_spectral(py::module_& module) {
    py::class_<Workshop, std::shared_ptr<Workshop>>(module, "SpectralWorkshop")
        .def(py::init(&make_workshop), py::arg("centres_hz"), py::kw_only(), py::arg("size") = 1024,
             py::arg("hop") = 512, py::arg("frames_per_hop") = 2, py::arg("partials") = 0, py::arg("short_size") = 0,
             py::arg("split_hz") = 0.0F)
        .def_property_readonly("row", [](const Workshop& self) { return self.format().row(); })
        .def_property_readonly("lag", [](const Workshop& self) { return self.format().lag(); });
    py::class_<SpectralRenderer, VoiceRenderer, std::shared_ptr<SpectralRenderer>>(module, "SpectralRenderer")
        .def(py::init<std::shared_ptr<Workshop>, std::uint64_t>(), py::arg("workshop"), py::arg("seed"))
        .def("feed", &feed, py::arg("rows"), py::kw_only(), py::arg("last") = false,
             py::arg("semitones") = 0.0F, py::arg("texture") = 0.0F);
    py::class_<RowMap, std::shared_ptr<RowMap>>(module, "SpectralRowMap")
        .def(py::init(&make_row_map), py::kw_only(), py::arg("kept"), py::arg("partials"), py::arg("floor"),
             py::arg("mean"), py::arg("components"), py::arg("shares"), py::arg("partial_mean"),
             py::arg("partial_spread"));
    py::class_<RowDecoder, std::shared_ptr<RowDecoder>>(module, "SpectralRowDecoder")
        .def(py::init<std::shared_ptr<const RowMap>, std::uint64_t>(), py::arg("row_map"), py::arg("seed"))
        .def("decode", &decode, py::arg("latents"));
    module.def("play_together", &play_together, py::arg("decoders"), py::arg("renderers"), py::arg("latents"),
               py::arg("semitones"), py::arg("textures"), py::arg("team").none(true) = nullptr);
}

}  // namespace hobnail
