#include "host/rest_past.hpp"
#include "support/catch.hpp"

using namespace tinfoil;
using namespace tinfoil::host;
using namespace std::chrono_literals;

TEST_CASE("rest past: what a host leaves counts as long as it would have there")
{
    const std::string left = to_text({48, 1s, 900, 10min}, 1'000'000);
    const rest::past soon = parse_past(left, 1'000'300);
    CHECK(soon.sent == 48);
    CHECK(soon.sent_for == 700ms);
    CHECK(soon.invalid == 900);
    CHECK(soon.invalid_for == 10min - 300ms);
    const rest::past later = parse_past(left, 1'060'000);
    CHECK(later.sent_for == 0s);
    CHECK(later.invalid_for == 9min);
    CHECK(parse_past(left, 1'000'000 + 600'000).invalid_for == 0s);
}

TEST_CASE("rest past: nothing counts of a text that is none, or of a clock that went back")
{
    for (const char* text : {"", "[]", "{", R"({"wall_ms":"x","sent":3})", R"({"sent":3})",
                             R"({"wall_ms":-5,"sent":3,"sent_until_ms":99999999})"})
        CHECK(parse_past(text, 1'000'000).sent_for == 0s);
    CHECK(parse_past(to_text({48, 1s, 900, 10min}, 1'000'000), 999'000).invalid_for == 0s);
    CHECK(parse_past(R"({"wall_ms":5,"sent":-3,"sent_until_ms":900})", 100).sent == 0);
}
