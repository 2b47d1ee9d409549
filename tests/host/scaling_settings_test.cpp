#include "host/scaling_settings.hpp"
#include "scaling/record_fields.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>

using namespace tinfoil;
using namespace tinfoil::host;
using namespace std::chrono_literals;

TEST_CASE("scaler settings: every one of them is read, and written as it would be given")
{
    const auto made = parse_scaling_settings(
        R"({"mode":"advise","split":"yes","split_at":50,"sustain":"90s","collections_max":8})");
    REQUIRE(made);
    CHECK(made->given.does == scaling::mode::advise);
    CHECK(made->given.splits == scaling::plan_changes::yes);
    CHECK(made->given.split_at == 50);
    CHECK(made->given.sustain == 90s);
    CHECK(made->has_max);
    CHECK_FALSE(made->has_min);
    std::string whole = "{";
    for (const auto& [key, value] : written(made->given)) {
        const bool is_number = std::all_of(value.begin(), value.end(),
                                           [](char each) { return each >= '0' && each <= '9'; });
        whole += (whole.size() == 1 ? "\"" : ",\"") + key +
                 "\":" + (is_number ? value : '"' + value + '"');
    }
    const auto again = parse_scaling_settings(whole + "}");
    REQUIRE(again);
    CHECK(again->given == made->given);
}

TEST_CASE("scaler settings: what is wrong is named with its key")
{
    const auto why = [](const char* text) {
        const auto made = parse_scaling_settings(text);
        return made ? std::string() : made.error().detail;
    };
    CHECK(why("[]") == "write [scaler] as a table");
    CHECK(why(R"({"splitat":1})") ==
          "there is no setting splitat in [scaler]; did you mean split_at?");
    CHECK(why(R"({"xyzzy":1})") ==
          "there is no setting xyzzy in [scaler]; share/doc/scaler.md lists those that there are");
    CHECK(why(R"({"split_at":"40"})") == "split_at in [scaler] needs a whole number");
    CHECK(why(R"({"split_at":-1})") == "split_at in [scaler] needs a whole number");
    CHECK(why(R"({"sustain":30})") == "sustain in [scaler] needs a length of time as \"30s\"");
    CHECK(why(R"({"mode":"on"})") == R"(mode in [scaler] is "auto", "advise" or "off")");
    CHECK(why(R"({"split":true})") == R"(split in [scaler] is "after-shadow", "yes" or "no")");
}

TEST_CASE("scaler settings: how many collections there may be")
{
    scaling_choice given;
    auto made = policy_of(given, 4, false);
    REQUIRE(made);
    CHECK(made->collections_min == 4);
    CHECK(made->collections_max == 4);
    given.has_max = true;
    given.given.collections_max = 8;
    made = policy_of(given, 4, false);
    REQUIRE(made);
    CHECK(made->collections_min == 4);
    CHECK(made->collections_max == 8);
    CHECK(policy_of(given, 1, true).error().detail ==
          "--in-process holds one collection, and scaler.collections_max is 8");
    given.given.split_at = 95;
    CHECK(policy_of(given, 1, false).error().detail.find("scaler.split_at is 95") == 0);
}

TEST_CASE("scaler settings: the number of collections is kept while the settings are the same")
{
    scaling::policy with;
    with.collections_max = 8;
    const collections_kept of{1, 8, 5, false}, wish{1, 8, 12, true};
    CHECK(read_kept(to_string(of), with) == of);
    CHECK(read_kept(to_string(wish), with) == wish);
    CHECK_FALSE(read_kept("1 8 12", with));
    CHECK_FALSE(read_kept("1 8 0 wish", with));
    CHECK_FALSE(read_kept("", with));
    with.collections_max = 9;
    CHECK_FALSE(read_kept(to_string(of), with));
}

TEST_CASE("scaler settings: the example has all of them with their defaults")
{
    std::ifstream file(TINFOIL_SHARE "/tinfoil.toml.example");
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const auto table = text.find("# [scaler]\n");
    REQUIRE(table != std::string::npos);
    const std::string own = text.substr(table, text.find("\n\n", table) - table) + "\n";
    for (const auto& [key, value] : written(scaling::policy{})) {
        INFO(key);
        const bool is_number = std::all_of(value.begin(), value.end(),
                                           [](char each) { return each >= '0' && each <= '9'; });
        CHECK(own.find("# " + key + " = " + (is_number ? value : '"' + value + '"')) !=
              std::string::npos);
    }
}
