// The newest frame messages of each client, until its turn has come. What repeats is known again and filled in here.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "hobnail/intake/frame_head.hpp"
#include "hobnail/intake/turnstile.hpp"

namespace hobnail::intake {

// A command for the session as bytes, in which two places are filled in: when it came, and the rows at its end.
struct FrameForm {
    std::string key;             // messages with the same key replace each other
    std::string opening;         // the command up to its rows
    std::size_t time_at = 0;     // of 8 bytes, big-endian: the monotonic ns of its coming
    std::size_t rows_bytes = 0;  // float32 [emitters, columns]
    std::vector<float> factors;  // one per column, that a row is multiplied by; none: nothing to do

    FrameForm(std::string_view its_key, std::string_view command, std::size_t time, std::size_t rows,
              std::vector<float> its_factors)
        : key(its_key), time_at(time), rows_bytes(rows), factors(std::move(its_factors)) {
        const bool fits = rows_bytes <= command.size() && command.size() - rows_bytes >= 8 &&
                          time_at <= command.size() - rows_bytes - 8;
        const bool whole = factors.empty() || rows_bytes % (4 * factors.size()) == 0;
        if (!fits || !whole) {
            throw std::invalid_argument("FrameForm: a command of " + std::to_string(command.size()) +
                                        " bytes does not end with its rows after the time");
        }
        opening = command.substr(0, command.size() - rows_bytes);
    }

    [[nodiscard]] std::string filled(std::string_view rows, std::int64_t now_ns) const {
        std::string filled;
        filled.reserve(opening.size() + rows.size());
        filled.append(opening).append(rows);
        for (std::size_t i = 0; i < 8; ++i) filled[time_at + i] = static_cast<char>(now_ns >> (56 - 8 * i));
        char* const out = filled.data() + opening.size();
        for (std::size_t at = 0; !factors.empty() && at < rows.size(); at += 4 * factors.size()) {
            for (std::size_t column = 0; column < factors.size(); ++column) {
                float value;
                std::memcpy(&value, out + at + 4 * column, sizeof value);
                value *= factors[column];
                std::memcpy(out + at + 4 * column, &value, sizeof value);
            }
        }
        return filled;
    }
};

// A client's frames leave at most once a period: what comes in between would be replaced before a voice is stepped, so
// it is not worth the engine's time. [one thread]
class FrameDesk {
   public:
    static constexpr std::size_t kMostForms = 32;      // remembered of a client; of more, the newest
    static constexpr std::size_t kLongestHead = 4096;  // bytes; a longer one is not remembered

    explicit FrameDesk(std::int64_t period_ns) : period_ns_(period_ns) {}

    // A client came, and speaks from there. Throws invalid_argument when the number or the route is taken.
    void admit(std::int64_t number, std::string route, std::shared_ptr<Turnstile> turnstile) {
        if (clients_.contains(number) || routes_.contains(route)) {
            throw std::invalid_argument("FrameDesk.admit: client " + std::to_string(number) + " is here already");
        }
        auto client = std::make_unique<Client>();
        client->route = std::move(route);
        client->turnstile = std::move(turnstile);
        routes_.emplace(client->route, client.get());
        clients_.emplace(number, std::move(client));
    }

    // A client left; what it had here is dropped.
    void dismiss(std::int64_t number) {
        const auto found = clients_.find(number);
        if (found == clients_.end()) return;
        std::erase(waiting_, found->second.get());
        routes_.erase(found->second->route);
        clients_.erase(found);
    }

    // From now on, messages that differ from this one in seq and rows alone become the form's command. False: there is
    // nothing to know it by.
    bool learn(std::int64_t number, std::string_view message, FrameForm form) {
        Client& client = at(number);
        const auto parts = split_frame(message);
        if (!parts || parts->head.size() > kLongestHead || parts->rows.size() != form.rows_bytes) return false;
        const auto [place, is_new] = client.forms.insert_or_assign(remembered(*parts), std::move(form));
        if (is_new) client.learnt.push_back(place->first);
        if (client.learnt.size() > kMostForms) {
            client.forms.erase(client.learnt.front());
            client.learnt.pop_front();
        }
        return true;
    }

