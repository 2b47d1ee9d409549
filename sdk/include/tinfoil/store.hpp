#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tinfoil/core.hpp>
#include <tinfoil/ext/state.h>
#include <utility>
#include <vector>

namespace tinfoil {

enum class store_refusal {
    refused = TINFOIL_STATE_REFUSED,  ///< It breaks a rule or a bound, which the text names.
    busy = TINFOIL_STATE_BUSY,        ///< Too much waits; nothing was done.
    unknown = TINFOIL_STATE_UNKNOWN,  ///< It may or may not have been done: read it.
    unavailable = TINFOIL_STATE_UNAVAILABLE,  ///< The state can't be used; nothing was done.
};

/// Why a value could not be read or kept.
class store_error : public std::runtime_error {
public:
    explicit store_error(const std::string& text, store_refusal why = store_refusal::unavailable)
        : std::runtime_error(text),
          why_(why)
    {
    }
    [[nodiscard]] store_refusal why() const { return why_; }

private:
    store_refusal why_;
};

/// A value as it was when it was read.
class stored_value {
public:
    stored_value(std::string key, std::string value, std::uint64_t created, std::uint64_t revision,
                 bool is_erased)
        : key_(std::move(key)),
          value_(std::move(value)),
          created_(created),
          revision_(revision),
          is_erased_(is_erased)
    {
    }
    [[nodiscard]] const std::string& key() const { return key_; }
    [[nodiscard]] const std::string& value() const { return value_; }
    /// Counts up with every change of anything: the one that made this value, and the last one.
    [[nodiscard]] std::uint64_t created() const { return created_; }
    [[nodiscard]] std::uint64_t revision() const { return revision_; }
    /// Of a watch: it is gone, or has expired; its value is empty.
    [[nodiscard]] bool is_erased() const { return is_erased_; }

private:
    std::string key_, value_;
    std::uint64_t created_, revision_;
    bool is_erased_;
};

/// Values in order of their keys, or changes in the order in which they happened.
class stored_values {
public:
    stored_values(std::vector<stored_value> all, std::uint64_t revision, bool is_cut)
        : all_(std::move(all)),
          revision_(revision),
          is_cut_(is_cut)
    {
    }
    [[nodiscard]] auto begin() const { return all_.begin(); }
    [[nodiscard]] auto end() const { return all_.end(); }
    [[nodiscard]] std::size_t size() const { return all_.size(); }
    [[nodiscard]] bool empty() const { return all_.empty(); }
    [[nodiscard]] const stored_value& operator[](std::size_t at) const { return all_.at(at); }
    /// Of the whole, at that time: a watch goes on from here.
    [[nodiscard]] std::uint64_t revision() const { return revision_; }
    /// Of a list: there is more behind the last key. Of a watch: changes are lost, so list again.
    [[nodiscard]] bool is_cut() const { return is_cut_; }

private:
    std::vector<stored_value> all_;
    std::uint64_t revision_;
    bool is_cut_;
};

/// What came of a change that was to be made only to a certain revision.
class conditional_change {
public:
    conditional_change(bool is_made, std::uint64_t revision, std::optional<stored_value> current)
        : is_made_(is_made),
          revision_(revision),
          current_(std::move(current))
    {
    }
    /// It was made; otherwise somebody else was faster.
    [[nodiscard]] bool is_made() const { return is_made_; }
    explicit operator bool() const { return is_made_; }
    /// Of the value as this change left it.
    [[nodiscard]] std::uint64_t revision() const { return revision_; }
    /// What is there now; nothing when there is no such value.
    [[nodiscard]] const std::optional<stored_value>& current() const { return current_; }

private:
    bool is_made_;
    std::uint64_t revision_;
    std::optional<stored_value> current_;
};

namespace detail {

/// Whose values: the plugin's own, or those of all plugins.
enum class store_scope { own, shared };

/// A question for the state, with its own copies of what it is about.
class store_call : public waiter {
public:
    store_call(core& own, store_scope scope, tinfoil_state_deed what, std::string_view key,
               std::string_view value = {})
        : waiter(own),
          key_(key),
          value_(value)
    {
        asked_.size = sizeof asked_;
        asked_.deed = static_cast<std::uint32_t>(what);
        asked_.flags = scope == store_scope::shared ? std::uint32_t{TINFOIL_STATE_SHARED} : 0U;
    }
    /// A lifetime; a part of a millisecond counts as one.
    void lives(std::chrono::milliseconds time)
    {
        asked_.lives_ms = static_cast<std::uint64_t>(std::max<std::int64_t>(time.count(), 1));
    }
    void only_if(std::uint64_t revision)
    {
        asked_.flags |= TINFOIL_STATE_IF;
        asked_.expected = revision;
    }
    void add(std::int64_t delta) { asked_.delta = delta; }
    void behind(std::string_view key, std::uint32_t limit)
    {
        after_ = key;
        asked_.limit = limit;
    }
    void since(std::uint64_t revision, std::chrono::milliseconds patience)
    {
        asked_.since = revision;
        asked_.patience_ms = static_cast<std::uint64_t>(patience.count());
    }

protected:
    [[nodiscard]] bool is_rejected() const { return status_ == TINFOIL_STATE_REJECTED; }
    /// The answer, or a store_error.
    [[nodiscard]] stored_values answer() const
    {
        if (by_kv_ || (status_ < 0 && !is_rejected()))
            return simple_answer();
        std::string_view left = body_;
        const auto head = take<tinfoil_state_answer>(left);
        std::vector<stored_value> all;
        all.reserve(head.count);
        for (std::uint32_t at = 0; at < head.count; ++at) {
            const auto row = take<tinfoil_state_row>(left);
            const std::string_view key = left.substr(0, row.key_len);
            left.remove_prefix(row.key_len);
            const std::string_view value = left.substr(0, row.value_len);
            left.remove_prefix(row.value_len);
            all.emplace_back(std::string(key), std::string(value), row.created, row.modified,
                             row.is_erased != 0);
        }
        return {std::move(all), head.revision, head.is_cut != 0};
    }

private:
    template <class T>
    static T take(std::string_view& from)
    {
        T made{};
        if (from.size() < sizeof made)
            throw store_error("the state's answer is cut");
        std::memcpy(&made, from.data(), sizeof made);
        from.remove_prefix(sizeof made);
        return made;
    }
    [[nodiscard]] stored_values simple_answer() const
    {
        if (status_ < 0) {
            const bool is_ours =
                status_ <= TINFOIL_STATE_REFUSED && status_ >= TINFOIL_STATE_UNAVAILABLE;
            throw store_error("the value " + key_ + ": " + body_,
                              is_ours                      ? static_cast<store_refusal>(status_)
                              : status_ == TINFOIL_E_QUOTA ? store_refusal::busy
                                                           : store_refusal::unavailable);
        }
        std::vector<stored_value> all;
        if (asked_.deed == TINFOIL_STATE_GET && status_ != TINFOIL_NOTHING)
            all.emplace_back(key_, body_, 0, 0, false);
        return {std::move(all), 0, false};
    }

