// FrameRing, MessageQueue, ClockPage, SoundPage, monotonic_ns and ask_for_short_turns for Python.
// These calls last nanoseconds to microseconds, so they keep the GIL: getting it back from a busy thread can cost
// Python's whole switch interval, 5 ms.
#include "rings.hpp"

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "arrays.hpp"
#include "bindings.hpp"
#include "hobnail/message_queue.hpp"
#include "hobnail/monotonic.hpp"
#include "hobnail/thread_priority.hpp"

namespace py = pybind11;

namespace hobnail {
namespace {

using HeldQueue = Held<MessageQueue>;

Opening opening(bool create) { return create ? Opening::create : Opening::attach; }

std::size_t count(const char* what, py::ssize_t value) {
    if (value < 0) {
        throw py::value_error(std::string(what) + " is " + std::to_string(value) + ", expected 0 or more");
    }
    return static_cast<std::size_t>(value);
}

std::shared_ptr<HeldRing> new_ring(py::ssize_t channels, py::ssize_t capacity) {
    return std::make_shared<HeldRing>(
        std::make_unique<FrameRing>(count("FrameRing: channels", channels), count("FrameRing: capacity_frames", capacity)));
}

std::shared_ptr<HeldRing> ring_over(const py::buffer& memory, py::ssize_t channels, py::ssize_t capacity, bool create) {
    return std::make_shared<HeldRing>(memory, "FrameRing", [&](std::span<std::byte> bytes) {
        return std::make_unique<FrameRing>(bytes, count("FrameRing: channels", channels),
                                           count("FrameRing: capacity_frames", capacity), opening(create));
    });
}

FloatArray frames_of(const py::object& samples, const std::string& where, std::size_t wanted) {
    FloatArray array = float_array(samples, (where + ": samples").c_str());
    const auto channels = static_cast<py::ssize_t>(wanted);
    const bool fits = (array.ndim() == 2 && array.shape(1) == channels) || (array.ndim() == 1 && channels == 1);
    if (!fits) {
        throw py::value_error(where + ": samples has shape " + shape_text(array) + ", expected [frames, " +
                              std::to_string(channels) + "]" + (channels == 1 ? " or [frames]" : ""));
    }
    return array;
}

py::ssize_t write(const HeldRing& held, const py::object& samples) {
    FrameRing& ring = held.get();
    const FloatArray array = frames_of(samples, "FrameRing.write", ring.channels());
    return static_cast<py::ssize_t>(ring.write(array.data(), static_cast<std::size_t>(array.shape(0))));
}

py::array_t<float> read(const HeldRing& held, py::ssize_t max_frames) {
    FrameRing& ring = held.get();
    const std::size_t frames = std::min(count("FrameRing.read: max_frames", max_frames), ring.readable());
    py::array_t<float> samples({frames, ring.channels()});
    ring.read(samples.mutable_data(), frames);
    return samples;
}

std::pair<std::uint64_t, py::array_t<float>> read_stamped(const HeldRing& held, py::ssize_t max_frames) {
    FrameRing& ring = held.get();
    const std::size_t frames = std::min(count("FrameRing.read_stamped: max_frames", max_frames), ring.readable());
    const std::uint64_t at = ring.next_frame();
    py::array_t<float> samples({frames, ring.channels()});
    ring.read(samples.mutable_data(), frames);
    return {at, samples};
}

std::shared_ptr<HeldQueue> queue_over(const py::buffer& memory, bool create) {
    return std::make_shared<HeldQueue>(memory, "MessageQueue", [&](std::span<std::byte> bytes) {
        return std::make_unique<MessageQueue>(bytes, opening(create));
    });
}

bool push(const HeldQueue& held, const py::bytes& message) {
    const std::string_view bytes = message;
    return held.get().push(std::as_bytes(std::span(bytes.data(), bytes.size())));
}

py::object pop(const HeldQueue& held) {
    std::string message;
    return held.get().pop(message) ? py::object(py::bytes(message)) : py::none();
}

std::shared_ptr<HeldClock> clock_over(const py::object& memory, bool create) {
    if (memory.is_none()) {
        return std::make_shared<HeldClock>(std::make_unique<ClockPage>());
    }
    return std::make_shared<HeldClock>(memory.cast<py::buffer>(), "ClockPage", [&](std::span<std::byte> bytes) {
        return std::make_unique<ClockPage>(bytes, opening(create));
    });
}

std::pair<std::int64_t, std::int64_t> read_clock(const HeldClock& held) {
    const ClockAnchor anchor = held.get().read();
    return {anchor.frame, anchor.ns};
}

std::shared_ptr<HeldSound> sound_over(const py::buffer& memory, py::ssize_t channels, py::ssize_t capacity) {
    return std::make_shared<HeldSound>(memory, "SoundPage", [&](std::span<std::byte> bytes) {
        return std::make_unique<SoundPage>(bytes, count("SoundPage: channels", channels),
                                           count("SoundPage: capacity_frames", capacity));
    });
}

void write_sound(const HeldSound& held, std::int64_t at, const py::object& samples) {
    SoundPage& page = held.get();
    const FloatArray array = frames_of(samples, "SoundPage.write", page.channels());
    page.write(at, array.data(), static_cast<std::size_t>(array.shape(0)));
}

void bind_sound_page(py::module_& module) {
    py::class_<HeldSound, std::shared_ptr<HeldSound>>(
        module, "SoundPage", "The newest sound of a topic, where other processes may read it without waiting.")
        .def(py::init(&sound_over), py::arg("memory"), py::arg("channels"), py::arg("capacity_frames"))
        .def_static(
            "bytes_needed",
            [](py::ssize_t channels, py::ssize_t capacity) {
                return SoundPage::bytes_needed(count("SoundPage: channels", channels),
                                               count("SoundPage: capacity_frames", capacity));
            },
            py::arg("channels"), py::arg("capacity_frames"))
        .def_property_readonly("channels", [](const HeldSound& held) { return held.get().channels(); })
        .def_property_readonly("capacity_frames", [](const HeldSound& held) { return held.get().capacity(); })
        .def("write", &write_sound, py::arg("at"), py::arg("samples"))
        .def("close", &HeldSound::close, "Let go of the memory; everything raises ValueError afterwards.");
}

void bind_frame_ring(py::module_& module) {
    py::class_<HeldRing, std::shared_ptr<HeldRing>>(
        module, "FrameRing", "Single-producer single-consumer ring of interleaved frames; lock-free, wait-free.")
        .def(py::init(&new_ring), py::arg("channels"), py::arg("capacity_frames"))
        .def_static(
            "bytes_needed",
            [](py::ssize_t channels, py::ssize_t capacity) {
                return FrameRing::bytes_needed(count("FrameRing: channels", channels),
                                               count("FrameRing: capacity_frames", capacity));
            },
            py::arg("channels"), py::arg("capacity_frames"))
        .def_static("over", &ring_over, py::arg("memory"), py::arg("channels"), py::arg("capacity_frames"),
                    py::kw_only(), py::arg("create"))
        .def_property_readonly("channels", [](const HeldRing& held) { return held.get().channels(); })
        .def_property_readonly("capacity_frames", [](const HeldRing& held) { return held.get().capacity(); })
        .def_property_readonly("readable", [](const HeldRing& held) { return held.get().readable(); })
        .def_property_readonly("writable", [](const HeldRing& held) { return held.get().writable(); })
        .def_property_readonly("overruns", [](const HeldRing& held) { return held.get().overruns(); })
        .def("write", &write, py::arg("samples"))
        .def("read", &read, py::arg("max_frames"))
        .def("read_stamped", &read_stamped, py::arg("max_frames"))
        .def("close", &HeldRing::close, "Let go of the memory; everything raises ValueError afterwards.");
}

void bind_message_queue(py::module_& module) {
    py::class_<HeldQueue, std::shared_ptr<HeldQueue>>(
        module, "MessageQueue", "Single-producer single-consumer queue of byte messages in the caller's memory.")
        .def(py::init(&queue_over), py::arg("memory"), py::kw_only(), py::arg("create"))
        .def("push", &push, py::arg("message"))
        .def("pop", &pop)
        .def("prepare_wait", [](const HeldQueue& held) { return held.get().prepare_wait(); })
        .def("take_waiter", [](const HeldQueue& held) { return held.get().take_waiter(); })
        .def_property_readonly("capacity_bytes", [](const HeldQueue& held) { return held.get().capacity(); })
        .def_property_readonly("longest_message_bytes",
                               [](const HeldQueue& held) { return held.get().longest_message(); })
        .def_property_readonly("used_bytes", [](const HeldQueue& held) { return held.get().used(); })
        .def_property_readonly("pushed", [](const HeldQueue& held) { return held.get().pushed(); })
        .def_property_readonly("refused", [](const HeldQueue& held) { return held.get().refused(); })
        .def("close", &HeldQueue::close, "Let go of the memory; everything raises ValueError afterwards.");
}

}  // namespace

void bind_rings(py::module_& module) {
    bind_frame_ring(module);
    bind_message_queue(module);
    bind_sound_page(module);
    py::class_<HeldClock, std::shared_ptr<HeldClock>> clock(
        module, "ClockPage", "The session clock's anchor: one frame and the monotonic time at which it is due.");
    clock.def(py::init(&clock_over), py::arg("memory") = py::none(), py::kw_only(), py::arg("create") = true)
        .def("read", &read_clock)
        .def(
            "write",
            [](const HeldClock& held, std::int64_t frame, std::int64_t ns) {
                held.get().write({frame, ns});
            },
            py::arg("frame"), py::arg("ns"))
        .def("close", &HeldClock::close, "Let go of the memory; everything raises ValueError afterwards.");
    clock.attr("BYTES") = ClockPage::kBytes;
    module.def("ask_for_short_turns", &ask_for_short_turns, "See thread_priority.hpp.");
    module.def("monotonic_ns", &monotonic_ns, "The clock that all ``ns`` values use.");
}

}  // namespace hobnail
