#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tinfoil/core.hpp>

namespace tinfoil {

/// Why a value could not be read or kept.
class store_error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

namespace detail {

class store_call : public waiter {
public:
    enum class kind { get, put, erase };
    store_call(core& own, kind what, std::string_view key, std::string_view value)
        : waiter(own),
          what_(what),
          key_(key),
          value_(value)
    {
    }

protected:
    void check() const
    {
        if (status_ < 0)
            throw store_error("the value " + key_ + ": " + body_);
    }

private:
    tinfoil_op begin(std::uint64_t tag) override
    {
        const tinfoil_host& host = own_->host();
        const auto* kv =
            static_cast<const tinfoil_kv*>(host.extension(host.context, TINFOIL_EXT_KV));
        if (kv == nullptr)
            return 0;
        switch (what_) {
        case kind::get:
            return kv->get(host.context, borrow(key_), tag);
        case kind::put:
            return kv->put(host.context, borrow(key_), borrow(value_), tag);
        case kind::erase:
            return kv->erase(host.context, borrow(key_), tag);
        }
        return 0;
    }

    kind what_;
    std::string key_, value_;
};

class store_read : public store_call {
public:
    using store_call::store_call;
    std::optional<std::string> await_resume()
    {
        check();
        if (status_ == TINFOIL_NOTHING)
            return std::nullopt;
        return std::move(body_);
    }
};

class store_write : public store_call {
public:
    using store_call::store_call;
    void await_resume() const { check(); }
};

}  // namespace detail

/// The plugin's own values, kept in tinfoil's state file: they outlive restarts and new versions.
/// Keys of 1 to 512 bytes, values up to 1 MiB. Failures throw store_error.
class value_store {
public:
    explicit value_store(detail::core& own) : own_(&own) {}

    /// `co_await` gives an optional<string>: nothing when there is no such value.
    [[nodiscard]] detail::store_read get(std::string_view key) const
    {
        return {*own_, detail::store_call::kind::get, key, ""};
    }
    [[nodiscard]] detail::store_write put(std::string_view key, std::string_view value) const
    {
        return {*own_, detail::store_call::kind::put, key, value};
    }
    [[nodiscard]] detail::store_write erase(std::string_view key) const
    {
        return {*own_, detail::store_call::kind::erase, key, ""};
    }

private:
    detail::core* own_;
};

}  // namespace tinfoil
