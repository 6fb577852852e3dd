// Mixer, MixerMeters and VoiceReport for Python.
#include "hobnail/mixer.hpp"

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "arrays.hpp"
#include "bindings.hpp"
#include "rings.hpp"

namespace py = pybind11;

namespace hobnail {
namespace {

constexpr py::ssize_t kMostPulled = 1 << 26;

constexpr std::array<const char*, 4> kKinds = {"sounded", "ended", "underrun", "late"};
constexpr std::array<const char*, 6> kReasons = {"finished", "stopped", "stolen", "panic", "removed", "failed"};

// A negative number becomes a huge one; the native side refuses it and shows it as it was.
std::size_t index_of(py::ssize_t number) { return static_cast<std::size_t>(number); }

struct MetersSnapshot {
    std::int64_t frame;
    std::size_t voices;
    std::uint64_t underruns, underrun_frames, late_blocks, sink_overruns;
    float peak;
    std::uint64_t blocks;
};

// The mixer and the Python objects whose memory it uses. Real work lets the GIL go; what lasts a microsecond keeps
// it, because getting it back can cost a switch interval.
class PyMixer {
   public:
    PyMixer(const MixSpec& spec, std::shared_ptr<HeldClock> clock)
        : clock_(std::move(clock)), mixer_(std::make_unique<Mixer>(spec, clock_ ? &clock_->get() : nullptr)) {
        if (clock_) {
            clock_->claim();
        }
    }
    ~PyMixer() { close(); }

    // Joins the thread and lets go of rings, clock and voices, so that their memory can be closed. Twice is fine.
    void close() {
        if (!mixer_) {
            return;
        }
        stop();
        for (auto& ring : outputs_) {
            replace(ring, nullptr);
        }
        for (auto& ring : taps_) {
            replace(ring, nullptr);
        }
        mixer_.reset();
        if (clock_) {
            clock_->release();
        }
    }
    PyMixer(const PyMixer&) = delete;
    PyMixer& operator=(const PyMixer&) = delete;

    void start(const std::string& pace, py::ssize_t ring_target) {
        if (pace != "clock" && pace != "ring") {
            throw py::value_error("Mixer.start: pace is \"" + pace + "\", expected \"clock\" or \"ring\"");
        }
        const py::gil_scoped_release released;
        native().start(pace == "clock" ? Pace::clock : Pace::ring, index_of(ring_target));
    }

    void stop() {
        const py::gil_scoped_release released;
        native().stop();
    }

    py::array_t<float> pull(py::ssize_t frames) {
        if (frames < 0 || frames > kMostPulled) {
            throw py::value_error("Mixer.pull: frames is " + std::to_string(frames) + ", expected 0.." +
                                  std::to_string(kMostPulled));
        }
        py::array_t<float> stereo({frames, py::ssize_t{2}});
        float* samples = stereo.mutable_data();
        const py::gil_scoped_release released;
        native().pull(samples, static_cast<std::size_t>(frames));
        return stereo;
    }

    void set_output(py::ssize_t place, std::shared_ptr<HeldRing> ring) {
        const auto index = index_of(place);
        FrameRing* pointer = native_of(ring);
        if (index < kOutputs && outputs_[index] == ring) {
            return;
        }
        check_unused(ring);
        {
            const py::gil_scoped_release released;
            native().set_output(index, pointer);
        }
        replace(outputs_[index], std::move(ring));
    }

    void set_tap(py::ssize_t place, std::shared_ptr<HeldRing> ring, std::int64_t emitter) {
        const auto index = index_of(place);
        FrameRing* pointer = native_of(ring);
        if (!(index < kTaps && taps_[index] == ring)) {
            check_unused(ring);
        }
        {
            const py::gil_scoped_release released;
            native().set_tap(index, pointer, emitter);
        }
        replace(taps_[index], std::move(ring));
    }

    bool fade(std::int64_t voice, py::ssize_t frames, const std::string& reason) {
        const auto known = std::find(kReasons.begin(), kReasons.end(), reason);
        if (known == kReasons.end()) {
            throw py::value_error("Mixer.fade_voice: reason is \"" + reason +
                                  "\", expected stopped, stolen, panic, removed, failed or finished");
        }
        if (frames < 0 || frames > kMostPulled) {
            throw py::value_error("Mixer.fade_voice: frames is " + std::to_string(frames) + ", expected 0.." +
                                  std::to_string(kMostPulled));
        }
        return native().desk().fade(
            voice, {static_cast<std::uint32_t>(frames), static_cast<EndReason>(known - kReasons.begin())});
    }

    MetersSnapshot meters() {
        Meters& meters = native().meters();
        return {native().frame(),
                native().open_voices(),
                meters.underruns.load(std::memory_order_relaxed),
                meters.underrun_frames.load(std::memory_order_relaxed),
                meters.late_blocks.load(std::memory_order_relaxed),
                meters.sink_overruns.load(std::memory_order_relaxed),
                meters.peak.exchange(0.0F, std::memory_order_relaxed),
                meters.blocks.load(std::memory_order_relaxed)};
    }

