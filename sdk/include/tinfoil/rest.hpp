#pragma once

#include <boost/json.hpp>

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tinfoil/core.hpp>
#include <tinfoil/json.hpp>
#include <tinfoil/limits.hpp>
#include <tinfoil/message.hpp>
#include <tinfoil/percent.hpp>
#include <type_traits>
#include <utility>
#include <vector>

namespace tinfoil {

/// What value() throws: a request that did not succeed.
class rest_error : public std::runtime_error {
public:
    rest_error(const std::string& text, int status, int code)
        : std::runtime_error(text),
          status_(status),
          code_(code)
    {
    }
    /// HTTP; 0 when no answer came.
    [[nodiscard]] int status() const { return status_; }
    /// Discord's own; 0 when there was none. Discord Docs/Opcodes and Status Codes, "JSON".
    [[nodiscard]] int code() const { return code_; }

private:
    int status_, code_;
};

/// The answer to a request. One that failed and was never looked at is logged when it goes.
class [[nodiscard]] rest_result {
public:
    rest_result(detail::core& own, std::string route, int32_t outcome, int http_status,
                const std::string& body)
        : own_(&own),
          route_(std::move(route)),
          status_(http_status)
    {
        if (outcome < 0) {
            message_ = body;
            return;
        }
        boost::json::error_code failed;
        json_ = boost::json::parse(body.empty() ? "null" : body, failed);
        if (failed)
            text_ = body;
        const auto* object = json_.if_object();
        if (succeeded() || object == nullptr)
            return;
        if (const auto* code = object->if_contains("code"); code != nullptr && code->is_int64())
            code_ = static_cast<int>(code->get_int64());
        if (const auto* text = object->if_contains("message"); text != nullptr && text->is_string())
            message_ = text->get_string().c_str();
    }
    rest_result(rest_result&& other) noexcept
        : own_(std::exchange(other.own_, nullptr)),
          route_(std::move(other.route_)),
          status_(other.status_),
          code_(other.code_),
          message_(std::move(other.message_)),
          text_(std::move(other.text_)),
          json_(std::move(other.json_))
    {
    }
    rest_result& operator=(rest_result&&) = delete;
    ~rest_result()
    {
        if (own_ != nullptr && !succeeded())
            own_->log(TINFOIL_WARNING, describe());
    }

    [[nodiscard]] bool ok() const { return look().succeeded(); }
    explicit operator bool() const { return ok(); }
    /// HTTP; 0 when no answer came.
    [[nodiscard]] int status() const { return look().status_; }
    [[nodiscard]] int code() const { return look().code_; }
    [[nodiscard]] const std::string& message() const { return look().message_; }
    /// Discord's `errors` object, null when there is none.
    [[nodiscard]] boost::json::value errors() const
    {
        const auto* object = look().json_.if_object();
        const auto* found = object == nullptr ? nullptr : object->if_contains("errors");
        return found == nullptr ? boost::json::value() : *found;
    }
    /// The answer's JSON, whatever its status; null when it had none.
    [[nodiscard]] const boost::json::value& json() const { return look().json_; }
    /// Of what was made or read: the answer's own `id`; 0 when it has none.
    [[nodiscard]] snowflake id() const
    {
        const auto* object = look().json_.if_object();
        return object == nullptr ? 0 : id_in(*object, "id");
    }
    /// The answer as it came where it is no JSON: an image, CSV. Empty otherwise.
    [[nodiscard]] const std::string& text() const { return look().text_; }
    /// The answer's JSON, or a rest_error.
    const boost::json::value& value() const
    {
        if (!ok())
            throw rest_error(describe(), status_, code_);
        return json_;
    }

private:
    [[nodiscard]] bool succeeded() const { return status_ >= 200 && status_ < 300; }
    const rest_result& look() const
    {
        own_ = nullptr;
        return *this;
    }
    [[nodiscard]] std::string describe() const
    {
        std::string text = route_ + " failed: ";
        if (status_ != 0)
            text += "HTTP " + std::to_string(status_) +
                    (code_ != 0 ? ", code " + std::to_string(code_) : "") +
                    (message_.empty() ? "" : ": ");
        return text + message_;
    }

