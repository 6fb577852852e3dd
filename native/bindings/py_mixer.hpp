// The mixer together with the Python objects whose memory it uses.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "hobnail/mixer.hpp"
#include "rings.hpp"

namespace hobnail {

// A negative number becomes a huge one; the native side refuses it and shows it as it was.
inline std::size_t index_of(pybind11::ssize_t number) { return static_cast<std::size_t>(number); }

// A count of frames, or ValueError.
inline std::size_t frames_of(const char* what, pybind11::ssize_t frames) {
    constexpr pybind11::ssize_t kMost = 1 << 26;
    if (frames < 0 || frames > kMost) {
        throw pybind11::value_error(std::string(what) + " is " + std::to_string(frames) + ", expected 0.." +
                                    std::to_string(kMost));
    }
    return static_cast<std::size_t>(frames);
}

// Real work lets the GIL go; what lasts microseconds keeps it, because getting it back can cost a switch interval.
class PyMixer {
   public:
    PyMixer(const MixSpec& spec, std::shared_ptr<HeldClock> clock)
        : clock_(std::move(clock)), mixer_(std::make_unique<Mixer>(spec, clock_ ? &clock_->get() : nullptr)) {
        if (clock_) {
            clock_->claim();
        }
    }
    ~PyMixer() { close(); }
    PyMixer(const PyMixer&) = delete;
    PyMixer& operator=(const PyMixer&) = delete;

    // Joins the thread and lets go of rings, clock and voices, so that their memory can be closed. Twice is fine.
    void close() {
        if (!mixer_) {
            return;
        }
        if (busy_ > 0) {
            throw std::runtime_error("Mixer.close: another thread is inside one of its calls; let it return first");
        }
        auto mixer = std::move(mixer_);  // from here on nobody enters
        {
            const pybind11::gil_scoped_release released;
            mixer.reset();
        }
        for (auto& ring : outputs_) {
            replace(ring, nullptr);
        }
        for (auto& ring : taps_) {
            replace(ring, nullptr);
        }
        if (clock_) {
            clock_->release();
        }
    }

    // The mixer itself; ValueError after close().
    Mixer& native() {
        if (!mixer_) {
            throw pybind11::value_error("Mixer: used after close()");
        }
        return *mixer_;
    }

    // call(mixer) with the GIL released, while close() is refused.
    template <class Call>
    auto without_gil(Call call) {
        struct Inside {
            int& count;
            explicit Inside(int& busy) : count(busy) { ++count; }
            ~Inside() { --count; }
        };
        Mixer& mixer = native();
        const Inside inside(busy_);
        const pybind11::gil_scoped_release released;
        return call(mixer);
    }

    pybind11::array_t<float> pull(pybind11::ssize_t frames) {
        const std::size_t count = frames_of("Mixer.pull: frames", frames);
        pybind11::array_t<float> stereo({count, std::size_t{2}});
        float* samples = stereo.mutable_data();
        without_gil([&](Mixer& mixer) { mixer.pull(samples, count); });
        return stereo;
    }

    void set_output(pybind11::ssize_t place, const std::shared_ptr<HeldRing>& ring) {
        const std::size_t index = index_of(place);
        FrameRing* pointer = ring ? &ring->get() : nullptr;
        native();  // ValueError after close()
        if (index < kOutputs && outputs_[index] == ring) {
            return;
        }
        check_unused(ring);
        without_gil([&](Mixer& mixer) { mixer.set_output(index, pointer); });
        replace(outputs_[index], ring);
    }

    void set_tap(pybind11::ssize_t place, const std::shared_ptr<HeldRing>& ring, std::int64_t emitter) {
        const std::size_t index = index_of(place);
        FrameRing* pointer = ring ? &ring->get() : nullptr;
        if (index >= kTaps || taps_[index] != ring) {
            check_unused(ring);
        }
        without_gil([&](Mixer& mixer) { mixer.set_tap(index, pointer, emitter); });
        replace(taps_[index], ring);
    }

   private:
    static void check_unused(const std::shared_ptr<HeldRing>& ring) {
        if (ring && ring->used()) {
            throw pybind11::value_error(
                "Mixer: the ring already has a mixer writing to it; give each output and tap its own");
        }
    }

    static void replace(std::shared_ptr<HeldRing>& place, std::shared_ptr<HeldRing> ring) {
        if (place) {
            place->release();
        }
        place = std::move(ring);
        if (place) {
            place->claim();
        }
    }

    std::shared_ptr<HeldClock> clock_;
    std::array<std::shared_ptr<HeldRing>, kOutputs> outputs_;
    std::array<std::shared_ptr<HeldRing>, kTaps> taps_;
    std::unique_ptr<Mixer> mixer_;
    int busy_ = 0;  // calls that run without the GIL; counted under it
};

}  // namespace hobnail
