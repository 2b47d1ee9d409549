#include "host/restart_control.hpp"

#include "host/control_answers.hpp"
#include "host/status_json.hpp"

#include <boost/json.hpp>

#include <array>
#include <fmt/format.h>
#include <optional>

namespace tinfoil::host {
namespace {

namespace json = boost::json;

constexpr std::string_view path = "/v1/collections/restart",
                           cancel_path = "/v1/collections/restart/cancel";

constexpr std::array stages{restart_stage::waiting,  restart_stage::ending, restart_stage::starting,
                            restart_stage::resuming, restart_stage::back,   restart_stage::failed,
                            restart_stage::skipped};
constexpr std::array states{restart_state::none, restart_state::running, restart_state::done,
                            restart_state::failed, restart_state::cancelled};

std::int64_t in_ms(duration of)
{
    return std::chrono::duration_cast<std::chrono::milliseconds>(of).count();
}

json::object object_of(const restart_progress& of)
{
    json::array steps;
    for (const auto& each : of.steps)
        steps.push_back(json::object{{"collection", each.collection},
                                     {"stage", name(each.where)},
                                     {"shards", each.shards},
                                     {"resumed", each.resumed},
                                     {"took_ms", in_ms(each.took)}});
    return {{"state", name(of.state)},
            {"why", valid(of.why)},
            {"done", of.done()},
            {"collections", std::move(steps)}};
}

}  // namespace

duration restart_quote::usually() const
{
    duration all{};
    for (const step& each : order)
        all += each.usually;
    return all;
}

std::string restart_json(const restart_progress& of)
{
    return json::serialize(json::object{{"api_version", api_version}, {"restart", object_of(of)}});
}

result<restart_progress> parse_restart(std::string_view text)
{
    return read_answer(text, [](const json::value& answer) {
        const json::value& own = answer.at("restart");
        restart_progress made;
        made.state = named(own.at("state"), states);
        made.why = std::string(std::string_view(own.at("why").as_string()));
        for (const json::value& each : own.at("collections").as_array())
            made.steps.push_back(
                {each.at("collection").to_number<std::uint32_t>(), named(each.at("stage"), stages),
                 each.at("shards").to_number<std::size_t>(),
                 each.at("resumed").to_number<std::size_t>(),
                 std::chrono::milliseconds(each.at("took_ms").to_number<std::int64_t>())});
        return made;
    });
}

std::string restart_quote_json(const restart_quote& of, bool dry_run)
{
    json::array order;
    for (const auto& each : of.order)
        order.push_back(json::object{{"collection", each.collection},
                                     {"shards", each.shards},
                                     {"events_per_second_milli", each.events_milli},
                                     {"usually_ms", in_ms(each.usually)}});
    return json::serialize(json::object{{"api_version", api_version},
                                        {"dry_run", dry_run},
                                        {"executable", valid(of.executable)},
                                        {"is_other", of.is_other},
                                        {"identifies", 0},
                                        {"usually_ms", in_ms(of.usually())},
                                        {"order", std::move(order)}});
}

result<restart_quote> parse_restart_quote(std::string_view text)
{
    return read_answer(text, [](const json::value& answer) {
        restart_quote made;
        made.executable = std::string(std::string_view(answer.at("executable").as_string()));
        made.is_other = answer.at("is_other").as_bool();
        for (const json::value& each : answer.at("order").as_array())
            made.order.push_back(
                {each.at("collection").to_number<std::uint32_t>(),
                 each.at("shards").to_number<std::size_t>(),
                 each.at("events_per_second_milli").to_number<std::uint64_t>(),
                 std::chrono::milliseconds(each.at("usually_ms").to_number<std::int64_t>())});
        return made;
    });
}

bool restart_control::takes(std::string_view asked)
{
    return asked == path || asked == cancel_path;
}

void restart_control::on_request(const net::control_request& what, const net::control_reply& reply)
{
    reply(answer(what));
}

net::control_answer restart_control::answer(const net::control_request& what)
{
    const bool reads = what.path == path && what.method == "GET";
    if (!reads && what.method != "POST") {
        const char* allowed = what.path == path ? "GET, POST" : "POST";
        auto made = net::control_error(
            405, "wrong_method", fmt::format("{} takes {} only; use that", what.path, allowed));
        made.allow = allowed;
        return made;
    }
    if (target_ == nullptr)
        return net::control_error(503, "busy",
                                  "the host has no collections yet; ask again in a moment");
    if (reads)
        return answer_with(restart_json(target_->look()));
    if (what.path == path)
        return begin(what);
    if (!what.body.empty() && what.body != "{}")
        return net::control_error(400, "bad_request",
                                  fmt::format("the body of {} has something in it; send {{}}, or "
                                              "nothing",
                                              cancel_path));
    target_->cancel();
    return answer_with(restart_json(target_->look()));
}

net::control_answer restart_control::begin(const net::control_request& what)
{
    const auto bad = [](const std::string& why) {
        return net::control_error(400, "bad_request",
                                  fmt::format("the body of {} {}; send {{}} to restart, "
                                              R"({{"dry_run":true}} to see in which order)",
                                              path, why));
    };
    boost::system::error_code failed;
    const json::value body = json::parse(what.body.empty() ? "{}" : what.body, failed);
    if (failed || !body.is_object())
        return bad("is no JSON object");
    bool dry_run = false;
    for (const auto& member : body.get_object()) {
        // One that is not understood may be the point of the request.
        if (member.key() != "dry_run")
            return bad("has a field that this host does not know");
        if (!member.value().is_bool())
            return bad("needs true or false for \"dry_run\"");
        dry_run = member.value().get_bool();
    }
    const auto quote = dry_run ? target_->quote() : target_->begin();
    if (!quote)
        return refusal_of(quote.error());
    return answer_with(restart_quote_json(*quote, dry_run), dry_run ? 200 : 202);
}

void restart_control::changed() const
{
    if (target_ == nullptr)
        return;
    // Without the steps, of which there may be many.
    const restart_progress& now = target_->look();
    json::object told{{"state", name(now.state)},
                      {"why", valid(now.why)},
                      {"done", now.done()},
                      {"of", now.steps.size()}};
    for (const auto& each : now.steps)
        if (each.where != restart_stage::waiting && each.where != restart_stage::back &&
            each.where != restart_stage::skipped) {
            told["collection"] = each.collection;
            told["stage"] = name(each.where);
            told["shards"] = each.shards;
            told["resumed"] = each.resumed;
        }
    publish_({"restart", json::serialize(told)});
}

}  // namespace tinfoil::host