    mutable detail::core* own_;  // Nothing once somebody has looked.
    std::string route_;
    int status_ = 0;
    int code_ = 0;
    std::string message_, text_;
    boost::json::value json_;
};

namespace detail {

/// One part of a path, with its slash. What is not plain is percent-encoded, so a text can't lead
/// elsewhere; one that is empty or dots would, whatever it is written as, and throws.
inline std::string segment(std::string_view text)
{
    if (text.empty() || text == "." || text == "..")
        throw std::invalid_argument("\"" + std::string(text) + "\" can't be a part of a path");
    return "/" + percent_encoded(text);
}
inline std::string segment(snowflake id)
{
    return "/" + std::to_string(id);
}

/// A path for people: without the token that those of webhooks and interactions carry.
inline std::string without_token(const std::string& path)
{
    if (!path.starts_with("/webhooks/") && !path.starts_with("/interactions/"))
        return path;
    const auto begin = path.find('/', path.find('/', 1) + 1);
    if (begin == std::string::npos)
        return path;
    const auto end = std::min(path.find_first_of("/?", begin + 1), path.size());
    return path.substr(0, begin + 1) + "..." + path.substr(end);
}

}  // namespace detail

/// A request that goes out when it is awaited, once; `co_await` gives a rest_result. Its setters
/// copy what they get and can follow each other in one expression. Of one that routes.hpp made, the
/// names of its query come before these.
class [[nodiscard]] rest_call : private detail::waiter {
public:
    /// `path` is below the API base, and may have a query.
    rest_call(detail::core& own, std::string_view method, std::string path)
        : waiter(own),
          method_(method),
          path_(std::move(path))
    {
    }

    [[nodiscard]] const std::string& method() const { return method_; }
    /// With the query.
    [[nodiscard]] const std::string& path() const { return path_; }

    rest_call&& query(std::string_view name, std::string_view value)
    {
        path_ += path_.find('?') == std::string::npos ? '?' : '&';
        path_ += detail::percent_encoded(name) + "=" + detail::percent_encoded(value);
        return std::move(*this);
    }
    template <std::integral Number>
    rest_call&& query(std::string_view name, Number value)
    {
        if constexpr (std::is_same_v<Number, bool>)
            return query(name, std::string_view(value ? "true" : "false"));
        else
            return query(name, std::string_view(std::to_string(value)));
    }

    /// One more value of a parameter that has several, with commas between them.
    rest_call&& query_list(std::string_view name, snowflake value)
    {
        const auto last = path_.find_last_of("?&");
        if (last == std::string::npos ||
            !path_.substr(last + 1).starts_with(std::string(name) + "="))
            return query(name, value);
        path_ += "%2C" + std::to_string(value);
        return std::move(*this);
    }

    /// The whole body. Braces are refused, as g++ 12 can't compile them in a coroutine: give a
    /// named value, or use field().
    rest_call&& body(boost::json::value json)
    {
        json_ = std::move(json);
        return std::move(*this);
    }
    rest_call&& body(const detail::give_a_named_value_in_place_of_braces&) = delete;
    /// One member of the body, which is an object.
    rest_call&& field(std::string_view name, const boost::json::value& value)
    {
        if (!json_.is_object())
            json_.emplace_object();
        json_.get_object()[{name.data(), name.size()}] = value;
        return std::move(*this);
    }
    rest_call&& field(std::string_view name, std::string_view value)
    {
        return field(name,
                     boost::json::value(boost::json::string_view(value.data(), value.size())));
    }
    rest_call&& field(std::string_view name, const char* value)
    {
        return field(name, std::string_view(value));
    }
    rest_call&& field(std::string_view name, std::nullptr_t)
    {
        return field(name, boost::json::value());
    }
    /// Ids and permissions are sent as text, which is how Discord has them.
    template <std::integral Number>
    rest_call&& field(std::string_view name, Number value)
    {
        if constexpr (std::is_same_v<Number, snowflake>)
            return field(name, std::string_view(std::to_string(value)));
        else
            return field(name, boost::json::value(value));
    }

