#include "cli/sandbox_command.hpp"
#include "support/catch.hpp"

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
