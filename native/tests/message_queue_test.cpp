#include "hobnail/message_queue.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <semaphore>
#include <string>
#include <thread>
#include <vector>

#include "check.hpp"

using hobnail::MessageQueue;
using hobnail::Opening;

namespace {

struct Memory {
    alignas(64) std::byte bytes[4096]{};
};

bool push(MessageQueue& queue, const std::string& text) {
    return queue.push(std::as_bytes(std::span(text.data(), text.size())));
}

std::string text_of(std::size_t length, char first) {
    std::string text(length, '\0');
    for (std::size_t i = 0; i < length; ++i) {
        text[i] = static_cast<char>(first + static_cast<char>(i % 7));
    }
    return text;
}

}  // namespace

TEST("messages of every length come out whole and in order, across the end of the memory") {
    Memory memory;
    MessageQueue queue(memory.bytes, Opening::create);
    std::string found;
    for (std::size_t length = 0; length < 600; ++length) {
        CHECK(push(queue, text_of(length, 'a')));
        CHECK(push(queue, text_of(length / 2, 'b')));
        CHECK(queue.pop(found) && found == text_of(length, 'a'));
        CHECK(queue.pop(found) && found == text_of(length / 2, 'b'));
        CHECK(!queue.pop(found));
    }
    CHECK_EQUAL(queue.pushed(), 1200);
    CHECK_EQUAL(queue.used(), 0);
}

TEST("a full queue refuses and counts, and takes again once there is room") {
    Memory memory;
    MessageQueue queue(memory.bytes, Opening::create);
    std::size_t taken = 0;
    while (push(queue, text_of(100, 'x'))) {
        ++taken;
    }
    CHECK(taken > 20);
    CHECK_EQUAL(queue.refused(), 1);
    std::string found;
    CHECK(queue.pop(found));
    CHECK(push(queue, text_of(100, 'y')));
}

TEST("the longest message fits, one byte more can never fit") {
    Memory memory;
    MessageQueue queue(memory.bytes, Opening::create);
    CHECK(push(queue, text_of(queue.longest_message(), 'z')));
    std::string found;
    CHECK(queue.pop(found) && found == text_of(queue.longest_message(), 'z'));
    const auto message =
        check::message_of<std::invalid_argument>([&] { push(queue, text_of(queue.longest_message() + 1, 'z')); });
    CHECK(message.find("can never fit") != std::string::npos);
}

TEST("attaching checks what is there") {
    Memory memory;
    CHECK(check::message_of<std::invalid_argument>([&] { MessageQueue(memory.bytes, Opening::attach); })
              .find("magic") != std::string::npos);
    MessageQueue creator(memory.bytes, Opening::create);
    const std::span<std::byte> shorter(memory.bytes, 4000);
    CHECK(check::message_of<std::invalid_argument>([&] { MessageQueue(shorter, Opening::attach); })
              .find("capacity_bytes") != std::string::npos);
    CHECK(check::message_of<std::invalid_argument>([&] {
              MessageQueue(std::span(memory.bytes, 100), Opening::create);
          }).find("has 100 bytes") != std::string::npos);
    MessageQueue attached(memory.bytes, Opening::attach);
    push(creator, "over there");
    std::string found;
    CHECK(attached.pop(found) && found == "over there");
}

TEST("a damaged length is corrupt memory, not a crash") {
    Memory memory;
    MessageQueue queue(memory.bytes, Opening::create);
    push(queue, "abcdefgh");
    const std::uint32_t wrong = 0x7FFFFFFF;
    const auto* text = std::search(std::begin(memory.bytes), std::end(memory.bytes),
                                   reinterpret_cast<const std::byte*>("abcdefgh"),
                                   reinterpret_cast<const std::byte*>("abcdefgh") + 8);
    std::memcpy(memory.bytes + (text - memory.bytes) - 4, &wrong, 4);
    std::string found;
    CHECK(check::message_of<std::runtime_error>([&] { queue.pop(found); }).find("corrupt") != std::string::npos);
    CHECK(check::message_of<std::runtime_error>([&] { queue.pop(found); }).find("corrupt") != std::string::npos);
}

TEST("one thread pushes and another pops 50 000 messages in order") {
    constexpr std::size_t kMessages = 50'000;
    Memory memory;
    MessageQueue queue(memory.bytes, Opening::create);
    std::thread producer([&] {
        for (std::size_t i = 0; i < kMessages;) {
            if (push(queue, std::to_string(i) + text_of(i % 90, 'm'))) {
                ++i;
            } else {
                std::this_thread::yield();
            }
        }
    });
    std::string found;
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < kMessages;) {
        if (queue.pop(found)) {
            wrong += found == std::to_string(i) + text_of(i % 90, 'm') ? 0 : 1;
            ++i;
        } else {
            std::this_thread::yield();
        }
    }
    producer.join();
    CHECK_EQUAL(wrong, 0);
}

TEST("a consumer that announces its sleep is always woken, and once") {
    constexpr std::size_t kMessages = 20'000;
    Memory memory;
    MessageQueue queue(memory.bytes, Opening::create);
    std::counting_semaphore<kMessages> bell(0);
    std::thread producer([&] {
        for (std::size_t i = 0; i < kMessages;) {
            if (push(queue, std::to_string(i))) {
                ++i;
                if (queue.take_waiter()) {
                    bell.release();
                }
            } else {
                std::this_thread::yield();
            }
        }
    });
    std::string found;
    std::size_t missed = 0;
    std::size_t slept = 0;
    for (std::size_t i = 0; i < kMessages;) {
        if (queue.pop(found)) {
            ++i;
        } else if (queue.prepare_wait()) {
            ++slept;
            missed += bell.try_acquire_for(std::chrono::seconds(10)) ? 0 : 1;
        }
    }
    producer.join();
    CHECK_EQUAL(missed, 0);
    CHECK(slept > 0);
}

CHECK_MAIN()
