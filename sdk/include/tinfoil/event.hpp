#pragma once

#include <boost/json.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tinfoil/core.hpp>
#include <tinfoil/document.hpp>
#include <tinfoil/event_type.hpp>
#include <tinfoil/json.hpp>
#include <tinfoil/views.hpp>

namespace tinfoil {

/// One event of the gateway. It owns its data: keep it over any co_await, copy it freely.
class event : public event_types {
public:
    explicit event(const tinfoil_event& from) : own_(std::make_shared<state>())
    {
        own_->type = detail::view(from.type);
        own_->text = detail::view(from.data);
        own_->flags = from.flags;
        own_->shard_id = from.shard_id;
        own_->num_shards = from.num_shards;
        own_->guild_id = from.guild_id;
        own_->channel_id = from.channel_id;
        own_->user_id = from.user_id;
    }

    /// Discord's name, `MESSAGE_CREATE`.
    [[nodiscard]] std::string_view name() const { return own_->type; }
    /// Discord's JSON of the event, parsed when it is first asked for. Throws when it is no object.
    /// References into it live as long as the event; copies out of it for as long as you like.
    [[nodiscard]] const boost::json::object& data() const { return document().as_object(); }
    /// The same as text.
    [[nodiscard]] std::string_view text() const { return own_->text; }
    /// A text member of data(), empty when there is none.
    [[nodiscard]] std::string_view string(std::string_view key) const
    {
        return text_in(data(), key);
    }
    /// Of what the event is about: the message, the interaction; 0 when it has none.
    [[nodiscard]] snowflake id() const
    {
        const auto* object = document().if_object();
        return object == nullptr ? 0 : id_in(*object, "id");
    }
    [[nodiscard]] snowflake guild_id() const { return own_->guild_id; }
    [[nodiscard]] snowflake channel_id() const { return own_->channel_id; }
    /// Who did it: author, user or member of the event.
    [[nodiscard]] snowflake user_id() const { return own_->user_id; }

    // Names for what data() holds, each for the events that have it. They point into the event.

    /// Of MESSAGE_CREATE and MESSAGE_UPDATE.
    [[nodiscard]] message_view message() const { return message_view(data()); }
    /// A bot or webhook wrote the message; answering those makes loops.
    [[nodiscard]] bool is_from_bot() const { return message().is_from_bot(); }
    /// Of GUILD_CREATE, GUILD_UPDATE and GUILD_DELETE.
    [[nodiscard]] guild_view guild() const { return guild_view(data()); }
    /// Of CHANNEL_* and THREAD_*.
    [[nodiscard]] channel_view channel() const { return channel_view(data()); }
    /// Of GUILD_ROLE_CREATE and GUILD_ROLE_UPDATE.
    [[nodiscard]] std::optional<role_view> role() const
    {
        return object_view(data()).view<role_view>("role");
    }
    /// Of MESSAGE_REACTION_*.
    [[nodiscard]] reaction_view reaction() const { return reaction_view(data()); }
    /// Of PRESENCE_UPDATE.
    [[nodiscard]] presence_view presence() const { return presence_view(data()); }
    /// Of GUILD_MEMBER_ADD and GUILD_MEMBER_UPDATE the member, of all others the one who did it.
    [[nodiscard]] member_view member() const
    {
        const object_view whole(data());
        const auto* inner = whole.object("member");
        if (inner == nullptr)
            return member_view(data());
        const auto* user = object_view(*inner).object("user");
        return {*inner, user != nullptr ? user : whole.object("author")};
    }
    /// Who did it, or who it is about.
    [[nodiscard]] std::optional<user_view> user() const
    {
        const object_view whole(data());
        for (const char* key : {"author", "user"})
            if (const auto found = whole.view<user_view>(key))
                return found;
        return member().user();
    }
    /// A handler may have seen it before, when tinfoil was ended by force.
    [[nodiscard]] bool is_redelivered() const { return (own_->flags & TINFOIL_REDELIVERED) != 0; }
    [[nodiscard]] bool is_replayed() const { return (own_->flags & TINFOIL_REPLAYED) != 0; }
    /// It waited while this version of the plugin took over from another.
    [[nodiscard]] bool is_delayed() const { return (own_->flags & TINFOIL_DELAYED) != 0; }
    [[nodiscard]] std::uint32_t shard_id() const { return own_->shard_id; }
    [[nodiscard]] std::uint32_t num_shards() const { return own_->num_shards; }

private:
    [[nodiscard]] const boost::json::value& document() const
    {
        if (!own_->parsed.is_parsed())
            own_->parsed.parse(own_->text);
        return own_->parsed.root();
    }

    struct state {
        std::string type, text;
        detail::document parsed;
        std::uint32_t flags, shard_id, num_shards;
        snowflake guild_id, channel_id, user_id;
    };
    std::shared_ptr<state> own_;
};

}  // namespace tinfoil
