#include "host/plugin_control.hpp"
#include "host/plugin_shelf.hpp"
#include "support/catch.hpp"

using namespace tinfoil;
using namespace tinfoil::host;

namespace {

plugin_build build(char digit, const std::string& version)
{
    plugin_build made;
    made.sha256 = std::string(64, digit);
    made.manifest = R"({"name":"ping","version":")" + version + "\"}";
    made.about = *plugin::parse_manifest(made.manifest);
    return made;
}

std::pair<int, std::string> ask(plugin_control& of, const std::string& method,
                                const std::string& path, const std::string& body = "")
{
    std::pair<int, std::string> answer;
    of.on_request({method, path, "", body}, [&](const net::control_answer& told) {
        answer = {told.status, told.json};
    });
    return answer;
}

}  // namespace

TEST_CASE("plugin shelf: what operators decided and what can be gone back to is remembered")
{
    plugin_shelf it;
    auto& ping = it.of("ping");
    ping.file = "ping.so";
    ping.current = build('a', "1.1.0");
    ping.previous = build('b', "1.0.0");
    ping.passed_over = std::string(64, 'c');
    it.of("greeter").disabled = true;
    CHECK(it.of("nobody").file.empty());
    plugin_shelf again;
    again.remember(it.remembered());
    REQUIRE(again.find("ping") != nullptr);
    CHECK(again.find("ping")->version() == "1.1.0");
    CHECK(again.find("ping")->previous->sha256 == std::string(64, 'b'));
    CHECK(again.find("ping")->passed_over == std::string(64, 'c'));
    CHECK(again.find("ping")->file.empty());
    CHECK(again.find("greeter")->disabled);
    CHECK(again.find("nobody") == nullptr);
    CHECK(again.needs(std::string(64, 'a')));
    CHECK_FALSE(again.needs(std::string(64, 'c')));
    CHECK(again.of_file("ping.so") == nullptr);
}

TEST_CASE("plugin shelf: what makes no sense is forgotten")
{
    for (const char* text : {"", "[]", "{", R"({"ping":1})", R"({"ping":{"current":{}}})",
                             R"({"ping":{"current":{"sha256":"../../x","manifest":"{}"}}})"}) {
        plugin_shelf it;
        it.remember(text);
        for (const auto& [name, each] : it.all()) {
            CHECK_FALSE(each.current);
            CHECK_FALSE(each.disabled);
        }
    }
}

TEST_CASE("plugin answer: its sentence always says which version runs")
{
    CHECK(sentence({"ping", "refused", "1.2.0", "1.3.0", "bad config", "", {}}) ==
          "ping 1.3.0 refused: bad config; 1.2.0 goes on");
    CHECK(sentence({"ping", "refused", "", "1.3.0", "bad config", "", {}}) ==
          "ping 1.3.0 refused: bad config; no version of it runs");
    CHECK(sentence({"ping", "reloaded", "1.3.0", "1.3.0", "", "GUILD_MEMBERS", {}}) ==
          "ping 1.3.0 runs; it waits for the next IDENTIFY of its shards, since it needs "
          "GUILD_MEMBERS");
    CHECK(sentence({"ping", "rolled_back", "1.2.0", "1.2.0", "", "", {}}) == "ping 1.2.0 is back");
}

TEST_CASE("plugin control: answers go out and come back the same")
{
    const plugin_answer told{"ping",
                             "refused",
                             "1.2.0",
                             "1.3.0",
                             "why \"so\"",
                             "GUILDS",
                             {{3, "refused", "1.2.0", "bad", 1, 2, 3, 4, "kept"}}};
    const auto again = parse_plugin_answer(plugin_answer_json(told));
    REQUIRE(again);
    CHECK(plugin_answer_json(*again) == plugin_answer_json(told));
    CHECK(again->places.at(0).kept_why == "kept");
    const std::vector<plugin_line> lines{
        {"ping", "1.2.0", "ping.so", "running", "why", "1.1.0", 2, "kept"}};
    const auto back = parse_plugins(plugins_json(lines));
    REQUIRE(back);
    CHECK(plugins_json(*back) == plugins_json(lines));
    CHECK(parse_plugins("{}").error().code == errc::malformed);
    CHECK(parse_plugin_answer("[]").error().code == errc::malformed);
}

TEST_CASE("plugin control: what is not understood says what to send")
{
    plugin_control it;
    CHECK(plugin_control::takes("/v1/plugins"));
    CHECK(plugin_control::takes("/v1/plugins/reload"));
    CHECK_FALSE(plugin_control::takes("/v1/pluginsx"));
    CHECK(ask(it, "GET", "/v1/plugins/nothing").first == 404);
    CHECK(ask(it, "GET", "/v1/plugins/reload").first == 405);
    CHECK(ask(it, "POST", "/v1/plugins").first == 405);
    // Before the plugins are known.
    CHECK(ask(it, "GET", "/v1/plugins").first == 503);
}
