#include "net/base64.hpp"
#include "support/catch.hpp"

#include <string>
#include <utility>
#include <vector>

using namespace tinfoil;

TEST_CASE("base64: as RFC 4648 has it, where padding may be missing")
{
    for (const auto& [plain, coded] : std::vector<std::pair<std::string, std::string>>{
             {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foobar", "Zm9vYmFy"}}) {
        CHECK(net::to_base64(plain) == coded);
        const auto back = net::from_base64(coded);
        REQUIRE(back);
        CHECK(*back == plain);
    }
    CHECK(net::from_base64("Zg") == "f");
    for (const char* wrong : {"Z===", "Zm9*", "Zg==Zg=="})
        CHECK_FALSE(net::from_base64(wrong));
}
