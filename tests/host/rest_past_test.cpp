#include "host/rest_past.hpp"
#include "support/catch.hpp"

using namespace tinfoil;
using namespace tinfoil::host;
using namespace std::chrono_literals;
using lengths = std::vector<duration>;

TEST_CASE("rest past: what a host leaves counts as long as it would have there")
{
    const std::string left = to_text({{1s, 6s}, {90s, 10min}}, 1'000'000);
    const rest::past soon = parse_past(left, 1'000'300);
    CHECK(soon.sent == lengths{700ms, 5700ms});
    CHECK(soon.invalid == lengths{90s - 300ms, 10min - 300ms});
    const rest::past later = parse_past(left, 1'060'000);
    CHECK(later.sent.empty());
    CHECK(later.invalid == lengths{30s, 9min});
    CHECK(parse_past(left, 1'000'000 + 600'000).invalid.empty());
}

TEST_CASE("rest past: a host that is restarted again and again carries nothing for longer")
{
    rest::past carried{{}, lengths(1000, 10min)};
    std::int64_t wall_ms = 1'000'000;
    for (int i = 0; i < 10; ++i) {
        const std::string text = to_text(carried, wall_ms);
        CHECK(carried.invalid.size() == 1000);
        wall_ms += 60'000;
        carried = parse_past(text, wall_ms);
    }
    CHECK(carried.invalid.empty());
}

TEST_CASE("rest past: nothing counts of a text that is none, or of a clock that went back")
{
    for (const char* text :
         {"", "[]", "{", R"({"wall_ms":"x","sent_until_ms":[99999999]})",
          R"({"sent_until_ms":[99999999]})", R"({"wall_ms":5,"sent_until_ms":99999999})",
          R"({"wall_ms":5,"sent_until_ms":["99999999",null,-7,5.5]})"})
        CHECK(parse_past(text, 1'000'000).sent.empty());
    CHECK(parse_past(to_text({{1s}, {10min}}, 1'000'000), 999'000).invalid.empty());
    CHECK(parse_past(R"({"wall_ms":5,"sent_until_ms":[9223372036854775807]})", 10).sent ==
          lengths{24h});
}
