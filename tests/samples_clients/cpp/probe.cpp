// Does what it is told, a line at a time, and answers each with a line of JSON. The tests drive it.
#include <iostream>
#include <sstream>
#include <string>

#include "live.hpp"
#include "units.hpp"
#include "vectors.hpp"

namespace {

probe::Json pure(const std::string& word, std::istringstream& rest, bool& known) {
    if (word == "pack") {
        std::string name;
        std::getline(rest >> std::ws, name);
        const auto messages = probe::messages();
        const auto found = messages.find(name);
        return found == messages.end()
                   ? probe::Json().put("unknown", name)
                   : probe::Json().put("hex", probe::hex(probe::encode(found->second.first, found->second.second)));
    }
    if (word == "unpack") {
        std::string hex;
        rest >> hex;
        const auto bytes = probe::unhex(hex);
        const auto message = probe::decode(bytes.data(), bytes.size());
        return message ? probe::Json().put("message", probe::shown_any(*message)) : probe::Json().put("refused", true);
    }
    if (word == "mangle") {
        unsigned seed = 0;
        int count = 0;
        std::string hex;
        rest >> seed >> count >> hex;
        return probe::Json().put("understood", probe::mangle(probe::unhex(hex), count, seed));
    }
    if (word == "units") {
        probe::check_all();
        return probe::Json().put("passed", true);
    }
    known = false;
    return {};
}

}  // namespace

int main() {
    probe::Live live;
    for (std::string line; std::getline(std::cin, line);) {
        std::istringstream rest(line);
        std::string word;
        rest >> word;
        bool known = true;
        auto said = pure(word, rest, known);
        std::cout << (known ? said : live.step(word, rest)).text() << std::endl;
    }
    return 0;
}
