#pragma once

#include <boost/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tinfoil/core.hpp>
#include <tinfoil/ext/gateway.h>
#include <utility>
#include <vector>

namespace tinfoil {

/// Why a command for the gateway was not done.
enum class gateway_refusal {
    none = 0,
    invalid = TINFOIL_GATEWAY_INVALID,                ///< It breaks a rule of Discord's.
    too_large = TINFOIL_GATEWAY_TOO_LARGE,            ///< The command, or its answer.
    queue_full = TINFOIL_GATEWAY_QUEUE_FULL,          ///< Too many are under way.
    unknown_guild = TINFOIL_GATEWAY_UNKNOWN_GUILD,    ///< No shard of this bot serves it.
    missing_intent = TINFOIL_GATEWAY_MISSING_INTENT,  ///< The plugin has to declare it.
    timed_out = TINFOIL_GATEWAY_TIMED_OUT,
    shard_stopped = TINFOIL_GATEWAY_SHARD_STOPPED,
    cancelled = TINFOIL_GATEWAY_CANCELLED,
    refused =
        TINFOIL_E_QUOTA,  ///< By this tinfoil: 65,536 operations are under way, or it is too old.
};

/// What value() and the lists throw when a command was not done.
class gateway_error : public std::runtime_error {
public:
    gateway_error(gateway_refusal why, const std::string& text)
        : std::runtime_error(text),
          why_(why)
    {
    }
    [[nodiscard]] gateway_refusal why() const { return why_; }

private:
    gateway_refusal why_;
};

/// The end of a command for the gateway. One that failed and was never looked at is logged.
class [[nodiscard]] gateway_result {
public:
    gateway_result(detail::core& own, std::string what, int32_t status, const std::string& body)
        : own_(&own),
          what_(std::move(what))
    {
        if (status < 0) {
            refusal_ = static_cast<gateway_refusal>(status);
            message_ = body;
            return;
        }
        boost::json::error_code failed;
        json_ = boost::json::parse(body.empty() ? "{}" : body, failed);
        if (failed) {
            refusal_ = gateway_refusal::invalid;
            message_ = "Discord's answer is no JSON";
        }
    }
    gateway_result(gateway_result&& other) noexcept
        : own_(std::exchange(other.own_, nullptr)),
          what_(std::move(other.what_)),
          refusal_(other.refusal_),
          message_(std::move(other.message_)),
          json_(std::move(other.json_))
    {
    }
    gateway_result& operator=(gateway_result&&) = delete;
    ~gateway_result()
    {
        if (own_ != nullptr && refusal_ != gateway_refusal::none)
            own_->log(TINFOIL_WARNING, what_ + ": " + message_);
    }

    [[nodiscard]] bool ok() const { return look().refusal_ == gateway_refusal::none; }
    explicit operator bool() const { return ok(); }
    [[nodiscard]] gateway_refusal refusal() const { return look().refusal_; }
    /// A sentence about the refusal.
    [[nodiscard]] const std::string& message() const { return look().message_; }
    /// The answer, or a gateway_error.
    const boost::json::object& value() const
    {
        if (!ok())
            throw gateway_error(refusal_, what_ + ": " + message_);
        static const boost::json::object nothing;
        const auto* found = json_.if_object();
        return found != nullptr ? *found : nothing;
    }
    /// A list of the answer, empty when it has none of that name; or a gateway_error. Lives as
    /// long as the result.
    const boost::json::array& list(std::string_view name) const
    {
        static const boost::json::array nothing;
        const auto* found = value().if_contains({name.data(), name.size()});
        return found != nullptr && found->is_array() ? found->get_array() : nothing;
    }

private:
    const gateway_result& look() const
    {
        own_ = nullptr;
        return *this;
    }

    mutable detail::core* own_;  // Nothing once somebody has looked.
    std::string what_;
    gateway_refusal refusal_ = gateway_refusal::none;
    std::string message_;
    boost::json::value json_;
};

/// The members that a request found. The lists live as long as the result, and throw gateway_error
/// when there is no answer.
class [[nodiscard]] found_members : public gateway_result {
public:
    using gateway_result::gateway_result;
    /// Guild member objects.
    const boost::json::array& members() const { return list("members"); }
    /// Presences, if they were asked for.
    const boost::json::array& presences() const { return list("presences"); }
    /// Of the ids that were asked for, those that are no members.
    const boost::json::array& not_found() const { return list("not_found"); }
};

/// How the bot looks. Discord Docs/Gateway Events, "Update Presence".
///
///     presence look("idle");
///     look.watching("the door");
///     co_await set_presence(look);
class presence {
public:
    /// `online`, `dnd`, `idle` or `invisible`.
    explicit presence(std::string_view status = "online") : status_(status) {}

