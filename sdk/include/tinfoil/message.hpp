#pragma once

#include <boost/json.hpp>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <tinfoil/components.hpp>
#include <tinfoil/embed.hpp>
#include <tinfoil/poll_request.hpp>
#include <tinfoil/snowflake.hpp>
#include <utility>
#include <vector>

namespace tinfoil {

/// A file to upload with a message. Discord Docs/Reference, "Uploading Files".
class attachment {
public:
    attachment(std::string_view filename, std::string_view bytes,
               std::string_view content_type = "")
        : filename_(filename),
          bytes_(bytes),
          content_type_(content_type)
    {
    }
    /// For those who don't see the picture.
    attachment& description(std::string_view text)
    {
        description_ = text;
        return *this;
    }
    /// Hidden until somebody clicks.
    attachment& spoiler()
    {
        filename_.insert(0, "SPOILER_");
        return *this;
    }
    [[nodiscard]] const std::string& filename() const { return filename_; }
    [[nodiscard]] const std::string& bytes() const { return bytes_; }
    [[nodiscard]] const std::string& content_type() const { return content_type_; }
    [[nodiscard]] const std::string& description() const { return description_; }

private:
    std::string filename_, bytes_, content_type_, description_;
};

/// Whom a message may notify: nobody but those named here. Discord Docs/Message, "Allowed Mentions
/// Object".
class allowed_mentions {
public:
    /// Whoever the text mentions.
    allowed_mentions& users() { return kind("users"); }
    allowed_mentions& roles() { return kind("roles"); }
    /// `@everyone` and `@here`.
    allowed_mentions& everyone() { return kind("everyone"); }
    allowed_mentions& user(snowflake one) { return add("users", one); }
    allowed_mentions& role(snowflake one) { return add("roles", one); }
    /// The author of the message that this one replies to.
    allowed_mentions& replied_user()
    {
        body_["replied_user"] = true;
        return *this;
    }
    [[nodiscard]] boost::json::object json() const
    {
        boost::json::object whole = body_;
        detail::array_of(whole, "parse");
        return whole;
    }

private:
    allowed_mentions& kind(const char* name)
    {
        detail::array_of(body_, "parse").emplace_back(name);
        return *this;
    }
    allowed_mentions& add(const char* list, snowflake one)
    {
        detail::array_of(body_, list).emplace_back(std::to_string(one));
        return *this;
    }

    boost::json::object body_;
};

/// A message to send: Discord's JSON with names for what is used most. Discord Docs/Message,
/// "Create Message". Nobody is pinged by what a user wrote: mentions work only where allowed.
///
/// What gets a message checks Discord's limits and throws limit_error, naming what is too much.
class message {
public:
    /// Without a text: embeds, files or a poll make it up.
    message() = default;
    message(std::string_view content) { body_["content"] = detail::json_text(content); }
    message(const char* content) : message(std::string_view(content)) {}
    message(const std::string& content) : message(std::string_view(content)) {}
    explicit message(boost::json::object body) : body_(std::move(body)) {}

    message& content(std::string_view text)
    {
        body_["content"] = detail::json_text(text);
        return *this;
    }
    /// Shows as an answer to that message of the same channel.
    message& reply_to(snowflake id)
    {
        body_["message_reference"] = {{"message_id", std::to_string(id)},
                                      {"fail_if_not_exists", false}};
        return *this;
    }
    /// Passes on a message of any channel that the bot can read.
    message& forward(snowflake channel, snowflake id)
    {
        body_["message_reference"] = {{"type", 1},
                                      {"channel_id", std::to_string(channel)},
                                      {"message_id", std::to_string(id)}};
        return *this;
    }
    message& embed(boost::json::object one)
    {
        detail::array_of(body_, "embeds").push_back(std::move(one));
        return *this;
    }
    message& embed(const tinfoil::embed& one) { return embed(one.json()); }
    /// An action_row, or a menu or a button in a row of its own.
    message& row(const action_row& one)
    {
        detail::array_of(body_, "components").push_back(one.json());
        return *this;
    }
    template <class Component>
    message& row(const Component& one)
    {
        return row(action_row().add(one));
    }
    /// Of an edit: no embeds or no components any more.
    message& no_embeds()
    {
        body_["embeds"] = boost::json::array();
        return *this;
    }
    message& no_components()
    {
        body_["components"] = boost::json::array();
        return *this;
    }
    /// Components of version 2, as Discord has them; such a message has neither text nor embeds.
    message& layout(boost::json::array components)
    {
        body_["components"] = std::move(components);
        return flag(1 << 15);
    }
    message& poll(const poll_request& one)
    {
        body_["poll"] = one.json();
        return *this;
    }
    message& sticker(snowflake id)
    {
        detail::array_of(body_, "sticker_ids").emplace_back(std::to_string(id));
        return *this;
    }
    /// Of an interaction's answer: only the one who asked sees it.
    message& ephemeral() { return flag(1 << 6); }
    /// Links show no previews.
    message& suppress_embeds() { return flag(1 << 2); }
    /// Nobody hears of it.
    message& silent() { return flag(1 << 12); }
    message& tts()
    {
        body_["tts"] = true;
        return *this;
    }
    message& allow_mentions(const allowed_mentions& which) { return allow_mentions(which.json()); }
    message& allow_mentions(boost::json::object which)
    {
        body_["allowed_mentions"] = std::move(which);
        return *this;
    }
    /// Makes it safe to send again: of messages with the same nonce, at most 25 characters, Discord
    /// keeps the first for some minutes and answers with that. Discord Docs/Message, "Create
    /// Message".
    message& nonce(std::string_view once)
    {
        body_["nonce"] = detail::json_text(once);
        body_["enforce_nonce"] = true;
        return *this;
    }
    message& attach(attachment file)
    {
        files_.push_back(std::move(file));
        return *this;
    }

    [[nodiscard]] boost::json::object body() const
    {
        boost::json::object whole = body_;
        if (!whole.contains("allowed_mentions"))
            whole["allowed_mentions"] = {{"parse", boost::json::array()}};
        for (std::size_t at = 0; at < files_.size(); ++at)
            if (!files_[at].description().empty())
                detail::array_of(whole, "attachments")
                    .push_back({{"id", at}, {"description", files_[at].description()}});
        return whole;
    }
    [[nodiscard]] const std::vector<attachment>& files() const { return files_; }

private:
    message& flag(std::int64_t bit)
    {
        const auto* found = body_.if_contains("flags");
        body_["flags"] = bit | (found != nullptr && found->is_int64() ? found->get_int64() : 0);
        return *this;
    }

    boost::json::object body_;
    std::vector<attachment> files_;
};

namespace detail {

/// Stands in for anything, in what is never called.
struct whatever {
    template <class... T>
    whatever(T&&...)
    {
    }
};
class no_text {
    no_text() = default;
    friend struct give_a_named_message_in_place_of_braces;
};
/// Braces where a message is wanted, which g++ 12 miscompiles in a co_await: what takes a message
/// refuses this, so that the compiler says what to write.
///
///     message answer("hello");
///     co_await called.reply(answer);
struct give_a_named_message_in_place_of_braces {
    no_text first = {};
    whatever content = {}, embeds = {}, components = {}, flags = {}, ephemeral = {};
};
/// The same where JSON is wanted.
///
///     const boost::json::object body{{"name", "tea"}};
///     co_await rest().guilds(id).roles().post(body);
struct give_a_named_value_in_place_of_braces {
    give_a_named_value_in_place_of_braces(std::initializer_list<whatever>) {}
};

}  // namespace detail
}  // namespace tinfoil
