#pragma once

#include <boost/json.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tinfoil/message.hpp>
#include <tinfoil/modal.hpp>
#include <type_traits>
#include <utility>
#include <vector>

namespace tinfoil {

/// What Discord takes of a message. Lengths are in characters (code points of UTF-8), sizes in
/// bytes.
namespace limits {

// Discord Docs/Message, "Create Message".
inline constexpr std::size_t content = 2000, embeds = 10, stickers = 3, nonce = 25;
// Discord Docs/Message, "Embed Limits".
inline constexpr std::size_t title = 256, description = 4096, fields = 25, field_name = 256,
                             field_value = 1024, footer_text = 2048, author_name = 256,
                             embeds_text = 6000;
// Discord Docs/Message, "Allowed Mentions Object".
inline constexpr std::size_t allowed_mentions = 100;
// Discord Docs/Poll.
inline constexpr std::size_t poll_question = 300, poll_answers = 10, poll_answer = 55;
// Discord Docs/Component Reference: rows in all but messages of version 2, and components there.
inline constexpr std::size_t action_rows = 5, components = 40, row_buttons = 5, custom_id = 100,
                             button_label = 80, url = 512, select_options = 25, option_text = 100,
                             placeholder = 150;
// Discord Docs/Receiving and Responding, "Modal" and "Autocomplete"; Docs/Component Reference.
inline constexpr std::size_t modal_title = 45, modal_components = 5, label = 45,
                             label_description = 100, text_input = 4000, suggestions = 25;
// Discord Docs/Reference, "Uploading Files"; an interaction names a greater size for its answers.
inline constexpr std::uint64_t file_bytes = 10ULL << 20, request_bytes = 25ULL << 20;
inline constexpr std::size_t files = 10, file_description = 1024;

}  // namespace limits

/// Code points of a text.
inline std::size_t characters(std::string_view text)
{
    std::size_t count = 0;
    for (const char c : text)
        count += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    return count;
}

namespace detail {

/// Collects what is too much, a sentence each.
class limit_check {
public:
    std::vector<std::string> broken;

    void count(const std::string& where, std::uint64_t is, std::uint64_t most, std::string_view of)
    {
        if (is > most)
            broken.push_back(where + " has " + std::to_string(is) + " " + std::string(of) +
                             ", and Discord takes " + std::to_string(most));
    }
    /// The length of a text member; without its blanks at both ends, as Discord trims embeds.
    std::size_t text(const boost::json::value* of, const std::string& where, const char* key,
                     std::size_t most, bool trims = true)
    {
        const auto* object = of == nullptr ? nullptr : of->if_object();
        const auto* found = object == nullptr ? nullptr : object->if_contains(key);
        if (found == nullptr || !found->is_string())
            return 0;
        std::string_view read(found->get_string());
        if (trims) {
            read.remove_prefix(std::min(read.find_first_not_of(" \t\r\n"), read.size()));
            read = read.substr(0, read.find_last_not_of(" \t\r\n") + 1);
        }
        const std::size_t length = characters(read);
        count(where.empty() ? key : where + "." + key, length, most, "characters");
        return length;
    }
    const boost::json::array* list(const boost::json::object& of, const std::string& where,
                                   const char* key, std::size_t most)
    {
        const auto* found = of.if_contains(key);
        const auto* all = found == nullptr ? nullptr : found->if_array();
        if (all != nullptr)
            count(where.empty() ? key : where + "." + key, all->size(), most, "items");
        return all;
    }

    /// How many characters of it count for all embeds together.
    std::size_t embed(const boost::json::value& one, const std::string& where)
    {
        const auto* object = one.if_object();
        if (object == nullptr)
            return 0;
        std::size_t sum =
            text(&one, where, "title", limits::title) +
            text(&one, where, "description", limits::description) +
            text(object->if_contains("footer"), where + ".footer", "text", limits::footer_text) +
            text(object->if_contains("author"), where + ".author", "name", limits::author_name);
        if (const auto* fields = list(*object, where, "fields", limits::fields))
            for (std::size_t at = 0; at < fields->size(); ++at) {
                const std::string place = where + ".fields[" + std::to_string(at) + "]";
                sum += text(&(*fields)[at], place, "name", limits::field_name);
                sum += text(&(*fields)[at], place, "value", limits::field_value);
            }
        return sum;
    }

