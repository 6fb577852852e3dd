// A test is a named function; CHECK says what did not hold and where. No framework.
#pragma once

#include <cmath>
#include <cstdio>
#include <exception>
#include <functional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace check {

struct Test {
    std::string name;
    std::function<void()> body;
};

inline std::vector<Test>& tests() {
    static std::vector<Test> all;
    return all;
}

struct Register {
    Register(std::string name, std::function<void()> body) { tests().push_back({std::move(name), std::move(body)}); }
};

inline int run() {
    int failed = 0;
    for (const Test& test : tests()) {
        try {
            test.body();
            std::printf("ok    %s\n", test.name.c_str());
        } catch (const std::exception& error) {
            ++failed;
            std::printf("FAIL  %s\n      %s\n", test.name.c_str(), error.what());
        }
    }
    return failed == 0 ? 0 : 1;
}

// The message of the Error that `call` throws; fails when it throws none.
template <class Error, class Call>
std::string message_of(Call call) {
    try {
        call();
    } catch (const Error& error) {
        return error.what();
    }
    throw std::runtime_error("expected an exception, none came");
}

}  // namespace check

#define CHECK_JOIN2(a, b) a##b
#define CHECK_JOIN(a, b) CHECK_JOIN2(a, b)
#define TEST(name)                                                                                      \
    static void CHECK_JOIN(test_, __LINE__)();                                                          \
    static const check::Register CHECK_JOIN(register_, __LINE__)(name, &CHECK_JOIN(test_, __LINE__)); \
    static void CHECK_JOIN(test_, __LINE__)()
#define CHECK(condition)                                                                                 \
    do {                                                                                                 \
        if (!(condition)) {                                                                              \
            throw std::runtime_error(std::string(__FILE__ ":") + std::to_string(__LINE__) + " not true: " #condition); \
        }                                                                                                \
    } while (false)
#define CHECK_EQUAL(found, expected)                                                                          \
    do {                                                                                                      \
        const auto found_ = (found);                                                                          \
        const auto expected_ = static_cast<std::decay_t<decltype(found_)>>(expected);                                      \
        if (!(found_ == expected_)) {                                                                         \
            throw std::runtime_error(std::string(__FILE__ ":") + std::to_string(__LINE__) + " " #found " is " + \
                                     std::to_string(found_) + ", expected " + std::to_string(expected_));     \
        }                                                                                                     \
    } while (false)
#define CHECK_MAIN() \
    int main() { return check::run(); }
