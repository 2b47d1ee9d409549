#pragma once

#include "base/error.hpp"
#include "base/random.hpp"
#include "base/time.hpp"
#include "discord/command_record.hpp"
#include "discord/snowflake.hpp"
#include "gateway/backoff.hpp"
#include "host/registry_view.hpp"

#include <boost/json.hpp>

#include <compare>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace tinfoil::host {

/// A plugin and the list of commands in its manifest, as JSON.
using plugin_commands = std::pair<std::string, std::string>;

/// Once: what is known before Discord is asked.
struct registry_begun {
    discord::snowflake application;
    bool development = false;                ///< Commands go to guilds, where changes show at once.
    std::vector<discord::snowflake> guilds;  ///< For development; none: those that the bot is in.
    std::vector<discord::command_record> own;
    struct past_create {
        discord::snowflake guild;
        duration ago{};
    };
    std::vector<past_create> creates;  ///< Of the last day, in order.
};
/// Every plugin that runs; one that is missing does not any more.
struct plugins_loaded {
    std::vector<plugin_commands> all;
};
/// This one runs, for the first time or as another version.
struct plugin_loaded {
    plugin_commands which;
};
/// Crashed, quarantined, unloaded: its commands stay at Discord.
struct plugin_gone {
    std::string plugin;
};
/// By an operator, who wants nothing of it to be left. Saying so again does no harm.
struct plugin_disabled {
    std::string plugin;
};
/// To the action ask_discord with that ticket.
struct discord_answered {
    std::uint64_t ticket = 0;
    int status = 0;
    std::string body;
    std::optional<error> failed;  ///< There was no answer.
};
struct registry_elapsed {};
using registry_input = std::variant<registry_begun, plugins_loaded, plugin_loaded, plugin_gone,
                                    plugin_disabled, discord_answered, registry_elapsed>;

/// One at a time; discord_answered follows.
struct ask_discord {
    std::uint64_t ticket = 0;
    std::string method, path, body;
};
struct keep_command {
    discord::command_record what;
};
struct forget_command {
    discord::snowflake guild;
    int type = 1;
    std::string name;
};
/// It counts for a day.
struct count_create {
    discord::snowflake guild;
};
struct registry_say {
    bool warning = false;
    std::string text;
};
using registry_action =
    std::variant<ask_discord, keep_command, forget_command, count_create, registry_say>;

/// Brings what plugins declare to Discord, a create, an edit or a delete at a time.
///
/// Only what tinfoil registered itself is edited or deleted, and only an operator's word deletes:
/// an application's other commands are somebody else's. One that is already there exactly as it is
/// declared becomes tinfoil's, as after a lost state; another one of that name is left alone, and
/// said. What Discord took is remembered with the version it answered, so nothing is sent again
/// because Discord writes it differently.
///
/// Failure modes: no answer, 5xx, 429 (asked again, later and later); what Discord refuses for good
/// (a problem of that plugin, until it declares something else); more than there may be of a kind
/// (a problem); the day's creates are used up (the rest waits); a guild that the bot may not ask
/// about (a problem); a command that somebody deleted (made again).
///
/// Leaving development, or a guild's leaving the list, deletes what was registered there.
/// Discord Docs/Application Commands, "Registering a Command".
class command_registry {
public:
    /// Guilds that development takes by itself.
    static constexpr std::size_t guilds_found_max = 10;

    explicit command_registry(std::uint64_t seed) : random_(seed) {}

    void on(const registry_input& what, instant now, std::vector<registry_action>& todo);
    [[nodiscard]] instant deadline() const { return deadline_; }
    [[nodiscard]] registry_view look() const;

private:
    using todo_list = std::vector<registry_action>;
    struct kind {
        int type;
        std::string name;
        auto operator<=>(const kind&) const = default;
    };
    struct place {
        discord::snowflake guild;
        kind what;
        auto operator<=>(const place&) const = default;
    };
    struct wanted {
        std::string plugin;
        boost::json::object declared;  // Canonical, where it is to be.
    };
    struct found {
        discord::snowflake id;
        std::string version;
        boost::json::object what;  // Canonical.
    };
    struct trouble {
        std::string plugin, text;
        boost::json::object declared;  // That it is about; no problem of another one.
    };
    enum class verdict { fine, note, create, edit, foreign, blocked, unknown };
    struct job {
        enum class what { guilds, list, create, edit, erase } does;
        place where;
        discord::snowflake id = {};
        std::string plugin = {};
        boost::json::object declared = {};
        std::uint64_t ticket = 0;
    };

    void on_begun(const registry_begun& what, instant now);
    void on_answer(const discord_answered& what, instant now, todo_list& todo);
    void on_success(const job& done, const discord_answered& what, instant now, todo_list& todo);
    void on_refused(const job& done, const discord_answered& what, todo_list& todo);
    void on_guilds(const boost::json::array& all, todo_list& todo);
    void on_list(discord::snowflake guild, const boost::json::array& all, todo_list& todo);
    void took(const job& done, const boost::json::object& answer, todo_list& todo);
    void erased(const job& done, todo_list& todo);
    void again_later(const std::string& why, duration least, instant now, todo_list& todo);
    void look_again();
    void want_anew(todo_list& todo);

    void proceed(instant now, todo_list& todo);
    [[nodiscard]] std::optional<job> next_job(instant now, todo_list& todo);
    [[nodiscard]] std::optional<job> next_erase() const;
    [[nodiscard]] std::optional<job> next_change(discord::snowflake guild, instant now,
                                                 todo_list& todo);
    [[nodiscard]] bool has_place(const place& where, const wanted& what, instant now,
                                 todo_list& todo);
    [[nodiscard]] verdict judge(const place& where, const wanted& what) const;
    [[nodiscard]] bool is_to_go(const discord::command_record& own) const;
    void start(job next, todo_list& todo);
    void keep(const place& where, const wanted& what, const found& at, todo_list& todo);
    void refuse(const place& where, const wanted& what, std::string why, todo_list& todo);
    void tell_ends(todo_list& todo);
    [[nodiscard]] std::string path_to(const job& of) const;

    random_source random_;
    bool has_begun_ = false, development_ = false, needs_guilds_ = false;
    discord::snowflake application_;
    std::vector<discord::snowflake> guilds_;      // Where commands are to be; zero: everywhere.
    std::map<std::string, std::string> plugins_;  // That run, with what they declare.
    std::set<std::string> disabled_;
    std::map<kind, wanted> wanted_;
    std::map<place, discord::command_record> own_;
    std::map<discord::snowflake, std::map<kind, found>> found_;  // Where Discord was asked.
    std::map<discord::snowflake, std::string> closed_;           // Why nothing can be done there.
    std::map<place, trouble> troubles_;
    std::set<discord::snowflake> stays_;  // Of commands that can't be deleted.
    std::set<discord::snowflake>
        lingering_;  // Of those whose plugin lacks them, and that are told.
    std::map<discord::snowflake, std::deque<instant>> creates_;
    std::map<discord::snowflake, instant> full_until_;  // By Discord's word.
    bool told_full_day_ = false;
    std::optional<job> asked_;
    std::uint64_t last_ticket_ = 0;
    gateway::backoff wait_{std::chrono::seconds(1), std::chrono::minutes(5)};
    bool is_failing_ = false;
    instant not_before_{};
    instant free_at_ = never;  // When one more may be created.
    instant deadline_ = never;
    std::map<std::string, std::vector<std::string>> done_;  // For people, until all is done.
};

}  // namespace tinfoil::host
