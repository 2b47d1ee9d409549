#pragma once

#include <boost/json.hpp>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tinfoil/json.hpp>
#include <tinfoil/messages.hpp>
#include <tinfoil/snowflake.hpp>
#include <type_traits>
#include <utility>
#include <vector>

/// Runs a plugin inside of a test, against the simulated Discord of `tinfoil sandbox`, in virtual
/// time: nothing sleeps, and nothing but the test happens. Link tinfoil::testing.
///
///     testing::stage here("build/plugins/hello.so");
///     here.call("/hello");
///     testing::expect(here.last(), "Hello!");
namespace tinfoil::testing {

/// What goes wrong on a stage: a plugin that does not load, a person or a button that is not there.
class failure : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// A request that the plugin made.
struct request {
    std::string method, path;
    boost::json::value body;
    std::string reason;  ///< For the audit log.
    int status = 0;      ///< Of Discord's answer.
};

/// A message that the plugin sent to another collection.
struct sent_message {
    std::string name, text;
    bool is_request = false;
};
/// The plugin in another collection, as a test plays it. What it answers is as of there; with
/// delivery::timed_out it answers nothing.
using collection_stand_in = std::function<message_reply(const sent_message&)>;

/// A guild with the channels `general`, `pictures`, `help` and `off-topic`, people in it, and one
/// plugin. Each call of a person's waits until the plugin has nothing to do but wait for time or
/// people. Discord checks all that the plugin sends: its commands too.
class stage {
public:
    /// `plugin` is the file of the library, `settings` what [plugins.NAME] of tinfoil.toml holds.
    /// Throws failure when it does not load, with what tinfoil would say.
    explicit stage(const std::string& plugin, boost::json::object settings = {});
    stage(const stage&) = delete;
    stage& operator=(const stage&) = delete;
    ~stage();

    // The place.

    [[nodiscard]] snowflake guild() const;
    [[nodiscard]] snowflake channel(std::string_view name = "general") const;
    /// Somebody of that name; they join when nobody has it.
    snowflake person(std::string_view name);
    [[nodiscard]] snowflake bot() const;

    // What people do. `as` is who; "alice" is there from the beginning.

    /// In #general, or where `in` says. The id of the message.
    snowflake say(std::string_view text, std::string_view as = "alice",
                  std::string_view in = "general");
    /// `/config set` with options by name, `{{"colour", "red"}}`.
    void call(std::string_view command, const boost::json::object& options = {},
              std::string_view as = "alice");
    /// The same of a menu's entry, used on somebody or on a message.
    void call_on(std::string_view command, snowflake target, std::string_view as = "alice");
    /// Types so far into that option: the names of what is suggested.
    std::vector<std::string> type(std::string_view command, std::string_view option,
                                  std::string_view so_far, std::string_view as = "alice");
    /// A button of the bot's last message that has components, by its label or its custom id.
    void click(std::string_view button, std::string_view as = "alice");
    /// A menu there, by its custom id or its placeholder.
    void choose(std::string_view menu, const std::vector<std::string>& values,
                std::string_view as = "alice");
    /// The modal that was opened last: its texts by custom id.
    void submit(const boost::json::object& fields, std::string_view as = "alice");
    void react(snowflake message, std::string_view emoji, std::string_view as = "alice");
    /// Any event, `MESSAGE_DELETE`, with its data as Discord has it.
    void event(std::string_view type, const boost::json::object& data);

    // Other collections. The plugin on the stage is in collection 0, which serves the guild.

    /// There is another one: its number. The first of them serves every other guild.
    std::uint32_t collection(collection_stand_in who);
    /// The plugin elsewhere sends a message, and waits for so long: what its on_message() replied.
    message_reply message(std::string_view name, std::string_view text = {},
                          std::chrono::milliseconds time = std::chrono::seconds(10));
    /// Another plugin writes a value that all share.
    void put_shared(std::string_view key, std::string_view value);
    /// The shard of the stage, 0/1, leaves for another collection: what on_shard_leaving() gives
    /// along. Throws failure when nothing goes along because it threw, or gave too much.
    std::string shard_leaves();
    /// It comes from there with that. Throws failure when on_shard_arrived() does, or is missing.
    void shard_arrives(std::string_view part);
    /// Events of the guild may be missing; 0: of all of the shard.
    void gap(snowflake guild = 0);

    // Time.

    void advance(std::chrono::milliseconds time);
    /// Until a thread of the plugin's, as of offload(), has brought something that no earlier call
    /// has waited for; at most ten seconds of real time, then it throws failure.
    void wait_for_thread();

    // What the plugin did.

    /// The text of the bot's last message, wherever it is; empty when there is none.
    [[nodiscard]] std::string last() const;
    /// The same whole, as Discord has it now. Valid until it is asked for again.
    [[nodiscard]] const boost::json::object& last_message() const;
    /// All of a channel, the oldest first. Valid until it is asked for again.
    [[nodiscard]] const std::vector<boost::json::object>&
    messages(std::string_view in = "general") const;
    /// The modal that was opened last.
    [[nodiscard]] const boost::json::object& modal() const;
    [[nodiscard]] const std::vector<request>& requests() const;
    /// A member as Discord has it now, with roles and time-out. Valid until it is asked for again.
    [[nodiscard]] const boost::json::object& member(std::string_view name);
    /// What the plugin wrote, with the level before it: `warning: ...`.
    [[nodiscard]] const std::vector<std::string>& logged() const;
    /// The plugin's own values.
    [[nodiscard]] std::vector<std::pair<std::string, std::string>> values() const;
    /// Those that all plugins share.
    [[nodiscard]] std::vector<std::pair<std::string, std::string>> shared_values() const;
    /// Tasks that have not ended.
    [[nodiscard]] std::uint32_t pending() const;
    /// Interactions that got no answer in time; has to be 0.
    [[nodiscard]] std::uint64_t unanswered();

    /// Ends the plugin and starts it again, as a new version or a new start does. Its values and
    /// Discord are as they were.
    void restart();

private:
    class inside;
    std::unique_ptr<inside> in_;
};

/// Throws failure, with both, when they differ.
void expect(std::string_view is, std::string_view should_be);
void expect_number(std::int64_t is, std::int64_t should_be);
template <std::integral Is, std::integral ShouldBe>
    requires(!std::is_same_v<Is, bool>)
void expect(Is is, ShouldBe should_be)
{
    expect_number(static_cast<std::int64_t>(is), static_cast<std::int64_t>(should_be));
}
/// Throws failure, with `what`, unless it holds.
void expect(bool holds, const char* what);
inline void expect(const std::string& is, const char* should_be)
{
    expect(std::string_view(is), std::string_view(should_be));
}

/// A name and what happens.
using scene = std::pair<const char*, std::function<void()>>;

/// Plays them all and says how each went: what main() of a test returns.
int play(const std::vector<scene>& scenes);

}  // namespace tinfoil::testing
