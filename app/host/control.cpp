#include "host/control.hpp"

#include "host/control_answers.hpp"
#include "host/status_json.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string_view>

namespace tinfoil::host {
namespace {

namespace json = boost::json;

struct route {
    std::string_view path, method;
};

constexpr std::array routes{route{"/v1/status", "GET"},      route{"/v1/shards", "GET"},
                            route{"/v1/collections", "GET"}, route{"/v1/stop", "POST"},
                            route{"/v1/events", "GET"},      route{"/v1/shards/wake", "POST"},
                            route{"/v1/budget", "GET"},      route{"/v1/budget/release", "POST"},
                            route{"/v1/config", "GET"},      route{"/v1/config/reload", "POST"}};

// Nothing when the request may go on.
std::optional<net::control_answer> refusal(const net::control_request& what)
{
    const auto known = std::find_if(routes.begin(), routes.end(), [&](const route& each) {
        return each.path == std::string_view(what.path);
    });
    if (known == routes.end())
        return net::control_error(404, "unknown_path",
                                  "this host has no such path; control-api.md lists those that "
                                  "there are, a newer tinfoil may have more");
    if (known->method == std::string_view(what.method))
        return std::nullopt;
    auto made = net::control_error(405, "wrong_method",
                                   std::string(known->path) + " takes " +
                                       std::string(known->method) + " only; use that");
    made.allow = known->method;
    return made;
}

bool knows(const status& now, discord::slot which)
{
    return std::any_of(now.shards.begin(), now.shards.end(),
                       [&](const shard_status& one) { return one.slot == which; });
}

net::control_answer unknown_shard(discord::slot which)
{
    return net::control_error(404, "unknown_shard",
                              "this host has no shard " + to_string(which) +
                                  "; tinfoil shards list has those that there are");
}

net::control_answer bad_body(const std::string& why)
{
    return net::control_error(400, "bad_request",
                              "the body of /v1/stop " + why +
                                  R"(; send {"end_sessions":false}, or nothing)");
}

// What a change is; lag and unfinished move all the time.
bool is_as_before(const collection_status& one, const collection_status& other)
{
    return one.number == other.number && one.state == other.state && one.pid == other.pid &&
           one.epoch == other.epoch && one.restarts == other.restarts && one.shards == other.shards;
}

}  // namespace

void control::on_request(const net::control_request& what, const net::control_reply& reply)
{
    if (auto refused = refusal(what))
        return reply(std::move(*refused));
    if (what.path == "/v1/stop")
        return stop(what, reply);
    if (what.path == "/v1/shards/wake")
        return wake(what, reply);
    if (what.path == "/v1/events")
        return follow(reply);
    if (what.path == "/v1/budget")
        return budget(what, reply);
    if (what.path == "/v1/budget/release")
        return release(what, reply);
    if (what.path == "/v1/config")
        return reply(answer_with(settings_json(target_.settings())));
    if (what.path == "/v1/config/reload")
        return reload(what, reply);
    const status now = target_.now();
    reply(answer_with(what.path == "/v1/status"   ? status_json(now)
                      : what.path == "/v1/shards" ? shards_json(now.shards, shards_source::host)
                                                  : collections_json(now.collections)));
}

void control::budget(const net::control_request& what, const net::control_reply& reply) const
{
    constexpr std::string_view name = "for=";
    constexpr int identifies_max = 100'000;
    std::optional<int> plan;
    if (!what.query.empty()) {
        const std::string_view query = what.query;
        int number = 0;
        const auto [end, failed] =
            std::from_chars(query.data() + std::min(name.size(), query.size()),
                            query.data() + query.size(), number);
        if (!query.starts_with(name) || failed != std::errc{} ||
            end != query.data() + query.size() || number < 1 || number > identifies_max)
            return reply(net::control_error(
                400, "bad_request",
                "the query of /v1/budget is not understood; ask ?for=N with 1 to 100000"));
        plan = number;
    }
    const auto made = target_.budget(plan);
    if (!made)
        return reply(net::control_error(503, "state_unusable", made.error().detail));
    reply(answer_with(budget_json(*made)));
}

void control::release(const net::control_request& what, const net::control_reply& reply)
{
    std::optional<discord::slot> slot;
    if (!what.body.empty()) {
        boost::system::error_code failed;
        const json::value body = json::parse(what.body, failed);
        const auto* object = failed ? nullptr : body.if_object();
        const auto* named = object == nullptr ? nullptr : object->if_contains("slot");
        if (object == nullptr || object->size() != (named == nullptr ? 0U : 1U))
            return reply(net::control_error(
                400, "bad_request",
                R"(the body of /v1/budget/release is not understood; send {"slot":"3/16"}, or nothing)"));
        if (named != nullptr) {
            slot = named->is_string() ? discord::parse_slot(std::string_view(named->get_string()))
                                      : std::nullopt;
            if (!slot)
                return reply(
                    net::control_error(400, "bad_request", "\"slot\" is none; write it as 3/16"));
        }
    }
    const std::size_t count = target_.release_starts(slot);
    // A newer one of an operation waits as well, and is in no list of shards yet.
    if (count == 0 && slot && !knows(target_.now(), *slot))
        return reply(unknown_shard(*slot));
    reply(answer_with(
        json::serialize(json::object{{"api_version", api_version}, {"released", count}})));
}

void control::stop(const net::control_request& what, const net::control_reply& reply)
{
    bool end_sessions = false;
    if (!what.body.empty()) {
        boost::system::error_code failed;
        const json::value body = json::parse(what.body, failed);
        if (failed)
            return reply(bad_body("is no JSON (" + failed.message() + ")"));
        if (!body.is_object())
            return reply(bad_body("is no JSON object"));
        for (const auto& member : body.get_object()) {
            // One that is not understood may be the point of the request.
            if (member.key() != "end_sessions")
                return reply(bad_body("has a field that this host does not know"));
            if (!member.value().is_bool())
                return reply(bad_body("needs true or false for \"end_sessions\""));
            end_sessions = member.value().get_bool();
        }
    }
    reply(answer_with(json::serialize(json::object{{"api_version", api_version},
                                                   {"stopping", true},
                                                   {"end_sessions", end_sessions}}),
                      202));
    target_.stop(end_sessions);
}

void control::wake(const net::control_request& what, const net::control_reply& reply)
{
    const auto refuse = [&](const std::string& why) {
        reply(net::control_error(400, "bad_request",
                                 "the body of /v1/shards/wake " + why +
                                     R"(; send {"slots":["3/16"]}, or {} for all)"));
    };
    boost::system::error_code failed;
    const json::value body = json::parse(what.body.empty() ? "{}" : what.body, failed);
    if (failed || !body.is_object())
        return refuse("is no JSON object");
    std::vector<discord::slot> slots;
    for (const auto& member : body.get_object()) {
        if (member.key() != "slots")
            return refuse("has a field that this host does not know");
        if (!member.value().is_array() || member.value().get_array().empty())
            return refuse("needs a list of slots for \"slots\"");
        for (const auto& each : member.value().get_array()) {
            const auto slot = each.is_string()
                                  ? discord::parse_slot(std::string_view(each.get_string()))
                                  : std::nullopt;
            if (!slot)
                return refuse("has a slot that is none");
            slots.push_back(*slot);
        }
    }
    const status now = target_.now();
    for (const discord::slot each : slots)
        if (!knows(now, each))
            return reply(unknown_shard(each));
    target_.wake(slots);
    reply(answer_with(json::serialize(
        json::object{{"api_version", api_version},
                     {"woken", slots.empty() ? now.shards.size() : slots.size()}})));
}

void control::reload(const net::control_request& what, const net::control_reply& reply)
{
    if (!what.body.empty() && what.body != "{}")
        return reply(net::control_error(
            400, "bad_request",
            "the body of /v1/config/reload has something in it; send {}, or nothing"));
    const auto changed = target_.reload_settings();
    if (!changed)
        return reply(net::control_error(400, "bad_settings",
                                        changed.error().detail + "; nothing has changed"));
    reply(answer_with(changes_json(*changed)));
}

void control::follow(const net::control_reply& reply)
{
    const status now = target_.now();
    // Whoever follows from here on hears of changes from here on.
    tell_collections(now.collections);
    net::control_answer made;
    made.stream = net::control_event{"status", summary_json(now)};
    reply(std::move(made));
}

void control::tick()
{
    const status now = target_.now();
    tell_collections(now.collections);
    publish_({"status", summary_json(now)});
}

void control::shard_changed(const shard_status& what)
{
    publish_({"shard", shard_json(what)});
}

void control::look_at_collections()
{
    tell_collections(target_.now().collections);
}

void control::tell_collections(const std::vector<collection_status>& now)
{
    for (const collection_status& each : now) {
        const auto [known, fresh] = told_.try_emplace(each.number, each);
        if (!fresh && is_as_before(known->second, each))
            continue;
        known->second = each;
        publish_({"collection", collection_json(each)});
    }
}

void control::ended()
{
    publish_({"end", "{}"});
}

}  // namespace tinfoil::host
