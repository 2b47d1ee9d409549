#include "host/staged_run.hpp"
#include "net/control_client.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

using namespace tinfoil;

namespace {

constexpr const char* secret = "c2VjcmV0.token-that-nobody-may-see";

// Asks its own host, from a thread of its own, for all that it tells; then ends it.
struct asking_people : staged_people {
    explicit asking_people(std::filesystem::path state) : host(std::move(state)) {}
    ~asking_people() override
    {
        if (asks.joinable())
            asks.join();
    }

    void entered(const host::log_entry& what) override
    {
        all += what.about + ": " + what.text + "\n";
        if (what.text == "ready" && !asks.joinable())
            asks = std::thread([this] { ask(); });
    }
    void note(const std::string& text) override { all += text + "\n"; }
    void plugin_logged(const std::string&, int, const std::string& text) override { all += text; }

    void ask()
    {
        for (const char* path :
             {"/v1/status", "/v1/shards", "/v1/collections", "/v1/plugins", "/v1/budget",
              "/v1/rest/limits", "/v1/logs?lines=2000", "/v1/logs/levels"})
            if (const auto answer = host.call("GET", path))
                answers.push_back(answer->json);
        if (const auto done =
                host.call("POST", "/v1/rest", R"({"method":"GET","path":"/users/@me"})"))
            answers.push_back(done->json);
        (void)host.call("POST", "/v1/stop");
    }

    net::control_client host;
    std::string all;
    std::vector<std::string> answers;
    std::thread asks;
};

}  // namespace

TEST_CASE("logs: the documents have every area and no other")
{
    const auto read = [](const char* name) {
        std::ifstream in(std::string(TINFOIL_SHARE "/doc/") + name);
        return std::string(std::istreambuf_iterator<char>(in), {});
    };
    const std::string logs = read("logs.md");
    const auto begin = logs.find("| Area | What it is about |");
    REQUIRE(begin != std::string::npos);
    const std::string table = logs.substr(begin, logs.find("\n\n", begin) - begin);
    const std::string api = read("control-api.md");
    const auto row = api.find("| `area` | `host`");
    REQUIRE(row != std::string::npos);
    const std::string values = api.substr(row, api.find('\n', row) - row);
    for (const host::log_area each : host::log_areas) {
        INFO(name(each));
        CHECK(table.find("\n| `" + std::string(name(each)) + "` | ") != std::string::npos);
        CHECK(values.find("`" + std::string(name(each)) + "`") != std::string::npos);
    }
    CHECK(static_cast<std::size_t>(std::count(table.begin(), table.end(), '\n')) ==
          host::log_areas.size() + 1);
}

TEST_CASE("logs: a token that is in use is in no line, no answer and no file of the state")
{
    sandbox::options options;
    options.rules.token = secret;
    staged_world world(options, "observer");
    asking_people people(world.settings.state);
    REQUIRE(world.settings.token.reveal() == secret);
    REQUIRE(host::run(world.settings, people));
    people.asks.join();
    REQUIRE(people.answers.size() == 9);
    for (const std::string& each : people.answers)
        people.all += each;
    CHECK(people.all.find("\"area\":\"shards\"") != std::string::npos);
    for (const auto& each : std::filesystem::recursive_directory_iterator(world.settings.state)) {
        if (!each.is_regular_file())
            continue;
        std::ifstream in(each.path(), std::ios::binary);
        people.all.append(std::istreambuf_iterator<char>(in), {});
    }
    CHECK(people.all.find("token-that-nobody") == std::string::npos);
}
