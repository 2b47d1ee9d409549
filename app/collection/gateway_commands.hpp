#pragma once

#include "collection/uplink.hpp"
#include "discord/gateway_command.hpp"
#include "discord/slot.hpp"
#include "gateway/outbox.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace tinfoil::collection {

/// A shard as far as commands are concerned. gateway_commands::answered() follows for each that is
/// given with an id, never inside the call.
class command_taker {
public:
    virtual ~command_taker() = default;
    [[nodiscard]] virtual discord::slot slot() const = 0;
    virtual void give(gateway::submit command) = 0;
    virtual void take_back(std::uint64_t command) = 0;
};

/// Brings what plugins want sent to the shard that serves the guild, here or by way of the host,
/// and the answers back. A presence goes to the host, and from there to every shard of the bot.
///
/// Failure modes: what is no command (invalid, too_large); a guild that nobody serves
/// (unknown_guild, says the host); more than commands_max under way (queue_full).
///
/// Threads: the collection's loop. A completion never runs inside the call that asked for it.
class gateway_commands {
public:
    /// Of this collection's plugins and of others' together.
    static constexpr std::size_t commands_max = 4096;
    /// What an answer for another collection may have; the host lets few be under way.
    static constexpr std::size_t passed_bytes_max = 8U << 20;

    /// `later` calls back when whoever called has returned.
    gateway_commands(uplink& up, std::function<void(std::function<void()>)> later)
        : up_(up),
          later_(std::move(later))
    {
    }

    using done = std::function<void(discord::command_answer)>;
    /// `data` is the `d` of the payload. Commands for guilds wait until the shards are here.
    std::uint64_t give(int op, const std::string& data, duration patience, done then);
    /// Afterwards `then` of that one is never called. Unknown ids are harmless.
    void take_back(std::uint64_t id);

    /// The shards of this collection that have the source's place; they outlive this, or their next
    /// serve(), or give nothing more. What was given to one that is not among them any more is
    /// given to the one that serves its guild now.
    void serve(std::vector<command_taker*> all);
    /// Commands that shards of these slots have yet to answer.
    [[nodiscard]] std::size_t under_way(const std::vector<discord::slot>& of) const;
    /// A wish of a plugin to be in a voice channel of that guild, as it last put it; empty: none.
    [[nodiscard]] std::string voice_wish(discord::snowflake guild) const;
    /// Is told of every command that a shard is given.
    using listener = std::function<void(discord::slot, const discord::gateway_command&)>;
    void listen(listener to) { listens_ = std::move(to); }
    /// What every shard is to show; empty: nothing is wanted.
    void show(const std::string& presence);
    [[nodiscard]] const std::string& presence() const { return presence_; }
    void answered(std::uint64_t id, discord::command_answer what);

    void on(const link::gateway_command& from_host);
    void on(link::gateway_answer from_host) { answered(from_host.id, std::move(from_host.what)); }

private:
    struct pending {
        done then;
        command_taker* taker = nullptr;  // Nothing while it waits, or when it is the host's.
        // To give it again.
        discord::gateway_command what{};
        duration patience{};
    };

    void find_taker(std::uint64_t id, discord::gateway_command what, duration patience);
    void give_to(command_taker& taker, std::uint64_t id, discord::gateway_command what,
                 duration patience);
    void refuse(std::uint64_t id, discord::command_answer why);
    [[nodiscard]] command_taker* taker_of(discord::snowflake guild) const;
    [[nodiscard]] bool is_full() const { return pending_.size() >= commands_max; }

    uplink& up_;
    std::function<void(std::function<void()>)> later_;
    std::shared_ptr<int> alive_ = std::make_shared<int>();
    std::uint64_t last_id_ = 0;
    std::map<std::uint64_t, pending> pending_;
    struct early {
        std::uint64_t id;
        discord::gateway_command what;
        duration patience;
    };
    std::vector<early> early_;  // Until serve(); each is one of pending_.
    std::vector<command_taker*> takers_;
    bool serves_ = false;
    std::string presence_;
    std::map<discord::snowflake, std::string> voice_wishes_;
    listener listens_;
};

}  // namespace tinfoil::collection