    tinfoil_op begin(std::uint64_t tag) override
    {
        const tinfoil_host& host = own_->host();
        asked_.key = borrow(key_);
        asked_.value = borrow(value_);
        asked_.after = borrow(after_);
        const auto* state =
            static_cast<const tinfoil_state*>(host.extension(host.context, TINFOIL_EXT_STATE));
        return state == nullptr ? begin_by_kv(tag) : state->ask(host.context, &asked_, tag);
    }
    // What a host of before the shared state can do.
    tinfoil_op begin_by_kv(std::uint64_t tag)
    {
        const tinfoil_host& host = own_->host();
        const auto* kv =
            static_cast<const tinfoil_kv*>(host.extension(host.context, TINFOIL_EXT_KV));
        if (kv == nullptr || asked_.flags != 0 || asked_.lives_ms != 0)
            return 0;
        by_kv_ = true;
        if (asked_.deed == TINFOIL_STATE_GET)
            return kv->get(host.context, asked_.key, tag);
        if (asked_.deed == TINFOIL_STATE_PUT)
            return kv->put(host.context, asked_.key, asked_.value, tag);
        return asked_.deed == TINFOIL_STATE_ERASE ? kv->erase(host.context, asked_.key, tag) : 0;
    }

    tinfoil_state_question asked_{};
    std::string key_, value_, after_;
    bool by_kv_ = false;
};

class [[nodiscard]] store_get : public store_call {
public:
    using store_call::store_call;
    std::optional<std::string> await_resume() const
    {
        const stored_values found = answer();
        return found.empty() ? std::nullopt : std::optional(found[0].value());
    }
};

class [[nodiscard]] store_read : public store_call {
public:
    using store_call::store_call;
    std::optional<stored_value> await_resume() const
    {
        const stored_values found = answer();
        return found.empty() ? std::nullopt : std::optional(found[0]);
    }
};

class [[nodiscard]] store_write : public store_call {
public:
    using store_call::store_call;
    void await_resume() const { static_cast<void>(answer()); }
};

class [[nodiscard]] store_add : public store_call {
public:
    using store_call::store_call;
    std::int64_t await_resume() const { return std::stoll(answer()[0].value()); }
};

class [[nodiscard]] store_change : public store_call {
public:
    using store_call::store_call;
    conditional_change await_resume() const
    {
        const stored_values found = answer();
        return {!is_rejected(), found.revision(),
                found.empty() ? std::nullopt : std::optional(found[0])};
    }
};

class [[nodiscard]] store_list : public store_call {
public:
    using store_call::store_call;
    stored_values await_resume() const { return answer(); }
};

}  // namespace detail

/// Changes of values, one after the other. It remembers where it is, so nothing is missed between
/// two next(). Has to outlive what it is asked.
class store_watch {
public:
    store_watch(detail::core& own, detail::store_scope scope, std::string_view prefix,
                std::uint64_t since)
        : own_(&own),
          scope_(scope),
          prefix_(prefix),
          since_(since)
    {
    }

