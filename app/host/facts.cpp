#include "host/facts.hpp"

#include "host/own_values.hpp"
#include "net/clock.hpp"
#include "net/digest.hpp"

#include <boost/json.hpp>

#include <fmt/format.h>

namespace tinfoil::host {
namespace {

namespace json = boost::json;

result<facts> parse(const std::string& application, const std::string& gateway)
{
    auto who = discord::parse_application(application);
    if (!who)
        return who.error();
    auto where = discord::parse_gateway_bot(gateway);
    if (!where)
        return where.error();
    return facts{std::move(*who), std::move(*where)};
}

}  // namespace

fact_finder::fact_finder(parts with, std::string api, const redacted& token)
    : with_(with),
      api_(std::move(api)),
      token_mark_(net::sha256_hex(api_ + " " + token.reveal()))
{
}

std::optional<facts> fact_finder::remembered()
{
    const auto kept = with_.store.own_value(last_facts);
    if (!kept || !*kept)
        return std::nullopt;
    json::error_code failed;
    const json::value whole = json::parse(**kept, failed);
    const auto* object = failed ? nullptr : whole.if_object();
    const auto text = [&](const char* key) -> std::string {
        const auto* found = object == nullptr ? nullptr : object->if_contains(key);
        return found != nullptr && found->is_string() ? std::string(found->get_string()) : "";
    };
    if (text("token") != token_mark_)
        return std::nullopt;
    auto found = parse(text("application"), text("gateway"));
    return found ? std::optional(std::move(*found)) : std::nullopt;
}

void fact_finder::remember(const std::string& application, const std::string& gateway)
{
    // Only for the next start: one that can't be kept costs that start a moment.
    static_cast<void>(with_.store.set_own_value(
        last_facts, json::serialize(json::object{{"token", token_mark_},
                                                 {"application", application},
                                                 {"gateway", gateway},
                                                 {"wall_ms", net::wall_clock_ms()}})));
    application_ = application;
}

void fact_finder::ask(const std::string& binding, done then)
{
    fetch("/applications/@me", [this, binding, then = std::move(then)](result<std::string> who) {
        if (!who)
            return then(who.error());
        const auto application = discord::parse_application(*who);
        if (!application)
            return then(application.error());
        if (auto bound = with_.store.bind(application->id, binding); !bound)
            return then(bound.error());
        fetch("/gateway/bot", [this, who = std::move(*who), then](result<std::string> where) {
            if (!where)
                return then(where.error());
            auto found = parse(who, *where);
            if (found)
                remember(who, *where);
            then(std::move(found));
        });
    });
}

void fact_finder::ask_gateway(std::function<void(result<discord::gateway_bot>)> then)
{
    fetch("/gateway/bot", [this, then = std::move(then)](result<std::string> where) {
        if (!where)
            return then(where.error());
        auto found = discord::parse_gateway_bot(*where);
        if (found && !application_.empty())
            remember(application_, *where);
        then(std::move(found));
    });
}

void fact_finder::set_token(const redacted& token)
{
    token_mark_ = net::sha256_hex(api_ + " " + token.reveal());
}

std::optional<remembered_gateway> remembered_starts(const std::string& kept)
{
    json::error_code failed;
    const json::value whole = json::parse(kept, failed);
    const auto* object = failed ? nullptr : whole.if_object();
    const auto* gateway = object == nullptr ? nullptr : object->if_contains("gateway");
    const auto* when = object == nullptr ? nullptr : object->if_contains("wall_ms");
    if (gateway == nullptr || !gateway->is_string() || when == nullptr || !when->is_int64())
        return std::nullopt;
    auto parsed = discord::parse_gateway_bot(std::string_view(gateway->get_string()));
    if (!parsed)
        return std::nullopt;
    return remembered_gateway{std::move(*parsed), when->get_int64()};
}

void fact_finder::fetch(const std::string& path, std::function<void(result<std::string>)> then)
{
    discord::rest_request request;
    request.method = "GET";
    request.path = path;
    with_.rest.submit(std::move(request), [this, path, then = std::move(then)](
                                              result<discord::rest_response> answer) {
        if (!answer)
            return then(answer.error());
        with_.counted.answered({}, answer->status);
        if (answer->status == 401)
            return then(error{errc::token_rejected,
                              api_ + " does not accept the bot token; copy it again from the "
                                     "Discord Developer Portal, Bot, Reset Token"});
        if (answer->status != 200)
            return then(error{errc::http_status,
                              fmt::format("GET {}{} answered {}; is the API address right?", api_,
                                          path, answer->status)});
        then(std::move(answer->body));
    });
}

}  // namespace tinfoil::host
