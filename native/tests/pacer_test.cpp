#include "hobnail/pacer.hpp"

#include <cstdint>

#include "check.hpp"

using hobnail::ClockLine;
using hobnail::RingLine;

TEST("a frame is due where the line says, to the nanosecond, for years") {
    const ClockLine line({100, 5'000}, 48000);
    CHECK_EQUAL(line.due_ns(100), 5'000);
    CHECK_EQUAL(line.due_ns(48'100), 1'000'005'000);
    CHECK_EQUAL(line.due_ns(148), 1'005'000);
    const std::int64_t ten_years_s = 10LL * 365 * 24 * 3600;
    CHECK_EQUAL(line.due_ns(100 + 48'000 * ten_years_s), 5'000 + ten_years_s * 1'000'000'000);
}

TEST("a moment lies in the block that was due last") {
    const ClockLine line({640, 1'000}, 48000);
    CHECK_EQUAL(line.block_at(0, 64), 640);
    CHECK_EQUAL(line.block_at(line.due_ns(640 + 64) - 100, 64), 640);
    CHECK_EQUAL(line.block_at(line.due_ns(640 + 64) + 100, 64), 704);
    CHECK_EQUAL(line.block_at(line.due_ns(640 + 48'000 * 3) + 100, 64), 640 + 48'000 * 3);
}

TEST("a moved anchor moves what is due and not the frames") {
    ClockLine line({0, 0}, 48000);
    line.anchor({4800, 2'000'000'000});
    CHECK_EQUAL(line.due_ns(4800), 2'000'000'000);
    CHECK_EQUAL(line.due_ns(4848), 2'001'000'000);
}

TEST("a sound card that takes bursts of 512 frames gives a line within half a burst of its mean") {
    RingLine line({0, 0}, 48000);
    const double frame_ns = 1e9 / 48000;
    double worst = 0;
    for (std::int64_t burst = 0; burst < 1000; ++burst) {
        const auto now = static_cast<std::int64_t>(static_cast<double>(burst * 512) * frame_ns);
        for (std::int64_t block = 0; block < 8; ++block) {
            const std::int64_t frame = burst * 512 + block * 64;
            const auto anchor = line.follow(frame, now);
            const double mean = (static_cast<double>(frame) - 224.0) * frame_ns;  // of the burst's eight blocks
            if (burst > 100) {
                worst = std::max(worst, std::abs(static_cast<double>(anchor.ns) - mean));
            }
        }
    }
    CHECK(worst < 1.0e6);  // 1 ms; the bursts themselves are 10.7 ms long
}

TEST("a sound card that stops for a while is followed at once") {
    RingLine line({0, 0}, 48000);
    CHECK_EQUAL(line.follow(64, 3'000'000'000).ns, 3'000'000'000);
}

CHECK_MAIN()
