// Mixer, MixerMeters and VoiceReport for Python.
#include "hobnail/mixer.hpp"

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "bindings.hpp"
#include "py_mixer.hpp"

namespace py = pybind11;

namespace hobnail {
namespace {

constexpr std::array<const char*, 4> kKinds = {"sounded", "ended", "underrun", "late"};
constexpr std::array<const char*, 3> kPriorities = {"normal", "raised", "realtime"};
constexpr std::array<const char*, 6> kReasons = {"finished", "stopped", "stolen", "panic", "removed", "failed"};

struct MetersSnapshot {
    std::int64_t frame;
    std::size_t voices;
    std::uint64_t underruns, underrun_frames, late_blocks, sink_overruns;
    float peak;
    std::uint64_t blocks;
};

MetersSnapshot meters(PyMixer& self) {
    Mixer& mixer = self.native();
    Meters& meters = mixer.meters();
    return {mixer.frame(),
            mixer.open_voices(),
            meters.underruns.load(std::memory_order_relaxed),
            meters.underrun_frames.load(std::memory_order_relaxed),
            meters.late_blocks.load(std::memory_order_relaxed),
            meters.sink_overruns.load(std::memory_order_relaxed),
            meters.peak.exchange(0.0F, std::memory_order_relaxed),
            meters.blocks.load(std::memory_order_relaxed)};
}

std::unique_ptr<PyMixer> make_mixer(py::ssize_t rate_hz, py::ssize_t block_frames, py::ssize_t voices,
                                    py::ssize_t fifo_frames, py::ssize_t emitters, py::ssize_t buses,
                                    std::shared_ptr<HeldClock> clock) {
    const MixSpec spec{index_of(rate_hz),     index_of(block_frames), index_of(voices),
                       index_of(fifo_frames), index_of(emitters),     index_of(buses)};
    return std::make_unique<PyMixer>(spec, std::move(clock));
}

void start(PyMixer& self, const std::string& pace, py::ssize_t ring_target) {
    if (pace != "clock" && pace != "ring") {
        throw py::value_error("Mixer.start: pace is \"" + pace + "\", expected \"clock\" or \"ring\"");
    }
    const Pace wanted = pace == "clock" ? Pace::clock : Pace::ring;
    self.without_gil([&](Mixer& mixer) { mixer.start(wanted, index_of(ring_target)); });
}

void set_emitter(PyMixer& self, py::ssize_t emitter, float gain, float pan, float distance_m, py::ssize_t bus) {
    self.native().set_emitter(index_of(emitter), gain, pan, distance_m, index_of(bus));
}

bool open_voice(PyMixer& self, std::int64_t voice, std::shared_ptr<VoiceRenderer> renderer, py::ssize_t emitter,
                std::int64_t start_frame, float gain) {
    return self.native().open_voice(voice, std::move(renderer), index_of(emitter), start_frame, gain);
}

bool fade_voice(PyMixer& self, std::int64_t voice, py::ssize_t frames, const std::string& reason) {
    const auto known = std::find(kReasons.begin(), kReasons.end(), reason);
    if (known == kReasons.end()) {
        throw py::value_error("Mixer.fade_voice: reason is \"" + reason +
                              "\", expected stopped, stolen, panic, removed, failed or finished");
    }
    const std::size_t count = frames_of("Mixer.fade_voice: frames", frames);
    return self.native().desk().fade(
        voice, {static_cast<std::uint32_t>(count), static_cast<EndReason>(known - kReasons.begin())});
}

std::size_t render_ahead(PyMixer& self, std::int64_t voice, py::ssize_t lead_frames) {
    const std::size_t lead = frames_of("Mixer.render_ahead: lead_frames", lead_frames);
    return self.without_gil([&](Mixer& mixer) { return mixer.desk().feed(voice, lead); });
}

std::size_t render_all(PyMixer& self, py::ssize_t lead_frames) {
    const std::size_t lead = frames_of("Mixer.render_all: lead_frames", lead_frames);
    return self.without_gil([&](Mixer& mixer) { return mixer.desk().feed_all(lead); });
}

void bind_values(py::module_& module) {
    py::class_<VoiceReport>(module, "VoiceReport", "What the mixer saw of a voice.")
        .def_readonly("voice", &VoiceReport::voice)
        .def_property_readonly(
            "kind", [](const VoiceReport& report) { return kKinds[static_cast<std::size_t>(report.kind)]; })
        .def_readonly("frame", &VoiceReport::frame)
        .def_readonly("ns", &VoiceReport::ns)
        .def_readonly("frames", &VoiceReport::frames)
        .def_property_readonly("reason",
                               [](const VoiceReport& report) {
                                   const bool ended = report.kind == ReportKind::ended;
                                   return ended ? kReasons[static_cast<std::size_t>(report.reason)] : "";
                               })
        .def("__repr__", [](const py::object& report) {
            return py::str("VoiceReport(voice={0.voice}, kind={0.kind!r}, frame={0.frame}, ns={0.ns}, "
                           "frames={0.frames}, reason={0.reason!r})")
                .format(report);
        });
    py::class_<MetersSnapshot>(module, "MixerMeters", "Counters of the mixer since it was made.")
        .def_readonly("frame", &MetersSnapshot::frame)
        .def_readonly("voices", &MetersSnapshot::voices)
        .def_readonly("underruns", &MetersSnapshot::underruns)
        .def_readonly("underrun_frames", &MetersSnapshot::underrun_frames)
        .def_readonly("late_blocks", &MetersSnapshot::late_blocks)
        .def_readonly("sink_overruns", &MetersSnapshot::sink_overruns)
        .def_readonly("peak", &MetersSnapshot::peak)
        .def_readonly("blocks", &MetersSnapshot::blocks);
}

void bind_control_side(py::class_<PyMixer>& mixer) {
    const MixSpec usual;
    mixer
        .def(py::init(&make_mixer), py::kw_only(), py::arg("rate_hz") = usual.rate_hz,
             py::arg("block_frames") = usual.block_frames, py::arg("voices") = usual.voices,
             py::arg("fifo_frames") = usual.fifo_frames, py::arg("emitters") = usual.emitters,
             py::arg("buses") = usual.buses, py::arg("clock") = nullptr)
        .def("start", &start, py::kw_only(), py::arg("pace") = "clock", py::arg("ring_target") = 256)
        .def("stop", [](PyMixer& self) { self.without_gil([](Mixer& native) { native.stop(); }); })
        .def("close", &PyMixer::close)
        .def("pull", &PyMixer::pull, py::arg("frames"))
        .def("set_output", &PyMixer::set_output, py::arg("index"), py::arg("ring").none(true))
        .def("set_tap", &PyMixer::set_tap, py::arg("index"), py::arg("ring").none(true), py::arg("emitter") = kWholeMix)
        .def("meters", &meters)
        .def_property_readonly("frame", [](PyMixer& self) { return self.native().frame(); })
        .def_property_readonly("epoch", [](PyMixer& self) { return self.native().epoch(); })
        .def_property_readonly(
            "priority", [](PyMixer& self) { return kPriorities[static_cast<std::size_t>(self.native().priority())]; });
}

void bind_engine_side(py::class_<PyMixer>& mixer) {
    mixer
        .def("set_emitter", &set_emitter, py::arg("emitter"), py::kw_only(), py::arg("gain"), py::arg("pan"),
             py::arg("distance_m"), py::arg("bus"))
        .def(
            "set_bus", [](PyMixer& self, py::ssize_t bus, float gain) { self.native().set_bus(index_of(bus), gain); },
            py::arg("bus"), py::arg("gain"))
        .def("open_voice", &open_voice, py::arg("voice"), py::arg("renderer").none(false), py::kw_only(),
             py::arg("emitter"), py::arg("start_frame"), py::arg("gain") = 1.0F)
        .def("fade_voice", &fade_voice, py::arg("voice"), py::arg("frames"), py::arg("reason"))
        .def("render_ahead", &render_ahead, py::arg("voice"), py::arg("lead_frames"))
        .def("render_all", &render_all, py::arg("lead_frames"))
        .def(
            "lead", [](PyMixer& self, std::int64_t voice) { return self.native().desk().lead(voice); },
            py::arg("voice"))
        .def("levels", [](PyMixer& self) { return self.native().desk().levels(); })
        .def("reports", [](PyMixer& self) { return self.native().desk().reports(); });
}

}  // namespace

void bind_mixer(py::module_& module) {
    bind_values(module);
    py::class_<PyMixer> mixer(module, "Mixer", "Mixes voices into stereo in small blocks.");
    mixer.attr("NEXT_BLOCK") = kNextBlock;
    bind_control_side(mixer);
    bind_engine_side(mixer);
}

}  // namespace hobnail
