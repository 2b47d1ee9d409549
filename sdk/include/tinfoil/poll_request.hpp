#pragma once

#include <boost/json.hpp>

#include <chrono>
#include <string_view>
#include <tinfoil/embed.hpp>

namespace tinfoil {

/// A poll of Discord's own, for message::poll(). Discord Docs/Poll, "Poll Create Request Object".
///
///     poll_request vote("Tea or coffee?");
///     vote.answer("Tea", "🍵").answer("Coffee").lasts(std::chrono::hours(4));
class poll_request {
public:
    explicit poll_request(std::string_view question)
    {
        body_["question"] = {{"text", detail::json_text(question)}};
    }
    poll_request& answer(std::string_view text, std::string_view emoji = "")
    {
        boost::json::object media{{"text", detail::json_text(text)}};
        if (!emoji.empty())
            media["emoji"] = {{"name", detail::json_text(emoji)}};
        boost::json::object made;
        made["poll_media"] = std::move(media);
        detail::array_of(body_, "answers").push_back(std::move(made));
        return *this;
    }
    /// Up to 32 days; a day when this is not called.
    poll_request& lasts(std::chrono::hours time)
    {
        body_["duration"] = time.count();
        return *this;
    }
    /// People may choose more than one.
    poll_request& multiselect()
    {
        body_["allow_multiselect"] = true;
        return *this;
    }
    [[nodiscard]] const boost::json::object& json() const { return body_; }

private:
    boost::json::object body_;
};

}  // namespace tinfoil
