#include "discordsim/message_checks.hpp"

#include "discordsim/component_checks.hpp"
#include "discordsim/options.hpp"

#include <algorithm>
#include <array>

namespace tinfoil::discordsim {
namespace {

namespace json = boost::json;

// "Create Message": "Message contents (up to 2000 characters)".
constexpr std::int64_t content_max = 2000;
constexpr std::int64_t nonce_max = 25;
// "Embed Limits": of all embeds of a message together.
constexpr std::int64_t embeds_max = 6000;

std::string below(const std::string& where, std::string_view name)
{
    return (where.empty() ? where : where + ".") + std::string(name);
}

const json::object& object_in(const json::object& of, std::string_view key)
{
    static const json::object nothing;
    const auto* found = of.if_contains({key.data(), key.size()});
    return found != nullptr ? object_of(*found) : nothing;
}

std::int64_t length_in(const json::object& of, std::string_view key)
{
    return length_of(text_of(of, key));
}

std::int64_t size_of_embed(const json::object& embed)
{
    std::int64_t size = length_in(embed, "title") + length_in(embed, "description") +
                        length_in(object_in(embed, "footer"), "text") +
                        length_in(object_in(embed, "author"), "name");
    for (const auto& each : list_of(embed, "fields"))
        size += length_in(object_of(each), "name") + length_in(object_of(each), "value");
    return size;
}

bool shows_embed(const json::object& embed)
{
    constexpr std::array pictures{"image", "thumbnail", "video"};
    const bool has_picture = std::any_of(pictures.begin(), pictures.end(), [&](const char* key) {
        return !object_in(embed, key).empty();
    });
    return has_picture || size_of_embed(embed) > 0;
}

// "Embed Structure": addresses are of the web; pictures may be files of the message, too.
void check_url(const json::object& of, std::string_view key, bool is_picture,
               const std::string& where, form_errors& wrong)
{
    const std::string url = text_of(of, key);
    if (url.empty() || url.starts_with("http://") || url.starts_with("https://") ||
        (is_picture && url.starts_with("attachment://")))
        return;
    if (url.find("://") == url.npos)
        return wrong.add(below(where, key), "URL_TYPE_INVALID_URL", "Not a well formed URL.");
    wrong.add(below(where, key), "URL_TYPE_INVALID_SCHEME",
              "Scheme \"" + url.substr(0, url.find("://")) +
                  "\" must be one of ('http', 'https').");
}

void check_embed(const json::object& embed, const std::string& where, form_errors& wrong)
{
    const json::array& fields = list_of(embed, "fields");
    for (std::size_t at = 0; at < fields.size(); ++at)
        for (const char* key : {"name", "value"})
            if (text_of(object_of(fields[at]), key).empty())
                wrong.add(where + ".fields." + std::to_string(at) + "." + key, "BASE_TYPE_REQUIRED",
                          "This field is required");
    check_url(embed, "url", false, where, wrong);
    for (const char* key : {"image", "thumbnail"})
        check_url(object_in(embed, key), "url", true, below(where, key), wrong);
    for (const char* key : {"author", "footer"})
        check_url(object_in(embed, key), "icon_url", true, below(where, key), wrong);
    check_url(object_in(embed, "author"), "url", false, below(where, "author"), wrong);
}

void check_embeds(const json::array& embeds, const std::string& where, form_errors& wrong)
{
    std::int64_t size = 0;
    for (std::size_t at = 0; at < embeds.size(); ++at) {
        check_embed(object_of(embeds[at]), below(where, std::to_string(at)), wrong);
        size += size_of_embed(object_of(embeds[at]));
    }
    if (size > embeds_max)
        wrong.add(where, "MAX_EMBED_SIZE_EXCEEDED", "Embed size exceeds maximum size of 6000");
}

// Discord Docs/Component Reference, "Legacy Message Component Behavior": with the flag there are
// components alone.
void check_legacy_fields(const json::object& body, const std::string& where, form_errors& wrong)
{
    for (const char* key : {"content", "embeds", "poll", "sticker_ids"}) {
        const auto* found = body.if_contains(key);
        const bool is_used = found != nullptr && !found->is_null() &&
                             !(found->is_string() && found->get_string().empty()) &&
                             !(found->is_array() && found->get_array().empty());
        if (is_used)
            wrong.add(below(where, key), "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
                      std::string("The '") + key +
                          "' field cannot be used when using MessageFlags.IS_COMPONENTS_V2");
    }
}

}  // namespace

void check_message(const json::object& body, std::uint64_t flags, const std::string& where,
                   form_errors& wrong)
{
    if (length_in(body, "content") > content_max)
        wrong.add(below(where, "content"), "BASE_TYPE_MAX_LENGTH",
                  "Must be 2000 or fewer in length.");
    if (length_in(body, "nonce") > nonce_max)
        wrong.add(below(where, "nonce"), "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.");
    const bool is_layout = (flags & flag_components) != 0;
    if (is_layout)
        check_legacy_fields(body, where, wrong);
    check_embeds(list_of(body, "embeds"), below(where, "embeds"), wrong);
    check_components(list_of(body, "components"),
                     is_layout ? component_place::layout : component_place::message,
                     below(where, "components"), wrong);
}

void check_modal(const json::object& data, const std::string& where, form_errors& wrong)
{
    for (const char* key : {"custom_id", "title", "components"})
        if (!data.contains(key))
            wrong.add(below(where, key), "BASE_TYPE_REQUIRED", "This field is required");
    if (data.contains("components"))
        check_components(list_of(data, "components"), component_place::modal,
                         below(where, "components"), wrong);
}

bool shows_anything(const json::object& body)
{
    const std::string content = text_of(body, "content");
    const auto& embeds = list_of(body, "embeds");
    const bool has_list = !list_of(body, "components").empty() ||
                          !list_of(body, "sticker_ids").empty() ||
                          !list_of(body, "attachments").empty();
    const auto* poll = body.if_contains("poll");
    return content.find_first_not_of(" \t\r\n\v\f") != content.npos || has_list ||
           (poll != nullptr && !poll->is_null()) ||
           std::any_of(embeds.begin(), embeds.end(),
                       [](const auto& each) { return shows_embed(object_of(each)); });
}

}  // namespace tinfoil::discordsim
