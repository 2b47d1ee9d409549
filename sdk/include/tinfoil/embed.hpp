#pragma once

#include <boost/json.hpp>

#include <string_view>
#include <tinfoil/colour.hpp>
#include <tinfoil/timestamp.hpp>
#include <utility>

namespace tinfoil {
namespace detail {

inline boost::json::string json_text(std::string_view from)
{
    return boost::json::string(from.data(), from.size());
}

/// An array that is a member of an object, made if it is not there.
inline boost::json::array& array_of(boost::json::object& of, const char* key)
{
    boost::json::value& all = of[key];
    if (!all.is_array())
        all.emplace_array();
    return all.get_array();
}

}  // namespace detail

/// A card in a message. Discord Docs/Message, "Embed Object".
///
///     embed card("Tea");
///     card.description("A hot drink").field("Time", "3 minutes").colour(colour(0x34, 0x98, 0xdb));
class embed {
public:
    explicit embed(std::string_view title = "")
    {
        if (!title.empty())
            body_["title"] = detail::json_text(title);
    }

    embed& title(std::string_view text) { return set("title", text); }
    embed& description(std::string_view text) { return set("description", text); }
    /// Where the title leads.
    embed& url(std::string_view to) { return set("url", to); }
    embed& colour(tinfoil::colour tint)
    {
        body_["color"] = tint.value();
        return *this;
    }
    embed& field(std::string_view name, std::string_view value)
    {
        return field_of(name, value, false);
    }
    /// Up to three of them stand side by side.
    embed& inline_field(std::string_view name, std::string_view value)
    {
        return field_of(name, value, true);
    }
    embed& author(std::string_view name, std::string_view url = "", std::string_view icon = "")
    {
        boost::json::object made{{"name", detail::json_text(name)}};
        if (!url.empty())
            made["url"] = detail::json_text(url);
        if (!icon.empty())
            made["icon_url"] = detail::json_text(icon);
        body_["author"] = std::move(made);
        return *this;
    }
    embed& footer(std::string_view text, std::string_view icon = "")
    {
        boost::json::object made{{"text", detail::json_text(text)}};
        if (!icon.empty())
            made["icon_url"] = detail::json_text(icon);
        body_["footer"] = std::move(made);
        return *this;
    }
    /// An address, or `attachment://name` of a file of the message.
    embed& image(std::string_view url)
    {
        body_["image"] = {{"url", detail::json_text(url)}};
        return *this;
    }
    embed& thumbnail(std::string_view url)
    {
        body_["thumbnail"] = {{"url", detail::json_text(url)}};
        return *this;
    }
    embed& timestamp(snowflake_time when) { return set("timestamp", format_timestamp(when)); }

    [[nodiscard]] const boost::json::object& json() const { return body_; }

private:
    embed& set(const char* key, std::string_view text)
    {
        body_[key] = detail::json_text(text);
        return *this;
    }
    embed& field_of(std::string_view name, std::string_view value, bool is_inline)
    {
        detail::array_of(body_, "fields")
            .push_back({{"name", detail::json_text(name)},
                        {"value", detail::json_text(value)},
                        {"inline", is_inline}});
        return *this;
    }

    boost::json::object body_;
};

}  // namespace tinfoil
