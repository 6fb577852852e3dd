#include "hobnail/frame_ring.hpp"

#include <cstddef>
#include <numeric>
#include <thread>
#include <vector>

#include "check.hpp"

using hobnail::FrameRing;
using hobnail::Opening;

namespace {

std::vector<float> ramp(std::size_t count, float first = 0.0F) {
    std::vector<float> values(count);
    std::iota(values.begin(), values.end(), first);
    return values;
}

}  // namespace

TEST("frames come out as they went in, across the end of the memory") {
    FrameRing ring(2, 7);
    for (int round = 0; round < 20; ++round) {
        const auto in = ramp(2 * 5, static_cast<float>(round));
        CHECK_EQUAL(ring.write(in.data(), 5), 5);
        CHECK_EQUAL(ring.readable(), 5);
        std::vector<float> out(2 * 5);
        CHECK_EQUAL(ring.read(out.data(), 5), 5);
        CHECK(out == in);
    }
}

TEST("a full ring takes what fits and counts the rest") {
    FrameRing ring(1, 8);
    const auto in = ramp(10);
    CHECK_EQUAL(ring.write(in.data(), 10), 8);
    CHECK_EQUAL(ring.overruns(), 2);
    CHECK_EQUAL(ring.writable(), 0);
    std::vector<float> out(10);
    CHECK_EQUAL(ring.read(out.data(), 10), 8);
    CHECK_EQUAL(out[7], 7.0F);
}

TEST("an attached ring in unaligned memory shares the creator's frames") {
    std::vector<std::byte> memory(FrameRing::bytes_needed(2, 16) + 1);
    const std::span<std::byte> odd(memory.data() + 1, memory.size() - 1);
    FrameRing creator(odd, 2, 16, Opening::create);
    FrameRing attached(odd, 2, 16, Opening::attach);
    const auto in = ramp(6);
    creator.write(in.data(), 3);
    CHECK_EQUAL(attached.readable(), 3);
}

TEST("attaching to something else says what differs") {
    std::vector<std::byte> memory(FrameRing::bytes_needed(2, 16));
    CHECK(check::message_of<std::invalid_argument>([&] { FrameRing(memory, 2, 16, Opening::attach); }).find("magic") !=
          std::string::npos);
    const FrameRing creator(memory, 2, 16, Opening::create);
    CHECK(check::message_of<std::invalid_argument>([&] { FrameRing(memory, 1, 16, Opening::attach); })
              .find("channels is 2, expected 1") != std::string::npos);
    CHECK(check::message_of<std::invalid_argument>([&] { FrameRing(memory, 2, 15, Opening::attach); })
              .find("capacity_frames is 16, expected 15") != std::string::npos);
    CHECK(check::message_of<std::invalid_argument>([&] { FrameRing(memory, 2, 17, Opening::create); })
              .find("needs") != std::string::npos);
}

TEST("stamped frames keep their session frame across partial reads and the end of the memory") {
    FrameRing ring(1, 48);
    std::vector<float> out(64);
    for (std::uint64_t frame = 640; frame < 6400; frame += 32) {
        const auto in = ramp(32, static_cast<float>(frame));
        CHECK_EQUAL(ring.write_stamped(frame, in.data(), 32), 32);
        CHECK_EQUAL(ring.next_frame(), frame);
        ring.read(out.data(), 10);
        CHECK_EQUAL(ring.next_frame(), frame + 10);
        ring.read(out.data(), 64);
    }
}

TEST("one thread writes and another reads 400 000 frames in order") {
    constexpr std::size_t kFrames = 400'000;
    FrameRing ring(2, 257);
    std::thread producer([&] {
        std::vector<float> block(2 * 64);
        for (std::size_t at = 0; at < kFrames;) {
            const std::size_t count = std::min<std::size_t>({64, kFrames - at, ring.writable()});
            for (std::size_t i = 0; i < count; ++i) {
                block[2 * i] = static_cast<float>(at + i);
                block[2 * i + 1] = -static_cast<float>(at + i);
            }
            at += ring.write(block.data(), count);
            if (count == 0) {
                std::this_thread::yield();
            }
        }
    });
    std::vector<float> out(2 * 100);
    std::size_t wrong = 0;
    for (std::size_t at = 0; at < kFrames;) {
        const std::size_t got = ring.read(out.data(), 100);
        for (std::size_t i = 0; i < got; ++i) {
            const auto expected = static_cast<float>(at + i);
            wrong += out[2 * i] == expected && out[2 * i + 1] == -expected ? 0 : 1;
        }
        at += got;
        if (got == 0) {
            std::this_thread::yield();
        }
    }
    producer.join();
    CHECK_EQUAL(wrong, 0);
    CHECK_EQUAL(ring.overruns(), 0);
}

CHECK_MAIN()
