#include "scaling/curve.hpp"
#include "scaling/rehearsal.hpp"
#include "scaling/scene.hpp"
#include "support/catch.hpp"

using namespace tinfoil;
using namespace tinfoil::scaling_test;

TEST_CASE("load curve: guilds, shards, collections and settings are read")
{
    const curve made = parse_curve("# recorded on a Friday\n"
                                   "set,shards,4\n"
                                   "set,collections,2\n"
                                   "set,split_at,50\n"
                                   "set,mode,advise\n"
                                   "set,sustain,60\n"
                                   "0,guild,197038439483310086,1200\n"
                                   "\n"
                                   "  0 , shard , 3/4 , 64000  # all of it\r\n"
                                   "600,guild,197038439483310086,500000\n"
                                   "300,down,1,20\n"
                                   "900,slow,0,150\n"
                                   "900,starts,0,3\n")
                           .value();
    CHECK(made.shards == 4);
    CHECK(made.collections == 2);
    CHECK(made.with.split_at == 50);
    CHECK(made.with.does == mode::advise);
    CHECK(made.with.sustain == 60s);
    CHECK(made.seconds == 900 + 3600);
    REQUIRE(made.guilds.size() == 65);
    CHECK(made.guilds[0].level == 1200);
    for (std::size_t i = 1; i < 65; ++i) {
        CHECK(discord::slot{3, 4}.serves(made.guilds[i].id));
        CHECK(made.guilds[i].level == 1000);
    }
    REQUIRE(made.happenings.size() == 4);
    CHECK(made.happenings[0].what == happening::kind::down);
    CHECK(made.happenings[1].value == 500'000);
}

TEST_CASE("load curve: what can't be read is refused with its line")
{
    for (const char* bad :
         {"0,guild,1\n", "x,guild,1,2\n", "0,guild,zero,2\n", "0,guild,0,2\n", "0,shard,4/4,2\n",
          "0,guild,5,-1\n", "0,guild,5,1e3\n", "0,burn,5,1\n", "set,split,maybe\n",
          "set,unheard,1\n", "set,shards,0\n", "0,slow,0,0\n", "0,guild,5,99999999999\n"}) {
        INFO(bad);
        const auto read = parse_curve(std::string("0,guild,5,1\n") + bad);
        REQUIRE_FALSE(read);
        CHECK(read.error().code == errc::malformed);
        CHECK(read.error().detail.rfind("line 2: ", 0) == 0);
    }
    CHECK_FALSE(parse_curve(""));
    CHECK_FALSE(parse_curve("set,split_at,99\n0,guild,5,1\n"));
    CHECK(made_up_curve("no such", 1).error().detail.find("growth") != std::string::npos);
}

TEST_CASE("rehearsal: the same seed is the same day, and a hot shard is split")
{
    const auto text = "set,noise,5\nset,collections_max,2\n0,shard,0/1,100000\n"
                      "600,shard,0/1,450000\n";
    const auto play = [&](std::uint64_t seed) {
        rehearsal of(parse_curve(text).value(), seed);
        while (of.step()) {
        }
        std::vector<std::pair<std::int64_t, std::string>> made;
        for (const rehearsed& each : of.decisions())
            for (const action& one : each.what.what.actions)
                made.emplace_back(each.at_s, to_string(one));
        return made;
    };
    const auto day = play(1);
    REQUIRE_FALSE(day.empty());
    CHECK(day == play(1));
    CHECK(day[0].second == "splits 0/1 into 0/2 1/2 in 0");
    CHECK(day[0].first >= 600 + 120);
    CHECK(day[0].first <= 600 + 300);
}
