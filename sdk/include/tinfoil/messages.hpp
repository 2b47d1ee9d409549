#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tinfoil/core.hpp>
#include <tinfoil/ext/messages.h>
#include <tinfoil/snowflake.hpp>
#include <tinfoil/task.hpp>
#include <type_traits>
#include <utility>
#include <vector>

namespace tinfoil {

/// How a message fared at one collection.
enum class delivery {
    ok = TINFOIL_DELIVERED,         ///< Handed over; of a request: replied to.
    down = TINFOIL_DOWN,            ///< The collection or the plugin in it does not run, or ended.
    timed_out = TINFOIL_TIMED_OUT,  ///< Whether it was handled is not known.
    refused = TINFOIL_REFUSED,      ///< Not handled, as text() says.
};

class message_reply {
public:
    message_reply(std::uint32_t collection, delivery how, std::string text)
        : collection_(collection),
          how_(how),
          text_(std::move(text))
    {
    }
    [[nodiscard]] bool ok() const { return how_ == delivery::ok; }
    [[nodiscard]] delivery how() const { return how_; }
    /// Which it came from; TINFOIL_NO_COLLECTION when none could be found.
    [[nodiscard]] std::uint32_t collection() const { return collection_; }
    /// What the handler returned; when it is not ok, a sentence.
    [[nodiscard]] const std::string& text() const { return text_; }

private:
    std::uint32_t collection_;
    delivery how_;
    std::string text_;
};

/// One for each collection that the message was for, and at least one, in no order.
class message_replies {
public:
    explicit message_replies(std::vector<message_reply> all) : all_(std::move(all)) {}
    [[nodiscard]] auto begin() const { return all_.begin(); }
    [[nodiscard]] auto end() const { return all_.end(); }
    [[nodiscard]] std::size_t size() const { return all_.size(); }
    [[nodiscard]] const message_reply& operator[](std::size_t at) const { return all_.at(at); }
    /// All of them are.
    [[nodiscard]] bool ok() const
    {
        return std::all_of(all_.begin(), all_.end(),
                           [](const message_reply& each) { return each.ok(); });
    }
    /// Of one collection: its answer, or a std::runtime_error with why there is none.
    [[nodiscard]] const std::string& text() const
    {
        if (!all_.at(0).ok())
            throw std::runtime_error("no reply to a message: " + all_[0].text());
        return all_[0].text();
    }

private:
    std::vector<message_reply> all_;
};

/// A message as a handler gets it. It owns its data.
class incoming_message {
public:
    explicit incoming_message(const tinfoil_incoming& from)
        : name_(detail::view(from.name)),
          text_(detail::view(from.body)),
          guild_(from.to == TINFOIL_TO_GUILD ? from.guild_id : 0),
          from_(from.from),
          is_request_((from.flags & TINFOIL_REPLY_WANTED) != 0)
    {
    }
    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] const std::string& text() const { return text_; }
    /// That it was sent to; 0 when it was sent to something else.
    [[nodiscard]] snowflake guild() const { return guild_; }
    /// The sender's collection: to_collection() answers it in its own time.
    [[nodiscard]] std::uint32_t from() const { return from_; }
    /// Somebody waits for what the handler returns.
    [[nodiscard]] bool is_request() const { return is_request_; }

private:
    std::string name_, text_;
    snowflake guild_;
    std::uint32_t from_;
    bool is_request_;
};

namespace detail {

inline const tinfoil_messages* message_extension(const core& own)
{
    return static_cast<const tinfoil_messages*>(
        own.host().extension(own.host().context, TINFOIL_EXT_MESSAGES));
}

/// The reply that a handler owes, whatever becomes of it.
class owed_reply {
public:
    owed_reply(core& own, std::uint64_t token) : own_(&own), token_(token) {}
    owed_reply(const owed_reply&) = delete;
    owed_reply& operator=(const owed_reply&) = delete;
    ~owed_reply() { give(TINFOIL_REFUSED, "its handler was ended before it replied"); }

    void give(tinfoil_delivery how, std::string_view text)
    {
        const std::uint64_t token = std::exchange(token_, 0);
        if (token == 0)
            return;
        if (const auto* to = message_extension(*own_))
            to->reply(own_->host().context, token, how, borrow(text));
    }

private:
    core* own_;
    std::uint64_t token_;
};

/// Who is called for which message.
class message_handlers {
public:
    using handler = std::function<task<std::string>(const incoming_message&)>;

    explicit message_handlers(core& own) : own_(&own) {}
    message_handlers(const message_handlers&) = delete;
    message_handlers& operator=(const message_handlers&) = delete;

    void add(std::string_view name, handler what)
    {
        const auto* from = message_extension(*own_);
        if (from == nullptr)
            throw std::runtime_error("this tinfoil is too old for on_message(): update it");
        if (name.empty() || name.size() > 64)
            throw std::logic_error("the name of a message has 1 to 64 bytes");
        if (!all_.emplace(std::string(name), std::move(what)).second)
            throw std::logic_error("there are two on_message() for \"" + std::string(name) + "\"");
        from->listen(own_->host().context, receive, this);
    }

