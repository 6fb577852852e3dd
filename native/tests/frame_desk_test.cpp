// Frame messages whose names are known already: filled in, kept to the newest, let through by turns and by budget.
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "check.hpp"
#include "hobnail/intake/frame_desk.hpp"

using namespace hobnail::intake;

namespace {

constexpr std::int64_t kPeriod = 4'000'000;

std::string bytes_of(const std::vector<float>& rows) {
    std::string bytes(4 * rows.size(), '\0');
    std::memcpy(bytes.data(), rows.data(), bytes.size());
    return bytes;
}

// {"type": "frame", "v": 1, "seq": 5, "emitters": [name], "data": rows}
std::string message(const std::string& name, const std::vector<float>& rows, const std::string& seq = "\x05") {
    const std::string bytes = bytes_of(rows);
    return "\x85" + std::string(kType) + std::string(kVersion) + std::string(kSeq) + seq + "\xa8" "emitters\x91" +
           static_cast<char>(0xA0 + name.size()) + name + std::string(kData) + "\xc4" +
           static_cast<char>(bytes.size()) + bytes;
}

FrameForm form(const std::string& key, std::size_t numbers, std::vector<float> factors = {}) {
    const std::string command = key + ":" + std::string(8, '\0') + ":" + std::string(4 * numbers, '\0');
    return {key, command, key.size() + 1, 4 * numbers, std::move(factors)};
}

std::string filled(const std::string& key, std::int64_t ns, const std::vector<float>& rows) {
    std::string time(8, '\0');
    for (std::size_t i = 0; i < 8; ++i) time[i] = static_cast<char>(ns >> (56 - 8 * i));
    return key + ":" + time + ":" + bytes_of(rows);
}

std::vector<std::string> due(FrameDesk& desk, std::int64_t now_ns) {
    std::vector<std::string> out;
    desk.due(now_ns, [&](std::string&& command) { out.push_back(std::move(command)); });
    return out;
}

std::vector<std::string> release(FrameDesk& desk, std::int64_t client, std::int64_t now_ns) {
    std::vector<std::string> out;
    desk.release(client, now_ns, [&](std::string&& command) { out.push_back(std::move(command)); });
    return out;
}

std::shared_ptr<Turnstile> open_turnstile() { return std::make_shared<Turnstile>(1e6, 1e9, 0); }

using Commands = std::vector<std::string>;

}  // namespace

TEST("a message is cut into seq, head and rows") {
    const std::string whole = message("crate", {1.0F, 2.0F}, "\xcd\x01\x2c");
    const auto parts = split_frame(whole);
    CHECK(parts.has_value());
    CHECK_EQUAL(*parts->seq, 300U);
    CHECK(parts->rows == bytes_of({1.0F, 2.0F}));
    CHECK_EQUAL(int{parts->fields}, 0x84);
    for (std::size_t cut = 0; cut < whole.size() - 8; ++cut) CHECK(!split_frame(whole.substr(0, cut)));
}

TEST("numbers are judged by their size, and NaN is one") {
    const float nan = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();
    CHECK_EQUAL(first_out_of_range(bytes_of({1e9F, -1e9F, 0.0F, nan, -nan, 1e-45F})), std::string_view::npos);
    CHECK_EQUAL(first_out_of_range(bytes_of({0.0F, infinity})), 1U);
    CHECK_EQUAL(first_out_of_range(bytes_of({0.0F, nan, -infinity})), 2U);
    CHECK_EQUAL(first_out_of_range(bytes_of({std::nextafter(1e9F, infinity)})), 0U);
}

TEST("what was learnt is filled with the time and the rows, in the session's units") {
    FrameDesk desk(kPeriod);
    desk.admit(7, "route", open_turnstile());
    CHECK(!desk.take("route", message("a", {1.0F, 2.0F}), 10));
    CHECK(desk.learn(7, message("a", {0.0F, 0.0F}), form("a", 2, {0.5F, -1.0F})));
    CHECK(desk.take("route", message("a", {1.0F, 2.0F}), 0x0102030405060708));
    CHECK(due(desk, 1LL << 60) == Commands{filled("a", 0x0102030405060708, {0.5F, -2.0F})});
    CHECK(!desk.holds_any());
    CHECK(!desk.take("elsewhere", message("a", {1.0F, 2.0F}), 10));
    CHECK(!desk.take("route", message("b", {1.0F, 2.0F}), 10));
    CHECK(!desk.take("route", message("a", {1.0F, 2.0F, 3.0F}), 10));
    CHECK(!desk.take("route", message("a", {1.0F, 2e9F}), 10));
    CHECK_EQUAL(desk.taken(), 1U);
}