    // The mixer itself; ValueError after close().
    Mixer& native() {
        if (!mixer_) {
            throw py::value_error("Mixer: used after close()");
        }
        return *mixer_;
    }

   private:
    using Ring = std::shared_ptr<HeldRing>;

    static FrameRing* native_of(const Ring& ring) { return ring ? &ring->get() : nullptr; }

    static void check_unused(const Ring& ring) {
        if (ring && ring->used()) {
            throw py::value_error("Mixer: the ring already has a mixer writing to it; give each output and tap its own");
        }
    }

    static void replace(Ring& place, Ring ring) {
        if (place) {
            place->release();
        }
        place = std::move(ring);
        if (place) {
            place->claim();
        }
    }

    std::shared_ptr<HeldClock> clock_;
    std::array<Ring, kOutputs> outputs_;
    std::array<Ring, kTaps> taps_;
    std::unique_ptr<Mixer> mixer_;
};

std::unique_ptr<PyMixer> make_mixer(py::ssize_t rate_hz, py::ssize_t block_frames, py::ssize_t voices,
                                    py::ssize_t fifo_frames, py::ssize_t emitters, py::ssize_t buses,
                                    std::shared_ptr<HeldClock> clock) {
    const MixSpec spec{index_of(rate_hz),     index_of(block_frames), index_of(voices),
                       index_of(fifo_frames), index_of(emitters),     index_of(buses)};
    return std::make_unique<PyMixer>(spec, std::move(clock));
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

std::size_t frames_of(const char* what, py::ssize_t frames) {
    if (frames < 0) {
        throw py::value_error(std::string(what) + " is " + std::to_string(frames) + ", expected 0 or more");
    }
    return static_cast<std::size_t>(frames);
}

void bind_engine_side(py::class_<PyMixer>& mixer) {
    mixer
        .def(
            "set_emitter",
            [](PyMixer& self, py::ssize_t emitter, float gain, float pan, float distance_m, py::ssize_t bus) {
                self.native().set_emitter(index_of(emitter), gain, pan, distance_m, index_of(bus));
            },
            py::arg("emitter"), py::kw_only(), py::arg("gain"), py::arg("pan"), py::arg("distance_m"), py::arg("bus"))
        .def(
            "set_bus", [](PyMixer& self, py::ssize_t bus, float gain) { self.native().set_bus(index_of(bus), gain); },
            py::arg("bus"), py::arg("gain"))
        .def(
            "open_voice",
            [](PyMixer& self, std::int64_t voice, std::shared_ptr<VoiceRenderer> renderer, py::ssize_t emitter,
               std::int64_t start_frame, float gain) {
                return self.native().open_voice(voice, std::move(renderer), index_of(emitter), start_frame, gain);
            },
            py::arg("voice"), py::arg("renderer").none(false), py::kw_only(), py::arg("emitter"),
            py::arg("start_frame"), py::arg("gain") = 1.0F)
        .def("fade_voice", &PyMixer::fade, py::arg("voice"), py::arg("frames"), py::arg("reason"))
        .def(
            "render_ahead",
            [](PyMixer& self, std::int64_t voice, py::ssize_t lead_frames) {
                const std::size_t lead = frames_of("Mixer.render_ahead: lead_frames", lead_frames);
                const py::gil_scoped_release released;
                return self.native().desk().feed(voice, lead);
            },
            py::arg("voice"), py::arg("lead_frames"))
        .def(
            "render_all",
            [](PyMixer& self, py::ssize_t lead_frames) {
                const std::size_t lead = frames_of("Mixer.render_all: lead_frames", lead_frames);
                const py::gil_scoped_release released;
                return self.native().desk().feed_all(lead);
            },
            py::arg("lead_frames"))
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
    const MixSpec usual;
    mixer
        .def(py::init(&make_mixer), py::kw_only(), py::arg("rate_hz") = usual.rate_hz,
             py::arg("block_frames") = usual.block_frames, py::arg("voices") = usual.voices,
             py::arg("fifo_frames") = usual.fifo_frames, py::arg("emitters") = usual.emitters,
             py::arg("buses") = usual.buses, py::arg("clock") = nullptr)
        .def("start", &PyMixer::start, py::kw_only(), py::arg("pace") = "clock", py::arg("ring_target") = 256)
        .def("stop", &PyMixer::stop)
        .def("close", &PyMixer::close)
        .def("pull", &PyMixer::pull, py::arg("frames"))
        .def("set_output", &PyMixer::set_output, py::arg("index"), py::arg("ring").none(true))
        .def("set_tap", &PyMixer::set_tap, py::arg("index"), py::arg("ring").none(true), py::arg("emitter") = kWholeMix)
        .def("meters", &PyMixer::meters)
        .def_property_readonly("frame", [](PyMixer& self) { return self.native().frame(); });
    bind_engine_side(mixer);
}

}  // namespace hobnail