    /// One more file of a message. Discord Docs/Reference, "Uploading Files".
    rest_call&& attach(const attachment& file)
    {
        return part("files[" + std::to_string(parts_.size()) + "]", file);
    }
    rest_call&& files(const std::vector<attachment>& all)
    {
        for (const attachment& each : all)
            attach(each);
        return std::move(*this);
    }
    /// A file for a route that has a name of its own for it.
    rest_call&& part(std::string_view name, const attachment& file)
    {
        parts_.emplace_back(name, file);
        return std::move(*this);
    }
    /// The members of the body go as parts of a form, as few routes want it.
    rest_call&& as_form()
    {
        is_form_ = true;
        return std::move(*this);
    }

    /// Shown in the guild's audit log, at most 512 characters. Discord Docs/Audit Log.
    rest_call&& reason(std::string_view text)
    {
        reason_ = text;
        return std::move(*this);
    }
    /// How long it may take with all waiting; 30 s when nothing is said.
    rest_call&& timeout(std::chrono::milliseconds longest)
    {
        timeout_ms_ = static_cast<std::uint32_t>(
            std::clamp<std::int64_t>(longest.count(), 1, std::numeric_limits<std::int32_t>::max()));
        return std::move(*this);
    }
    /// It is the first answer to an interaction, which goes before everything else.
    rest_call&& first_answer()
    {
        flags_ |= TINFOIL_REST_INTERACTION;
        return std::move(*this);
    }

    using waiter::await_ready;
    using waiter::await_suspend;
    rest_result await_resume()
    {
        return rest_result(*own_, method_ + " " + detail::without_token(path_), status_,
                           http_status_, body_);
    }

private:
    tinfoil_op begin(std::uint64_t tag) override
    {
        // A form's fields, kept while the host copies.
        std::vector<std::pair<std::string, std::string>> fields;
        if (is_form_ && json_.is_object())
            for (const auto& [name, value] : json_.get_object())
                fields.emplace_back(name, value.is_string() ? std::string(value.get_string())
                                                            : boost::json::serialize(value));
        std::vector<tinfoil_part> parts;
        for (const auto& [name, value] : fields)
            parts.push_back({detail::borrow(name), {}, {}, detail::borrow(value)});
        for (const auto& [name, file] : parts_)
            parts.push_back({detail::borrow(name), detail::borrow(file.filename()),
                             detail::borrow(file.content_type()), detail::borrow(file.bytes())});
        const std::string text =
            is_form_ || json_.is_null() ? std::string() : boost::json::serialize(json_);
        tinfoil_rest what{};
        what.size = sizeof what;
        what.flags = flags_;
        what.method = detail::borrow(method_);
        what.path = detail::borrow(path_);
        what.body = detail::borrow(text);
        what.audit_log_reason = detail::borrow(reason_);
        what.parts = parts.data();
        what.part_count = static_cast<std::uint32_t>(parts.size());
        what.timeout_ms = timeout_ms_;
        return own_->host().rest(own_->host().context, &what, tag);
    }

    std::string method_, path_, reason_;
    boost::json::value json_;
    std::vector<std::pair<std::string, attachment>> parts_;
    bool is_form_ = false;
    std::uint32_t flags_ = 0, timeout_ms_ = 0;
};

namespace detail {

/// A path on its way to a request.
class place {
public:
    place(core& own, std::string path) : own_(&own), path_(std::move(path)) {}

protected:
    [[nodiscard]] rest_call call(std::string_view method) const
    {
        return rest_call(*own_, method, path_);
    }
    [[nodiscard]] rest_call call(std::string_view method, const boost::json::value& body) const
    {
        return rest_call(*own_, method, path_).body(body);
    }
    [[nodiscard]] rest_call call(std::string_view method, const message& what) const
    {
        check_limits(what);
        return rest_call(*own_, method, path_).body(what.body()).files(what.files());
    }

    core* own_;
    std::string path_;
};

/// What rest() has besides Discord's paths.
class rest_root : public place {
public:
    explicit rest_root(core& own) : place(own, "") {}

    /// Any operation: the path below the API base, with query.
    rest_call request(std::string_view method, std::string_view path) const
    {
        return rest_call(*own_, method, std::string(path));
    }
};

}  // namespace detail
}  // namespace tinfoil
