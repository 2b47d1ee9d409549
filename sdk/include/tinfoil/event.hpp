#pragma once

#include <boost/json.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <tinfoil/core.hpp>
#include <tinfoil/document.hpp>
#include <tinfoil/event_type.hpp>
#include <tinfoil/json.hpp>
#include <tinfoil/recycler.hpp>
#include <tinfoil/views.hpp>
#include <utility>

namespace tinfoil {
namespace detail {

/// What all copies of an event share. Its text is the host's while the call lasts that brought it,
/// and its own from then on, or as soon as somebody wants to see it as text; so an event whose
/// handlers don't wait is never copied. Any thread may have a copy of an event, hence the lock.
class event_state : public recycled {
public:
    event_state() = default;
    event_state(const event_state&) = delete;
    event_state& operator=(const event_state&) = delete;
    ~event_state() { recycler::give(copy_, room_); }

    /// Only while nobody else has it. A name that is not `lasting` is the host's as well.
    void lend(const tinfoil_event& from, std::string_view name, bool lasting)
    {
        name_ = name;
        has_own_name_ = lasting;
        text_ = view(from.data);
        flags = from.flags;
        shard_id = from.shard_id;
        num_shards = from.num_shards;
        guild_id = from.guild_id;
        channel_id = from.channel_id;
        user_id = from.user_id;
        is_own_.store(false, std::memory_order_relaxed);
    }
    /// Text and name are its own afterwards.
    std::string_view keep()
    {
        if (!is_own_.load(std::memory_order_acquire)) {
            const std::scoped_lock locked(mutex_);
            if (!is_own_.load(std::memory_order_relaxed)) {
                copy();
                is_own_.store(true, std::memory_order_release);
            }
        }
        return text_;
    }
    std::string_view name()
    {
        if (!has_own_name_)
            keep();
        return name_;
    }
    const boost::json::value& parsed()
    {
        if (!is_parsed_.load(std::memory_order_acquire)) {
            const std::scoped_lock locked(mutex_);
            if (!is_parsed_.load(std::memory_order_relaxed)) {
                document_.parse(text_);
                is_parsed_.store(true, std::memory_order_release);
            }
        }
        return document_.root();
    }
    /// Only while nobody else has it: as new, but for memory that the next event can use.
    void clear()
    {
        if (is_parsed_.load(std::memory_order_relaxed)) {
            document_.clear();
            is_parsed_.store(false, std::memory_order_relaxed);
        }
        if (room_ > kept_max)
            make_room(0);
    }

    std::uint32_t flags = 0, shard_id = 0, num_shards = 0;
    snowflake guild_id = 0, channel_id = 0, user_id = 0;

    void hold() { holders_.fetch_add(1, std::memory_order_relaxed); }
    /// Whether that was the last one.
    [[nodiscard]] bool release()
    {
        return is_alone() || holders_.fetch_sub(1, std::memory_order_acq_rel) == 1;
    }
    [[nodiscard]] bool is_alone() const { return holders_.load(std::memory_order_acquire) == 1; }

private:
    static constexpr std::size_t kept_max = std::size_t{64} << 10;

    // The name behind the text, where it needs a copy.
    void copy()
    {
        const std::size_t name_bytes = has_own_name_ ? 0 : name_.size();
        if (room_ < text_.size() + name_bytes)
            make_room(text_.size() + name_bytes);
        if (!text_.empty())
            std::memcpy(copy_, text_.data(), text_.size());
        text_ = {copy_, text_.size()};
        if (name_bytes == 0)
            return;
        std::memcpy(copy_ + text_.size(), name_.data(), name_bytes);
        name_ = {copy_ + text_.size(), name_bytes};
    }
    void make_room(std::size_t bytes)
    {
        recycler::give(std::exchange(copy_, nullptr), std::exchange(room_, 0));
        if (bytes == 0)
            return;
        copy_ = static_cast<char*>(recycler::take(bytes));
        room_ = bytes;
    }

    std::atomic<std::uint32_t> holders_ = 1;
    std::atomic<bool> is_own_ = false, is_parsed_ = false;
    bool has_own_name_ = true;
    std::mutex mutex_;
    char* copy_ = nullptr;
    std::size_t room_ = 0;
    std::string_view text_, name_;
    document document_;
};

/// One of those who hold it.
class event_holder {
public:
    event_holder() : own_(new event_state) {}
    event_holder(const event_holder& other) : own_(other.own_)
    {
        if (own_ != nullptr)
            own_->hold();
    }
    event_holder(event_holder&& other) noexcept : own_(std::exchange(other.own_, nullptr)) {}
    event_holder& operator=(event_holder other) noexcept
    {
        std::swap(own_, other.own_);
        return *this;
    }
    ~event_holder()
    {
        if (own_ != nullptr && own_->release())
            delete own_;
    }
    event_state* operator->() const { return own_; }

private:
    event_state* own_;
};

class lender;

}  // namespace detail

/// One event of the gateway. It owns its data: keep it over any co_await, copy it freely.
class event : public event_types {
public:
    explicit event(const tinfoil_event& from)
    {
        own_->lend(from, detail::view(from.type), false);
        own_->keep();
    }

