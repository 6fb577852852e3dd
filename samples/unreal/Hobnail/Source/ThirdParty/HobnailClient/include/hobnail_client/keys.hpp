// A client's CURVE keys, for servers that listen beyond their own machine.
#pragma once

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

namespace hobnail::client {

// What the client cannot do, and what would cure it.
struct ClientError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// Z85 texts of 40 characters.
struct Keys {
    std::string server_public, own_public, own_secret;

    // Reads server.key and <name>.key_secret as `hobnail serve --make-keys` wrote them. Throws ClientError.
    [[nodiscard]] static Keys load(const std::string& server_file, const std::string& own_file) {
        const auto server = text_of(server_file);
        const auto own = text_of(own_file);
        return {entry(server, "public-key", server_file), entry(own, "public-key", own_file),
                entry(own, "secret-key", own_file)};
    }

   private:
    static std::string text_of(const std::string& path) {
        std::ifstream file(path, std::ios::binary);
        if (!file) {
            throw ClientError("The key file " + path + " cannot be read. Name a file that --make-keys wrote.");
        }
        return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    }

    static std::string entry(const std::string& text, const std::string& name, const std::string& path) {
        constexpr std::size_t kZ85 = 40;
        const auto start = text.find(name + " = \"");
        const auto first = start == std::string::npos ? start : start + name.size() + 4;
        if (first == std::string::npos || text.size() < first + kZ85 + 1 || text[first + kZ85] != '"') {
            throw ClientError(path + " holds no " + name + " of 40 characters. Name a file that --make-keys wrote.");
        }
        return text.substr(first, kZ85);
    }
};

}  // namespace hobnail::client
