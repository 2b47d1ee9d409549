#pragma once

#include "discord/http.hpp"
#include "discordsim/calls.hpp"
#include "discordsim/rest.hpp"
#include "plugin/manifest.hpp"

#include <boost/json.hpp>

#include <condition_variable>
#include <deque>
#include <list>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <tinfoil/ext/gateway.h>
#include <tinfoil/ext/kv.h>
#include <tinfoil/plugin.h>
#include <tinfoil/testing.hpp>
#include <vector>

namespace tinfoil::testing {

/// The host of one plugin and the Discord around both, on one virtual clock.
class stage::inside {
public:
    inside(const std::string& file, boost::json::object settings);
    inside(const inside&) = delete;
    inside& operator=(const inside&) = delete;
    ~inside();

    void start();
    void stop();
    /// Until the plugin waits for nothing but time and people.
    void settle();
    void advance(duration time);
    void wait_for_thread();

    /// Whether the plugin gets events of that type.
    [[nodiscard]] bool wants(std::string_view type) const;
    void deliver(std::string_view type, const boost::json::value& data);
    void announce_message(std::string_view type, const discordsim::written& what);
    discordsim::person& somebody(std::string_view name);
    [[nodiscard]] discordsim::guild& home() { return world.guilds.front(); }
    [[nodiscard]] discordsim::channel& channel_named(std::string_view name);
    /// Somebody uses something of the bot's.
    struct use {
        int type;  ///< Discord Docs/Receiving and Responding, "Interaction Type".
        std::string_view as;
        boost::json::object data;
        const discordsim::written* on = nullptr;  ///< The message of a component.
    };
    void interact(use what);
    [[nodiscard]] const discordsim::written* last_message(bool with_components) const;

    instant now{};
    discordsim::settings rules;
    discordsim::world world;
    discordsim::witness witness{instant{}};
    boost::json::object modal;
    discord::snowflake modal_source;
    std::vector<std::string> suggested;
    std::vector<std::string> logged;
    std::vector<request> requests;
    std::map<std::string, std::string> values;
    // What was shown last.
    boost::json::object last_shown, member_shown;
    std::vector<boost::json::object> channel_shown;
    tinfoil_plugin plugin{};
    bool runs = false;

private:
    struct completion {
        tinfoil_op op = 0;
        std::uint64_t tag = 0;
        std::uint32_t kind = 0;
        std::int32_t status = TINFOIL_OK;
        int http_status = 0;
        std::string body;
    };
    struct pending_request {
        tinfoil_op op;
        std::uint64_t tag;
        discord::rest_request what;
        instant due;
    };

    static inside& of(tinfoil_context* context) { return *reinterpret_cast<inside*>(context); }
    void fill_host();
    bool step();
    void complete(const completion& how);
    tinfoil_op rest(const tinfoil_rest& what, std::uint64_t tag);
    void send(pending_request& which);
    discordsim::answer ask(const discord::rest_request& what);
    void note(const discord::rest_request& what, const discordsim::answer& got);
    tinfoil_op give(std::uint32_t op, const boost::json::object& data, std::uint64_t tag);
    boost::json::object found_members(const boost::json::object& asked);
    void register_commands();

    std::string file_;
    boost::json::object settings_;
    void* library_ = nullptr;
    const tinfoil_entry* entry_ = nullptr;
    tinfoil::plugin::manifest manifest_;
    tinfoil_host host_{};
    tinfoil_kv kv_{};
    tinfoil_gateway gateway_{};
    std::string failure_;
    discordsim::rest api_;
    tinfoil_op last_op_ = 0;
    std::uint64_t last_token_ = 0;
    std::deque<std::pair<std::string, std::string>> events_;
    std::deque<completion> completions_;
    std::list<pending_request> sending_;
    std::multimap<instant, completion> timers_;
    std::mutex mutex_;
    std::condition_variable posted_;
    std::deque<std::uint64_t> posts_;  // By threads of the plugin.
};

}  // namespace tinfoil::testing
