// What people read when something is wrong. Each error is made to happen; errors.txt has all of
// their messages, which say what, where and what to do.
#include "cli/typed.hpp"
#include "sandbox/server.hpp"
#include "state/migrations.hpp"
#include "support/golden.hpp"

#include <sqlite3.h>

#include <regex>
#include <sstream>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <vector>

using namespace tinfoil;

namespace {

struct mistake {
    const char* name;
    std::string command;
    std::string before = "";  ///< Variables.
};

std::unique_ptr<sandbox::server> serve(const std::string& host = "localhost", bool plain = false)
{
    sandbox::options how;
    how.host = host;
    how.plain = plain;
    how.rules.guilds = 2;
    set_rate(how.rules, 0);
    return std::move(*sandbox::server::start(how, [](const sandbox::happening&) {}));
}

std::string port_of(const std::string& api)
{
    const auto colon = api.rfind(':');
    return api.substr(colon + 1, api.find('/', colon) - colon - 1);
}

std::string run_with(const sandbox::endpoint& where, const std::string& state)
{
    return "$T run --plugins plugins --state " + state + " --ca-file ca.pem --api " + where.api;
}

// What differs from run to run and from machine to machine.
std::string steady(std::string text, const std::string& folder, const std::string& second_api)
{
    const std::string second = "localhost:" + port_of(second_api);
    for (const auto& [what, by] :
         {std::pair(folder, std::string("$D")), {second, std::string("localhost:SECOND")}})
        for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at))
            text.replace(at, what.size(), by);
    text = std::regex_replace(text, std::regex("localhost:[0-9]+"), "localhost:PORT");
    return std::regex_replace(text, std::regex("(pid|process) [0-9]+"), "$1 PID");
}

void add_settings(std::vector<mistake>& all)
{
    const auto with = [&](const char* name, const std::string& toml) {
        all.push_back(
            {name, "printf \"" + toml + "\" >s.toml; $T run --config s.toml", "DISCORD_TOKEN=abc"});
    };
    with("settings: an unknown key", "shards = 2\\nshrads = 2\\n");
    with("settings: an unknown key that is near nothing", "\\nfrobnicate = true\\n");
    with("settings: a value of the wrong kind", "shards = [1]\\n");
    with("settings: bad syntax", "shards = = 1\\n");
    with("settings: a text without quotes", "shards = auto\\n");
    with("settings: a key that is there twice", "shards = 1\\nshards = 2\\n");
    with("settings: a bracket that is missing", "[rest\\nconnections = 64\\n");
    with("settings: an unknown key in a table, on its line",
         "[scaler]\\nroom = 50\\nmdoe = \\\"off\\\"\\n");
    with("settings: a number out of range of the scaler", "[scaler]\\nroom = 50\\nmove_at = 1\\n");
    with("settings: an unknown key of the presence", "[presence]\\nstats = \\\"idle\\\"\\n");
    with("settings: an unknown key of an activity",
         "[presence]\\nactivities = [{ name = \\\"x\\\", typ = 3 }]\\n");
    with("settings: an event that there is not", "drop_when_full = [\\\"TYPNG_START\\\"]\\n");
    with("settings: a number out of range", "collections = 0\\n");
    with("settings: no length of time", "resume_patience = 5\\n");
    with("settings: lengths that do not fit", "handler_warn = \\\"10s\\\"\\n");
    with("settings: an API in plain text", "api = \\\"http://discord.example\\\"\\n");
    with("settings: an authority that is not there", "ca_file = \\\"none.pem\\\"\\n");
    with("settings: an authority that is none", "ca_file = \\\"s.toml\\\"\\n");
    with("settings: no id of a guild", "dev_guilds = [\\\"mine\\\"]\\n");
    with("settings: an unknown key in a table", "[rest]\\nconections = 64\\n");
    with("settings: a number out of range in a table", "[rest]\\nconnections = 1\\n");
    all.push_back({"settings: a bad variable", "$T run", "DISCORD_TOKEN=abc TINFOIL_SHARDS=none"});
    all.push_back(
        {"settings: a file that is not there", "$T run --config none.toml", "DISCORD_TOKEN=abc"});
}

// Root may read everything, so these are tried as somebody else.
void add_unreadable(std::vector<mistake>& all)
{
    const std::string as =
        "chmod 711 .; who=; [ $(id -u) != 0 ] || who=\"setpriv --reuid=65534 --regid=65534 "
        "--clear-groups\"; ";
    for (const char* command : {"run", "config", "status"}) {
        all.push_back({"settings: a file that this user may not read",
                       ": >secret.toml; chmod 000 secret.toml; " + as + "$who $T " + command +
                           " --config secret.toml",
                       "DISCORD_TOKEN=abc"});
        all.push_back({"settings: a file in a folder that this user may not look into",
                       "mkdir -p locked; : >locked/s.toml; chmod 000 locked; " + as + "$who $T " +
                           command +
                           " --config locked/s.toml; code=$?; chmod 700 locked; "
                           "exit $code",
                       "DISCORD_TOKEN=abc"});
    }
}