    void poll(const boost::json::value& one)
    {
        const auto* object = one.if_object();
        if (object == nullptr)
            return;
        text(object->if_contains("question"), "poll.question", "text", limits::poll_question);
        if (const auto* answers = list(*object, "poll", "answers", limits::poll_answers))
            for (std::size_t at = 0; at < answers->size(); ++at)
                if (const auto* answer = (*answers)[at].if_object())
                    text(answer->if_contains("poll_media"),
                         "poll.answers[" + std::to_string(at) + "].poll_media", "text",
                         limits::poll_answer);
    }

    void at_least_one(const boost::json::object& of, const std::string& where, const char* key)
    {
        const auto* found = of.if_contains(key);
        const auto* all = found == nullptr ? nullptr : found->if_array();
        if (all == nullptr || all->empty())
            broken.push_back(where + "." + key + " is empty, and Discord wants at least one");
    }

    /// A component and all that it holds.
    void component(const boost::json::value& one, const std::string& where)
    {
        const auto* object = one.if_object();
        const auto* kind = object == nullptr ? nullptr : object->if_contains("type");
        if (kind == nullptr || !kind->is_int64())
            return;
        const std::int64_t type = kind->get_int64();
        text(&one, where, "custom_id", limits::custom_id, false);
        if (type == 2) {
            text(&one, where, "label", limits::button_label, false);
            text(&one, where, "url", limits::url, false);
        }
        if (type == 3)
            at_least_one(*object, where, "options");
        if (type == 3 || (type >= 5 && type <= 8)) {
            text(&one, where, "placeholder", limits::placeholder, false);
            if (const auto* options = list(*object, where, "options", limits::select_options))
                for (std::size_t at = 0; at < options->size(); ++at)
                    for (const char* key : {"label", "value", "description"})
                        text(&(*options)[at], where + ".options[" + std::to_string(at) + "]", key,
                             limits::option_text, false);
        }
        if (type == 1)
            at_least_one(*object, where, "components");
        if (const auto* inner = type == 1 ? list(*object, where, "components", limits::row_buttons)
                                          : list(*object, where, "components", limits::components))
            for (std::size_t at = 0; at < inner->size(); ++at)
                component((*inner)[at], where + ".components[" + std::to_string(at) + "]");
        for (const char* key : {"accessory", "component"})
            if (const auto* inner = object->if_contains(key))
                component(*inner, where + "." + key);
    }

    void modal(const boost::json::object& one)
    {
        const boost::json::value whole(one);
        text(&whole, "the modal", "title", limits::modal_title, false);
        text(&whole, "the modal", "custom_id", limits::custom_id, false);
        at_least_one(one, "the modal", "components");
        const auto* all = list(one, "the modal", "components", limits::modal_components);
        for (std::size_t at = 0; all != nullptr && at < all->size(); ++at) {
            const std::string where = "the modal's components[" + std::to_string(at) + "]";
            text(&(*all)[at], where, "label", limits::label, false);
            text(&(*all)[at], where, "description", limits::label_description, false);
            component((*all)[at], where);
            if (const auto* object = (*all)[at].if_object())
                text(object->if_contains("component"), where, "value", limits::text_input, false);
        }
    }

