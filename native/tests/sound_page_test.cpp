// The writer, and the reader that the plug-in for DAWs has.
#include "hobnail/sound_page.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <thread>
#include <vector>

#include "check.hpp"
#include "hobnail_daw/page_reader.hpp"

using hobnail::SoundPage;
using hobnail::daw::PageReader;

namespace {

constexpr std::size_t kFrames = 16'384;

struct Memory {
    explicit Memory(std::size_t channels = 1) : bytes(SoundPage::bytes_needed(channels, kFrames) + 64) {}
    [[nodiscard]] std::span<std::byte> area() {
        return hobnail::aligned_part(bytes).first(bytes.size() - 64);
    }
    std::vector<std::byte> bytes;
};

// A sample that tells its frame; exact in a float below 2^24.
float sample(std::int64_t frame) { return static_cast<float>(frame % 1'000'003); }

void write(SoundPage& page, std::int64_t at, std::size_t frames) {
    std::vector<float> samples(frames);
    for (std::size_t i = 0; i < frames; ++i) {
        samples[i] = sample(at + static_cast<std::int64_t>(i));
    }
    page.write(at, samples.data(), frames);
}

}  // namespace

TEST("a reader takes any piece by its session frame, as often as it wants, and silence around it") {
    Memory memory;
    SoundPage page(memory.area(), 1, kFrames);
    PageReader reader;
    CHECK(reader.open(memory.area().data(), memory.area().size(), 1));
    write(page, 48'000, 256);
    write(page, 48'256, 256);
    std::vector<float> heard(600);
    for (int turn = 0; turn < 2; ++turn) {
        CHECK_EQUAL(reader.read(47'990, heard.size(), heard.data()), std::size_t{512});
        CHECK_EQUAL(heard[9], 0.0F);
        CHECK_EQUAL(heard[10], sample(48'000));
        CHECK_EQUAL(heard[521], sample(48'511));
        CHECK_EQUAL(heard[522], 0.0F);
    }
    CHECK_EQUAL(reader.read(60'000, 100, heard.data()), std::size_t{0});
}

TEST("a small gap is silence; after a larger one, and after a jump back, what was there is gone") {
    Memory memory;
    SoundPage page(memory.area(), 1, kFrames);
    PageReader reader;
    CHECK(reader.open(memory.area().data(), memory.area().size(), 1));
    std::vector<float> heard(400);
    write(page, 1'000, 100);
    write(page, 1'200, 100);
    CHECK_EQUAL(reader.read(1'000, 300, heard.data()), std::size_t{300});
    CHECK_EQUAL(heard[150], 0.0F);
    CHECK_EQUAL(heard[250], sample(1'250));
    write(page, 9'000, 100);
    CHECK_EQUAL(reader.read(1'000, 300, heard.data()), std::size_t{0});
    write(page, 500, 100);
    CHECK_EQUAL(reader.read(9'000, 100, heard.data()), std::size_t{0});
    CHECK_EQUAL(reader.read(500, 100, heard.data()), std::size_t{100});
}

TEST("what the writer may be writing over is not read") {
    Memory memory;
    SoundPage page(memory.area(), 1, kFrames);
    PageReader reader;
    CHECK(reader.open(memory.area().data(), memory.area().size(), 1));
    write(page, 0, kFrames);
    std::vector<float> heard(100);
    CHECK_EQUAL(reader.read(0, 100, heard.data()), std::size_t{0});
    CHECK_EQUAL(reader.read(4'096, 100, heard.data()), std::size_t{100});
}

TEST("memory that is no page, too small, or of other channels is refused") {
    Memory memory(2);
    PageReader reader;
    CHECK(!reader.open(memory.area().data(), memory.area().size(), 2));
    const SoundPage page(memory.area(), 2, kFrames);
    CHECK(!reader.open(memory.area().data(), memory.area().size(), 1));
    CHECK(!reader.open(memory.area().data(), memory.area().size() - 4, 2));
    CHECK(!reader.open(memory.area().data(), 8, 2));
    CHECK(reader.open(memory.area().data(), memory.area().size(), 2));
    CHECK(check::message_of<std::invalid_argument>([&] { SoundPage(memory.area(), 2, 100); }).find("100 frames") !=
          std::string::npos);
    CHECK(check::message_of<std::invalid_argument>([&] {
              SoundPage(memory.area().first(1'000), 1, kFrames);
          }).find("bytes of memory, needs") != std::string::npos);
}

TEST("a reader beside a hurried writer never gets a frame's sample for another's") {
    Memory memory;
    SoundPage page(memory.area(), 1, kFrames);
    std::atomic<std::int64_t> written{0};
    std::atomic<bool> over{false};
    std::atomic<std::size_t> wrong{0}, right{0};
    std::vector<std::thread> readers;
    for (int one = 0; one < 2; ++one) {
        readers.emplace_back([&, one] {
            PageReader reader;
            if (!reader.open(memory.area().data(), memory.area().size(), 1)) {
                ++wrong;
            }
            std::vector<float> heard(256);
            while (!over) {
                const auto from = written.load() - (one == 0 ? 1'000 : 12'000);  // one is nearly lapped, and at times is
                if (from < 0 || reader.read(from, heard.size(), heard.data()) != heard.size()) {
                    continue;
                }
                bool good = true;
                for (std::size_t i = 0; i < heard.size(); ++i) {
                    good = good && heard[i] == sample(from + static_cast<std::int64_t>(i));
                }
                ++(good ? right : wrong);
            }
        });
    }
    for (std::int64_t at = 0; at < 3'000'000 || right.load() < 1'000; at += 240) {
        write(page, at, 240);
        written = at + 240;
    }
    over = true;
    for (auto& reader : readers) {
        reader.join();
    }
    CHECK_EQUAL(wrong.load(), std::size_t{0});
}

CHECK_MAIN()
