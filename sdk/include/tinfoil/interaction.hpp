#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tinfoil/command_info.hpp>
#include <tinfoil/event.hpp>
#include <tinfoil/limits.hpp>
#include <tinfoil/modal.hpp>
#include <tinfoil/routes.hpp>
#include <type_traits>
#include <utility>
#include <vector>

namespace tinfoil {

/// Discord Docs/Receiving and Responding, "Interaction Type".
enum class interaction_type { command = 2, component = 3, autocomplete = 4, modal_submit = 5 };

/// What autocomplete() suggests: at most 25, each with at most 100 characters.
class suggestions {
public:
    /// `value` is what the option becomes; the same as the name when nothing is said.
    suggestions& add(std::string_view name) { return add(name, name); }
    suggestions& add(std::string_view name, std::string_view value)
    {
        return entry(name, boost::json::value(detail::json_text(value)));
    }
    suggestions& add(std::string_view name, const char* value)
    {
        return add(name, std::string_view(value));
    }
    template <class Number>
        requires std::is_arithmetic_v<Number>
    suggestions& add(std::string_view name, Number value)
    {
        return entry(name, boost::json::value(value));
    }
    [[nodiscard]] bool is_full() const { return all_.size() >= limits::suggestions; }
    [[nodiscard]] const boost::json::array& json() const { return all_; }

private:
    suggestions& entry(std::string_view name, boost::json::value value)
    {
        if (is_full())
            throw limit_error("there are more than 25 suggestions, and Discord takes 25");
        boost::json::object made{{"name", detail::json_text(name)}};
        made["value"] = std::move(value);
        all_.push_back(std::move(made));
        return *this;
    }

    boost::json::array all_;
};

/// Somebody used a command, a component or a modal of the plugin. Discord wants the first answer
/// within three seconds: reply(), defer() or another of those that say "first answer"; after that,
/// for fifteen minutes, edit() and followup(). Discord Docs/Receiving and Responding.
class interaction : public event {
public:
    interaction(detail::core& own, const event& from) : event(from), own_(&own) {}

    [[nodiscard]] interaction_type type() const
    {
        return static_cast<interaction_type>(object_view(data()).integer("type"));
    }
    /// Who did it, as a member in a guild, and as a user anywhere.
    [[nodiscard]] std::optional<member_view> member() const
    {
        return object_view(data()).view<member_view>("member");
    }
    [[nodiscard]] user_view user() const
    {
        const auto own = object_view(data()).view<user_view>("user");
        const auto of_member = own ? std::nullopt : event::member().user();
        return own ? *own : of_member ? *of_member : user_view(nothing());
    }
    /// Where it was used: id, type, name and the one's permissions there.
    [[nodiscard]] std::optional<channel_view> channel() const
    {
        return object_view(data()).view<channel_view>("channel");
    }
    /// The message whose component it was.
    [[nodiscard]] std::optional<message_view> message() const
    {
        return object_view(data()).view<message_view>("message");
    }
    /// The bot's own in the channel.
    [[nodiscard]] permissions app_permissions() const { return id_in(data(), "app_permissions"); }
    /// Their language, `en-US`. Discord Docs/Reference, "Locales".
    [[nodiscard]] std::string_view locale() const { return string("locale"); }

    // Of commands and their autocomplete.

    [[nodiscard]] command_type kind() const
    {
        const std::int64_t type = called().integer("type");
        return type == 0 ? command_type::chat : static_cast<command_type>(type);
    }
    /// `config`
    [[nodiscard]] std::string_view command() const { return called().string("name"); }
    /// With group and subcommand: `config colours set`.
    [[nodiscard]] std::string path() const
    {
        std::string made(command());
        const boost::json::array* at = &called().array("options");
        while (const auto* inner = subcommand(*at)) {
            made += " " + std::string(text_in(*inner, "name"));
            at = &object_view(*inner).array("options");
        }
        return made;
    }
    /// A text; empty when it was left out.
    [[nodiscard]] std::string_view option(std::string_view name) const
    {
        const auto* found = value_of(name);
        return found != nullptr && found->is_string() ? std::string_view(found->get_string())
                                                      : std::string_view();
    }
    /// What was given for an option of the subcommand that was called; nothing when it was left
    /// out. `T` is bool, a number, std::string, std::string_view, snowflake for the id of anything,
    /// or user_view, member_view, role_view, channel_view or attachment_view.
    template <class T>
    [[nodiscard]] std::optional<T> option(std::string_view name) const
    {
        const auto* found = value_of(name);
        return found == nullptr ? std::nullopt : as<T>(*found);
    }
    /// Of autocomplete: the option that is being typed, and what it is so far.
    [[nodiscard]] std::string_view focused() const
    {
        const auto* found = focused_option();
        return found == nullptr ? std::string_view() : text_in(*found, "name");
    }
    [[nodiscard]] std::string_view typed() const { return option(focused()); }

