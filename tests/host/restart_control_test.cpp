// The control API's restart of collections, without sockets.
#include "cli/restart_command.hpp"
#include "host/restart_control.hpp"
#include "support/catch.hpp"

#include <optional>

using namespace tinfoil;
using namespace tinfoil::host;

namespace {

struct target final : restart_target {
    [[nodiscard]] result<restart_quote> quote() const override
    {
        if (refused)
            return *refused;
        return restart_quote{
            {{1, 3, 1'500, std::chrono::seconds(2)}, {0, 4, 41'000, std::chrono::seconds(2)}},
            "/usr/bin/tinfoil",
            true};
    }
    result<restart_quote> begin() override
    {
        ++begun;
        return quote();
    }
    void cancel() override { ++cancelled; }
    [[nodiscard]] const restart_progress& look() const override { return now; }

    std::optional<error> refused;
    restart_progress now;
    int begun = 0, cancelled = 0;
};

struct api {
    api() { it.show(of); }
    net::control_answer ask(const std::string& method, const std::string& path,
                            const std::string& body = "")
    {
        net::control_answer got;
        net::control_request what;
        what.method = method;
        what.path = path;
        what.body = body;
        it.on_request(what, [&](const net::control_answer& answer) { got = answer; });
        return got;
    }
    target of;
    std::vector<net::control_event> told;
    restart_control it{[this](const net::control_event& what) { told.push_back(what); }};
};

constexpr const char* path = "/v1/collections/restart";

}  // namespace

TEST_CASE("restart control: a dry run begins nothing, and both answer what would be or is")
{
    api at;
    const auto quote = at.ask("POST", path, R"({"dry_run":true})");
    CHECK(quote.status == 200);
    CHECK(at.of.begun == 0);
    const auto read = parse_restart_quote(quote.json);
    REQUIRE(read);
    CHECK(read->order == at.of.quote()->order);
    CHECK(read->usually() == std::chrono::seconds(4));
    CHECK(at.ask("POST", path).status == 202);
    CHECK(at.ask("POST", path, "{}").status == 202);
    CHECK(at.of.begun == 2);
    CHECK(cli::restart_quote_text(*read, cli::sheet(false)).find("another than this host runs") !=
          std::string::npos);
}

TEST_CASE("restart control: what is not understood or not possible is refused, and nothing begins")
{
    api at;
    for (const char* body : {"[]", "{", R"({"dry_run":1})", R"({"dry-run":true})"})
        CHECK(at.ask("POST", path, body).status == 400);
    CHECK(at.ask("PUT", path).status == 405);
    CHECK(at.ask("GET", std::string(path) + "/cancel").status == 405);
    CHECK(at.ask("POST", std::string(path) + "/cancel", R"({"id":1})").status == 400);
    CHECK(at.of.begun + at.of.cancelled == 0);
    at.of.refused = error{errc::cancelled, "a restart is under way"};
    const auto refused = at.ask("POST", path);
    CHECK(refused.status == 409);
    CHECK(refused.json.find("under way") != std::string::npos);
    at.of.refused = error{errc::io, "it can't be started"};
    CHECK(at.ask("POST", path).status == 503);
    CHECK(at.ask("POST", std::string(path) + "/cancel", "{}").status == 200);
    CHECK(at.of.cancelled == 1);
    CHECK(restart_control([](const net::control_event&) {}).takes(path));
}

TEST_CASE("restart control: how far it is reads back as it was, and is told without its steps")
{
    api at;
    at.of.now.state = restart_state::failed;
    at.of.now.why = "collection 0 did not come back";
    at.of.now.steps = {{1, restart_stage::back, 3, 3, std::chrono::milliseconds(812)},
                       {0, restart_stage::failed, 4, 1, {}},
                       {2, restart_stage::waiting, 0, 0, {}}};
    const auto read = parse_restart(at.ask("GET", path).json);
    REQUIRE(read);
    CHECK(restart_json(*read) == restart_json(at.of.now));
    at.it.changed();
    REQUIRE(at.told.size() == 1);
    CHECK(at.told[0].name == "restart");
    CHECK(at.told[0].json ==
          R"({"state":"failed","why":"collection 0 did not come back","done":1,"of":3,)"
          R"("collection":0,"stage":"failed","shards":4,"resumed":1})");
    CHECK(parse_restart("{}").error().code == errc::malformed);
    CHECK(parse_restart(R"({"restart":{"state":"odd","why":"","collections":[]}})").error().code ==
          errc::malformed);
    CHECK(parse_restart_quote("nonsense").error().code == errc::malformed);
    const std::string text = cli::restart_text(*read, cli::sheet(false));
    CHECK(text.find("1 of 3 collections are restarted: collection 0 did not come back") !=
          std::string::npos);
    CHECK(text.find("0.8 s") != std::string::npos);
}
