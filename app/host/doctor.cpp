#include "host/doctor.hpp"

#include "discord/intents.hpp"
#include "discord/url.hpp"
#include "host/status_json.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <cstdlib>
#include <fmt/format.h>

namespace tinfoil::host {
namespace {

namespace json = boost::json;

constexpr std::uint64_t mib = 1U << 20;
// Heartbeats and back-offs run on the monotonic clock; what suffers is the check of certificates
// and of what interactions allow, in minutes.
constexpr std::int64_t clock_noted_ms = 5'000, clock_bad_ms = 120'000;
// Of a process besides its shards: links, plugins, SQLite, logs.
constexpr std::uint64_t files_of_a_process = 64;

using findings = std::vector<finding>;

void judge_token(const symptoms& of, findings& into)
{
    if (of.how.sandbox)
        into.push_back({"token", verdict::ok, "the sandbox has its own", ""});
    else if (of.token)
        into.push_back({"token", verdict::bad, of.token->detail,
                        "copy it from the Discord Developer Portal (Bot, Reset Token) into a file "
                        "that only this user can read, and name that with --token-file"});
    else
        into.push_back({"token", verdict::ok, "set, from " + of.token_from, ""});
}

void judge_files(const symptoms& of, findings& into)
{
    const std::uint64_t shards = static_cast<std::uint64_t>(
        std::max(of.how.shards.value_or(of.gateway && *of.gateway ? (**of.gateway).shards : 1), 1));
    const std::uint64_t each = (shards + of.how.collections - 1) / of.how.collections;
    const std::uint64_t needed =
        files_of_a_process +
        std::max<std::uint64_t>(2 * each, static_cast<std::uint64_t>(of.how.rest.connections));
    finding made{"files", verdict::ok,
                 fmt::format("{} may be open, about {} are needed", of.open_files, needed), ""};
    if (of.open_files < needed) {
        made.is = verdict::bad;
        made.remedy =
            fmt::format("ulimit -n {}, or LimitNOFILE={} in the unit{}", 2 * needed, 2 * needed,
                        of.open_files_most < needed
                            ? "; the hard limit is too low as well, so root has to do it"
                            : "");
    }
    into.push_back(std::move(made));
}

void judge_disk(const symptoms& of, findings& into)
{
    const std::string folder = of.how.state.string();
    finding made{"disk", verdict::ok,
                 fmt::format("{} MiB are free for {}{}", of.state.free_bytes / mib, folder,
                             of.state.is_there ? "" : ", which the first run makes"),
                 ""};
    if (!of.state.is_writable) {
        made = {"disk", verdict::bad, "this user may not write to " + folder,
                "chown it to the user that runs tinfoil, or name another folder with --state"};
    } else if (of.state.free_bytes < 10 * mib) {
        made.is = verdict::bad;
        made.remedy = "make room: without it sessions can't be kept, and every start identifies";
    } else if (of.state.free_bytes < 200 * mib) {
        made.is = verdict::note;
        made.remedy = "make room before it is full";
    }
    into.push_back(std::move(made));
}

void judge_plugins(const symptoms& of, findings& into)
{
    const std::string folder = of.how.plugins.string();
    if (of.plugin_folder)
        return into.push_back({"plugins", verdict::bad, of.plugin_folder->detail,
                               "mend that: whoever can write there runs code in the bot"});
    if (!of.has_plugin_folder || of.plugins.empty())
        return into.push_back(
            {"plugins", verdict::note,
             fmt::format("{} {}", folder, of.has_plugin_folder ? "is empty" : "does not exist"),
             "the bot will be online and do nothing; put a plugin there, or: "
             "tinfoil plugins new hello"});
    std::size_t good = 0;
    for (const auto& each : of.plugins)
        good += each.wrong.empty() ? 1 : 0;
    into.push_back({"plugins", verdict::ok, fmt::format("{} in {}", good, folder), ""});
    for (const auto& each : of.plugins)
        if (!each.wrong.empty())
            into.push_back({"plugins", verdict::bad, each.name + ": " + each.wrong,
                            "build it again, or take it away; the bot runs with the rest"});
}

void judge_host(const symptoms& of, findings& into)
{
    if (!of.status)
        return;
    if (!*of.status)
        return into.push_back(
            of.status->error().code == errc::unreachable
                ? finding{"host", verdict::note, "none runs with this state", "tinfoil run"}
                : finding{"host", verdict::bad, of.status->error().detail,
                          "its pid is in host.lock of the state folder"});
    const auto now = parse_status(**of.status);
    if (!now)
        return into.push_back({"host", verdict::bad, now.error().detail, ""});
    into.push_back({"host", verdict::ok, fmt::format("pid {}, {}", now->pid, now->phase), ""});
    for (const std::string& each : now->warnings)
        into.push_back({"host", verdict::bad, each, ""});
}

finding not_tried(const char* check, const char* since)
{
    return {check, verdict::note, fmt::format("not tried, since {}", since), ""};
}

std::string remedy_of(errc code)
{
    switch (code) {
    case errc::certificate_untrusted:
        return "apt install ca-certificates; for an authority of your own --ca-file; a wrong clock "
               "does this, too";
    case errc::certificate_wrong_host:
        return "check the address; somebody may be in between";
    case errc::token_rejected:
        return "copy the token again: Discord Developer Portal, Bot, Reset Token";
    default:
        return "check the network of this machine: route, firewall (TCP 443 outwards), proxy";
    }
}

void judge_way(const symptoms& of, findings& into)
{
    if (!of.addresses) {
        into.push_back(not_tried("dns", "the API has no address yet"));
    } else if (!*of.addresses) {
        into.push_back({"dns", verdict::bad, of.addresses->error().detail,
                        "check /etc/resolv.conf, and whether this machine has a network at all"});
    } else {
        into.push_back({"dns", verdict::ok,
                        fmt::format("{} has {} {}", of.api_host, **of.addresses,
                                    **of.addresses == 1 ? "address" : "addresses"),
                        ""});
    }
    const auto api = discord::parse_url(of.how.api);
    const bool has_token = of.application.has_value();
    if (!has_token && !of.api_reached) {
        const char* why = of.addresses && !*of.addresses ? "the name of the API is not found"
                                                         : "there is no API to ask";
        into.push_back(not_tried("tls", why));
        return into.push_back(not_tried("api", why));
    }
    std::optional<error> failed;
    if (has_token && !*of.application)
        failed = of.application->error();
    else if (!has_token && !*of.api_reached)
        failed = of.api_reached->error();
    const bool bad_certificate = failed && (failed->code == errc::certificate_untrusted ||
                                            failed->code == errc::certificate_wrong_host);
    if (bad_certificate)
        into.push_back({"tls", verdict::bad, failed->detail, remedy_of(failed->code)});
    else if (api && !api->is_secure())
        into.push_back({"tls", verdict::note, "not used: the API is on this machine", ""});
    else if (failed && (failed->code == errc::unreachable || failed->code == errc::timed_out))
        into.push_back(not_tried("tls", "the API is not in reach"));
    else
        into.push_back({"tls", verdict::ok, "the certificate is trusted", ""});
    if (bad_certificate)
        into.push_back(not_tried("api", "its certificate is not accepted"));
    else if (failed)
        into.push_back({"api", verdict::bad, failed->detail, remedy_of(failed->code)});
    else if (!has_token)
        into.push_back({"api", verdict::note,
                        of.how.api + " is in reach, but without a token it says nothing", ""});
    else
        into.push_back({"api", verdict::ok,
                        fmt::format("{} knows this bot as {} ({})", of.how.api,
                                    (**of.application).name, to_string((**of.application).id)),
                        ""});
}

void judge_clock(const symptoms& of, findings& into)
{
    if (!of.clock_ahead_ms)
        return into.push_back(not_tried("clock", "the API did not tell its time"));
    const std::int64_t apart = std::abs(*of.clock_ahead_ms);
    finding made{"clock", verdict::ok, "as the API's, within a second or so", ""};
    if (apart > clock_noted_ms) {
        made.is = apart > clock_bad_ms ? verdict::bad : verdict::note;
        made.what = fmt::format("{} s {} the API's", apart / 1000,
                                *of.clock_ahead_ms > 0 ? "ahead of" : "behind");
        made.remedy = "timedatectl set-ntp true";
    }
    into.push_back(std::move(made));
}

void judge_intents(const symptoms& of, findings& into)
{
    if (!of.application || !*of.application)
        return into.push_back(not_tried("intents", "the API has not answered"));
    const std::uint64_t granted = discord::granted_privileged_intents((**of.application).flags);
    into.push_back({"intents", verdict::ok,
                    granted == 0 ? "no privileged ones are granted"
                                 : "granted are " + discord::intent_names(granted),
                    ""});
    for (const auto& each : of.plugins)
        if (const std::uint64_t lacking = each.intents & ~granted; lacking != 0)
            into.push_back({"intents", verdict::bad,
                            fmt::format("{} wants {}, which this bot is not granted", each.name,
                                        discord::intent_names(lacking)),
                            "Discord Developer Portal, Bot, Privileged Gateway Intents; until then "
                            "that plugin is left out"});
}

void judge_budget(const symptoms& of, findings& into)
{
    if (!of.gateway || !*of.gateway)
        return into.push_back(not_tried("budget", "the API has not said how many starts are left"));
    const discord::gateway_bot& said = **of.gateway;
    const int shards = of.how.shards.value_or(said.shards);
    finding made{"budget", verdict::ok,
                 fmt::format("{} of {} session starts are left, {} {} at most", said.remaining,
                             said.total, shards,
                             shards == 1 ? "shard needs one" : "shards need one each"),
                 ""};
    if (said.remaining < shards) {
        made.is = said.remaining == 0 ? verdict::bad : verdict::note;
        made.remedy = "sessions that can resume go on; tinfoil budget shows who spent them, and "
                      "when there are all again";
    }
    into.push_back(std::move(made));
}

void judge_gateway(const symptoms& of, findings& into)
{
    if (!of.gateway_reached)
        return into.push_back(not_tried("gateway", "its address is not known"));
    if (!*of.gateway_reached)
        return into.push_back({"gateway", verdict::bad, of.gateway_reached->error().detail,
                               remedy_of(of.gateway_reached->error().code)});
    into.push_back({"gateway", verdict::ok, (**of.gateway).url + " is in reach", ""});
}

}  // namespace

std::vector<finding> judge(const symptoms& of)
{
    findings all;
    if (of.settings)
        return {{"settings", verdict::bad, of.settings->detail,
                 "tinfoil config shows what is in force, once this is mended"}};
    all.push_back({"settings", verdict::ok, "can be used; tinfoil config shows them", ""});
    judge_token(of, all);
    judge_files(of, all);
    judge_disk(of, all);
    judge_plugins(of, all);
    judge_host(of, all);
    if (of.how.sandbox)
        return all;
    judge_way(of, all);
    judge_clock(of, all);
    judge_intents(of, all);
    judge_budget(of, all);
    judge_gateway(of, all);
    return all;
}

std::string_view name(verdict is)
{
    return is == verdict::ok ? "ok" : is == verdict::note ? "note" : "bad";
}

std::string findings_json(const std::vector<finding>& all)
{
    json::array made;
    bool healthy = true;
    for (const finding& each : all) {
        healthy = healthy && each.is != verdict::bad;
        made.push_back(
            {{"check", each.check},
             {"verdict", name(each.is)},
             {"what", valid(each.what)},
             {"remedy", each.remedy.empty() ? json::value() : json::value(each.remedy)}});
    }
    return json::serialize(json::object{
        {"api_version", api_version}, {"healthy", healthy}, {"findings", std::move(made)}});
}

}  // namespace tinfoil::host