    presence& playing(std::string_view name) { return activity(name, 0); }
    presence& listening(std::string_view name) { return activity(name, 2); }
    presence& watching(std::string_view name) { return activity(name, 3); }
    presence& competing(std::string_view name) { return activity(name, 5); }
    presence& streaming(std::string_view name, std::string_view url)
    {
        activity(name, 1);
        activities_.back().get_object()["url"] = boost::json::string_view(url.data(), url.size());
        return *this;
    }
    /// A text of its own instead of an activity.
    presence& custom(std::string_view text)
    {
        activity("Custom Status", 4);
        activities_.back().get_object()["state"] =
            boost::json::string_view(text.data(), text.size());
        return *this;
    }
    presence& afk(bool is_afk)
    {
        afk_ = is_afk;
        return *this;
    }
    /// Since when the bot is idle, in milliseconds since 1970.
    presence& since(std::int64_t unix_ms)
    {
        since_ = unix_ms;
        return *this;
    }

    /// The `d` of an op 3.
    [[nodiscard]] std::string json() const
    {
        boost::json::object made;
        made["status"] = status_;
        made["activities"] = activities_;
        made["afk"] = afk_;
        if (since_)
            made["since"] = *since_;
        else
            made["since"] = nullptr;
        return boost::json::serialize(made);
    }

private:
    presence& activity(std::string_view name, int type)
    {
        boost::json::object made;
        made["name"] = boost::json::string_view(name.data(), name.size());
        made["type"] = type;
        activities_.push_back(std::move(made));
        return *this;
    }

    std::string status_;
    boost::json::array activities_;
    bool afk_ = false;
    std::optional<std::int64_t> since_;
};

/// Which members of a guild a request is about. Discord Docs/Gateway Events, "Request Guild
/// Members".
class member_query {
public:
    /// Everybody: needs the intent GUILD_MEMBERS, and goes once in 30 seconds a guild.
    static member_query everybody() { return member_query(); }
    /// Those whose name begins so, 1 to 100 of them.
    static member_query named(std::string_view begin, int limit = 100)
    {
        member_query made;
        made.asked_["query"] = boost::json::string_view(begin.data(), begin.size());
        made.asked_["limit"] = limit;
        return made;
    }
    /// These, 1 to 100.
    static member_query with_ids(const std::vector<std::uint64_t>& ids)
    {
        member_query made;
        boost::json::array list;
        for (const std::uint64_t id : ids)
            list.emplace_back(std::to_string(id));
        made.asked_["user_ids"] = std::move(list);
        return made;
    }

    /// With their presences: needs the intent GUILD_PRESENCES.
    member_query& with_presences()
    {
        asked_["presences"] = true;
        return *this;
    }
    /// At most so long, up to ten minutes; one minute if this is not called.
    member_query& patience(std::chrono::milliseconds time)
    {
        patience_ = time;
        return *this;
    }

    [[nodiscard]] std::string json(std::uint64_t guild) const
    {
        boost::json::object whole = asked_;
        whole["guild_id"] = std::to_string(guild);
        return boost::json::serialize(whole);
    }
    [[nodiscard]] std::chrono::milliseconds patience() const { return patience_; }

private:
    member_query() = default;

    boost::json::object asked_;
    std::chrono::milliseconds patience_{0};
};

/// A command for the gateway: it goes out when it is awaited. Its result is a `Result`.
template <class Result>
class [[nodiscard]] gateway_call : protected detail::waiter {
public:
    gateway_call(detail::core& own, std::string what, int op, std::string data,
                 std::chrono::milliseconds patience = std::chrono::milliseconds(0))
        : waiter(own),
          what_(std::move(what)),
          op_(op),
          data_(std::move(data)),
          patience_(patience)
    {
    }

    using waiter::await_ready;
    using waiter::await_suspend;
    Result await_resume() { return Result(*own_, what_, status_, body_); }

protected:
    tinfoil_op begin(std::uint64_t tag) override
    {
        begun_ = true;
        const tinfoil_host& host = own_->host();
        const auto* gateway =
            static_cast<const tinfoil_gateway*>(host.extension(host.context, TINFOIL_EXT_GATEWAY));
        if (gateway == nullptr)
            return 0;
        const auto patience = std::max<std::int64_t>(patience_.count(), 0);
        return gateway->give(host.context, static_cast<std::uint32_t>(op_), detail::borrow(data_),
                             static_cast<std::uint64_t>(patience), tag);
    }
    [[nodiscard]] bool has_begun() const { return begun_; }

private:
    std::string what_;
    int op_;
    std::string data_;
    std::chrono::milliseconds patience_;
    bool begun_ = false;
};

/// A change of presence: it goes out when it is awaited, and also when it is not.
class presence_call : public gateway_call<gateway_result> {
public:
    presence_call(detail::core& own, const presence& look)
        : gateway_call(own, "the presence", TINFOIL_GATEWAY_PRESENCE, look.json())
    {
    }
    presence_call(presence_call&&) = delete;
    ~presence_call() override
    {
        if (!has_begun())
            begin(0);
    }
};

}  // namespace tinfoil
