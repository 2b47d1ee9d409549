#pragma once

#include "base/error.hpp"
#include "base/time.hpp"
#include "discord/gateway_command.hpp"
#include "discord/http.hpp"
#include "discord/slot.hpp"
#include "discord/snowflake.hpp"
#include "plugin/sharing_services.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tinfoil::plugin {

enum class log_level { debug, info, warn, error };

struct call {
    entry what = entry::start;
    discord::slot slot{0, 0};  ///< This and the rest: of an event.
    std::int64_t sequence = 0;
    std::string_view type{};
};

/// What an instance needs of the collection that it lives in. One object a plugin.
///
/// Threads: the collection's loop, except log() and post(). A completion never runs inside the call
/// that asked for it, and never after its cancel.
class services : public sharing_services {
public:
    using rest_done = std::function<void(result<discord::rest_response>)>;
    virtual std::uint64_t rest(discord::rest_request request, rest_done done) = 0;
    virtual void cancel_rest(std::uint64_t id) = 0;

    virtual std::uint64_t after(duration wait, std::function<void()> done) = 0;
    virtual void cancel_timer(std::uint64_t id) = 0;

    /// A command for Discord over the gateway; `data` is its `d`. A patience of zero is the
    /// default.
    using command_done = std::function<void(discord::command_answer)>;
    virtual std::uint64_t give_command(int op, const std::string& data, duration patience,
                                       command_done done) = 0;
    virtual void cancel_command(std::uint64_t id) = 0;

    /// A guild as tinfoil knows it, the text of tinfoil/ext/guild.h; invalid_argument when the bot
    /// is not in it.
    using guild_done = std::function<void(result<std::shared_ptr<const std::string>>)>;
    virtual std::uint64_t ask_guild(discord::snowflake guild, guild_done done) = 0;
    virtual void cancel_guild(std::uint64_t id) = 0;
    virtual void keep_guilds() = 0;
    virtual std::uint64_t guild_revision(discord::snowflake guild) = 0;

    /// Any thread: runs `then` on the loop; never after the instance has gone.
    virtual void post(std::function<void()> then) = 0;
    /// Any thread.
    virtual void log(log_level level, std::string_view text) = 0;

    /// The plugin's code is about to run, and has returned; never one call inside another. `what`
    /// lives until then.
    virtual void entering(const call& what) = 0;
    virtual void left() = 0;
    /// Instead of left(), when the plugin's code ends the thread: says so and ends the process.
    [[noreturn]] virtual void unwound() = 0;

    /// Of the bot that runs; known before the first plugin starts.
    [[nodiscard]] virtual discord::snowflake application_id() const = 0;
};

}  // namespace tinfoil::plugin
