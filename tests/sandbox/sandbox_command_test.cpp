#include "cli/sandbox_command.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <CLI/CLI.hpp>

#include <filesystem>
#include <fstream>
#include <limits>

using namespace tinfoil;
using namespace tinfoil::cli;
using namespace std::chrono_literals;

namespace {

std::string refusal(const sandbox_flags& given)
{
    const auto settings = sandbox_settings(given);
    if (settings)
        return "";
    CHECK(settings.error().code == errc::invalid_argument);
    return settings.error().detail;
}

}  // namespace

TEST_CASE("tinfoil sandbox: what is typed becomes settings")
{
    sandbox_flags given;
    given.listen = "localhost:8443";
    given.rate = "2000/s";
    given.run_for = "30s";
    given.shards = 4;
    given.replay_events = 10;
    const auto made = sandbox_settings(given);
    REQUIRE(made);
    CHECK(made->how.address == "127.0.0.1");
    CHECK(made->how.port == 8443);
    CHECK(made->how.rules.acts_per_second + made->how.rules.messages_per_second == 2'000);
    CHECK(made->how.rules.recommended_shards == 4);
    CHECK(made->how.rules.replay_events == 10);
    CHECK(made->run_for == 30s);
    CHECK_FALSE(made->how.plain);
    given.rate = "0/s";
    CHECK(sandbox_settings(given)->how.rules.acts_per_second == 0);
    given.rate = "0.5";
    CHECK(sandbox_settings(given)->how.rules.messages_per_second == 0);
}

TEST_CASE("tinfoil sandbox: a crowd lives as it is told")
{
    sandbox_flags given;
    CHECK_FALSE(sandbox_settings(given)->how.rules.life.mix);
    CHECK(sandbox_settings(given)->how.rules.life.zipf == 0);
    given.rate = "2000/s";
    given.mix = given.day_curve = given.bursts = true;
    given.zipf = 1.1;
    const auto made = sandbox_settings(given);
    REQUIRE(made);
    const auto& rules = made->how.rules;
    CHECK(rules.life.mix);
    CHECK(rules.life.bursts);
    CHECK(rules.life.zipf == 1.1);
    CHECK(rules.life.day_curve > 0);
    CHECK((rules.flags & (1U << 13)) != 0);
    for (const double zipf : {0.0, -1.0, 3.5, std::numeric_limits<double>::quiet_NaN()}) {
        given.zipf = zipf;
        CHECK(refusal(given).find("--zipf: ") == 0);
    }
    given.zipf.reset();
    given.rate.reset();
    CHECK(refusal(given).find("--mix: ") == 0);
    given.mix = false;
    CHECK(refusal(given).find("--day-curve: ") == 0);
    given.day_curve = false;
    CHECK(refusal(given).find("--bursts: ") == 0);
}

TEST_CASE("tinfoil sandbox: the rules of its Discord can be chosen")
{
    sandbox_flags given;
    given.session_starts = 5;
    given.shard_multiple = 16;
    given.guilds_per_shard = 100;
    given.session_timeout = "30s";
    given.heartbeat_interval = "5s";
    given.privileged = "presences,content";
    const auto made = sandbox_settings(given);
    REQUIRE(made);
    const auto& rules = made->how.rules;
    CHECK(rules.session_starts == 5);
    CHECK(rules.shard_multiple == 16);
    CHECK(rules.recommended_shards == 16);
    CHECK(rules.guilds_per_shard_max == 100);
    CHECK(rules.session_lifetime == 30s);
    CHECK(rules.heartbeat_interval == 5s);
    CHECK(rules.flags == ((1U << 13) | (1U << 19)));
    given.privileged = "none";
    CHECK(sandbox_settings(given)->how.rules.flags == 0);
    given.shards = 24;
    CHECK(refusal(given) == "--shards: 24 is no multiple of --shard-multiple 16");
    given.shards = 16;
    given.guilds = 1'601;
    CHECK(refusal(given).find("--shards: 16 can't serve 1601 guilds") == 0);
    for (const char* wrong : {"", "0s", "25h", "long"}) {
        sandbox_flags other;
        other.session_timeout = wrong;
        CHECK(refusal(other).find("--session-timeout: ") == 0);
        other.session_timeout.reset();
        other.heartbeat_interval = wrong;
        CHECK(refusal(other).find("--heartbeat-interval: ") == 0);
    }
    for (const char* wrong : {"", "all", "members,", "members, content"}) {
        sandbox_flags other;
        other.privileged = wrong;
        CHECK(refusal(other).find("--privileged: ") == 0);
    }
}

TEST_CASE("tinfoil sandbox: a bad flag is named, with what it takes")
{
    for (const char* listen :
         {"127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", ":::1", "::1:80", "[127.0.0.1]:80",
          "127.0.0.1:x", "", "[::1]:0", "127.0.0.2:0", "0.0.0.0:0"}) {
        sandbox_flags given;
        given.listen = listen;
        INFO(listen);
        CHECK(refusal(given).find("--listen: ") == 0);
    }
    for (const char* rate : {"", "/s", "-1/s", "nan/s", "inf", "1e9/s", "5/m", "five/s"}) {
        sandbox_flags given;
        given.rate = rate;
        INFO(rate);
        CHECK(refusal(given).find("--rate: ") == 0);
    }
    sandbox_flags other;
    other.listen = "[::1]:8443";
    CHECK(refusal(other) ==
          "--listen: bots reach the sandbox at localhost, so it listens on 127.0.0.1 only, not on "
          "::1; write for example 127.0.0.1:8443");
    sandbox_flags given;
    given.run_for = "long";
    CHECK(refusal(given).find("--for: ") == 0);
}

TEST_CASE("tinfoil sandbox: an empty name of a file is refused, not left out")
{
    for (const char* flag : {"--info", "--log", "--report"}) {
        sandbox_flags given;
        CLI::App command;
        add_sandbox_flags(command, given);
        CHECK_NOTHROW(command.parse(std::vector<std::string>{"name", flag}));
        CHECK_THROWS_AS(command.parse(std::vector<std::string>{"", flag}), CLI::ValidationError);
    }
}

TEST_CASE("tinfoil sandbox: a scenario says how large it is and what breaks, and flags win over it")
{
    const support::temporary_folder folder;
    const auto file = folder.path() / "play.toml";
    std::ofstream(file)
        << "guilds = 7\npeople = 9\nrate = \"50/s\"\nmix = true\nzipf = 1.1\n"
           "day_curve = true\nbursts = true\nsession_timeout = \"1m\"\n[[at]]\nafter = \"20s\"\n"
           "fault = \"close\"\ncode = 4009\n";
    sandbox_flags given;
    given.scenario = file.string();
    given.people = 3;
    given.faults = {"no-acks for=5m"};
    const auto made = sandbox_settings(given);
    REQUIRE(made);
    const auto& rules = made->how.rules;
    CHECK(rules.guilds == 7);
    CHECK(rules.people_per_guild == 3);
    CHECK(rules.life.mix);
    CHECK(rules.life.bursts);
    CHECK(rules.life.zipf == 1.1);
    CHECK(rules.life.day_curve > 0);
    CHECK(rules.session_lifetime == 1min);
    CHECK(rules.acts_per_second + rules.messages_per_second == 50);
    REQUIRE(rules.plan.size() == 2);
    CHECK(rules.plan[0].first == 20s);
    CHECK(rules.plan[0].second.code == 4009);
    CHECK(rules.plan[1].second.what == discordsim::fault_kind::no_acks);
    CHECK(rules.plan[1].second.lasts == 5min);
}

TEST_CASE("tinfoil sandbox: a scenario that can't be used says where and what is possible")
{
    const support::temporary_folder folder;
    const auto refused = [&](const std::string& text) {
        const auto file = folder.path() / "play.toml";
        std::ofstream(file) << text;
        sandbox_flags given;
        given.scenario = file.string();
        return refusal(given);
    };
    CHECK(refused("guilds = 0").find("line 1: guilds has to be") != std::string::npos);
    CHECK(refused("\nfoo = 1").find("line 2: there is no setting \"foo\"") != std::string::npos);
    CHECK(refused("guilds =").find("line 1") != std::string::npos);
    CHECK(refused("[[at]]\nfault = \"x\"").find("there is no fault \"x\"") != std::string::npos);
    CHECK(refused("[[at]]\nafter = \"soon\"").find("after has to be") != std::string::npos);
    CHECK(refused("at = 5").find("[[at]]") != std::string::npos);
    CHECK(refused("\n\nrate = \"fast\"").find("line 3: \"fast\" is no number") !=
          std::string::npos);
    CHECK(refused("mix = 1").find("line 1: mix has to be true or false") != std::string::npos);
    CHECK(refused("zipf = 9").find("line 1: zipf: 9 is no exponent") != std::string::npos);
    CHECK(refused("session_timeout = \"x\"").find("line 1: \"x\" is no such") != std::string::npos);
    CHECK(refused("privileged = \"x\"").find("line 1: \"x\" is no list") != std::string::npos);
    CHECK(refused("session_starts = -1").find("line 1: session_starts has to be") !=
          std::string::npos);
    sandbox_flags given;
    given.scenario = (folder.path() / "missing.toml").string();
    CHECK(refusal(given).find("missing.toml") != std::string::npos);
    given = {};
    given.faults = {"no-acks forever"};
    CHECK(refusal(given).find("\"forever\" is no parameter") != std::string::npos);
}

TEST_CASE("tinfoil sandbox: the scenarios that come along can be played")
{
    int played = 0;
    for (const auto& each : std::filesystem::directory_iterator(TINFOIL_SCENARIOS)) {
        sandbox_flags given;
        given.scenario = each.path().string();
        INFO(each.path());
        CHECK(sandbox_settings(given));
        ++played;
    }
    CHECK(played >= 4);
}
