#pragma once

#include <boost/json.hpp>

#include <chrono>
#include <list>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tinfoil/event.hpp>
#include <tinfoil/ext/guild.h>
#include <tinfoil/member_permissions.hpp>
#include <utility>

namespace tinfoil {

/// Why a guild could not be looked at.
class guild_error : public std::runtime_error {
public:
    guild_error(const std::string& why, bool is_unknown)
        : std::runtime_error(why),
          is_unknown_(is_unknown)
    {
    }
    /// The bot is not in that guild; otherwise Discord did not answer.
    [[nodiscard]] bool is_unknown() const { return is_unknown_; }

private:
    bool is_unknown_;
};

/// A guild as tinfoil knew it when it was asked for: roles, channels with overwrites, active
/// threads and the bot's own member. It owns its data, copies are cheap, and it does not change:
/// ask again after a co_await. Other members come with events and interactions, or by REST.
class known_guild {
public:
    [[nodiscard]] snowflake id() const { return id_in(own_->guild, "id"); }
    [[nodiscard]] std::string_view name() const { return text_in(own_->guild, "name"); }
    [[nodiscard]] snowflake owner_id() const { return id_in(own_->guild, "owner_id"); }
    /// Discord's object, with `roles`.
    [[nodiscard]] const boost::json::object& data() const { return own_->guild; }
    [[nodiscard]] const boost::json::array& roles() const { return list(own_->guild, "roles"); }
    [[nodiscard]] const boost::json::array& channels() const { return own_->channels; }
    /// Those that are active.
    [[nodiscard]] const boost::json::array& threads() const { return own_->threads; }
    /// The bot itself.
    [[nodiscard]] const boost::json::object& own_member() const { return own_->member; }

    /// Null when there is none.
    [[nodiscard]] const boost::json::object* role(snowflake which) const
    {
        return find(roles(), which);
    }
    /// A channel or an active thread; null when there is none.
    [[nodiscard]] const boost::json::object* channel(snowflake which) const
    {
        const auto* found = find(own_->channels, which);
        return found != nullptr ? found : find(own_->threads, which);
    }

    /// The bot's, wherever no channel says otherwise.
    [[nodiscard]] permissions own_permissions() const { return own().in_guild(); }
    /// The bot's in a channel or an active thread; none where there is none.
    [[nodiscard]] permissions own_permissions_in(snowflake channel) const
    {
        return within(own(), channel);
    }
    /// Of a member as Discord writes it, who is this user.
    [[nodiscard]] permissions permissions_in(snowflake channel, const boost::json::object& member,
                                             snowflake user) const
    {
        return within(member_permissions(own_->guild, member, user, now()), channel);
    }
    /// Of whoever wrote the message, called the command or did whatever else comes with a `member`;
    /// none where there is no such.
    [[nodiscard]] permissions permissions_of(const event& from, snowflake channel) const
    {
        const auto* member = from.data().if_contains("member");
        return member != nullptr && member->is_object()
                   ? permissions_in(channel, member->get_object(), from.user_id())
                   : 0;
    }
    /// The same where it happened.
    [[nodiscard]] permissions permissions_of(const event& from) const
    {
        return permissions_of(from, from.channel_id());
    }

    struct document {
        snowflake id = 0;
        std::uint64_t revision = 0;
        boost::json::object guild, member;
        boost::json::array channels, threads;
    };
    explicit known_guild(std::shared_ptr<const document> own) : own_(std::move(own)) {}

private:
    static const boost::json::array& list(const boost::json::object& from, std::string_view key)
    {
        static const boost::json::array none;
        const auto* found = from.if_contains({key.data(), key.size()});
        return found != nullptr && found->is_array() ? found->get_array() : none;
    }
    static const boost::json::object* find(const boost::json::array& in, snowflake which)
    {
        for (const auto& each : in)
            if (each.is_object() && id_in(each.get_object(), "id") == which)
                return &each.get_object();
        return nullptr;
    }
    static std::chrono::system_clock::time_point now() { return std::chrono::system_clock::now(); }
    [[nodiscard]] member_permissions own() const
    {
        const auto* user = own_->member.if_contains("user");
        const snowflake me =
            user != nullptr && user->is_object() ? id_in(user->get_object(), "id") : 0;
        return {own_->guild, own_->member, me, now()};
    }
    [[nodiscard]] permissions within(const member_permissions& who, snowflake which) const
    {
        if (const auto* found = find(own_->channels, which))
            return who.in_channel(*found);
        const auto* thread = find(own_->threads, which);
        const auto* parent =
            thread == nullptr ? nullptr : find(own_->channels, id_in(*thread, "parent_id"));
        return parent == nullptr ? 0 : who.in_thread_of(*parent);
    }

    std::shared_ptr<const document> own_;
};

namespace detail {

inline const tinfoil_guild* guild_extension(const core& own)
{
    return static_cast<const tinfoil_guild*>(
        own.host().extension(own.host().context, TINFOIL_EXT_GUILD));
}

/// The guilds that a plugin asked for last, so that one that has not changed is not read again.
class guild_cache {
public:
    static constexpr std::size_t guilds_max = 16;
    using held = std::shared_ptr<const known_guild::document>;

    /// Nothing when it has changed, or nobody keeps it current.
    [[nodiscard]] held find(const core& own, snowflake guild)
    {
        const auto* from = guild_extension(own);
        for (auto at = all_.begin(); at != all_.end(); ++at) {
            if ((*at)->id != guild)
                continue;
            if (from == nullptr || from->revision(own.host().context, guild) != (*at)->revision)
                return nullptr;
            all_.splice(all_.begin(), all_, at);
            return all_.front();
        }
        return nullptr;
    }
    held read(snowflake guild, const std::string& text)
    {
        boost::json::value whole = boost::json::parse(text);
        auto& from = whole.as_object();
        auto made = std::make_shared<known_guild::document>();
        made->id = guild;
        made->revision = from.at("revision").to_number<std::uint64_t>();
        made->guild = std::move(from.at("guild").as_object());
        made->member = std::move(from.at("member").as_object());
        made->channels = std::move(from.at("channels").as_array());
        made->threads = std::move(from.at("threads").as_array());
        all_.remove_if([&](const held& each) { return each->id == guild; });
        if (made->revision != 0)
            all_.push_front(made);
        if (all_.size() > guilds_max)
            all_.pop_back();
        return made;
    }

private:
    std::list<held> all_;
};

class guild_call : public waiter {
public:
    guild_call(core& own, guild_cache& cache, snowflake guild)
        : waiter(own),
          cache_(&cache),
          guild_(guild),
          found_(cache.find(own, guild))
    {
    }
    bool await_ready() const noexcept { return found_ != nullptr; }
    known_guild await_resume()
    {
        if (found_ != nullptr)
            return known_guild(found_);
        if (status_ != TINFOIL_OK)
            throw guild_error("guild " + std::to_string(guild_) + ": " + body_,
                              status_ == TINFOIL_NOTHING);
        return known_guild(cache_->read(guild_, body_));
    }

private:
    tinfoil_op begin(std::uint64_t tag) override
    {
        const auto* from = guild_extension(*own_);
        return from == nullptr ? 0 : from->get(own_->host().context, guild_, tag);
    }

    guild_cache* cache_;
    snowflake guild_;
    guild_cache::held found_;
};

}  // namespace detail
}  // namespace tinfoil
