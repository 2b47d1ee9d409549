#include "host/rest_control.hpp"

#include "host/status_json.hpp"
#include "net/base64.hpp"

#include <boost/json.hpp>

#include <algorithm>

namespace tinfoil::host {
namespace {

namespace json = boost::json;

constexpr std::string_view call_path = "/v1/rest", limits_path = "/v1/rest/limits";

error bad(const std::string& why)
{
    return {errc::invalid_argument, "a call of Discord's API " + why +
                                        R"(; it looks like {"method":"GET","path":"/users/@me"})"};
}

std::int64_t ms(duration of)
{
    return std::chrono::ceil<std::chrono::milliseconds>(of).count();
}

template <class T>
json::value or_null(const std::optional<T>& of)
{
    return of ? json::value(*of) : json::value(nullptr);
}

result<discord::file_part> parse_file(const json::value& from)
{
    const auto* fields = from.if_object();
    if (fields == nullptr)
        return bad("needs an object for each of \"files\"");
    discord::file_part made;
    for (const auto& member : *fields) {
        const auto* text = member.value().if_string();
        if (text == nullptr)
            return bad("needs texts in \"files\"");
        if (member.key() == "name")
            made.name = *text;
        else if (member.key() == "filename")
            made.filename = *text;
        else if (member.key() == "content_type")
            made.content_type = *text;
        else if (member.key() == "base64") {
            auto bytes = net::from_base64(std::string_view(*text));
            if (!bytes)
                return bad("has a file that is no base64");
            made.bytes = std::move(*bytes);
        } else
            return bad("has a field of a file that this host does not know");
    }
    return made;
}

result<void> take_field(discord::rest_request& into, std::string_view key, const json::value& value)
{
    if (key == "files") {
        if (!value.is_array())
            return bad("needs a list for \"files\"");
        for (const auto& each : value.get_array()) {
            auto file = parse_file(each);
            if (!file)
                return file.error();
            into.files.push_back(std::move(*file));
        }
        return {};
    }
    if (key == "timeout_ms") {
        const auto most =
            std::chrono::duration_cast<std::chrono::milliseconds>(rest_control::timeout_max);
        boost::system::error_code failed;
        const auto given = value.to_number<std::int64_t>(failed);
        if (failed || given < 1 || given > most.count())
            return bad("needs 1 to " + std::to_string(most.count()) + " for \"timeout_ms\"");
        into.timeout = std::chrono::milliseconds(given);
        return {};
    }
    std::string* const text = key == "method"   ? &into.method
                              : key == "path"   ? &into.path
                              : key == "body"   ? &into.body
                              : key == "reason" ? &into.audit_log_reason
                                                : nullptr;
    if (text == nullptr)
        return bad("has a field that this host does not know");
    if (!value.is_string())
        return bad("needs a text for \"" + std::string(key) + "\"");
    *text = value.get_string();
    return {};
}

json::object bucket_json(const rest::bucket_view& from)
{
    return {{"bucket", from.bucket.empty() ? json::value(nullptr) : json::value(from.bucket)},
            {"routes", json::value_from(from.routes)},
            {"major", from.major},
            {"limit", or_null(from.limit)},
            {"remaining", or_null(from.remaining)},
            {"reset_after_ms", ms(from.reset_after)},
            {"blocked_for_ms", ms(from.blocked_for)},
            {"waiting", from.waiting},
            {"in_flight", from.in_flight},
            {"has_sub_limit", from.has_sub_limit}};
}

json::object owner_json(const rest::view::owner_view& from)
{
    return {{"plugin", from.name},
            {"waiting", from.waiting},
            {"in_flight", from.in_flight},
            {"in_flight_max", from.may.in_flight},
            {"per_second_max", from.may.per_second},
            {"invalid", from.invalid},
            {"invalid_max", from.may.invalid},
            {"submitted", from.seen.submitted},
            {"sent", from.seen.sent},
            {"completed", from.seen.completed},
            {"refused", from.seen.refused},
            {"retried", from.seen.retried},
            {"limited", from.seen.limited},
            {"client_errors", from.seen.client_errors},
            {"server_errors", from.seen.server_errors},
            {"waited_longest_ms", ms(from.seen.waited_longest)}};
}

net::control_answer answer_of(std::string text)
{
    net::control_answer made;
    made.json = std::move(text);
    return made;
}

int status_of(errc code)
{
    return code == errc::timed_out ? 504 : code == errc::invalid_argument ? 400 : 502;
}

}  // namespace

bool rest_control::takes(std::string_view path)
{
    return path == call_path || path == limits_path;
}

net::control_bounds rest_control::bounds()
{
    net::control_bounds made;
    made.larger_bodies.emplace(call_path, 40U << 20);
    return made;
}

void rest_control::on_request(const net::control_request& what, const net::control_reply& reply)
{
    const std::string_view method = what.path == call_path ? "POST" : "GET";
    if (what.method != method) {
        auto made = net::control_error(
            405, "wrong_method", what.path + " takes " + std::string(method) + " only; use that");
        made.allow = method;
        return reply(std::move(made));
    }
    if (what.path == limits_path)
        return reply(answer_of(limits_json(to_.look())));
    auto asked = parse_rest_call(what.body);
    if (!asked)
        return reply(net::control_error(400, "bad_request", asked.error().detail));
    to_.submit(std::move(*asked), [reply](result<discord::rest_response> got) {
        if (!got)
            return reply(net::control_error(status_of(got.error().code), name(got.error().code),
                                            got.error().detail));
        reply(answer_of(rest_answer_json(*got)));
    });
}

std::string rest_call_json(const discord::rest_request& from)
{
    json::array files;
    for (const auto& each : from.files)
        files.push_back(json::object{{"name", each.name},
                                     {"filename", each.filename},
                                     {"content_type", each.content_type},
                                     {"base64", net::to_base64(each.bytes)}});
    return json::serialize(json::object{
        {"method", from.method},
        {"path", from.path},
        {"body", from.body},
        {"reason", from.audit_log_reason},
        {"files", std::move(files)},
        {"timeout_ms",
         std::chrono::duration_cast<std::chrono::milliseconds>(from.timeout).count()}});
}

result<discord::rest_request> parse_rest_call(std::string_view text)
{
    boost::system::error_code failed;
    const json::value whole = json::parse(text, failed);
    if (failed || !whole.is_object())
        return bad("is no JSON object");
    discord::rest_request made;
    made.timeout = std::chrono::seconds(20);
    for (const auto& member : whole.get_object())
        if (auto taken = take_field(made, member.key(), member.value()); !taken)
            return taken.error();
    if (made.method.empty() || !made.path.starts_with('/'))
        return bad("needs a \"method\", and a \"path\" that begins with /");
    return made;
}

std::string rest_answer_json(const discord::rest_response& from)
{
    json::object headers;
    for (const auto& [name, value] : from.headers)
        headers[name] = value;
    return json::serialize(json::object{{"api_version", api_version},
                                        {"status", from.status},
                                        {"headers", std::move(headers)},
                                        {"body", from.body},
                                        {"elapsed_ms", ms(from.elapsed)}});
}

result<discord::rest_response> parse_rest_answer(std::string_view text)
{
    boost::system::error_code failed;
    const json::value whole = json::parse(text, failed);
    const auto* fields = failed ? nullptr : whole.if_object();
    const auto* status = fields == nullptr ? nullptr : fields->if_contains("status");
    const auto* body = fields == nullptr ? nullptr : fields->if_contains("body");
    if (status == nullptr || !status->is_int64() || body == nullptr || !body->is_string())
        return error{errc::malformed,
                     "the host's answer is not what control-api.md says; is it a newer tinfoil?"};
    discord::rest_response made;
    made.status = static_cast<int>(status->get_int64());
    made.body = body->get_string();
    return made;
}

std::string limits_json(const rest::view& from)
{
    json::array buckets, owners;
    for (const auto& each : from.buckets)
        buckets.push_back(bucket_json(each));
    for (const auto& each : from.owners)
        owners.push_back(owner_json(each));
    return json::serialize(
        json::object{{"api_version", api_version},
                     {"waiting", from.waiting},
                     {"in_flight", from.in_flight},
                     {"global",
                      {{"per_second", from.global_limit},
                       {"used", from.global_used},
                       {"blocked_for_ms", ms(from.global_blocked_for)}}},
                     {"invalid", {{"used", from.invalid}, {"max", from.invalid_max}}},
                     {"token_rejected", from.token_rejected},
                     {"dead_webhooks", from.dead_webhooks},
                     {"buckets_known", from.buckets_known},
                     {"buckets", std::move(buckets)},
                     {"plugins", std::move(owners)}});
}

}  // namespace tinfoil::host
