#include "discord/envelope.hpp"
#include "support/catch.hpp"

#include <string>

using namespace tinfoil;

namespace {

std::string nested(const char* open, const char* close, int depth)
{
    std::string made;
    for (int i = 0; i < depth; ++i)
        made += open;
    for (int i = 0; i < depth; ++i)
        made += close;
    return made;
}

}  // namespace

// Whatever reads it must neither go down with it nor take time that grows faster than the text.
TEST_CASE("bombs: JSON that is nested without end is an error, not a crash")
{
    constexpr int depth = 100'000;
    for (const std::string& bomb :
         {nested("[", "]", depth), nested(R"({"a":)", "}", depth),
          nested(R"({"id":[)", "]}", depth), std::string(depth, '['), std::string(depth, '{')}) {
        const bool has_end = bomb.back() == ']' || bomb.back() == '}';
        const std::string payload = R"({"t":"MESSAGE_CREATE","s":1,"op":0,"d":)" + bomb + "}";
        CHECK(discord::scan_envelope(payload).has_value() == has_end);
        // Stepped over, and with no end it is an error.
        const auto first = discord::scan_envelope(R"({"d":)" + bomb + R"(,"op":11})");
        CHECK((!first || first->op == 11));
        CHECK_FALSE(discord::scan_envelope(bomb));
        CHECK(discord::ids_in(bomb).guild == 0);
        CHECK(discord::find_member(bomb, "id").empty());
        CHECK(discord::first_value(bomb).size() == bomb.size());
    }
}
