#include "host/report.hpp"

#include "gateway/state_name.hpp"
#include "version.hpp"

#include <boost/json.hpp>

#include <ctime>
#include <fmt/format.h>
#include <fstream>

namespace tinfoil::host {
namespace {

namespace json = boost::json;

std::string rfc3339(std::int64_t wall_ms)
{
    const std::time_t seconds = static_cast<std::time_t>(wall_ms / 1000);
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", utc.tm_year + 1900,
                       utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec,
                       wall_ms % 1000);
}

json::array plugins_json(const report& about)
{
    json::array all;
    for (const auto& each : about.plugins) {
        json::object one{{"file", each.file},
                         {"name", each.name},
                         {"version", each.version},
                         {"state", each.refused ? "refused" : "running"}};
        if (each.refused)
            one["error"] = each.refused->detail;
        all.push_back(std::move(one));
    }
    return all;
}

json::object witness_json(const sandbox::counts& seen)
{
    return {{"identifies", seen.identifies},
            {"resumes", seen.resumes},
            {"events_sent", seen.events_sent},
            {"commands_given", seen.commands_given},
            {"commands_answered", seen.commands_answered},
            {"answered_twice", seen.answered_twice},
            {"unanswered", seen.unanswered},
            {"requests", seen.requests},
            {"too_many_requests", seen.too_many_requests}};
}

}  // namespace

std::string to_json(const report& about, const tally& counted)
{
    json::object events, rest;
    const tally::totals total = counted.total();
    for (const auto& [type, count] : total.events)
        events[type] = count;
    for (const auto& [status, count] : counted.rest())
        rest[std::to_string(status)] = count;
    json::array shards;
    for (const auto& each : about.shards)
        shards.push_back(
            json::object{{"slot", to_string(each.slot)}, {"state", gateway::name(each.state)}});
    json::array collections;
    for (const auto& each : about.collections)
        collections.push_back(json::object{{"number", each.number}, {"restarts", each.restarts}});
    json::value first_event;
    if (const auto first = counted.first_event())
        first_event = std::chrono::duration_cast<std::chrono::milliseconds>(*first).count();
    json::object all{{"version", version},
                     {"started_at", rfc3339(about.started_ms)},
                     {"stopped_at", rfc3339(about.stopped_ms)},
                     {"duration_ms", about.stopped_ms - about.started_ms},
                     {"error", about.failure ? json::value(about.failure->detail) : json::value()},
                     {"identifies", counted.identifies()},
                     {"resumes", counted.resumes()},
                     {"events", std::move(events)},
                     {"rest", std::move(rest)},
                     {"commands_seen", total.commands_seen},
                     {"commands_answered", counted.commands_answered()},
                     {"redelivered", total.redelivered},
                     {"given_up", total.given_up},
                     {"plugins", plugins_json(about)},
                     {"shards", std::move(shards)},
                     {"collections", std::move(collections)},
                     {"first_event_ms", std::move(first_event)}};
    if (about.witness)
        all["sandbox"] = witness_json(*about.witness);
    return json::serialize(all) + "\n";
}

result<void> write_report(const std::filesystem::path& file, const std::string& json)
{
    std::filesystem::path fresh = file;
    fresh += ".new";
    std::ofstream out(fresh, std::ios::binary | std::ios::trunc);
    out << json;
    out.close();
    std::error_code failed;
    if (out)
        std::filesystem::rename(fresh, file, failed);
    if (!out || failed)
        return error{errc::io, "--report: " + file.string() +
                                   " can't be written; does its folder exist, and is "
                                   "there space?"};
    return {};
}

}  // namespace tinfoil::host
