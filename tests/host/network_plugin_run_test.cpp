// Whole runs whose collections come up by a plugin.
#include "host/network_breakpoints.hpp"
#include "host/rebalance_json.hpp"
#include "host/reload_world.hpp"
#include "host/status_json.hpp"
#include "state/plugin_states.hpp"

#include <csignal>

using namespace tinfoil;

namespace {

void install(const reload_world& it, const std::string& file, const std::string& from)
{
    std::filesystem::copy_file(TINFOIL_BUILD_DIR "/" + from + "/" + file,
                               it.settings.plugins / file);
}

void use(reload_world& it, const std::string& plugin)
{
    it.settings.network.manager = host::network_settings::kind::plugin;
    it.settings.network.plugin = plugin;
    it.settings.collections_asked = it.settings.collections;
}

// How often people were told a line that ends so.
std::size_t count(reload_world& it, const std::string& what)
{
    const std::string all = it.seen.all();
    std::size_t times = 0;
    for (auto at = all.find(what); at != std::string::npos; at = all.find(what, at + 1))
        ++times;
    return times;
}

struct pooled {
    pooled() : it(0, 2)
    {
        it.settings.shards = 2;
        it.settings.scaler.does = scaling::mode::off;
        it.settings.scaler_choice.given.does = scaling::mode::off;
        it.settings.scaler_choice.named.insert("mode");
        it.install("mover", "mover.so");
        install(it, "local_pool.so", "network_plugins");
        use(it, "local_pool");
        it.settings.plugin_settings["local_pool"] = R"({"most":8})";
    }
    // Says something, and waits until the plugin has counted it.
    void say(int total)
    {
        it.say("hello");
        INFO(it.seen.all());
        REQUIRE(it.seen.hears(" has " + std::to_string(total)));
    }
    net::control_answer call(const std::string& method, const std::string& path,
                             const std::string& body = "") const
    {
        auto answer = net::control_client(it.settings.state).call(method, path, body);
        REQUIRE(answer);
        INFO(answer->json);
        REQUIRE(answer->status < 300);
        return *answer;
    }
    // Of collections, in order of their numbers; 0: it has none.
    [[nodiscard]] std::vector<int> pids() const
    {
        std::vector<int> all;
        const auto json = boost::json::parse(call("GET", "/v1/collections").json);
        for (const auto& each : json.at("collections").as_array())
            all.push_back(each.at("pid").to_number<int>());
        return all;
    }
    // The worker: this process's child with that name.
    [[nodiscard]] static int worker()
    {
        for (const auto& each : std::filesystem::directory_iterator("/proc")) {
            std::ifstream in(each.path() / "cmdline");
            const std::string words{std::istreambuf_iterator<char>(in), {}};
            if (words.find("/network/local_pool") == std::string::npos)
                continue;
            std::ifstream status(each.path() / "stat");
            const std::string line{std::istreambuf_iterator<char>(status), {}};
            std::istringstream rest(line.substr(line.rfind(')') + 1));
            std::string state;
            int parent = 0;
            rest >> state >> parent;
            if (parent == ::getpid() && state != "Z")
                return std::stoi(each.path().filename());
        }
        return 0;
    }
    void rebalance(int collections)
    {
        call("POST", "/v1/shards/rebalance",
             R"({"splits":false,"collections":)" + std::to_string(collections) + "}");
    }
    [[nodiscard]] std::uint64_t own() const
    {
        return (it.sandbox().where().guilds.front().id.value >> 22) & 1U;
    }

    reload_world it;
};

// A run that does not even begin; why.
std::string refusal(reload_world& it)
{
    const auto ended = host::run(it.settings, it.seen);
    REQUIRE_FALSE(ended);
    return ended.error().detail;
}

}  // namespace

