// Every piece of work is done once, by whoever is free. Under ThreadSanitizer too.
#include "hobnail/team.hpp"

#include <atomic>
#include <cstddef>
#include <chrono>
#include <thread>
#include <vector>

#include "check.hpp"

using hobnail::Team;

TEST("every piece is done once, thread numbers are below the team's size, and the call returns when all are") {
    for (const bool helped : {false, true}) {
        Team team(helped);
        CHECK_EQUAL(team.size(), helped ? 2U : 1U);
        for (std::size_t pieces = 0; pieces < 40; ++pieces) {
            std::vector<int> done(pieces, 0);  // not atomic: each is one thread's, and the caller's afterwards
            std::atomic<bool> strange{false};
            team.share(pieces, [&](std::size_t piece, std::size_t thread) {
                ++done[piece];
                if (thread >= team.size()) strange = true;
            });
            for (const int count : done) CHECK_EQUAL(count, 1);
            CHECK(!strange);
        }
    }
}

TEST("thousands of calls one after the other lose nothing, whether the helper sleeps between them or not") {
    Team team(true);
    std::size_t whole = 0;
    for (std::size_t call = 0; call < 20'000; ++call) {
        std::size_t sums[4] = {};
        team.share(4, [&sums, call](std::size_t piece, std::size_t) { sums[piece] = call + piece; });
        for (const std::size_t sum : sums) whole += sum;
        if (call % 1'000 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    CHECK_EQUAL(whole, 4 * (19'999ULL * 20'000 / 2) + 6 * 20'000ULL);
}

TEST("two helpers' teams do not disturb each other") {
    Team one(true), two(true);
    std::atomic<std::size_t> counted{0};
    std::thread other([&] {
        for (int call = 0; call < 2'000; ++call) two.share(3, [&](std::size_t, std::size_t) { ++counted; });
    });
    for (int call = 0; call < 2'000; ++call) one.share(5, [&](std::size_t, std::size_t) { ++counted; });
    other.join();
    CHECK_EQUAL(counted.load(), 16'000U);
}

TEST("a helper that has slept takes its share, although its caller never gives way") {
    Team team(true);
    for (int call = 0; call < 40; ++call) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
        team.share(8, [](std::size_t, std::size_t) {
            const auto until = std::chrono::steady_clock::now() + std::chrono::microseconds(500);
            while (std::chrono::steady_clock::now() < until) {
            }
        });
    }
    if (std::thread::hardware_concurrency() > 1) CHECK(team.helped() >= 20);  // of 320; half, where all is well
}

CHECK_MAIN()
