// A host without a plug-in format: runs instruments in real time or as fast as it can, and tells what came of it.
//
//     probe way=live address=tcp://... rate=48000 block=256 seconds=4 out=sound.f32 note=96000:72:100 ...
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <memory>
#include <new>
#include <string>
#include <thread>
#include <vector>

#include "hobnail_daw/instrument.hpp"

namespace {

thread_local bool counting = false;
std::atomic<long> allocations{0};

}  // namespace

// Not inlined: then the compiler would take malloc and free for a mismatch of what belongs together.
__attribute__((noinline)) void* operator new(std::size_t size) {
    if (counting) {
        allocations.fetch_add(1);
    }
    void* memory = std::malloc(size);
    if (memory == nullptr) {
        throw std::bad_alloc();
    }
    return memory;
}
void* operator new[](std::size_t size) { return operator new(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return std::malloc(size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return std::malloc(size); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
__attribute__((noinline)) void operator delete(void* memory) noexcept { std::free(memory); }
__attribute__((noinline)) void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace {

using hobnail::daw::HostTime;
using hobnail::daw::Instrument;
using hobnail::daw::MidiIn;

struct Note {
    long frame;
    unsigned char bytes[3];
};

double cpu_s(clockid_t clock) {
    timespec time{};
    clock_gettime(clock, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

struct Move {
    long frame;
    std::uint32_t parameter;
    float value;
};

std::uint32_t parameter_named(const std::string& symbol) {
    for (std::uint32_t index = 0; index < hobnail::daw::kParameters; ++index) {
        if (symbol == hobnail::daw::kParameterInfo[index].symbol) {
            return index;
        }
    }
    std::fprintf(stderr, "no parameter %s\n", symbol.c_str());
    std::exit(2);
}

struct Wish {
    std::string way = "live", address, out;
    double rate = 48'000.0, seconds = 2.0;
    std::size_t block = 256, instances = 1;
    bool wiggle = false, rolling = false;
    std::vector<Note> notes;
    std::vector<Move> moves;
    std::vector<std::pair<std::string, std::string>> texts;
    std::vector<std::pair<long, std::pair<std::string, std::string>>> later;  // texts that a user types at a frame
};

Wish read(int count, char** words) {
    Wish wish;
    for (int index = 1; index < count; ++index) {
        const std::string word = words[index];
        const auto key = word.substr(0, word.find('=')), value = word.substr(word.find('=') + 1);
        if (key == "way") wish.way = value;
        if (key == "address") wish.address = value;
        if (key == "out") wish.out = value;
        if (key == "rate") wish.rate = std::stod(value);
        if (key == "seconds") wish.seconds = std::stod(value);
        if (key == "block") wish.block = std::stoul(value);
        if (key == "instances") wish.instances = std::stoul(value);
        if (key == "wiggle") wish.wiggle = value == "1";
        if (key == "rolling") wish.rolling = value == "1";
        const auto colon = value.find(':'), sign = value.find('@');
        if (key == "text") wish.texts.emplace_back(value.substr(0, colon), value.substr(colon + 1));
        if (key == "type") {  // type=prompt1:boots@48000
            wish.later.push_back({std::stol(value.substr(value.rfind('@') + 1)),
                                  {value.substr(0, colon), value.substr(colon + 1, value.rfind('@') - colon - 1)}});
        }
        if (key == "set") {  // set=palette:1@48000
            wish.moves.push_back({sign == std::string::npos ? 0 : std::stol(value.substr(sign + 1)),
                                  parameter_named(value.substr(0, colon)), std::stof(value.substr(colon + 1))});
        }
        if (key == "note") {
            Note on{}, off{};
            int pitch = 0, velocity = 0;
            if (std::sscanf(value.c_str(), "%ld:%d:%d", &on.frame, &pitch, &velocity) == 3) {
                const auto byte = [](int number) { return static_cast<unsigned char>(number); };
                on = {on.frame, {0x90, byte(pitch), byte(velocity)}};
                off = {on.frame + 4'800, {0x80, byte(pitch), 0}};
                wish.notes.push_back(on);
                wish.notes.push_back(off);
            }
        }
    }
    std::sort(wish.notes.begin(), wish.notes.end(), [](const Note& a, const Note& b) { return a.frame < b.frame; });
    return wish;
}

// Another thread of the host: automation and a user who types.
void wiggle(Instrument& instrument, const std::atomic<bool>& over) {
    for (int turn = 0; !over; ++turn) {
        instrument.set_parameter(hobnail::daw::kTexture, 0.01F * static_cast<float>(turn % 100));
        instrument.set_parameter(hobnail::daw::kPrompt, static_cast<float>(1 + turn % 3));
        instrument.set_text("prompt2", "boots " + std::to_string(turn % 7));
        (void)instrument.parameter(hobnail::daw::kStatus);
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}

}  // namespace

int main(int count, char** words) {
    const auto wish = read(count, words);
    const bool live = wish.way == "live";
    std::vector<std::unique_ptr<Instrument>> band;
    for (std::size_t index = 0; index < wish.instances; ++index) {
        band.push_back(std::make_unique<Instrument>());
        band.back()->set_text("address", wish.address);
        for (const auto& [key, value] : wish.texts) {
            band.back()->set_text(key, value);
        }
        band.back()->configure(wish.rate, wish.block);
        band.back()->set_offline(!live);
        band.back()->activate();
    }
    std::atomic<bool> over{false};
    std::thread other;
    if (wish.wiggle) {
        other = std::thread([&] { wiggle(*band[0], over); });
    }
    std::vector<float> left(wish.block), right(wish.block), recorded;
    std::vector<double> peaks(wish.instances, 0.0);
    std::vector<MidiIn> midi(64);
    const long total = std::lround(wish.seconds * wish.rate);
    recorded.reserve(2 * static_cast<std::size_t>(total) + 2 * wish.block);
    const auto begin = std::chrono::steady_clock::now();
    const double process_before = cpu_s(CLOCK_PROCESS_CPUTIME_ID), audio_before = cpu_s(CLOCK_THREAD_CPUTIME_ID);
    double slowest_us = 0.0, inside_s = 0.0;
    for (long done = 0; done < total; done += static_cast<long>(wish.block)) {
        if (live) {
            std::this_thread::sleep_until(begin + std::chrono::nanoseconds(static_cast<long long>(1e9 * static_cast<double>(done) / wish.rate)));
        }
        for (const auto& move : wish.moves) {
            if (move.frame >= done && move.frame < done + static_cast<long>(wish.block)) {
                for (const auto& one : band) {
                    one->set_parameter(move.parameter, move.value);
                }
            }
        }
        for (const auto& [frame, text] : wish.later) {
            if (frame >= done && frame < done + static_cast<long>(wish.block)) {
                for (const auto& one : band) {
                    one->set_text(text.first, text.second);
                }
            }
        }
        std::size_t events = 0;
        for (const auto& note : wish.notes) {
            if (note.frame >= done && note.frame < done + static_cast<long>(wish.block)) {
                midi[events++] = {static_cast<std::uint32_t>(note.frame - done), 3, note.bytes};
            }
        }
        const HostTime time{wish.rolling, wish.rolling ? done : 0, 120.0};
        for (std::size_t index = 0; index < band.size(); ++index) {
            const auto before = std::chrono::steady_clock::now();
            const double inside_before = cpu_s(CLOCK_THREAD_CPUTIME_ID);
            counting = live;
            band[index]->process(time, midi.data(), events, left.data(), right.data(), wish.block);
            counting = false;
            inside_s += cpu_s(CLOCK_THREAD_CPUTIME_ID) - inside_before;
            const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - before;
            slowest_us = std::max(slowest_us, took.count());
            for (std::size_t at = 0; at < wish.block; ++at) {
                peaks[index] = std::max(peaks[index], static_cast<double>(std::abs(left[at])));
                if (index == 0) {
                    recorded.push_back(left[at]);
                    recorded.push_back(right[at]);
                }
            }
        }
    }
    const double audio_s = cpu_s(CLOCK_THREAD_CPUTIME_ID) - audio_before;
    const double process_s = cpu_s(CLOCK_PROCESS_CPUTIME_ID) - process_before;
    over = true;
    if (other.joinable()) {
        other.join();
    }
    if (!wish.out.empty()) {
        std::ofstream file(wish.out, std::ios::binary);
        file.write(reinterpret_cast<const char*>(recorded.data()), static_cast<std::streamsize>(recorded.size() * sizeof(float)));
    }
    const double quietest = *std::min_element(peaks.begin(), peaks.end());
    std::printf("{\"latency\": %zu, \"status\": %d, \"lost_ms\": %g, \"allocations\": %ld, \"audio_s\": %g, \"inside_s\": %g, "
                "\"others_s\": %g, \"slowest_us\": %g, \"quietest\": %g, \"shared\": %s}\n",
                band[0]->latency_frames(), static_cast<int>(band[0]->parameter(hobnail::daw::kStatus)),
                static_cast<double>(band[0]->parameter(hobnail::daw::kLost)), allocations.load(), audio_s, inside_s,
                process_s - audio_s, slowest_us, quietest, band[0]->shares() ? "true" : "false");
    for (const auto& one : band) {
        one->deactivate();
    }
    return 0;
}
