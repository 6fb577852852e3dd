#include "hobnail/clock_page.hpp"

#include <atomic>
#include <cstddef>
#include <memory>
#include <thread>
#include <vector>

#include "check.hpp"

using hobnail::ClockPage;
using hobnail::Opening;

TEST("a page gives back what was written") {
    ClockPage page;
    page.write({480, 123456789});
    const auto anchor = page.read();
    CHECK_EQUAL(anchor.frame, 480);
    CHECK_EQUAL(anchor.ns, 123456789);
}

TEST("an attached page sees the creator's writes, and empty memory is refused") {
    std::vector<std::byte> memory(ClockPage::kBytes);
    CHECK(check::message_of<std::invalid_argument>([&] { ClockPage(memory, Opening::attach); }).find("magic") !=
          std::string::npos);
    ClockPage creator(memory, Opening::create);
    const ClockPage attached(memory, Opening::attach);
    creator.write({7, 8});
    CHECK_EQUAL(attached.read().ns, 8);
}

TEST("readers never see a frame with another frame's time") {
    ClockPage page;
    std::atomic<bool> done{false};
    std::atomic<std::size_t> torn{0};
    std::atomic<std::size_t> reads{0};
    page.write({0, 0});
    std::vector<std::thread> readers;
    for (int i = 0; i < 2; ++i) {
        readers.emplace_back([&] {
            std::int64_t newest = 0;
            while (!done.load()) {
                const auto anchor = page.read();
                if (anchor.ns != 3 * anchor.frame || anchor.frame < newest) {
                    ++torn;
                } else {
                    newest = anchor.frame;
                }
                ++reads;
            }
        });
    }
    for (std::int64_t frame = 1; frame < 3'000'000 || reads.load() < 1000; ++frame) {
        page.write({frame, 3 * frame});
    }
    done.store(true);
    for (auto& reader : readers) {
        reader.join();
    }
    CHECK_EQUAL(torn.load(), 0);
}

TEST("a write that was never announced does not show, whatever it left behind") {
    std::vector<std::byte> memory(ClockPage::kBytes);
    ClockPage page(memory, Opening::create);
    page.write({1, 2});  // in the second place
    void* begin = memory.data();
    std::size_t room = memory.size();
    auto* header = static_cast<unsigned char*>(std::align(64, 1, begin, room));
    header[16] = 99;  // the first place's frame, as a writer leaves it that died before its announcement
    CHECK_EQUAL(page.read().frame, 1);
    page.write({3, 4});
    CHECK_EQUAL(page.read().frame, 3);
}

CHECK_MAIN()
