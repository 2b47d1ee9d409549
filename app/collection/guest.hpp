#pragma once

#include "collection/gateway_commands.hpp"
#include "collection/guild_lookups.hpp"
#include "collection/handling.hpp"
#include "collection/uplink.hpp"
#include "plugin/instance.hpp"
#include "plugin/services.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <map>
#include <memory>
#include <set>
#include <string>

namespace tinfoil::collection {

/// A plugin at home in a collection: its instance, and the services it gets, each made of the
/// uplink and the loop. Created and destroyed on the loop; what it began ends with it.
class guest final : private plugin::services {
public:
    /// Where it lives; all of it outlives the guest.
    struct home {
        boost::asio::io_context& loop;
        uplink& up;
        gateway_commands& wanted;
        guild_lookups& guilds;
        handling& work;
        discord::snowflake application;
    };
    static result<std::unique_ptr<guest>> start(home where, plugin::library from,
                                                const std::string& settings);
    ~guest() override;

    [[nodiscard]] plugin::instance& running() { return *instance_; }

private:
    guest(home where, std::string name);

    std::uint64_t rest(discord::rest_request request, rest_done done) override;
    void cancel_rest(std::uint64_t id) override;
    std::uint64_t after(duration wait, std::function<void()> done) override;
    void cancel_timer(std::uint64_t id) override;
    void read_value(const std::string& key, value_read done) override;
    void write_value(const std::string& key, std::optional<std::string> value,
                     value_written done) override;
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
    [[nodiscard]] discord::snowflake application_id() const override { return home_.application; }

    home home_;
    std::string name_;
    std::set<std::uint64_t> requests_, commands_, guilds_;
    std::map<std::uint64_t, boost::asio::steady_timer> timers_;
    std::uint64_t last_timer_ = 0;
    std::shared_ptr<int> alive_ = std::make_shared<int>();
    std::unique_ptr<plugin::instance> instance_;
};

}  // namespace tinfoil::collection
