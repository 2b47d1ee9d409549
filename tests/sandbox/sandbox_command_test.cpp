#include "cli/sandbox_command.hpp"
#include "support/catch.hpp"

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
    given.listen = "[::1]:8443";
    given.rate = "2000/s";
    given.run_for = "30s";
    given.shards = 4;
    given.replay_events = 10;
    const auto made = sandbox_settings(given);
    REQUIRE(made);
    CHECK(made->how.address == "::1");
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

TEST_CASE("tinfoil sandbox: a bad flag is named, with what it takes")
{
    for (const char* listen : {"127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", ":::1", "::1:80",
                               "[127.0.0.1]:80", "127.0.0.1:x", ""}) {
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
    sandbox_flags given;
    given.run_for = "long";
    CHECK(refusal(given).find("--for: ") == 0);
}
