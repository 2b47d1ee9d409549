#pragma once

#include <boost/json.hpp>

#include <stdexcept>
#include <string>
#include <string_view>
#include <tinfoil/core.hpp>
#include <tinfoil/message.hpp>
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
    std::string message_;
    boost::json::value json_;
};

/// A request that goes out when it is awaited; `co_await` gives a rest_result.
class [[nodiscard]] rest_call : private detail::waiter {
public:
    rest_call(detail::core& own, std::string_view method, std::string path)
        : waiter(own),
          method_(method),
          path_(std::move(path))
    {
    }

    rest_call&& body(const boost::json::value& json) &&
    {
        body_ = boost::json::serialize(json);
        return std::move(*this);
    }
    rest_call&& files(const std::vector<attachment>& all) &&
    {
        files_ = all;
        return std::move(*this);
    }
    /// Shown in the guild's audit log. Discord Docs/Audit Log.
    rest_call&& reason(std::string_view text) &&
    {
        reason_ = text;
        return std::move(*this);
    }
    rest_call&& first_answer() &&
    {
        flags_ |= TINFOIL_REST_INTERACTION;
        return std::move(*this);
    }

    using waiter::await_ready;
    using waiter::await_suspend;
    rest_result await_resume()
    {
        return rest_result(*own_, method_ + " " + path_, status_, http_status_, body_answer());
    }

private:
    const std::string& body_answer() const { return waiter::body_; }

    tinfoil_op begin(std::uint64_t tag) override
    {
        std::vector<std::string> names;
        std::vector<tinfoil_part> parts;
        names.reserve(files_.size());
        for (const attachment& file : files_) {
            names.push_back("files[" + std::to_string(names.size()) + "]");
            parts.push_back({detail::borrow(names.back()), detail::borrow(file.filename()),
                             detail::borrow(file.content_type()), detail::borrow(file.bytes())});
        }
        tinfoil_rest what{};
        what.size = sizeof what;
        what.flags = flags_;
        what.method = detail::borrow(method_);
        what.path = detail::borrow(path_);
        what.body = detail::borrow(body_);
        what.audit_log_reason = detail::borrow(reason_);
        what.parts = parts.data();
        what.part_count = static_cast<std::uint32_t>(parts.size());
        return own_->host().rest(own_->host().context, &what, tag);
    }

    std::string method_, path_, body_, reason_;
    std::vector<attachment> files_;
    std::uint32_t flags_ = 0;
};

}  // namespace tinfoil
