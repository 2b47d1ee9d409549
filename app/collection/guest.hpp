#pragma once

#include "collection/gateway_commands.hpp"
#include "collection/guild_lookups.hpp"
#include "collection/handling.hpp"
#include "collection/isolated.hpp"
#include "collection/letters.hpp"
#include "collection/supervision.hpp"
#include "collection/uplink.hpp"
#include "plugin/instance.hpp"
#include "plugin/services.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <map>
#include <memory>
#include <set>
#include <string>

namespace tinfoil::collection {

/// A plugin at home in a collection: its instance, inside this process or in one of its own, and
/// the services it gets, each made of the uplink and the loop. Created and destroyed on the loop;
/// what it began ends with it.
class guest final : private plugin::services {
public:
    /// Where it lives; all of it outlives the guest.
    struct home {
        boost::asio::io_context& loop;
        uplink& up;
        gateway_commands& wanted;
        guild_lookups& guilds;
        letters& post;
        handling& work;
        supervision& watch;
        discord::snowflake application;
        std::size_t number = 0;  ///< Of the plugin, for those who count them.
    };
    static result<std::unique_ptr<guest>> start(home where, plugin::library from,
                                                const std::string& settings,
                                                const plugin::opening& how = {});
    static result<std::unique_ptr<guest>> start_isolated(home where, isolated::how how);
    ~guest() override;

    [[nodiscard]] plugin::instance& running() { return *instance_; }
    /// Nothing if it is inside this process.
    [[nodiscard]] isolated* apart() { return apart_; }
    /// Once a second.
    [[nodiscard]] link::plugin_gauge gauge();

private:
    guest(home where, std::string name);

    std::uint64_t rest(discord::rest_request request, rest_done done) override;
    void cancel_rest(std::uint64_t id) override;
    std::uint64_t after(duration wait, std::function<void()> done) override;
    void cancel_timer(std::uint64_t id) override;
    std::uint64_t ask_value(sharing::question what, value_done done) override;
    void leave_value(std::uint64_t id) override;
    std::uint64_t send_letter(sharing::letter what, letter_done done) override;
    void leave_letter(std::uint64_t id) override;
    bool post_letter(sharing::letter what) override;
    std::uint64_t give_command(int op, const std::string& data, duration patience,
                               command_done done) override;
    void cancel_command(std::uint64_t id) override;
    std::uint64_t ask_guild(discord::snowflake guild, guild_done done) override;
    void cancel_guild(std::uint64_t id) override;
    void keep_guilds() override { home_.guilds.keep(); }
    std::uint64_t guild_revision(discord::snowflake guild) override
    {
        return home_.guilds.revision(guild);
    }
    void post(std::function<void()> then) override;
    void log(plugin::log_level level, std::string_view text) override;
    void entering(const plugin::call& what) override { home_.watch.entering(home_.number, what); }
    void left() override { home_.watch.left(); }
    [[noreturn]] void unwound() override { home_.watch.unwound(); }
    [[nodiscard]] discord::snowflake application_id() const override { return home_.application; }

    home home_;
    std::string name_;
    std::set<std::uint64_t> requests_, commands_, guilds_, values_, letters_;
    // Of log lines, since the last gauge(); more than log_bytes_each of them are passed over.
    static constexpr std::size_t log_bytes_each = std::size_t{1} << 20;
    std::atomic<std::size_t> logged_bytes_{0}, unlogged_{0};
    std::size_t unposted_ = 0;  // Letters that were left out, since the last gauge().
    std::map<std::uint64_t, boost::asio::steady_timer> timers_;
    std::uint64_t last_timer_ = 0;
    std::shared_ptr<int> alive_ = std::make_shared<int>();
    std::unique_ptr<plugin::instance> instance_;
    isolated* apart_ = nullptr;  // It is the instance, if it is one.
};

}  // namespace tinfoil::collection