void add_token_and_network(std::vector<mistake>& all, const sandbox::endpoint& good,
                           const sandbox::endpoint& other)
{
    const std::string token = "DISCORD_TOKEN=" + good.token;
    all.push_back({"token: none", "$T run"});
    all.push_back({"token: a file that is not there", "$T run --token-file none"});
    all.push_back({"token: an empty file", ": >token; $T run --token-file token"});
    all.push_back({"token: more than a word", "$T run", "DISCORD_TOKEN=\"two words\""});
    all.push_back({"token: refused", run_with(good, "refused"), "DISCORD_TOKEN=wrong"});
    all.push_back({"token: refused, for one call",
                   "$T rest GET /users/@me --ca-file ca.pem --api " + good.api,
                   "DISCORD_TOKEN=wrong"});
    all.push_back({"network: nobody listens",
                   "$T run --plugins plugins --state n1 --api https://127.0.0.1:1", token});
    all.push_back({"network: another path",
                   "$T run --plugins plugins --state n2 --ca-file ca.pem --api "
                   "https://localhost:" +
                       port_of(good.api) + "/wrong",
                   token});
    all.push_back(
        {"network: no TLS where some is expected",
         "$T run --plugins plugins --state n3 --api https://localhost:" + port_of(good.plain_api),
         token});
    all.push_back({"TLS: an authority that nobody trusts",
                   "$T run --plugins plugins --state n4 --api " + good.api, token});
    all.push_back({"TLS: a certificate for another host",
                   "$T run --plugins plugins --state n5 --ca-file other.pem --api "
                   "https://localhost:" +
                       port_of(other.api),
                   token});
}

void add_database(std::vector<mistake>& all, const sandbox::endpoint& good,
                  const sandbox::endpoint& second)
{
    const std::string token = "DISCORD_TOKEN=" + good.token;
    all.push_back({"database: not one",
                   "mkdir -p bad; yes | head -c 8192 >bad/state.db; " + run_with(good, "bad"),
                   token});
    all.push_back({"database: the folder is a file", ": >file; " + run_with(good, "file"), token});
    all.push_back({"database: of another program", run_with(good, "foreign"), token});
    all.push_back({"database: of a newer tinfoil", run_with(good, "newer"), token});
    all.push_back({"database: of another bot",
                   run_with(good, "once") + " --for 4s >/dev/null && " +
                       "$T run --plugins plugins --state once --ca-file second.pem --api " +
                       second.api,
                   token});
    all.push_back({"database: in use", run_with(good, "live"), token});
}

void add_plugins(std::vector<mistake>& all, const sandbox::endpoint& good)
{
    const auto with_manager = [&](const char* name, const std::string& plugin) {
        all.push_back({name,
                       "printf '[network]\\nmanager = \"plugin\"\\nplugin = \"" + plugin +
                           "\"\\n' >n.toml; " + run_with(good, "managed") + " --config n.toml",
                       "DISCORD_TOKEN=" + good.token});
    };
    with_manager("network manager: no plugin of that name", "pong");
    with_manager("network manager: a plugin that is none", "ping");
    all.push_back({"plugin: no library", "echo text >broken.so; $T plugins inspect broken.so"});
    all.push_back({"plugin: not there", "$T plugins inspect none.so"});
    all.push_back({"plugin: a program", "cp /bin/true a.program; $T plugins inspect a.program"});
    all.push_back({"plugin: a name that is none", "$T plugins new Bad/Name"});
    all.push_back({"plugin: a folder that is not empty", "$T plugins new hello --folder plugins"});
    all.push_back(
        {"plugin: reload of one that is not there", "$T plugins reload none --state live"});
    all.push_back({"plugin: a folder that anybody may write to",
                   "mkdir -p open; chmod 777 open; $T run --sandbox --plugins open --for 1s"});
    all.push_back({"plugin: a file that is refused",
                   "echo text >plugins/broken.so; $T plugins load broken.so --state live >&2; "
                   "code=$?; rm plugins/broken.so; exit $code"});
}