TEST("the newest of a key is kept, in the order of coming, until the client's turn") {
    FrameDesk desk(kPeriod);
    for (std::int64_t client : {1, 2}) {
        desk.admit(client, std::to_string(client), open_turnstile());
        for (const char* name : {"a", "b"}) desk.learn(client, message(name, {0.0F}), form(name, 1));
    }
    const std::int64_t now = kPeriod;
    CHECK(desk.take("2", message("a", {1.0F}), now));
    CHECK(desk.take("1", message("a", {2.0F}), now));
    CHECK(desk.take("2", message("b", {3.0F}), now));
    CHECK(desk.take("2", message("a", {4.0F}), now));
    CHECK_EQUAL(desk.superseded(), 1U);
    CHECK(due(desk, now) == (Commands{filled("b", now, {3.0F}), filled("a", now, {4.0F}), filled("a", now, {2.0F})}));
    CHECK(desk.take("1", message("a", {5.0F}), now + 1));
    desk.keep(1, "a", "made elsewhere");
    CHECK_EQUAL(desk.superseded(), 2U);
    CHECK(due(desk, now + kPeriod - 1).empty());
    CHECK(release(desk, 1, now + 2) == Commands{"made elsewhere"});
    CHECK(due(desk, now + kPeriod).empty());
    CHECK(desk.take("2", message("a", {6.0F}), now + 3));
    desk.dismiss(2);
    CHECK(!desk.holds_any());
    CHECK(!desk.take("2", message("a", {6.0F}), now + 3));
    CHECK(desk.take("1", message("a", {7.0F}), now + 3));
}

TEST("who has said too much is left to those who refuse") {
    FrameDesk desk(kPeriod);
    const auto turnstile = std::make_shared<Turnstile>(2.0, 1e6, 0);
    desk.admit(1, "1", turnstile);
    desk.learn(1, message("a", {0.0F}), form("a", 1));
    CHECK(desk.take("1", message("a", {1.0F}), 5));
    CHECK(desk.take("1", message("a", {1.0F}), 6));
    CHECK(!desk.take("1", message("a", {1.0F}), 7));
    CHECK_EQUAL(turnstile->heard_ns, 6);
    CHECK(desk.take("1", message("a", {1.0F}), 1'000'000'000));
    const auto narrow = std::make_shared<Turnstile>(1e6, 10.0, 0);
    desk.admit(2, "2", narrow);
    desk.learn(2, message("a", {0.0F}), form("a", 1));
    CHECK(!desk.take("2", message("a", {1.0F}), 5));
    CHECK(narrow->take_bytes(5, 10));
}

TEST("only so many forms are remembered, and none that does not fit") {
    FrameDesk desk(kPeriod);
    desk.admit(1, "1", open_turnstile());
    for (int n = 0; n < 100; ++n) desk.learn(1, message("e" + std::to_string(n), {0.0F}), form("a", 1));
    CHECK(!desk.take("1", message("e0", {1.0F}), 5));
    CHECK(!desk.take("1", message("e67", {1.0F}), 5));
    CHECK(desk.take("1", message("e68", {1.0F}), 5));
    CHECK(desk.take("1", message("e99", {1.0F}), 5));
    CHECK(!desk.learn(1, "\x81", form("a", 1)));
    CHECK(!desk.learn(1, message("a", {0.0F}), form("a", 2)));
    check::message_of<std::invalid_argument>([] { FrameForm("a", "12345678----", 0, 5, {}); });
    check::message_of<std::invalid_argument>([] { FrameForm("a", "12345678----", 1, 4, {}); });
    check::message_of<std::invalid_argument>([] { FrameForm("a", "12345678----", 0, 4, {1.0F, 1.0F}); });
    check::message_of<std::invalid_argument>([] { FrameForm("a", "----", 0, 8, {}); });
    check::message_of<std::invalid_argument>([&] { desk.admit(2, "1", open_turnstile()); });
    check::message_of<std::invalid_argument>([&] { desk.keep(2, "a", "b"); });
}

TEST("whatever became of its bytes, what is taken is as long as what was learnt") {
    FrameDesk desk(kPeriod);
    desk.admit(1, "1", open_turnstile());
    const std::string good = message("crate", {1.0F, 2.0F}, "\xcd\x01\x2c");
    CHECK(desk.learn(1, good, form("crate", 2, {0.5F, -1.0F})));
    std::mt19937 dice(7);
    const auto below = [&](std::size_t count) { return dice() % count; };
    std::int64_t now_ns = 0;
    for (int n = 0; n < 50'000; ++n) {
        std::string bad = good;
        for (std::size_t times = 1 + below(3); times > 0; --times) {
            const std::size_t at = below(bad.size() + 1);
            switch (below(4)) {
                case 0: bad.insert(at, 1 + below(9), static_cast<char>(dice())); break;
                case 1: bad.erase(at, 1 + below(4)); break;
                case 2: bad.resize(at); break;
                default:
                    if (at < bad.size()) bad[at] = static_cast<char>(dice());
            }
        }
        now_ns += kPeriod;
        const bool taken = desk.take("1", bad, now_ns);
        const Commands commands = due(desk, now_ns);
        CHECK_EQUAL(commands.size(), taken ? 1U : 0U);
        for (const std::string& command : commands) CHECK_EQUAL(command.size(), filled("crate", 0, {0.0F, 0.0F}).size());
    }
    CHECK(desk.taken() > 1000);
}

CHECK_MAIN()
