#pragma once

#include "discord/http.hpp"
#include "discordsim/calls.hpp"
#include "discordsim/rest.hpp"
#include "plugin/exchange.hpp"
#include "plugin/manifest.hpp"
#include "sharing/letters.hpp"
#include "sharing/memory_state.hpp"
#include "sharing/values.hpp"

#include <boost/json.hpp>

#include <condition_variable>
#include <deque>
#include <list>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <tinfoil/ext/gateway.h>
#include <tinfoil/plugin.h>
#include <tinfoil/testing.hpp>
#include <vector>

namespace tinfoil::testing {

/// The host of one plugin and the Discord around both, on one virtual clock.
class stage::inside : private tinfoil::plugin::exchange, private tinfoil::plugin::sharing_services {
public:
    inside(const std::string& file, boost::json::object settings);
    inside(const inside&) = delete;
    inside& operator=(const inside&) = delete;
    ~inside() override;

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

    /// A message from elsewhere, and what became of it.
    message_reply message(std::string_view name, std::string_view text,
                          std::chrono::milliseconds time);
    std::uint32_t add_collection(collection_stand_in who);
    std::string shard_leaves();
    void shard_arrives(std::string_view part);
    [[nodiscard]] std::vector<std::pair<std::string, std::string>>
    values(const std::string& scope) const;
    [[nodiscard]] const std::string& plugin_name() const { return manifest_.name; }
    void put_shared(std::string_view key, std::string_view value);
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

    static inside& of(tinfoil_context* context)
    {
        return static_cast<inside&>(exchange::of(context));
    }
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

    // exchange
    bool is_home(const char*) override { return true; }
    tinfoil_op begin_operation(kind what) override;
    void is_known_as(tinfoil_op op, std::uint64_t service_id) override;
    void complete(tinfoil_op op, std::uint64_t tag, int what, int32_t status, int http_status,
                  std::string_view body) override;
    int32_t run(tinfoil::plugin::entry, const std::function<int32_t()>& code) override
    {
        return code();
    }
    std::string& refusal_text() override { return failure_; }
    // sharing_services
    std::uint64_t ask_value(sharing::question what, value_done done) override;
    void leave_value(std::uint64_t id) override;
    std::uint64_t send_letter(sharing::letter what, letter_done done) override;
    void leave_letter(std::uint64_t id) override { letters_done_.erase(id); }
    bool post_letter(sharing::letter what) override;

    void tell(sharing::values_input what);
    void tell(sharing::letters_input what);
    void perform(const sharing::pass_letter& what);
    void perform(const sharing::find_places& what);
    void leave(tinfoil_op op);
    [[nodiscard]] std::int64_t wall_ms() const;
    /// When the plugin has to be told something, if nothing else happens.
    [[nodiscard]] instant next_due() const;
    bool step_sharing();

    std::string file_;
    boost::json::object settings_;
    void* library_ = nullptr;
    const tinfoil_entry* entry_ = nullptr;
    tinfoil::plugin::manifest manifest_;
    tinfoil_host host_{};
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
    std::size_t brought_ = 0;          // By threads, and not waited for yet.
    // What the plugin shares. It is in collection 0; all others are stand-ins.
    const std::int64_t wall_began_ms_;
    sharing::memory_state state_;
    sharing::values values_{0};
    sharing::letters letters_;
    std::vector<collection_stand_in> others_;
    std::uint64_t last_id_ = 0;
    std::map<tinfoil_op, std::pair<kind, std::uint64_t>> shared_ops_;
    std::map<std::uint64_t, value_done> values_done_;
    std::map<std::uint64_t, letter_done> letters_done_;
    std::deque<sharing::pass_letter> passed_;  // That are not read yet.
};

}  // namespace tinfoil::testing
