#pragma once

#include "sharing/client.hpp"
#include "sharing/letter.hpp"

#include <map>
#include <memory>
#include <set>
#include <utility>
#include <variant>
#include <vector>

namespace tinfoil::sharing {

// What happens.
struct letter_sent {
    client who;
    std::uint64_t id = 0;  ///< The client's own.
    letter what;
};
struct place {
    std::uint32_t number = 0;  ///< A collection.
    bool is_up = false;
};
struct places_found {
    std::uint64_t id = 0;
    std::vector<place> all;
};
struct letter_answered {
    std::uint32_t from = 0;
    std::uint64_t id = 0;
    reply what;
};
/// The guild or slot is not where the letter came.
struct letter_returned {
    std::uint32_t from = 0;
    std::uint64_t id = 0;
};
struct letter_client_gone {
    client who;
};
struct letters_elapsed {};
using letters_input = std::variant<letter_sent, places_found, letter_answered, letter_returned,
                                   letter_client_gone, letters_elapsed>;

// What is to be done.
/// `places_found` follows with the same id: the collections that the address means right now.
struct find_places {
    std::uint64_t id = 0;
    address what;
};
/// `letter_answered` or `letter_returned` follows from there.
struct pass_letter {
    std::uint32_t to = 0;
    std::uint64_t id = 0;
    std::shared_ptr<const letter> what;
    duration patience{};     ///< In place of the letter's.
    std::uint16_t hops = 0;  ///< The same.
};
/// Once for each letter: one reply for each collection that it was for, at least one.
struct tell_replies {
    client who;
    std::uint64_t id = 0;
    std::vector<reply> all;
};
using letters_action = std::variant<find_places, pass_letter, tell_replies>;

/// Brings messages of plugins from one collection to others and the replies back.
///
/// Failure modes: nobody serves the address (refused); who does is not up, or ends (down); no reply
/// before the deadline (timed out); a guild that is on its way from one collection to another, for
/// which the letter waits and follows, hops_max times; too much under way to one collection, or of
/// one that asks (refused).
class letters {
public:
    /// Under way to one collection.
    static constexpr std::size_t letters_each = 16'384, bytes_each = std::size_t{32} << 20;
    /// Replies that one collection waits for; each may have 64 KiB.
    static constexpr std::size_t replies_each = 1024;
    /// Between two looks for a guild that is on its way.
    static constexpr duration look_again = std::chrono::milliseconds(20);
    /// One that is still said to be where it was not is asked there again after so many looks: a
    /// move may have come to nothing.
    static constexpr int looks_max = 15;

    void on(letters_input what, instant now, std::vector<letters_action>& todo);
    [[nodiscard]] instant deadline() const { return dues_.empty() ? never : dues_.begin()->first; }
    [[nodiscard]] std::size_t under_way() const { return routes_.size(); }

private:
    struct route {
        client who;
        std::uint64_t asked_as = 0;
        std::shared_ptr<const letter> what;
        instant due{};                       // The end.
        instant next{};                      // In dues_: the end, or the next look.
        std::vector<std::uint32_t> waiting;  // Collections that have not answered.
        std::vector<reply> replies;
        std::uint16_t hops = 0;
        std::uint32_t came_from = no_collection;  // Where it was not.
        int looks = 0;                            // Since then, while it was said to be there.
    };
    using routes = std::map<std::uint64_t, route>;
    struct load {
        std::size_t letters = 0, bytes = 0;
    };

    void send(letter_sent what, instant now, std::vector<letters_action>& todo);
    void found(const places_found& what, instant now, std::vector<letters_action>& todo);
    void pass(routes::iterator which, const place& to, instant now,
              std::vector<letters_action>& todo);
    void answered(std::uint32_t from, std::uint64_t id, reply what,
                  std::vector<letters_action>& todo);
    void returned(const letter_returned& what, instant now, std::vector<letters_action>& todo);
    void gone(const client& who, std::vector<letters_action>& todo);
    void elapsed(instant now, std::vector<letters_action>& todo);
    bool take_from(route& of, std::uint32_t number);
    void wake_at(routes::iterator which, instant when);
    routes::iterator finish(routes::iterator which, std::vector<letters_action>* todo);

    std::uint64_t last_id_ = 0;
    routes routes_;
    std::set<std::pair<instant, std::uint64_t>> dues_;
    std::map<std::uint32_t, load> loads_;              // By collection.
    std::map<std::uint32_t, std::size_t> reply_room_;  // By who waits; what is taken.
};

}  // namespace tinfoil::sharing