TEST_CASE(
    "network plugin: collections that a plugin brings up serve, die, come, go, and it may die")
{
    pooled at;
    reload_world& it = at.it;
    it.start();
    REQUIRE(it.seen.hears("ready"));
    INFO(it.seen.all());
    CHECK(count(it, "collections come up by the network manager local_pool 1.0.0\n") == 1);
    CHECK(count(it, "local_pool: collection 0 is process ") == 1);
    CHECK(count(it, "local_pool: collection 1 is process ") == 1);
    at.say(1);
    // One dies: a down, and behind it an up.
    const auto before = at.pids();
    REQUIRE(before.size() == 2);
    const std::size_t other = at.own() == 0 ? 1 : 0;
    REQUIRE(::kill(before[other], SIGKILL) == 0);
    REQUIRE(it.seen.hears("local_pool: collection " + std::to_string(other) + " is gone"));
    REQUIRE(it.seen.hears("local_pool: collection " + std::to_string(other) + " is process "));
    REQUIRE(it.seen.hears("ready"));
    at.say(2);
    // The worker dies: nothing happens to those that run, and the next one knows them.
    const auto then = at.pids();
    const int worker = pooled::worker();
    REQUIRE(worker > 0);
    REQUIRE(::kill(worker, SIGKILL) == 0);
    REQUIRE(it.seen.hears("the network manager local_pool 1.0.0: its process has ended: "));
    REQUIRE(it.seen.hears("local_pool: collection 0 stands"));
    REQUIRE(it.seen.hears("local_pool: collection 1 stands"));
    CHECK(at.pids() == then);
    CHECK(pooled::worker() != worker);
    const auto shown = host::parse_status(at.call("GET", "/v1/status").json);
    REQUIRE(shown);
    REQUIRE(shown->network);
    CHECK(shown->network->name == "local_pool");
    CHECK(shown->network->state == "running");
    CHECK(shown->network->restarts == 1);
    CHECK(shown->network->pid == pooled::worker());
    CHECK(shown->network->why.starts_with("its process has ended: "));
    at.say(3);
    // One more, and one less.
    at.rebalance(3);
    REQUIRE(it.seen.hears("local_pool: collection 2 is process "));
    at.say(4);
    for (int tries = 0;; ++tries) {
        const auto errand = host::parse_errand(at.call("GET", "/v1/shards/rebalance").json);
        REQUIRE(errand);
        if (errand->state != host::errand_state::running)
            break;
        REQUIRE(tries < 30'000);
    }
    at.rebalance(2);
    REQUIRE(it.seen.hears(" is gone"));
    at.say(5);
    CHECK(it.sandbox().so_far().sessions == 2);
    CHECK(it.sandbox().so_far().breaches == 0);
    it.stop();
    // Each that was brought up was brought down, once.
    CHECK(count(it, " is process ") == 4);
    CHECK(count(it, " is gone") == 4);
    CHECK(count(it, "mover: guild ") == 5);
    CHECK(events_in_report(it) == 5);
    CHECK(pooled::worker() == 0);
}

TEST_CASE("network plugin: a manager that can't be used refuses the run, and says why")
{
    reload_world it(0, 1);
    it.install("mover", "mover.so");
    it.install("manager", "manager.so");
    const auto wrong = [&](const std::string& what) {
        use(it, "manager");
        it.settings.plugin_settings["manager"] = R"({"wrong":")" + what + "\"}";
        return refusal(it);
    };
    use(it, "mangaer");
    CHECK(refusal(it).find("holds a plugin of that name; did you mean manager?") !=
          std::string::npos);
    use(it, "mover");
    CHECK(refusal(it).find("the network manager mover 1.0.0 of [network] can't be used: it is no "
                           "network manager: its class has to derive from") != std::string::npos);
    CHECK(wrong("constructor").find("there is no cluster at 192.0.2.1") != std::string::npos);
    CHECK(wrong("range").find("room") != std::string::npos);
    const std::string flaps = wrong("breakpoints");
    CHECK(flaps.find("the breakpoints of the network manager manager 1.0.0: ") !=
          std::string::npos);
    CHECK(flaps.find("shrink_at") != std::string::npos);
}

TEST_CASE("network plugin: what up() throws is a start that failed, and is taken back")
{
    reload_world it(0, 1);
    it.install("manager", "manager.so");
    use(it, "manager");
    it.settings.plugin_settings["manager"] = R"({"wrong":"up"})";
    const std::string why = refusal(it);
    INFO(it.seen.all());
    CHECK(why.find("up() of the network manager manager 1.0.0: no machine has room for 0") !=
          std::string::npos);
    CHECK(count(it, "manager: down 0\n") > 1);
}

TEST_CASE(
    "network plugin: a manager can what any plugin can that has no shards, and keeps its state")
{
    reload_world it(0, 1);
    it.install("manager", "manager.so");
    use(it, "manager");
    it.settings.plugin_settings["manager"] = R"({"wrong":"nothing"})";
    for (const bool again : {false, true}) {
        auto run = std::async(std::launch::async, [&] { return host::run(it.settings, it.seen); });
        if (again)
            CHECK(it.seen.hears("manager: restored saved"));
        CHECK(it.seen.hears("manager: the store has value"));
        CHECK(it.seen.hears("manager: REST says 200"));
        CHECK(it.seen.hears("a network manager has no shards"));
        CHECK(it.seen.hears("manager: messages: a network manager runs in no collection"));
        REQUIRE(it.seen.hears("manager: all is tried"));
        REQUIRE(net::control_client(it.settings.state).call("POST", "/v1/stop"));
        (void)run.get();
        // Its up() was still waiting.
        INFO(it.seen.all());
        CHECK(it.seen.hears("manager: down 0"));
    }
}

TEST_CASE("network plugin: in a collection a network manager is refused, with what to do")
{
    reload_world it(0, 1);
    it.install("manager", "manager.so");
    it.start();
    CHECK(it.seen.all().find("it is a network manager, which does not run in collections: name it "
                             "in [network] of tinfoil.toml (manager = \"plugin\", plugin = "
                             "\"manager\")") != std::string::npos);
    it.stop();
}

TEST_CASE("network plugin: its breakpoints hold where the settings file says nothing")
{
    host::config how;
    how.collections = how.collections_asked = 2;
    const auto file = host::parse_scaling_settings(R"({"grow_at":80})");
    REQUIRE(file);
    how.scaler_choice = *file;
    how.shown = {{"scaler.grow_at", "80", "tinfoil.toml:3", host::takes_effect::at_once},
                 {"scaler.shrink_at", "40", "default", host::takes_effect::at_once},
                 {"scaler.room", "70", "default", host::takes_effect::at_once}};
    const auto plugin =
        host::parse_scaling_settings(R"({"grow_at":70,"shrink_at":50,"collections_max":9})");
    REQUIRE(plugin);
    REQUIRE(host::apply_breakpoints(how, *plugin, "pool 1.0.0"));
    CHECK(how.scaler.grow_at == 80);
    CHECK(how.scaler.shrink_at == 50);
    CHECK(how.scaler.collections_min == 2);
    CHECK(how.scaler.collections_max == 9);
    CHECK(how.collections == 2);
    CHECK(how.shown[0].value == "80");
    CHECK(how.shown[1].value == "50");
    CHECK(how.shown[1].from == "plugin pool 1.0.0");
    CHECK(how.shown[2].from == "default");
    // What can't be together changes nothing.
    const auto other = host::parse_scaling_settings(R"({"shrink_at":85})");
    const auto refused = host::apply_breakpoints(how, *other, "pool 1.0.0");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().detail.find("pool 1.0.0: ") != std::string::npos);
    CHECK(how.scaler.shrink_at == 50);
}