    static task<std::string> without_reply(task<> work)
    {
        co_await work;
        co_return std::string();
    }

private:
    static int32_t receive(void* self, const tinfoil_incoming* what)
    {
        auto& me = *static_cast<message_handlers*>(self);
        std::string failure;
        try {
            const incoming_message came(*what);
            const auto found = me.all_.find(came.name());
            if (found != me.all_.end()) {
                me.own_->spawn(
                    handle(me.own_, what->token, found->second(came)), core::part_of::nothing,
                    [name = came.name()] { return "the handler of the message " + name; });
                return TINFOIL_PENDING;
            }
            failure = "the plugin has no on_message(\"" + came.name() + "\", ...)";
        } catch (const std::exception& thrown) {
            failure = what_of(thrown);
        } catch (...) {
            failure = no_exception;
        }
        me.own_->host().fail(me.own_->host().context, borrow(failure));
        return TINFOIL_E_PLUGIN;
    }

    static task<> handle(core* own, std::uint64_t token, task<std::string> work)
    {
        owed_reply owed(*own, token);
        std::string failure;
        try {
            const std::string said = co_await work;
            owed.give(TINFOIL_DELIVERED, said);
        } catch (const std::exception& thrown) {
            failure = what_of(thrown);
        } catch (...) {
            failure = no_exception;
        }
        if (failure.empty())
            co_return;
        owed.give(TINFOIL_REFUSED, "its handler threw: " + failure);
        throw std::runtime_error(failure);
    }

    core* own_;
    std::map<std::string, handler> all_;
};

/// A message on its way: it goes out when it is awaited.
class message_call : public waiter {
public:
    message_call(core& own, tinfoil_outgoing to, std::string_view name, std::string_view text,
                 std::uint32_t flags, std::chrono::milliseconds time)
        : waiter(own),
          to_(to),
          name_(name),
          text_(text)
    {
        to_.flags = flags;
        to_.patience_ms = static_cast<std::uint64_t>(std::max<std::int64_t>(time.count(), 1));
    }

    message_replies await_resume() const
    {
        std::vector<message_reply> all;
        if (status_ < 0) {
            all.emplace_back(TINFOIL_NO_COLLECTION, delivery::refused, body_);
            return message_replies(std::move(all));
        }
        std::string_view left = body_;
        const auto head = take<tinfoil_message_replies>(left);
        for (std::uint32_t at = 0; at < head.count; ++at) {
            const auto one = take<tinfoil_message_reply>(left);
            all.emplace_back(one.collection, static_cast<delivery>(one.delivery),
                             std::string(left.substr(0, one.body_len)));
            left.remove_prefix(one.body_len);
        }
        return message_replies(std::move(all));
    }

protected:
    tinfoil_op begin(std::uint64_t tag) override
    {
        has_begun_ = true;
        to_.name = borrow(name_);
        to_.body = borrow(text_);
        const auto* from = message_extension(*own_);
        return from == nullptr ? 0 : from->send(own_->host().context, &to_, tag);
    }
    [[nodiscard]] bool has_begun() const { return has_begun_; }

private:
    template <class T>
    static T take(std::string_view& from)
    {
        T made{};
        if (from.size() < sizeof made)
            throw std::runtime_error("the replies to a message are cut");
        std::memcpy(&made, from.data(), sizeof made);
        from.remove_prefix(sizeof made);
        return made;
    }

    tinfoil_outgoing to_;
    std::string name_, text_;
    bool has_begun_ = false;
};

}  // namespace detail

class [[nodiscard]] message_request : public detail::message_call {
public:
    using message_call::message_call;
};

/// It goes out when it is awaited, and also when it is not.
class message_sending : public detail::message_call {
public:
    using message_call::message_call;
    message_sending(message_sending&&) = delete;
    ~message_sending() override
    {
        if (!has_begun())
            begin(0);
    }
};

/// Whom a message is for: the same plugin in other collections, or in this one.
class message_target {
public:
    message_target(detail::core& own, tinfoil_addressee what) : own_(&own)
    {
        to_.size = sizeof to_;
        to_.to = static_cast<std::uint32_t>(what);
        to_.num_shards = 1;
    }
    message_target& guild(snowflake which)
    {
        to_.guild_id = which;
        return *this;
    }
    message_target& slot(std::uint32_t shard_id, std::uint32_t num_shards)
    {
        to_.shard_id = shard_id;
        to_.num_shards = num_shards;
        return *this;
    }
    message_target& collection(std::uint32_t number)
    {
        to_.collection = number;
        return *this;
    }

    /// Up to 64 KiB, once or not at all. May be awaited: then message_replies say where it was
    /// handed over. Otherwise it goes out just so, and is left out, and logged, when 4,096 or
    /// 16 MiB are under way.
    message_sending send(std::string_view name, std::string_view text = {}) const
    {
        return {*own_, to_, name, text, 0, std::chrono::seconds(10)};
    }
    /// `co_await` gives message_replies: what the handlers returned, or why there is no answer in
    /// time, which is at most a minute.
    [[nodiscard]] message_request
    request(std::string_view name, std::string_view text = {},
            std::chrono::milliseconds time = std::chrono::seconds(10)) const
    {
        return {*own_, to_, name, text, TINFOIL_REPLY_WANTED, time};
    }

private:
    detail::core* own_;
    tinfoil_outgoing to_{};
};

}  // namespace tinfoil
