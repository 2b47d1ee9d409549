#pragma once

#include <boost/json.hpp>

#include <string>
#include <string_view>
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
    [[nodiscard]] const std::string& filename() const { return filename_; }
    [[nodiscard]] const std::string& bytes() const { return bytes_; }
    [[nodiscard]] const std::string& content_type() const { return content_type_; }

private:
    std::string filename_, bytes_, content_type_;
};

/// A message to send: Discord's JSON with names for what is used most. Discord Docs/Message,
/// "Create Message". Nobody is pinged by what a user wrote: mentions work only where allowed.
class message {
public:
    message(std::string_view content) { body_["content"] = text(content); }
    message(const char* content) : message(std::string_view(content)) {}
    message(const std::string& content) : message(std::string_view(content)) {}
    explicit message(boost::json::object body) : body_(std::move(body)) {}

    /// Shows as an answer to that message of the same channel.
    message& reply_to(snowflake id)
    {
        body_["message_reference"] = {{"message_id", std::to_string(id)},
                                      {"fail_if_not_exists", false}};
        return *this;
    }
    message& embed(boost::json::object one)
    {
        boost::json::value& all = body_["embeds"];
        if (!all.is_array())
            all = boost::json::array();
        all.get_array().push_back(std::move(one));
        return *this;
    }
    /// Of an interaction's answer: only the one who asked sees it.
    message& ephemeral()
    {
        body_["flags"] = 64;
        return *this;
    }
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
        body_["nonce"] = text(once);
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
        return whole;
    }
    [[nodiscard]] const std::vector<attachment>& files() const { return files_; }

private:
    static boost::json::string text(std::string_view from)
    {
        return boost::json::string(from.data(), from.size());
    }

    boost::json::object body_;
    std::vector<attachment> files_;
};

}  // namespace tinfoil