    /// Discord's name, `MESSAGE_CREATE`.
    [[nodiscard]] std::string_view name() const { return own_->name(); }
    /// Discord's JSON of the event, parsed when it is first asked for. Throws when it is no object.
    /// References into it live as long as the event; copies out of it for as long as you like.
    [[nodiscard]] const boost::json::object& data() const { return own_->parsed().as_object(); }
    /// The same as text.
    [[nodiscard]] std::string_view text() const { return own_->keep(); }
    /// A text member of data(), empty when there is none.
    [[nodiscard]] std::string_view string(std::string_view key) const
    {
        return text_in(data(), key);
    }
    /// Of what the event is about: the message, the interaction; 0 when it has none.
    [[nodiscard]] snowflake id() const
    {
        const auto* object = own_->parsed().if_object();
        return object == nullptr ? 0 : id_in(*object, "id");
    }
    [[nodiscard]] snowflake guild_id() const { return own_->guild_id; }
    [[nodiscard]] snowflake channel_id() const { return own_->channel_id; }
    /// Who did it: author, user or member of the event.
    [[nodiscard]] snowflake user_id() const { return own_->user_id; }

    // Names for what data() holds, each for the events that have it. They point into the event.

    /// Of MESSAGE_CREATE and MESSAGE_UPDATE.
    [[nodiscard]] message_view message() const { return message_view(data()); }
    /// A bot or webhook wrote the message; answering those makes loops.
    [[nodiscard]] bool is_from_bot() const { return message().is_from_bot(); }
    /// Of GUILD_CREATE, GUILD_UPDATE and GUILD_DELETE.
    [[nodiscard]] guild_view guild() const { return guild_view(data()); }
    /// Of CHANNEL_* and THREAD_*.
    [[nodiscard]] channel_view channel() const { return channel_view(data()); }
    /// Of GUILD_ROLE_CREATE and GUILD_ROLE_UPDATE.
    [[nodiscard]] std::optional<role_view> role() const
    {
        return object_view(data()).view<role_view>("role");
    }
    /// Of MESSAGE_REACTION_*.
    [[nodiscard]] reaction_view reaction() const { return reaction_view(data()); }
    /// Of PRESENCE_UPDATE.
    [[nodiscard]] presence_view presence() const { return presence_view(data()); }
    /// Of GUILD_MEMBER_ADD and GUILD_MEMBER_UPDATE the member, of all others the one who did it.
    [[nodiscard]] member_view member() const
    {
        const object_view whole(data());
        const auto* inner = whole.object("member");
        if (inner == nullptr)
            return member_view(data());
        const auto* user = object_view(*inner).object("user");
        return {*inner, user != nullptr ? user : whole.object("author")};
    }
    /// Who did it, or who it is about.
    [[nodiscard]] std::optional<user_view> user() const
    {
        const object_view whole(data());
        for (const char* key : {"author", "user"})
            if (const auto found = whole.view<user_view>(key))
                return found;
        return member().user();
    }
    /// A handler may have seen it before, when tinfoil was ended by force.
    [[nodiscard]] bool is_redelivered() const { return (own_->flags & TINFOIL_REDELIVERED) != 0; }
    [[nodiscard]] bool is_replayed() const { return (own_->flags & TINFOIL_REPLAYED) != 0; }
    /// It waited while this version of the plugin took over from another.
    [[nodiscard]] bool is_delayed() const { return (own_->flags & TINFOIL_DELAYED) != 0; }
    [[nodiscard]] std::uint32_t shard_id() const { return own_->shard_id; }
    [[nodiscard]] std::uint32_t num_shards() const { return own_->num_shards; }

private:
    friend class detail::lender;
    explicit event(detail::event_holder own) : own_(std::move(own)) {}

    detail::event_holder own_;
};

namespace detail {

/// Makes events of the host's for as long as a call of it lasts. Home thread only.
class lender {
public:
    class lent {
    public:
        /// `name` is the event's, and outlives it if it is `lasting`.
        lent(lender& from, const tinfoil_event& what, std::string_view name, bool lasting)
            : own_(from.own_)
        {
            own_.own_->lend(what, name, lasting);
        }
        lent(const lent&) = delete;
        lent& operator=(const lent&) = delete;
        /// Whoever has it still gets it for good.
        ~lent()
        {
            if (own_.own_->is_alone()) {
                own_.own_->clear();
                return;
            }
            own_.own_->keep();
            own_.own_ = event_holder();
        }
        [[nodiscard]] const event& what() const { return own_; }

    private:
        event& own_;
    };

private:
    event own_{event_holder()};
};

}  // namespace detail
}  // namespace tinfoil