    /// `co_await` gives what has changed since the last one, as soon as there is something. Where
    /// is_cut() says that more has changed than tinfoil remembers, list again.
    task<stored_values> next()
    {
        for (;;) {
            detail::store_list call(*own_, scope_, TINFOIL_STATE_WATCH, prefix_);
            call.since(since_, std::chrono::seconds(50));
            stored_values news = co_await call;
            since_ = news.revision();
            if (!news.empty() || news.is_cut())
                co_return news;
        }
    }

private:
    detail::core* own_;
    detail::store_scope scope_;
    std::string prefix_;
    std::uint64_t since_;
};

/// Values in tinfoil's state file, which all collections of the bot share: they outlive restarts
/// and new versions. What a `co_await` has written is on the disk. Keys of 1 to 512 bytes, values
/// up to 1 MiB; 100,000 of them and 256 MiB for each plugin, and as much for those that all plugins
/// share. Failures throw store_error.
class value_store {
public:
    value_store(detail::core& own, detail::store_scope scope) : own_(&own), scope_(scope) {}

    /// `co_await` gives an optional<string>: nothing when there is no such value.
    [[nodiscard]] detail::store_get get(std::string_view key) const
    {
        return {*own_, scope_, TINFOIL_STATE_GET, key};
    }
    /// The same with its revision: an optional<stored_value>.
    [[nodiscard]] detail::store_read read(std::string_view key) const
    {
        return {*own_, scope_, TINFOIL_STATE_GET, key};
    }
    [[nodiscard]] detail::store_write put(std::string_view key, std::string_view value) const
    {
        return {*own_, scope_, TINFOIL_STATE_PUT, key, value};
    }
    /// For so long, up to ten years; then it is as if it had been erased.
    [[nodiscard]] detail::store_write put(std::string_view key, std::string_view value,
                                          std::chrono::milliseconds lives) const
    {
        detail::store_write made(*own_, scope_, TINFOIL_STATE_PUT, key, value);
        made.lives(lives);
        return made;
    }
    [[nodiscard]] detail::store_write erase(std::string_view key) const
    {
        return {*own_, scope_, TINFOIL_STATE_ERASE, key};
    }

    /// Only if the value is still of that revision; 0: if there is none. `co_await` gives a
    /// conditional_change.
    [[nodiscard]] detail::store_change put_if(std::string_view key, std::uint64_t revision,
                                              std::string_view value) const
    {
        detail::store_change made(*own_, scope_, TINFOIL_STATE_PUT, key, value);
        made.only_if(revision);
        return made;
    }
    [[nodiscard]] detail::store_change put_if(std::string_view key, std::uint64_t revision,
                                              std::string_view value,
                                              std::chrono::milliseconds lives) const
    {
        detail::store_change made = put_if(key, revision, value);
        made.lives(lives);
        return made;
    }
    [[nodiscard]] detail::store_change erase_if(std::string_view key, std::uint64_t revision) const
    {
        detail::store_change made(*own_, scope_, TINFOIL_STATE_ERASE, key);
        made.only_if(revision);
        return made;
    }

    /// Adds to a value that is a decimal number; none counts as 0. `co_await` gives the sum.
    [[nodiscard]] detail::store_add add(std::string_view key, std::int64_t delta = 1) const
    {
        detail::store_add made(*own_, scope_, TINFOIL_STATE_ADD, key);
        made.add(delta);
        return made;
    }
    /// One that is not there yet lives for so long; later sums do not prolong it.
    [[nodiscard]] detail::store_add add(std::string_view key, std::int64_t delta,
                                        std::chrono::milliseconds lives) const
    {
        detail::store_add made = add(key, delta);
        made.lives(lives);
        return made;
    }

    /// Values whose keys begin with `prefix` and are behind `after`, at most `limit`, 1,000 and
    /// 4 MiB: `co_await` gives stored_values.
    [[nodiscard]] detail::store_list list(std::string_view prefix, std::string_view after = {},
                                          std::uint32_t limit = 0) const
    {
        detail::store_list made(*own_, scope_, TINFOIL_STATE_LIST, prefix);
        made.behind(after, limit);
        return made;
    }

    /// Changes of values whose keys begin with `prefix`, behind that revision, as list() gives it;
    /// 0: from the first next() on. At most 256 wait at a time.
    [[nodiscard]] store_watch watch(std::string_view prefix, std::uint64_t revision = 0) const
    {
        return {*own_, scope_, prefix, revision};
    }

private:
    detail::core* own_;
    detail::store_scope scope_;
};

}  // namespace tinfoil
