// What tinfoil doctor makes of what was found, and whole looks around without a network and against
// the sandbox.
#include "host/doctor.hpp"
#include "sandbox/server.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <boost/json.hpp>

#include <fstream>
#include <map>

using namespace tinfoil;
using namespace tinfoil::host;

namespace {

symptoms healthy()
{
    symptoms made;
    made.how.api = "https://discord.com/api/v10";
    made.how.state = "/state";
    made.how.plugins = "/plugins";
    made.token_from = "DISCORD_TOKEN";
    made.open_files = made.open_files_most = 1024;
    made.state = {true, true, std::uint64_t{1} << 33};
    made.has_plugin_folder = true;
    made.plugins = {{"ping.so", "", 0}};
    made.status = result<std::string>(error{errc::unreachable, "no host runs"});
    made.api_host = "discord.com";
    made.addresses = 4;
    made.application = discord::application{discord::snowflake{5}, "Ping", 0};
    discord::gateway_bot gateway;
    gateway.url = "wss://gateway.discord.gg";
    gateway.shards = 2;
    gateway.total = 1000;
    gateway.remaining = 990;
    made.gateway = gateway;
    made.clock_ahead_ms = 200;
    made.gateway_reached = result<void>();
    return made;
}

const finding& of(const std::vector<finding>& all, const std::string& check)
{
    const auto found = std::find_if(all.begin(), all.end(),
                                    [&](const finding& each) { return each.check == check; });
    REQUIRE(found != all.end());
    return *found;
}

// The last of that check: what is wrong follows what is right.
finding judged(const symptoms& what, const std::string& check)
{
    finding last;
    for (const finding& each : judge(what))
        if (each.check == check)
            last = each;
    return last;
}

std::vector<finding> look(const flags& given, std::map<std::string, std::string> variables)
{
    return judge(look_around(
        given,
        [variables = std::move(variables)](const std::string& name) -> std::optional<std::string> {
            const auto found = variables.find(name);
            return found == variables.end() ? std::nullopt : std::optional(found->second);
        }));
}

}  // namespace

TEST_CASE("doctor: where all is well there is nothing to do but to run it")
{
    std::string checks;
    for (const finding& each : judge(healthy())) {
        checks += each.check + " ";
        CHECK(each.is != verdict::bad);
        CHECK((each.remedy.empty() || each.check == "host"));
    }
    CHECK(checks == "settings token files disk plugins host dns tls api clock intents budget "
                    "gateway ");
}

TEST_CASE("doctor: every fault is found and has a remedy")
{
    const auto bad = [](const char* check, const std::function<void(symptoms&)>& change) {
        symptoms what = healthy();
        change(what);
        const finding found = judged(what, check);
        INFO(check << ": " << found.what);
        CHECK(found.is == verdict::bad);
        CHECK_FALSE(found.remedy.empty());
    };
    bad("settings", [](symptoms& it) { it.settings = error{errc::invalid_argument, "bad"}; });
    bad("token", [](symptoms& it) { it.token = error{errc::invalid_argument, "none"}; });
    bad("files", [](symptoms& it) { it.open_files = 64; });
    bad("disk", [](symptoms& it) { it.state.is_writable = false; });
    bad("disk", [](symptoms& it) { it.state.free_bytes = 1'000; });
    bad("plugins", [](symptoms& it) { it.plugin_folder = error{errc::invalid_argument, "open"}; });
    bad("plugins", [](symptoms& it) { it.plugins.push_back({"bad.so", "no ELF file", 0}); });
    bad("dns", [](symptoms& it) {
        it.addresses = result<std::size_t>(error{errc::unreachable, "not found"});
    });
    for (const errc code : {errc::certificate_untrusted, errc::certificate_wrong_host})
        bad("tls", [&](symptoms& it) {
            it.application = result<discord::application>(error{code, "bad"});
        });
    for (const errc code : {errc::unreachable, errc::timed_out, errc::token_rejected})
        bad("api", [&](symptoms& it) {
            it.application = result<discord::application>(error{code, "bad"});
        });
    bad("clock", [](symptoms& it) { it.clock_ahead_ms = -500'000; });
    bad("intents", [](symptoms& it) { it.plugins[0].intents = std::uint64_t{1} << 15; });
    bad("budget", [](symptoms& it) { (**it.gateway).remaining = 0; });
    bad("gateway", [](symptoms& it) {
        it.gateway_reached = result<void>(error{errc::unreachable, "refused"});
    });
}

TEST_CASE("doctor: what can't be tried says since when, and is no fault of its own")
{
    symptoms what = healthy();
    what.addresses = result<std::size_t>(error{errc::unreachable, "not found"});
    what.application.reset();
    what.gateway.reset();
    what.gateway_reached.reset();
    what.clock_ahead_ms.reset();
    for (const char* check : {"tls", "api", "clock", "intents", "budget", "gateway"}) {
        const finding found = judged(what, check);
        CHECK(found.is == verdict::note);
        CHECK(found.what.find("not tried, since") == 0);
    }
}

TEST_CASE("doctor: a look around against the sandbox finds it well, and a wrong token")
{
    const support::temporary_folder folder;
    const auto server = std::move(*sandbox::server::start({}, [](const sandbox::happening&) {}));
    const std::string ca = (folder.path() / "ca.pem").string();
    std::ofstream(ca) << server->where().authority_pem;
    flags given;
    given.api = server->where().api;
    given.ca_file = ca;
    given.state = (folder.path() / "state").string();
    given.plugins = TINFOIL_BUILD_DIR "/plugins";
    const std::map<std::string, std::string> variables{{"HOME", folder.path().string()},
                                                       {"DISCORD_TOKEN", server->where().token}};
    const auto all = look(given, variables);
    for (const char* check :
         {"token", "files", "disk", "dns", "tls", "api", "budget", "gateway", "intents"}) {
        INFO(check << ": " << of(all, check).what);
        CHECK(of(all, check).is == verdict::ok);
    }
    auto wrong = variables;
    wrong["DISCORD_TOKEN"] = "wrong";
    CHECK(of(look(given, wrong), "api").what.find("does not accept the bot token") !=
          std::string::npos);
    wrong.erase("DISCORD_TOKEN");
    const auto without = look(given, wrong);
    CHECK(of(without, "token").is == verdict::bad);
    CHECK(of(without, "tls").is == verdict::ok);
    CHECK(of(without, "api").is == verdict::note);
    given.ca_file.reset();
    CHECK(of(look(given, wrong), "tls").is == verdict::bad);
    CHECK(of(look(given, variables), "tls").is == verdict::bad);
}

TEST_CASE("doctor: without a network, and with no host, it ends all the same")
{
    const support::temporary_folder folder;
    flags given;
    given.api = "https://127.0.0.1:1";
    given.state = (folder.path() / "state").string();
    const auto all = look(given, {{"HOME", folder.path().string()}, {"DISCORD_TOKEN", "abc"}});
    CHECK(of(all, "api").is == verdict::bad);
    CHECK(of(all, "dns").is == verdict::ok);
    CHECK(of(all, "gateway").is == verdict::note);
    const auto json = boost::json::parse(findings_json(all));
    CHECK(json.at("healthy") == false);
    CHECK(json.at("findings").as_array().size() == all.size());
    flags sandbox;
    sandbox.sandbox = true;
    sandbox.state = given.state;
    for (const finding& each : look(sandbox, {{"HOME", folder.path().string()}}))
        CHECK(each.is != verdict::bad);
}
