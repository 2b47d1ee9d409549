#pragma once

#include <boost/json.hpp>

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <tinfoil/channel_type.hpp>
#include <tinfoil/json.hpp>
#include <tinfoil/permissions.hpp>
#include <tinfoil/snowflake.hpp>
#include <tinfoil/timestamp.hpp>
#include <vector>

namespace tinfoil {

/// Names for what Discord's JSON of an object holds. It points into the JSON, which has to live as
/// long: of an event, as long as the event or a copy of it. What is missing is empty, 0 or false.
class object_view {
public:
    explicit object_view(const boost::json::object& of) : json_(&of) {}

    [[nodiscard]] const boost::json::object& json() const { return *json_; }
    /// Whether it is there and not null.
    [[nodiscard]] bool has(std::string_view key) const
    {
        const auto* found = find(key);
        return found != nullptr && !found->is_null();
    }
    [[nodiscard]] std::string_view string(std::string_view key) const
    {
        return text_in(*json_, key);
    }
    [[nodiscard]] snowflake id(std::string_view key) const { return id_in(*json_, key); }
    [[nodiscard]] std::int64_t integer(std::string_view key) const
    {
        const auto* found = find(key);
        return found != nullptr && found->is_int64() ? found->get_int64() : 0;
    }
    [[nodiscard]] bool flag(std::string_view key) const
    {
        const auto* found = find(key);
        return found != nullptr && found->is_bool() && found->get_bool();
    }
    [[nodiscard]] std::optional<snowflake_time> time(std::string_view key) const
    {
        return parse_timestamp(string(key));
    }
    [[nodiscard]] const boost::json::object* object(std::string_view key) const
    {
        const auto* found = find(key);
        return found == nullptr ? nullptr : found->if_object();
    }
    /// Empty when there is none.
    [[nodiscard]] const boost::json::array& array(std::string_view key) const
    {
        static const boost::json::array none;
        const auto* found = find(key);
        const auto* list = found == nullptr ? nullptr : found->if_array();
        return list == nullptr ? none : *list;
    }
    template <class View>
    [[nodiscard]] std::optional<View> view(std::string_view key) const
    {
        const auto* found = object(key);
        return found == nullptr ? std::nullopt : std::optional<View>(View(*found));
    }

private:
    [[nodiscard]] const boost::json::value* find(std::string_view key) const
    {
        return json_->if_contains({key.data(), key.size()});
    }

    const boost::json::object* json_;
};

/// The objects of a list, as views; what is no object is left out.
template <class View>
class view_list {
public:
    class iterator {
    public:
        using iterator_category = std::input_iterator_tag;
        using value_type = View;
        using difference_type = std::ptrdiff_t;
        using pointer = void;
        using reference = View;

        iterator(const boost::json::value* at, const boost::json::value* end) : at_(at), end_(end)
        {
            skip();
        }
        View operator*() const { return View(at_->get_object()); }
        iterator& operator++()
        {
            ++at_;
            skip();
            return *this;
        }
        bool operator==(const iterator& other) const { return at_ == other.at_; }

    private:
        void skip()
        {
            while (at_ != end_ && !at_->is_object())
                ++at_;
        }
        const boost::json::value* at_;
        const boost::json::value* end_;
    };