void add_command_line(std::vector<mistake>& all)
{
    for (const auto& [name, command] :
         {std::pair("command line: an unknown command", "$T staus"),
          {"command line: an unknown command below another", "$T plugins relaod ping"},
          {"command line: an unknown flag", "$T run --shrads 4"},
          {"command line: no command", "$T"},
          {"command line: a value that is missing", "$T shards wake"},
          {"command line: a value that is missing behind a flag", "$T run --for"},
          {"command line: no number", "$T run --seed abc"},
          {"command line: a number below 0", "$T run --seed=-3"},
          {"command line: a number that is too large", "$T run --seed 99999999999999999999"},
          {"command line: a number out of range", "$T logs -n 2001"},
          {"command line: an unknown short flag", "$T config -x"},
          {"command line: too many words", "$T shards split 0/1 0/2"},
          {"command line: a decision without --number", "$T shards explain 77"},
          {"command line: a report that can not be written",
           "$T run --sandbox --report nowhere/r.json"},
          {"command line: more shards than there may be", "$T shards reshard 100001"},
          {"command line: no area of the log", "$T logs level nope debug"},
          {"command line: no shard", "$T shards wake 3of16"},
          {"command line: no method", "$T rest FETCH /users/@me"},
          {"command line: no path", "$T rest GET users/@me"},
          {"command line: no length of time", "$T run --sandbox --for 30"},
          {"command line: flags that do not go together",
           "$T run --sandbox --api https://localhost"},
          {"command line: an address that is none", "$T sandbox --listen 0.0.0.0:80"},
          {"command line: a scenario that is not there", "$T sandbox --scenario none.toml"},
          {"command line: a fault that there is not", "$T sandbox --fault frobnicate --for 1s"}})
        all.push_back({name, command});
}

void add_control_socket(std::vector<mistake>& all)
{
    all.push_back({"control socket: no host runs", "$T status --state nowhere"});
    all.push_back(
        {"control socket: no host runs, and none ever did", "$T shards list --state nowhere"});
    all.push_back({"control socket: a host that ended by force", "$T top --state stale"});
    all.push_back({"control socket: a file that is no socket",
                   "mkdir -p plain; : >plain/control.sock; $T stop --state plain"});
    all.push_back({"control socket: no such shard", "$T shards wake 7/8 --state live"});
    all.push_back({"control socket: settings that can not be used",
                   "echo \"shards = none\" >live.toml; $T config reload --state live"});
}

void make_database(const std::string& folder, std::int64_t program)
{
    sqlite3* database = nullptr;
    REQUIRE(std::system(("mkdir -p " + folder).c_str()) == 0);
    REQUIRE(sqlite3_open((folder + "/state.db").c_str(), &database) == SQLITE_OK);
    const std::string made = "create table t(x); pragma user_version = 9999; "
                             "pragma application_id = " +
                             std::to_string(program);
    REQUIRE(sqlite3_exec(database, made.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
    sqlite3_close(database);
    REQUIRE(std::system(("chmod -R go-rwx " + folder).c_str()) == 0);
}

void leave_socket(const std::string& file)
{
    const int left = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un where{};
    where.sun_family = AF_UNIX;
    REQUIRE(file.copy(where.sun_path, sizeof where.sun_path - 1) == file.size());
    REQUIRE(::bind(left, reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0);
    ::close(left);
}

}  // namespace

TEST_CASE("errors: each says what, where and what to do, and has its exit code")
{
    typed shell;
    const auto good = serve("localhost", true), second = serve(),
               other = serve("elsewhere.example");
    shell.write("ca.pem", good->where().authority_pem);
    shell.write("second.pem", second->where().authority_pem);
    shell.write("other.pem", other->where().authority_pem);
    REQUIRE(shell("mkdir plugins; cp " TINFOIL_BUILD_DIR "/plugins/ping.so plugins; : >live.toml")
                .code == 0);
    make_database(shell.path("foreign"), 1);
    make_database(shell.path("newer"), state::application_id);
    REQUIRE(shell("mkdir stale").code == 0);
    leave_socket(shell.path("stale/control.sock"));
    shell.in_background("env DISCORD_TOKEN=" + good->where().token + " " +
                            run_with(good->where(), "live") + " --config live.toml",
                        "live.out");
    shell.await("$T shards list --state live --json | grep -q ready");

    std::vector<mistake> all;
    add_settings(all);
    add_unreadable(all);
    add_token_and_network(all, good->where(), other->where());
    add_database(all, good->where(), second->where());
    add_plugins(all, good->where());
    add_command_line(all);
    add_control_socket(all);
    CHECK(all.size() >= 40);
    std::ostringstream seen;
    for (const mistake& each : all) {
        const auto came = shell(each.command, each.before);
        INFO(each.name);
        CHECK(came.code != 0);
        CHECK(came.err.size() > 20);
        CHECK(came.out.find("tinfoil:") == std::string::npos);
        seen << "## " << each.name << " (exit code " << came.code << ")\n"
             << steady(came.err, std::filesystem::path(shell.path("")).parent_path().string(),
                       second->where().api)
             << "\n";
    }
    support::check_golden("cli/errors.txt", seen.str());
    CHECK(shell("$T stop --state live").code == 0);
}
