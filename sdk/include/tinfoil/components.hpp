#pragma once

#include <boost/json.hpp>

#include <string_view>
#include <tinfoil/channel_type.hpp>
#include <tinfoil/embed.hpp>
#include <tinfoil/snowflake.hpp>
#include <utility>

namespace tinfoil {

/// Discord Docs/Component Reference, "Button Styles".
enum class button_style { primary = 1, secondary = 2, success = 3, danger = 4, link = 5 };

/// Discord Docs/Component Reference, "Button". The custom id is what plugin::custom_id() gives.
class button {
public:
    button(std::string_view custom_id, std::string_view label)
    {
        body_ = {{"type", 2}, {"style", 1}, {"custom_id", detail::json_text(custom_id)}};
        this->label(label);
    }
    /// One that opens a page, and tells nobody.
    static button link(std::string_view url, std::string_view label)
    {
        button made("", label);
        made.body_.erase("custom_id");
        made.body_["url"] = detail::json_text(url);
        return std::move(made.style(button_style::link));
    }

    button& style(button_style which)
    {
        body_["style"] = static_cast<int>(which);
        return *this;
    }
    button& label(std::string_view text)
    {
        if (text.empty())
            body_.erase("label");
        else
            body_["label"] = detail::json_text(text);
        return *this;
    }
    /// One of Unicode; with its id, one of a guild.
    button& emoji(std::string_view name, snowflake id = 0)
    {
        boost::json::object made{{"name", detail::json_text(name)}};
        if (id != 0)
            made["id"] = std::to_string(id);
        body_["emoji"] = std::move(made);
        return *this;
    }
    button& disabled(bool is_disabled = true)
    {
        body_["disabled"] = is_disabled;
        return *this;
    }
    [[nodiscard]] const boost::json::object& json() const { return body_; }

private:
    boost::json::object body_;
};

namespace detail {

/// What all kinds of select menus have.
template <class Self>
class select_base {
public:
    /// While nothing is chosen.
    Self& placeholder(std::string_view text)
    {
        body_["placeholder"] = json_text(text);
        return self();
    }
    /// How many can be chosen; one when this is not called.
    Self& count(int least, int most)
    {
        body_["min_values"] = least;
        body_["max_values"] = most;
        return self();
    }
    Self& disabled(bool is_disabled = true)
    {
        body_["disabled"] = is_disabled;
        return self();
    }
    /// In a modal: it may be left empty.
    Self& optional()
    {
        body_["required"] = false;
        return self();
    }
    [[nodiscard]] const boost::json::object& json() const { return body_; }

protected:
    select_base(int type, std::string_view custom_id)
    {
        body_["type"] = type;
        body_["custom_id"] = json_text(custom_id);
    }
    Self& self() { return static_cast<Self&>(*this); }
    Self& preset(snowflake id, const char* kind)
    {
        array_of(body_, "default_values").push_back({{"id", std::to_string(id)}, {"type", kind}});
        return self();
    }

    boost::json::object body_;
};

}  // namespace detail

/// A menu of the plugin's own texts. Discord Docs/Component Reference, "String Select".
class string_select : public detail::select_base<string_select> {
public:
    explicit string_select(std::string_view custom_id) : select_base(3, custom_id) {}
    /// `value` is what the plugin gets.
    string_select& option(std::string_view value, std::string_view label,
                          std::string_view description = "")
    {
        boost::json::object made{{"value", detail::json_text(value)},
                                 {"label", detail::json_text(label)}};
        if (!description.empty())
            made["description"] = detail::json_text(description);
        detail::array_of(body_, "options").push_back(std::move(made));
        return *this;
    }
    /// The last option is chosen from the beginning.
    string_select& chosen()
    {
        boost::json::array& all = detail::array_of(body_, "options");
        if (!all.empty())
            all.back().get_object()["default"] = true;
        return *this;
    }
    /// The last option has an emoji before its label.
    string_select& emoji(std::string_view name)
    {
        boost::json::array& all = detail::array_of(body_, "options");
        if (!all.empty())
            all.back().get_object()["emoji"] = {{"name", detail::json_text(name)}};
        return *this;
    }
};

class user_select : public detail::select_base<user_select> {
public:
    explicit user_select(std::string_view custom_id) : select_base(5, custom_id) {}
    user_select& chosen(snowflake user) { return preset(user, "user"); }
};

class role_select : public detail::select_base<role_select> {
public:
    explicit role_select(std::string_view custom_id) : select_base(6, custom_id) {}
    role_select& chosen(snowflake role) { return preset(role, "role"); }
};

/// Of users and roles.
class mentionable_select : public detail::select_base<mentionable_select> {
public:
    explicit mentionable_select(std::string_view custom_id) : select_base(7, custom_id) {}
    mentionable_select& chosen_user(snowflake user) { return preset(user, "user"); }
    mentionable_select& chosen_role(snowflake role) { return preset(role, "role"); }
};

class channel_select : public detail::select_base<channel_select> {
public:
    explicit channel_select(std::string_view custom_id) : select_base(8, custom_id) {}
    channel_select& of_type(channel_type which)
    {
        detail::array_of(body_, "channel_types").emplace_back(static_cast<int>(which));
        return *this;
    }
    channel_select& chosen(snowflake channel) { return preset(channel, "channel"); }
};

/// One line of a message: up to five buttons, or one menu. Discord Docs/Component Reference,
/// "Action Row".
///
///     action_row buttons;
///     buttons.add(button(custom_id("yes"), "Yes")).add(button(custom_id("no"), "No"));
class action_row {
public:
    action_row() = default;

    template <class Component>
    action_row& add(const Component& one)
    {
        inner_.push_back(one.json());
        return *this;
    }
    [[nodiscard]] boost::json::object json() const
    {
        boost::json::object made{{"type", 1}};
        made["components"] = inner_;
        return made;
    }

private:
    boost::json::array inner_;
};

}  // namespace tinfoil
