#include "base/likely_meant.hpp"
#include "support/catch.hpp"

using namespace tinfoil;

TEST_CASE("likely meant: letters that are missing, added, wrong or swapped")
{
    const std::vector<std::string> known{"status", "stop", "shards", "collections"};
    CHECK(likely_meant("staus", known) == "status");
    CHECK(likely_meant("sttaus", known) == "status");
    CHECK(likely_meant("statuss", known) == "status");
    CHECK(likely_meant("shrads", known) == "shards");
    CHECK(likely_meant("colections", known) == "collections");
    CHECK(likely_meant("stpo", known) == "stop");
}

TEST_CASE("likely meant: what is far from all of them is not guessed at")
{
    const std::vector<std::string> known{"status", "stop", "shards"};
    CHECK(likely_meant("reload", known) == std::nullopt);
    CHECK(likely_meant("", known) == std::nullopt);
    CHECK(likely_meant("st", known) == std::nullopt);
    CHECK(likely_meant(std::string(100'000, 's'), known) == std::nullopt);
    CHECK(likely_meant("status", {}) == std::nullopt);
}

TEST_CASE("likely meant: the nearest wins, and of equally near ones the first")
{
    CHECK(likely_meant("tame", {"time", "name"}) == "time");
    CHECK(likely_meant("names", {"time", "name"}) == "name");
    CHECK(did_you_mean("names", {"name"}) == "; did you mean name?");
    CHECK(did_you_mean("xyzzy", {"name"}).empty());
}
