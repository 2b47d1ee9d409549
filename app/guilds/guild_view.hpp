#pragma once

#include "base/error.hpp"
#include "base/time.hpp"
#include "discord/slot.hpp"
#include "discord/snowflake.hpp"
#include "guilds/guild_copy.hpp"

#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace tinfoil::guilds {

/// A part of a guild that REST is asked for.
enum class part { self, guild, channels, threads, member };

/// GET this path; guild_view::on(part_answered) follows.
struct fetch_part {
    std::uint64_t flight = 0;
    part what{};
    std::string path;
};
/// To whoever asked with that ticket.
struct give_guild {
    std::uint64_t ticket = 0;
    std::shared_ptr<const std::string> json;  ///< See guild_copy::json(); nothing: `failed`.
    std::optional<error> failed;              ///< invalid_argument: the bot is not in that guild.
};
using view_action = std::variant<fetch_part, give_guild>;

struct view_bounds {
    std::size_t guilds = 10'000;
    std::size_t bytes = 64U << 20;  ///< 0: nothing is kept, every question is asked of REST.
    bool operator==(const view_bounds&) const = default;
};

/// The guilds that plugins of one collection look at: a read-through cache. Kept from GUILD_CREATE,
/// once anybody wants guilds at all, or asked of REST at the first question; kept current by the
/// events of the guild's shard. The least recently wanted go when it is full.
///
/// What it can get wrong: a guild of a shard that lost its session has missed events, so it goes
/// and comes again with GUILD_CREATE or the next question; a guild of another collection's shard is
/// never kept, since nothing keeps it current; an answer of REST and events cross each other, so
/// events that come while one is under way are applied to it again, after which the copy is as new
/// as the last of them. While a shard is not connected its guilds stay as they were: what is missed
/// comes with its RESUME.
///
/// Failure modes: no answer (everybody who waits is told); what can't be read (the same); more
/// events during one flight than are remembered (it answers, and is not kept).
///
/// See Discord Docs/Gateway Events, "Guild Create", and Docs/Gateway, "Guild Availability".
class guild_view {
public:
    static constexpr std::size_t events_max = 256;  ///< During one flight.
    static constexpr std::size_t flights_max = 64;  ///< At once; other guilds wait for their turn.

    explicit guild_view(view_bounds most) : most_(most) {}

    using todo_list = std::vector<view_action>;

    /// Somebody will ask: GUILD_CREATEs are kept from now on.
    void want() { is_wanted_ = most_.bytes != 0; }
    /// The slots of this collection.
    void serve(std::vector<discord::slot> all) { slots_ = std::move(all); }

    void ask(std::uint64_t ticket, discord::snowflake guild, todo_list& todo);
    /// Afterwards nothing is given to that ticket. What is under way is finished, and kept.
    void withdraw(std::uint64_t ticket);
    /// An event as it came. One that concerns no guild here is a look at its type, and nothing at
    /// all before want() and the first question.
    void on_event(discord::slot of, std::string_view type, std::string_view data, todo_list& todo);
    /// `id`: the flight of fetch_part.
    void on_answer(std::uint64_t id, part what, const result<std::string>& body, todo_list& todo);
    /// What is kept of it, for take_over() of another view; nothing where nothing is.
    [[nodiscard]] std::optional<std::string> copy_of(discord::snowflake guild) const;
    /// What another view kept, before any event that came after it. What is none is passed over.
    void take_over(discord::snowflake guild, std::string_view copy);
    /// Events of this slot are missing: its session begins anew.
    void on_session_lost(discord::slot of);

    /// Changes whenever the guild does, and is never used again; 0: it is not kept. Counts as a
    /// question, since whoever finds it unchanged asks no other.
    [[nodiscard]] std::uint64_t revision(discord::snowflake guild);
    [[nodiscard]] std::size_t guilds() const { return kept_.size(); }
    [[nodiscard]] std::size_t bytes() const { return bytes_; }

private:
    struct kept {
        guild_copy what;
        std::uint64_t revision = 0;
        std::list<discord::snowflake>::iterator used;
    };
    struct flight {
        std::uint64_t id = 0;  // 0: its turn has not come.
        guild_copy what;
        std::vector<std::uint64_t> waiting;
        unsigned missing = 0;     // Bits of parts.
        bool wants_self = false;  // Who the bot is, has to be known for its member.
        std::vector<std::pair<std::string, std::string>> events;
        bool missed = false;
    };
    using flights = std::map<discord::snowflake, flight>;

    void begin_next(todo_list& todo);
    void begin(flights::iterator at, todo_list& todo);
    void fetch(const flight& of, discord::snowflake guild, part what, todo_list& todo);
    void on_create(discord::snowflake guild, std::string_view data, todo_list& todo);
    void on_self(std::string_view body, todo_list& todo);
    [[nodiscard]] flight land(flights::iterator at, todo_list& todo);
    void finish(flights::iterator at, todo_list& todo);
    void fail(flights::iterator at, const error& why, todo_list& todo);
    std::shared_ptr<const std::string> keep(discord::snowflake guild, guild_copy what, bool may);
    void make_room();
    void drop(discord::snowflake guild);
    [[nodiscard]] bool is_ours(discord::snowflake guild) const;

    view_bounds most_;
    bool is_wanted_ = false;
    std::vector<discord::slot> slots_;
    discord::snowflake self_;
    std::map<discord::snowflake, kept> kept_;
    std::list<discord::snowflake> by_use_;  // The last is the next to go.
    std::size_t bytes_ = 0;
    flights flights_;
    std::deque<discord::snowflake> turns_;  // Of those that have not begun.
    std::size_t under_way_ = 0;
    std::uint64_t last_flight_ = 0, last_revision_ = 0;
};

}  // namespace tinfoil::guilds