    void files(const std::vector<attachment>& all, std::uint64_t bytes_max)
    {
        count("the message", all.size(), limits::files, "files");
        std::uint64_t sum = 0;
        for (const attachment& each : all) {
            count("the file " + each.filename(), each.bytes().size(), bytes_max, "bytes");
            sum += each.bytes().size();
        }
        count("the message", sum, limits::request_bytes, "bytes of files");
    }
};

/// Components, and those that they hold.
inline std::size_t components_in(const boost::json::value& of)
{
    std::size_t sum = 0;
    if (const auto* all = of.if_array())
        for (const auto& each : *all)
            sum += 1 + components_in(each);
    if (const auto* object = of.if_object()) {
        if (const auto* inner = object->if_contains("components"))
            sum += components_in(*inner);
        if (object->contains("accessory"))
            ++sum;
    }
    return sum;
}

}  // namespace detail

/// Which of Discord's limits a message breaks, a sentence each: `embeds[0].fields has 26 items, and
/// Discord takes 25`. None: it is not too large. `file_bytes_max` may be more than usual in a guild
/// that was boosted, and in an interaction that says so by `attachment_size_limit`.
inline std::vector<std::string> broken_limits(const message& what,
                                              std::uint64_t file_bytes_max = limits::file_bytes)
{
    detail::limit_check check;
    const boost::json::object body = what.body();
    const boost::json::value whole(body);
    check.text(&whole, "", "content", limits::content, false);
    check.text(&whole, "", "nonce", limits::nonce, false);
    check.list(body, "", "sticker_ids", limits::stickers);
    std::size_t sum = 0;
    if (const auto* embeds = check.list(body, "", "embeds", limits::embeds))
        for (std::size_t at = 0; at < embeds->size(); ++at)
            sum += check.embed((*embeds)[at], "embeds[" + std::to_string(at) + "]");
    check.count("the text of all embeds", sum, limits::embeds_text, "characters");
    for (const char* key : {"users", "roles"})
        if (const auto* allowed = body.at("allowed_mentions").if_object())
            check.list(*allowed, "allowed_mentions", key, limits::allowed_mentions);
    if (const auto* poll = body.if_contains("poll"))
        check.poll(*poll);
    const auto* flags = body.if_contains("flags");
    constexpr std::int64_t is_components_v2 = 1 << 15;
    const bool second =
        flags != nullptr && flags->is_int64() && (flags->get_int64() & is_components_v2) != 0;
    if (const auto* components = body.if_contains("components")) {
        if (!second)
            check.list(body, "", "components", limits::action_rows);
        check.count("the message", detail::components_in(*components), limits::components,
                    "components");
        if (const auto* all = components->if_array())
            for (std::size_t at = 0; at < all->size(); ++at)
                check.component((*all)[at], "components[" + std::to_string(at) + "]");
    }
    if (const auto* described = body.if_contains("attachments"); described != nullptr)
        if (const auto* all = described->if_array())
            for (std::size_t at = 0; at < all->size(); ++at)
                check.text(&(*all)[at], "attachments[" + std::to_string(at) + "]", "description",
                           limits::file_description, false);
    check.files(what.files(), file_bytes_max);
    return std::move(check.broken);
}

/// The same of a modal.
inline std::vector<std::string> broken_limits(const modal& what)
{
    detail::limit_check check;
    check.modal(what.json());
    return std::move(check.broken);
}

/// The same of one embed.
inline std::vector<std::string> broken_limits(const boost::json::object& embed)
{
    detail::limit_check check;
    const std::size_t sum = check.embed(embed, "the embed");
    check.count("the embed's text", sum, limits::embeds_text, "characters");
    return std::move(check.broken);
}

/// Something breaks a limit of Discord's, and was not sent.
class limit_error : public std::length_error {
public:
    using std::length_error::length_error;
};

/// Throws a limit_error that names all that is too much. How large files may be only Discord knows.
template <class Sent>
void check_limits(const Sent& what)
{
    std::vector<std::string> broken;
    if constexpr (std::is_same_v<Sent, message>)
        broken = broken_limits(what, limits::request_bytes);
    else
        broken = broken_limits(what);
    if (broken.empty())
        return;
    std::string all;
    for (const std::string& each : broken)
        all += (all.empty() ? "" : "; ") + each;
    throw limit_error(all);
}

}  // namespace tinfoil
