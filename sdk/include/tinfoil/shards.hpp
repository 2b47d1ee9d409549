#pragma once

#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tinfoil/core.hpp>
#include <tinfoil/event.hpp>
#include <tinfoil/ext/shards.h>
#include <tinfoil/snowflake.hpp>
#include <utility>

namespace tinfoil {

/// A shard, as Discord names it: `shard_id` of `num_shards`. Those of one bot may differ in
/// `num_shards`, and shards are split and merged while the bot runs: keep what you know by guild.
struct slot {
    std::uint32_t shard_id = 0, num_shards = 1;

    /// Whether the guild's events come on it. Discord Docs/Gateway, "Sharding".
    [[nodiscard]] constexpr bool serves(snowflake guild) const
    {
        return (guild >> 22) % num_shards == shard_id;
    }
    bool operator==(const slot&) const = default;
};

/// Says that events may be missing.
class gap {
public:
    explicit gap(const event& from)
        : guild_id_(from.guild_id()),
          which_{from.shard_id(), from.num_shards()}
    {
    }
    /// 0: of any guild of the shard, and of direct messages.
    [[nodiscard]] snowflake guild_id() const { return guild_id_; }
    [[nodiscard]] slot shard() const { return which_; }
    /// Events of that guild may be missing.
    [[nodiscard]] bool is_about(snowflake guild) const
    {
        return guild_id_ == 0 ? which_.serves(guild) : guild_id_ == guild;
    }

private:
    snowflake guild_id_;
    slot which_;
};

namespace detail {

/// What a plugin does when a shard leaves its collection, or comes.
class shard_handlers {
public:
    using leaving = std::function<std::string(slot)>;
    using arrived = std::function<void(slot, std::string_view)>;

    explicit shard_handlers(core& own) : own_(&own) {}
    shard_handlers(const shard_handlers&) = delete;
    shard_handlers& operator=(const shard_handlers&) = delete;

    void add(leaving what) { set(leaving_, std::move(what), "on_shard_leaving"); }
    void add(arrived what) { set(arrived_, std::move(what), "on_shard_arrived"); }

private:
    static const tinfoil_shards* extension(const core& own)
    {
        return static_cast<const tinfoil_shards*>(
            own.host().extension(own.host().context, TINFOIL_EXT_SHARDS));
    }

    template <class Handler>
    void set(Handler& own, Handler what, const std::string& name)
    {
        const tinfoil_shards* from = extension(*own_);
        if (from == nullptr)
            throw std::runtime_error("this tinfoil is too old for " + name + "(): update it");
        if (own)
            throw std::logic_error("there are two " + name + "(); one has to give all along");
        own = std::move(what);
        tinfoil_shard_hooks hooks{};
        hooks.size = sizeof hooks;
        hooks.leaving = leaving_ ? leave : nullptr;
        hooks.arrived = arrived_ ? arrive : nullptr;
        from->listen(own_->host().context, &hooks, this);
    }

    static int32_t leave(void* self, uint32_t shard_id, uint32_t num_shards)
    {
        const auto& me = *static_cast<shard_handlers*>(self);
        return me.run("on_shard_leaving", [&] {
            const std::string part = me.leaving_({shard_id, num_shards});
            const tinfoil_host& to = me.own_->host();
            return extension(*me.own_)->write(to.context, borrow(part)) == TINFOIL_OK
                       ? std::string()
                       : "on_shard_leaving() gave " + std::to_string(part.size()) +
                             " bytes; 8 MiB may go along with a shard";
        });
    }
    static int32_t arrive(void* self, uint32_t shard_id, uint32_t num_shards, tinfoil_str bytes)
    {
        const auto& me = *static_cast<shard_handlers*>(self);
        return me.run("on_shard_arrived", [&] {
            me.arrived_({shard_id, num_shards}, view(bytes));
            return std::string();
        });
    }

    // What it returns says what is wrong.
    template <class Call>
    int32_t run(const std::string& name, Call code) const
    {
        std::string failure;
        try {
            failure = code();
            if (failure.empty())
                return TINFOIL_OK;
        } catch (const std::exception& thrown) {
            failure = name + "() threw: " + what_of(thrown);
        } catch (...) {
            failure = name + "() threw: " + std::string(no_exception);
        }
        own_->host().fail(own_->host().context, borrow(failure));
        return TINFOIL_E_PLUGIN;
    }

    core* own_;
    leaving leaving_;
    arrived arrived_;
};

}  // namespace detail
}  // namespace tinfoil