    /// Of commands in menus: whom or what they were used on.
    [[nodiscard]] snowflake target_id() const { return called().id("target_id"); }
    [[nodiscard]] std::optional<message_view> target_message() const
    {
        return resolved<message_view>("messages", target_id());
    }
    [[nodiscard]] std::optional<user_view> target_user() const
    {
        return resolved<user_view>("users", target_id());
    }
    [[nodiscard]] std::optional<member_view> target_member() const
    {
        return resolved_member(target_id());
    }

    // Of components and modals.

    [[nodiscard]] std::string_view custom_id() const { return called().string("custom_id"); }
    /// What plugin::custom_id() was given behind the name, counted from 0; empty when there is no
    /// such.
    [[nodiscard]] std::string_view argument(std::size_t at) const
    {
        std::string_view left = custom_id();
        for (std::size_t skip = 0; skip < at + 2; ++skip) {
            const auto colon = left.find(':');
            if (colon == std::string_view::npos)
                return {};
            left.remove_prefix(colon + 1);
        }
        return left.substr(0, left.find(':'));
    }
    /// What was chosen from a menu.
    [[nodiscard]] std::vector<std::string> values() const
    {
        return texts(called().array("values"));
    }
    /// Of a modal: what is in a field.
    [[nodiscard]] std::string_view field(std::string_view custom_id) const
    {
        const auto* found = field_in(called().array("components"), custom_id);
        return found == nullptr ? std::string_view() : text_in(*found, "value");
    }
    [[nodiscard]] std::vector<std::string> field_values(std::string_view custom_id) const
    {
        const auto* found = field_in(called().array("components"), custom_id);
        return found == nullptr ? std::vector<std::string>()
                                : texts(object_view(*found).array("values"));
    }

    // Answers. Each is awaited, and gives a rest_result.

    /// First answer: a message.
    rest_call reply(const tinfoil::message& what) const { return first(4, what); }
    /// First answer: "… is thinking"; edit() brings the message, within fifteen minutes.
    rest_call defer() const { return callback().post().field("type", 5); }
    /// The same, for only the one who asked to see.
    rest_call defer_ephemeral() const
    {
        boost::json::object data;
        data["flags"] = 64;
        return callback().post().field("type", 5).field("data", data);
    }
    /// First answer to a component: changes its message.
    rest_call update(const tinfoil::message& what) const { return first(7, what); }
    /// First answer to a component: nothing to be seen; edit() may change its message later.
    rest_call defer_update() const { return callback().post().field("type", 6); }
    /// First answer to a command or a component: opens a window. It comes back as another
    /// interaction.
    rest_call show_modal(const modal& what) const
    {
        check_limits(what);
        return callback().post().field("type", 9).field("data", what.json());
    }
    /// First answer to autocomplete.
    rest_call autocomplete(const suggestions& what) const
    {
        boost::json::object data;
        data["choices"] = what.json();
        return callback().post().field("type", 8).field("data", data);
    }
    /// Changes the first answer, or brings it after defer().
    rest_call edit(const tinfoil::message& what) const
    {
        return webhook().messages().original().patch(what);
    }
    /// The first answer as a message, with its id.
    rest_call original() const { return webhook().messages().original().get(); }
    /// Takes the first answer away.
    rest_call remove() const { return webhook().messages().original().del(); }
    /// One more message.
    rest_call followup(const tinfoil::message& what) const { return webhook().post(what); }

    rest_call reply(const detail::give_a_named_message_in_place_of_braces&) const = delete;
    rest_call update(const detail::give_a_named_message_in_place_of_braces&) const = delete;
    rest_call edit(const detail::give_a_named_message_in_place_of_braces&) const = delete;
    rest_call followup(const detail::give_a_named_message_in_place_of_braces&) const = delete;

private:
    static const boost::json::object& nothing()
    {
        static const boost::json::object none;
        return none;
    }
    [[nodiscard]] object_view called() const
    {
        const auto* found = object_view(data()).object("data");
        return object_view(found == nullptr ? nothing() : *found);
    }
    // What is called inside, if it is a subcommand or a group of them.
    static const boost::json::object* subcommand(const boost::json::array& options)
    {
        if (options.empty() || !options.front().is_object())
            return nullptr;
        const auto& first = options.front().get_object();
        const std::int64_t type = object_view(first).integer("type");
        return type == 1 || type == 2 ? &first : nullptr;
    }
    [[nodiscard]] const boost::json::array& options() const
    {
        const boost::json::array* at = &called().array("options");
        while (const auto* inner = subcommand(*at))
            at = &object_view(*inner).array("options");
        return *at;
    }
    [[nodiscard]] const boost::json::value* value_of(std::string_view name) const
    {
        for (const auto& each : options())
            if (each.is_object() && text_in(each.get_object(), "name") == name)
                return each.get_object().if_contains("value");
        return nullptr;
    }
    [[nodiscard]] const boost::json::object* focused_option() const
    {
        for (const auto& each : options())
            if (each.is_object() && object_view(each.get_object()).flag("focused"))
                return &each.get_object();
        return nullptr;
    }

