#include "base/error.hpp"
#include "base/random.hpp"
#include "support/catch.hpp"

#include <set>
#include <string>

using namespace tinfoil;

TEST_CASE("error: every kind has a name of its own")
{
    std::set<std::string_view> names;
    for (int code = 0; code <= static_cast<int>(errc::cancelled); ++code)
        CHECK(names.insert(name(static_cast<errc>(code))).second);
}

TEST_CASE("error: exit codes are those of share/doc/exit-codes.md")
{
    CHECK(exit_code(errc::invalid_argument) == 2);
    CHECK(exit_code(errc::token_rejected) == 3);
    CHECK(exit_code(errc::unreachable) == 4);
    CHECK(exit_code(errc::certificate_untrusted) == 5);
    CHECK(exit_code(errc::certificate_wrong_host) == 6);
    CHECK(exit_code(errc::state_unusable) == 7);
    CHECK(exit_code(errc::gateway_refused) == 8);
}

TEST_CASE("random: the same seed gives the same numbers")
{
    random_source one(7), two(7);
    for (int i = 0; i < 100; ++i) {
        CHECK(one.next() == two.next());
        const double unit = one.unit();
        CHECK((unit >= 0.0 && unit < 1.0));
        CHECK(two.unit() == unit);
    }
}