    // A command made elsewhere; it replaces an older one of its key.
    void keep(std::int64_t number, std::string_view key, std::string command) {
        keep(at(number), key, std::move(command));
    }

    // A message as it came. False, and nothing has happened, unless it may pass and only seq and good rows are new.
    bool take(std::string_view route, std::string_view message, std::int64_t now_ns) {
        const auto speaker = routes_.find(route);
        if (speaker == routes_.end()) return false;
        Client& client = *speaker->second;
        const auto parts = split_frame(message);
        if (!parts) return false;
        const auto known = client.forms.find(remembered(*parts));
        if (known == client.forms.end()) return false;
        const FrameForm& form = known->second;
        if (parts->rows.size() != form.rows_bytes || first_out_of_range(parts->rows) != std::string_view::npos) {
            return false;
        }
        if (!client.turnstile->pass(now_ns, message.size())) return false;
        ++taken_;
        keep(client, form.key, form.filled(parts->rows, now_ns));
        return true;
    }

    // Gives `each` the commands of the clients whose turn has come, a client's oldest first.
    template <class Each>
    void due(std::int64_t now_ns, Each each) {
        const auto later = std::stable_partition(waiting_.begin(), waiting_.end(), [&](const Client* client) {
            return now_ns - client->left_ns >= period_ns_;
        });
        for (auto client = waiting_.begin(); client != later; ++client) hand_over(**client, now_ns, each);
        waiting_.erase(waiting_.begin(), later);
    }

    // The same of one client, whether its turn has come or not.
    template <class Each>
    void release(std::int64_t number, std::int64_t now_ns, Each each) {
        Client& client = at(number);
        if (client.kept.empty()) return;
        std::erase(waiting_, &client);
        hand_over(client, now_ns, each);
    }

    [[nodiscard]] bool holds_any() const { return !waiting_.empty(); }
    [[nodiscard]] std::uint64_t taken() const { return taken_; }            // messages, by `take`
    [[nodiscard]] std::uint64_t superseded() const { return superseded_; }  // commands, by newer ones

   private:
    struct Kept {
        std::string key, command;
    };

    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };

    struct Client {
        std::string route;
        std::shared_ptr<Turnstile> turnstile;
        std::unordered_map<std::string, FrameForm, Hash, std::equal_to<>> forms;  // by head
        std::deque<std::string> learnt;                                           // heads, oldest first
        std::vector<Kept> kept;                                                   // oldest first
        std::int64_t left_ns = 0;                                                 // when its frames last left
    };

    Client& at(std::int64_t number) {
        const auto found = clients_.find(number);
        if (found == clients_.end()) {
            throw std::invalid_argument("FrameDesk: client " + std::to_string(number) + " is not here");
        }
        return *found->second;
    }

    const std::string& remembered(const FrameParts& parts) {
        head_.assign(1, static_cast<char>(parts.fields));
        return head_.append(parts.head);
    }

    void keep(Client& client, std::string_view key, std::string command) {
        if (client.kept.empty()) waiting_.push_back(&client);
        superseded_ += std::erase_if(client.kept, [&](const Kept& older) { return older.key == key; });
        client.kept.push_back({std::string(key), std::move(command)});
    }

    template <class Each>
    static void hand_over(Client& client, std::int64_t now_ns, Each& each) {
        for (Kept& kept : client.kept) each(std::move(kept.command));
        client.kept.clear();
        client.left_ns = now_ns;
    }

    std::int64_t period_ns_;
    std::unordered_map<std::int64_t, std::unique_ptr<Client>> clients_;
    std::unordered_map<std::string, Client*, Hash, std::equal_to<>> routes_;
    std::vector<Client*> waiting_;  // those with kept frames, by the first of them
    std::string head_;
    std::uint64_t taken_ = 0, superseded_ = 0;
};

}  // namespace hobnail::intake