    template <class T>
    [[nodiscard]] std::optional<T> as(const boost::json::value& given) const
    {
        if constexpr (std::is_same_v<T, bool>)
            return given.is_bool() ? std::optional(given.get_bool()) : std::nullopt;
        else if constexpr (std::is_same_v<T, std::string_view> || std::is_same_v<T, std::string>)
            return given.is_string() ? std::optional<T>(std::string_view(given.get_string()))
                                     : std::nullopt;
        else if constexpr (std::is_floating_point_v<T>)
            return given.is_number() ? std::optional(given.to_number<T>()) : std::nullopt;
        else if constexpr (std::is_same_v<T, snowflake>)
            return given.is_string() ? std::optional(id_of(given)) : std::nullopt;
        else if constexpr (std::is_integral_v<T>)
            return given.is_int64() ? std::optional(static_cast<T>(given.get_int64()))
                                    : std::nullopt;
        else if constexpr (std::is_same_v<T, user_view>)
            return resolved<T>("users", id_of(given));
        else if constexpr (std::is_same_v<T, member_view>)
            return resolved_member(id_of(given));
        else if constexpr (std::is_same_v<T, role_view>)
            return resolved<T>("roles", id_of(given));
        else if constexpr (std::is_same_v<T, channel_view>)
            return resolved<T>("channels", id_of(given));
        else if constexpr (std::is_same_v<T, attachment_view>)
            return resolved<T>("attachments", id_of(given));
        else
            static_assert(!sizeof(T),
                          "option<T>: T is bool, a number, std::string, std::string_view, "
                          "snowflake, user_view, member_view, role_view, channel_view or "
                          "attachment_view");
    }
    static snowflake id_of(const boost::json::value& given)
    {
        return given.is_string() ? to_snowflake(std::string_view(given.get_string())) : 0;
    }
    [[nodiscard]] const boost::json::object* resolved_object(std::string_view kind,
                                                             snowflake id) const
    {
        const auto* all = called().object("resolved");
        const auto* of_kind = all == nullptr ? nullptr : object_view(*all).object(kind);
        return of_kind == nullptr ? nullptr : object_view(*of_kind).object(std::to_string(id));
    }
    template <class View>
    [[nodiscard]] std::optional<View> resolved(std::string_view kind, snowflake id) const
    {
        const auto* found = resolved_object(kind, id);
        return found == nullptr ? std::nullopt : std::optional<View>(View(*found));
    }
    [[nodiscard]] std::optional<member_view> resolved_member(snowflake id) const
    {
        const auto* found = resolved_object("members", id);
        return found == nullptr ? std::nullopt
                                : std::optional(member_view(*found, resolved_object("users", id)));
    }

    static std::vector<std::string> texts(const boost::json::array& from)
    {
        std::vector<std::string> made;
        for (const auto& each : from)
            if (each.is_string())
                made.emplace_back(each.get_string());
        return made;
    }
    // A field lies in a label or in a row.
    static const boost::json::object* field_in(const boost::json::array& of,
                                               std::string_view custom_id)
    {
        for (const auto& each : of) {
            const auto* object = each.if_object();
            if (object == nullptr)
                continue;
            if (text_in(*object, "custom_id") == custom_id)
                return object;
            if (const auto* found = field_in(object_view(*object).array("components"), custom_id))
                return found;
            if (const auto* inner = object_view(*object).object("component"))
                if (text_in(*inner, "custom_id") == custom_id)
                    return inner;
        }
        return nullptr;
    }

    [[nodiscard]] rest_call first(int type, const tinfoil::message& what) const
    {
        check_limits(what);
        return callback().post().field("type", type).field("data", what.body()).files(what.files());
    }
    [[nodiscard]] routes::interactions_id_token_callback callback() const
    {
        return rest_client(*own_).interactions(id(), string("token")).callback();
    }
    [[nodiscard]] routes::webhooks_id_token webhook() const
    {
        return rest_client(*own_).webhooks(own_->application_id(), string("token"));
    }

    detail::core* own_;
};

}  // namespace tinfoil