    explicit view_list(const boost::json::array& of) : of_(&of) {}
    [[nodiscard]] iterator begin() const { return {of_->begin(), of_->end()}; }
    [[nodiscard]] iterator end() const { return {of_->end(), of_->end()}; }
    [[nodiscard]] std::size_t size() const
    {
        return static_cast<std::size_t>(std::distance(begin(), end()));
    }
    [[nodiscard]] bool empty() const { return begin() == end(); }

private:
    const boost::json::array* of_;
};

/// Discord Docs/User.
class user_view : public object_view {
public:
    using object_view::id;
    using object_view::object_view;
    [[nodiscard]] snowflake id() const { return id("id"); }
    [[nodiscard]] std::string_view username() const { return string("username"); }
    [[nodiscard]] std::string_view global_name() const { return string("global_name"); }
    /// As people see it where there is no nick.
    [[nodiscard]] std::string_view display_name() const
    {
        return global_name().empty() ? username() : global_name();
    }
    /// The hash, for avatar_url().
    [[nodiscard]] std::string_view avatar() const { return string("avatar"); }
    [[nodiscard]] bool is_bot() const { return flag("bot"); }
    [[nodiscard]] bool is_system() const { return flag("system"); }
    [[nodiscard]] std::string mention() const { return "<@" + std::to_string(id()) + ">"; }
};

/// Discord Docs/Guild, "Guild Member Object".
class member_view : public object_view {
public:
    explicit member_view(const boost::json::object& of) : object_view(of), user_(object("user")) {}
    /// Of messages and commands, where the user stands beside.
    member_view(const boost::json::object& of, const boost::json::object* user)
        : object_view(of),
          user_(user)
    {
    }
    [[nodiscard]] std::optional<user_view> user() const
    {
        return user_ == nullptr ? std::nullopt : std::optional(user_view(*user_));
    }
    [[nodiscard]] snowflake user_id() const { return user_ == nullptr ? 0 : id_in(*user_, "id"); }
    [[nodiscard]] std::string_view nick() const { return string("nick"); }
    [[nodiscard]] std::string_view display_name() const
    {
        return !nick().empty() || user_ == nullptr ? nick() : user_view(*user_).display_name();
    }
    [[nodiscard]] std::vector<snowflake> roles() const { return ids_in(json(), "roles"); }
    [[nodiscard]] bool has_role(snowflake role) const
    {
        for (const auto& each : array("roles"))
            if (each.is_string() && to_snowflake(std::string_view(each.get_string())) == role)
                return true;
        return false;
    }
    [[nodiscard]] std::optional<snowflake_time> joined_at() const { return time("joined_at"); }
    /// May lie in the past.
    [[nodiscard]] std::optional<snowflake_time> timed_out_until() const
    {
        return time("communication_disabled_until");
    }
    [[nodiscard]] bool is_pending() const { return flag("pending"); }
    /// Of interactions: in the channel, with its overwrites. member_permissions.hpp has the rest.
    [[nodiscard]] permissions permissions_here() const { return id("permissions"); }

private:
    const boost::json::object* user_;
};

/// Discord Docs/Permissions, "Role Object".
class role_view : public object_view {
public:
    using object_view::id;
    using object_view::object_view;
    [[nodiscard]] snowflake id() const { return id("id"); }
    [[nodiscard]] std::string_view name() const { return string("name"); }
    [[nodiscard]] std::int64_t position() const { return integer("position"); }
    [[nodiscard]] std::int64_t colour() const { return integer("color"); }
    [[nodiscard]] tinfoil::permissions permissions() const { return id("permissions"); }
    [[nodiscard]] bool is_hoisted() const { return flag("hoist"); }
    /// It belongs to an integration or a bot.
    [[nodiscard]] bool is_managed() const { return flag("managed"); }
    [[nodiscard]] bool is_mentionable() const { return flag("mentionable"); }
    [[nodiscard]] std::string mention() const { return "<@&" + std::to_string(id()) + ">"; }
};

/// A channel or a thread. Discord Docs/Channel.
class channel_view : public object_view {
public:
    using object_view::id;
    using object_view::object_view;
    [[nodiscard]] snowflake id() const { return id("id"); }
    [[nodiscard]] snowflake guild_id() const { return id("guild_id"); }
    [[nodiscard]] snowflake parent_id() const { return id("parent_id"); }
    [[nodiscard]] channel_type type() const { return static_cast<channel_type>(integer("type")); }
    [[nodiscard]] bool is_thread() const { return tinfoil::is_thread(type()); }
    [[nodiscard]] std::string_view name() const { return string("name"); }
    [[nodiscard]] std::string_view topic() const { return string("topic"); }
    [[nodiscard]] bool is_nsfw() const { return flag("nsfw"); }
    [[nodiscard]] std::int64_t position() const { return integer("position"); }
    /// Slow mode, in seconds.
    [[nodiscard]] std::int64_t rate_limit_per_user() const
    {
        return integer("rate_limit_per_user");
    }
    [[nodiscard]] snowflake owner_id() const { return id("owner_id"); }
    [[nodiscard]] std::string mention() const { return "<#" + std::to_string(id()) + ">"; }
};

/// Discord Docs/Guild.
class guild_view : public object_view {
public:
    using object_view::id;
    using object_view::object_view;
    [[nodiscard]] snowflake id() const { return id("id"); }
    [[nodiscard]] std::string_view name() const { return string("name"); }
    [[nodiscard]] snowflake owner_id() const { return id("owner_id"); }
    [[nodiscard]] snowflake system_channel_id() const { return id("system_channel_id"); }
    [[nodiscard]] std::string_view preferred_locale() const { return string("preferred_locale"); }
    /// The hash, for guild_icon_url().
    [[nodiscard]] std::string_view icon() const { return string("icon"); }
    /// Of GUILD_DELETE: Discord can't serve it for the moment; without it, the bot left.
    [[nodiscard]] bool is_unavailable() const { return flag("unavailable"); }
    [[nodiscard]] view_list<role_view> roles() const
    {
        return view_list<role_view>(array("roles"));
    }
    // Of GUILD_CREATE alone.
    [[nodiscard]] std::int64_t member_count() const { return integer("member_count"); }
    [[nodiscard]] view_list<channel_view> channels() const
    {
        return view_list<channel_view>(array("channels"));
    }
    [[nodiscard]] view_list<channel_view> threads() const
    {
        return view_list<channel_view>(array("threads"));
    }
    [[nodiscard]] view_list<member_view> members() const
    {
        return view_list<member_view>(array("members"));
    }
};

/// Discord Docs/Emoji.
class emoji_view : public object_view {
public:
    using object_view::id;
    using object_view::object_view;
    /// 0: one of Unicode.
    [[nodiscard]] snowflake id() const { return id("id"); }
    [[nodiscard]] std::string_view name() const { return string("name"); }
    [[nodiscard]] bool is_animated() const { return flag("animated"); }
    /// As paths of REST have it: `reactions(emoji.path())`.
    [[nodiscard]] std::string path() const
    {
        return std::string(name()) + (id() == 0 ? "" : ":" + std::to_string(id()));
    }
    /// As a text of a message has it.
    [[nodiscard]] std::string text() const
    {
        return id() == 0 ? std::string(name()) : (is_animated() ? "<a:" : "<:") + path() + ">";
    }
};

/// What MESSAGE_REACTION_ADD and its kin tell. Discord Docs/Gateway Events, "Message Reaction Add".
class reaction_view : public object_view {
public:
    using object_view::object_view;
    [[nodiscard]] snowflake user_id() const { return id("user_id"); }
    [[nodiscard]] snowflake message_id() const { return id("message_id"); }
    [[nodiscard]] snowflake channel_id() const { return id("channel_id"); }
    [[nodiscard]] snowflake guild_id() const { return id("guild_id"); }
    [[nodiscard]] snowflake message_author_id() const { return id("message_author_id"); }
    [[nodiscard]] std::optional<member_view> member() const { return view<member_view>("member"); }
    [[nodiscard]] std::optional<emoji_view> emoji() const { return view<emoji_view>("emoji"); }
    [[nodiscard]] bool is_burst() const { return flag("burst"); }
};

/// Discord Docs/Gateway Events, "Activity Object".
class activity_view : public object_view {
public:
    using object_view::object_view;
    [[nodiscard]] std::string_view name() const { return string("name"); }
    [[nodiscard]] std::int64_t type() const { return integer("type"); }
    [[nodiscard]] std::string_view details() const { return string("details"); }
    [[nodiscard]] std::string_view state() const { return string("state"); }
    [[nodiscard]] std::string_view url() const { return string("url"); }
};

/// Discord Docs/Gateway Events, "Presence Update".
class presence_view : public object_view {
public:
    using object_view::object_view;
    [[nodiscard]] snowflake user_id() const
    {
        const auto* user = object("user");
        return user == nullptr ? 0 : id_in(*user, "id");
    }
    [[nodiscard]] snowflake guild_id() const { return id("guild_id"); }
    /// `online`, `idle`, `dnd` or `offline`.
    [[nodiscard]] std::string_view status() const { return string("status"); }
    [[nodiscard]] view_list<activity_view> activities() const
    {
        return view_list<activity_view>(array("activities"));
    }
};

/// A file of a message, or of a command's option. Discord Docs/Message, "Attachment Object".
class attachment_view : public object_view {
public:
    using object_view::id;
    using object_view::object_view;
    [[nodiscard]] snowflake id() const { return id("id"); }
    [[nodiscard]] std::string_view filename() const { return string("filename"); }
    [[nodiscard]] std::string_view description() const { return string("description"); }
    [[nodiscard]] std::string_view content_type() const { return string("content_type"); }
    [[nodiscard]] std::int64_t size() const { return integer("size"); }
    /// Expires after some hours.
    [[nodiscard]] std::string_view url() const { return string("url"); }
    /// Of pictures; 0 of all else.
    [[nodiscard]] std::int64_t width() const { return integer("width"); }
    [[nodiscard]] std::int64_t height() const { return integer("height"); }
};

/// Discord Docs/Message, "Embed Field Structure".
class embed_field_view : public object_view {
public:
    using object_view::object_view;
    [[nodiscard]] std::string_view name() const { return string("name"); }
    [[nodiscard]] std::string_view value() const { return string("value"); }
    [[nodiscard]] bool is_inline() const { return flag("inline"); }
};

/// Discord Docs/Message, "Embed Object".
class embed_view : public object_view {
public:
    using object_view::object_view;
    [[nodiscard]] std::string_view title() const { return string("title"); }
    [[nodiscard]] std::string_view description() const { return string("description"); }
    [[nodiscard]] std::string_view url() const { return string("url"); }
    [[nodiscard]] std::int64_t colour() const { return integer("color"); }
    [[nodiscard]] std::string_view author() const { return inner("author", "name"); }
    [[nodiscard]] std::string_view footer() const { return inner("footer", "text"); }
    [[nodiscard]] std::string_view image_url() const { return inner("image", "url"); }
    [[nodiscard]] std::string_view thumbnail_url() const { return inner("thumbnail", "url"); }
    [[nodiscard]] view_list<embed_field_view> fields() const
    {
        return view_list<embed_field_view>(array("fields"));
    }

private:
    [[nodiscard]] std::string_view inner(std::string_view of, std::string_view key) const
    {
        const auto* found = object(of);
        return found == nullptr ? std::string_view() : text_in(*found, key);
    }
};

/// Discord Docs/Message. Without the intent MESSAGE_CONTENT, the content, embeds, attachments and
/// components of what others write are empty, but where the bot is mentioned and in direct
/// messages.
class message_view : public object_view {
public:
    using object_view::id;
    using object_view::object_view;
    [[nodiscard]] snowflake id() const { return id("id"); }
    [[nodiscard]] snowflake channel_id() const { return id("channel_id"); }
    /// Of events only, and 0 in direct messages.
    [[nodiscard]] snowflake guild_id() const { return id("guild_id"); }
    [[nodiscard]] std::string_view content() const { return string("content"); }
    [[nodiscard]] std::optional<user_view> author() const { return view<user_view>("author"); }
    [[nodiscard]] snowflake author_id() const
    {
        const auto* found = object("author");
        return found == nullptr ? 0 : id_in(*found, "id");
    }
    /// Of events in guilds only.
    [[nodiscard]] std::optional<member_view> member() const
    {
        const auto* found = object("member");
        return found == nullptr ? std::nullopt
                                : std::optional(member_view(*found, object("author")));
    }
    /// A bot or webhook wrote it; answering those makes loops.
    [[nodiscard]] bool is_from_bot() const
    {
        const auto who = author();
        return has("webhook_id") || (who && who->is_bot());
    }
    [[nodiscard]] snowflake webhook_id() const { return id("webhook_id"); }
    [[nodiscard]] std::optional<snowflake_time> edited_at() const
    {
        return time("edited_timestamp");
    }
    [[nodiscard]] std::int64_t type() const { return integer("type"); }
    [[nodiscard]] std::int64_t flags() const { return integer("flags"); }
    [[nodiscard]] bool is_pinned() const { return flag("pinned"); }
    [[nodiscard]] bool mentions_everyone() const { return flag("mention_everyone"); }
    [[nodiscard]] view_list<user_view> mentions() const
    {
        return view_list<user_view>(array("mentions"));
    }
    [[nodiscard]] std::vector<snowflake> mentioned_roles() const
    {
        return ids_in(json(), "mention_roles");
    }
    [[nodiscard]] view_list<attachment_view> attachments() const
    {
        return view_list<attachment_view>(array("attachments"));
    }
    [[nodiscard]] view_list<embed_view> embeds() const
    {
        return view_list<embed_view>(array("embeds"));
    }
    /// What it replies to, when Discord has it.
    [[nodiscard]] std::optional<message_view> referenced_message() const
    {
        return view<message_view>("referenced_message");
    }
    /// Opens it in Discord's client. `guild` stands in for a message that does not know its own.
    [[nodiscard]] std::string url(snowflake guild = 0) const
    {
        const snowflake home = guild_id() == 0 ? guild : guild_id();
        return "https://discord.com/channels/" +
               (home == 0 ? std::string("@me") : std::to_string(home)) + "/" +
               std::to_string(channel_id()) + "/" + std::to_string(id());
    }
};

}  // namespace tinfoil
