#pragma once

#include "base/error.hpp"
#include "discord/slot.hpp"
#include "plugin/network.hpp"
#include "plugin/sharing_services.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <tinfoil/ext/kv.h>
#include <tinfoil/ext/messages.h>
#include <tinfoil/ext/network.h>
#include <tinfoil/ext/shards.h>
#include <tinfoil/ext/state.h>
#include <tinfoil/plugin.h>

namespace tinfoil::plugin {

/// What one plugin may give along with a shard.
inline constexpr std::size_t shard_part_bytes_max = 8U << 20;

/// The part of a running plugin's boundary that is about what it shares: its values, its messages,
/// and what goes along with a shard; and what a network manager is asked. What stands behind a
/// tinfoil_context.
class exchange : protected network_side {
public:
    using replied = std::function<void(sharing::reply)>;

    exchange(const exchange&) = delete;
    exchange& operator=(const exchange&) = delete;

protected:
    explicit exchange(sharing_services& with);
    ~exchange() override = default;

    [[nodiscard]] tinfoil_context* context() { return reinterpret_cast<tinfoil_context*>(this); }
    static exchange& of(tinfoil_context* context) { return *reinterpret_cast<exchange*>(context); }
    /// Nothing: it is none of these.
    [[nodiscard]] const void* extension_of(std::string_view id) const;

    /// A message for the plugin; see instance::message().
    void receive(const sharing::letter& what, replied done);
    void refuse_messages();  ///< Those that have no reply: the plugin ends.
    /// How many messages it handles.
    [[nodiscard]] std::size_t messages() const { return open_.size(); }

    /// What goes along with a shard that leaves; empty: nothing. Fails with plugin_refused.
    result<std::string> leaving(discord::slot which);
    /// A shard comes with that. Fails with plugin_refused.
    result<void> arrived(discord::slot which, std::string_view part);

    /// While it lives the plugin starts, and may say that it is a network manager if it `may`.
    class network_permit {
    public:
        network_permit(exchange& of, bool may);
        network_permit(const network_permit&) = delete;
        network_permit& operator=(const network_permit&) = delete;
        ~network_permit() { of_.is_starting_ = false; }

    private:
        exchange& of_;
    };
    /// Nothing: it has not said that it is one.
    [[nodiscard]] network_side* as_network() { return is_network_ ? this : nullptr; }

    enum class kind { rest, timer, command, guild, value, message };
    [[nodiscard]] virtual bool is_home(const char* function) = 0;
    /// 0 when too many are under way.
    virtual tinfoil_op begin_operation(kind what) = 0;
    virtual void is_known_as(tinfoil_op op, std::uint64_t service_id) = 0;
    virtual void complete(tinfoil_op op, std::uint64_t tag, int what, int32_t status,
                          int http_status, std::string_view body) = 0;
    /// Runs the plugin's code.
    virtual int32_t run(entry what, const std::function<int32_t()>& code) = 0;
    [[nodiscard]] virtual std::string& refusal_text() = 0;

private:
    tinfoil_op ask(const tinfoil_state_question& what, std::uint64_t tag);
    tinfoil_op keep(sharing::question what, std::uint64_t tag);
    tinfoil_op send(const tinfoil_outgoing& what, std::uint64_t tag);
    int32_t reply(std::uint64_t token, int32_t delivery, std::string body);
    void fill_kv();
    void fill_shards();
    int32_t write_part(std::string_view bytes);
    void fill_network();
    int32_t manage(const tinfoil_network_hooks& what, std::string_view breakpoints, void* self);
    int32_t answer_order(std::uint64_t token, int32_t status, std::string text);
    // network_side
    [[nodiscard]] const std::string& breakpoints() const override { return breakpoints_; }
    void order(const network_order& what, ordered done) override;

    sharing_services& services_;
    tinfoil_kv kv_{};
    tinfoil_state state_{};
    tinfoil_messages messages_{};
    tinfoil_receive receiver_ = nullptr;
    void* receives_ = nullptr;
    std::uint64_t last_token_ = 0;
    std::map<std::uint64_t, replied> open_;  // Messages without a reply.
    tinfoil_shards shards_{};
    tinfoil_shard_hooks hooks_{};
    void* hooked_ = nullptr;
    std::string* part_ = nullptr;  // Inside leaving().
    bool part_is_too_large_ = false;
    tinfoil_network network_{};
    bool may_manage_ = false, is_starting_ = false, is_network_ = false;
    tinfoil_network_hooks manager_{};
    void* manages_ = nullptr;
    std::string breakpoints_;
    std::uint64_t last_order_ = 0;
    std::map<std::uint64_t, ordered> orders_;  // That it has not answered.
};

}  // namespace tinfoil::plugin
