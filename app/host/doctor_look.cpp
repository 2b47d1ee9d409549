#include "discord/intents.hpp"
#include "discord/url.hpp"
#include "host/doctor.hpp"
#include "host/rest_call.hpp"
#include "host/setting_reader.hpp"
#include "net/clock.hpp"
#include "net/control_client.hpp"
#include "net/http_client.hpp"
#include "net/lookup.hpp"
#include "net/tls.hpp"
#include "plugin/inspection.hpp"
#include "plugin/secure_file.hpp"

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <ctime>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace tinfoil::host {
namespace {

namespace fs = std::filesystem;

constexpr duration patience = std::chrono::seconds(5);

room room_of(const fs::path& folder)
{
    room made;
    std::error_code failed;
    fs::path there = fs::absolute(folder, failed);
    made.is_there = fs::exists(there, failed);
    while (!fs::exists(there, failed) && there.has_relative_path())
        there = there.parent_path();
    struct statvfs disk {};
    if (::statvfs(there.c_str(), &disk) == 0)
        made.free_bytes = std::uint64_t{disk.f_bavail} * disk.f_frsize;
    made.is_writable = ::access(there.c_str(), W_OK | X_OK) == 0;
    return made;
}

void look_at_plugins(symptoms& into)
{
    std::error_code failed;
    const fs::path& folder = into.how.plugins;
    into.has_plugin_folder = fs::is_directory(folder, failed);
    if (!into.has_plugin_folder)
        return;
    if (auto safe = plugin::check_folder(folder); !safe)
        into.plugin_folder = safe.error();
    for (const auto& each : fs::directory_iterator(folder, failed)) {
        if (each.path().extension() != ".so")
            continue;
        symptoms::plugin_file one{each.path().filename().string(), "", 0};
        if (const auto said = plugin::inspect(each.path()))
            one.intents = said->about.intents & discord::privileged_intents;
        else
            one.wrong = said.error().detail;
        into.plugins.push_back(std::move(one));
    }
    std::sort(into.plugins.begin(), into.plugins.end(),
              [](const auto& one, const auto& other) { return one.name < other.name; });
}

// RFC 9110, 5.6.7: `Sun, 06 Nov 1994 08:49:37 GMT`.
std::optional<std::int64_t> clock_ahead(const discord::rest_response& answer)
{
    const auto said = answer.headers.find("date");
    std::tm when{};
    if (said == answer.headers.end() ||
        ::strptime(said->second.c_str(), "%a, %d %b %Y %H:%M:%S", &when) == nullptr)
        return std::nullopt;
    // It has whole seconds.
    return net::wall_clock_ms() - (std::int64_t{::timegm(&when)} * 1000 + 500);
}

result<discord::rest_response> get(const config& how, const char* path)
{
    discord::rest_request request;
    request.method = "GET";
    request.path = path;
    request.timeout = patience;
    auto answer = call_rest(how, std::move(request));
    if (!answer)
        return answer;
    if (answer->status == 401)
        return error{errc::token_rejected, how.api + " does not accept the bot token"};
    if (answer->status != 200)
        return error{errc::http_status,
                     fmt::format("GET {}{} answered {}; is the API address right?", how.api, path,
                                 answer->status)};
    return answer;
}

// Any answer to a plain GET will do: what is asked is whether somebody is there.
result<void> reach(const config& how, const std::string& address)
{
    auto where = discord::parse_url(address);
    if (!where)
        return where.error();
    where->scheme = where->is_secure() ? "https" : "http";
    auto tls = net::tls_context::client(how.authority_pem);
    if (!tls)
        return tls.error();
    boost::asio::io_context loop;
    net::http_client client(loop, **tls, *where);
    std::optional<result<discord::rest_response>> got;
    client.send({"GET", "/", {{"Host", where->host}, {"User-Agent", "tinfoil doctor"}}, ""},
                net::now() + patience, {[&](net::http_outcome outcome) {
                    got = std::move(outcome.response);
                    loop.stop();
                }});
    loop.run();
    if (!got || *got || got->error().code == errc::http_status ||
        got->error().code == errc::malformed)
        return {};
    return got->error();
}

void look_at_discord(symptoms& into)
{
    const auto api = discord::parse_url(into.how.api);
    if (!api)
        return;
    into.api_host = api->host;
    into.addresses = net::look_up(api->host, patience);
    if (!*into.addresses)
        return;
    if (into.token) {
        into.api_reached = reach(into.how, into.how.api);
        return;
    }
    const auto who = get(into.how, "/applications/@me");
    if (!who) {
        into.application = who.error();
        return;
    }
    into.clock_ahead_ms = clock_ahead(*who);
    into.application = discord::parse_application(who->body);
    const auto where = get(into.how, "/gateway/bot");
    if (!where) {
        into.gateway = where.error();
        return;
    }
    into.gateway = discord::parse_gateway_bot(where->body);
    if (*into.gateway)
        into.gateway_reached = reach(into.how, (**into.gateway).url);
}

}  // namespace

symptoms look_around(const flags& given, const environment& env)
{
    symptoms made;
    auto how = make_config_without_token(given, env);
    if (!how) {
        made.settings = how.error();
        return made;
    }
    made.how = std::move(*how);
    if (!made.how.sandbox) {
        if (auto whole = make_config(given, env))
            made.how = std::move(*whole);
        else
            made.token = whole.error();
        if (const auto file = find_settings(given, env))
            made.token_from = find_token_place(given, env, setting_reader(env, *file)).from;
    }
    rlimit files{};
    if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
        made.open_files = files.rlim_cur;
        made.open_files_most = files.rlim_max;
    }
    made.state = room_of(made.how.state);
    look_at_plugins(made);
    const auto status = net::control_client(made.how.state).call("GET", "/v1/status");
    made.status = status ? result<std::string>(status->json) : result<std::string>(status.error());
    if (!made.how.sandbox)
        look_at_discord(made);
    return made;
}

}  // namespace tinfoil::host
