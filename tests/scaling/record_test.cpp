#include "base/random.hpp"
#include "scaling/record.hpp"
#include "scaling/rehearsal.hpp"
#include "scaling/scene.hpp"
#include "support/catch.hpp"

using namespace tinfoil;
using namespace tinfoil::scaling_test;

TEST_CASE("decision record: every decision of a day is made again from its line", "[simulation]")
{
    for (const char* name : {"day", "raid", "deaths", "giant"}) {
        curve of = made_up_curve(name, 5).value();
        of.seconds = 30'000;
        rehearsal play(of, 5);
        while (play.step()) {
        }
        REQUIRE_FALSE(play.decisions().empty());
        for (const rehearsed& each : play.decisions()) {
            const record made{each.what.number, each.what.is_to_be_done, each.what.at,
                              each.what.what};
            const auto again = replay(to_line(made));
            REQUIRE(again);
            CHECK(again->of == made);
            CHECK(again->is_same());
        }
    }
}

TEST_CASE("decision record: another policy makes another decision of the same line")
{
    situation at = sustained(scene(2, {{45, 0}, {20, 0}}));
    record made{3, true, at, decide(at)};
    REQUIRE(made.what.what == aim::split);
    made.at.with.split_at = 50;
    const auto again = replay(to_line(made));
    REQUIRE(again);
    CHECK_FALSE(again->is_same());
    CHECK(again->again.what == aim::spread);
}

TEST_CASE("decision record: a newer version and what is no decision are refused with words")
{
    const situation at = sustained(scene(2, {{45, 0}, {20, 0}}));
    const std::string line = to_line({3, true, at, decide(at)});
    CHECK(parse_line("{}").error().code == errc::malformed);
    CHECK(parse_line("").error().code == errc::malformed);
    CHECK(parse_line("[1]").error().code == errc::malformed);
    const auto with = [&](const std::string& old, const std::string& now) {
        std::string made = line;
        const auto found = made.find(old);
        REQUIRE(found != std::string::npos);
        return made.replace(found, old.size(), now);
    };
    CHECK(parse_line(with("\"v\":1", "\"v\":2")).error().code == errc::invalid_argument);
    for (const auto& [old, now] : {std::pair{"\"0/2\"", "\"2/2\""},
                                   {"\"mode\":\"auto\"", "\"mode\":\"odd\""},
                                   {"\"split_at\":40", "\"split_at\":99"},
                                   {"\"load\":450000", "\"load\":-1"},
                                   {"\"load\":450000", "\"load\":4.5"},
                                   {"\"load\":450000", "\"load\":99999999999999"},
                                   {"\"max_concurrency\":1", "\"max_concurrency\":0"},
                                   {"\"number\":1", "\"number\":0"},
                                   {"\"situation\"", "\"elsewhere\""}}) {
        INFO(old << " to " << now);
        const auto read = parse_line(with(old, now));
        REQUIRE_FALSE(read);
        CHECK(read.error().code == errc::malformed);
        CHECK_FALSE(read.error().detail.empty());
    }
}

// Whatever a file holds, it is read or refused; what is read can be decided about.
TEST_CASE("decision record: total over damaged lines", "[simulation]")
{
    situation at = sustained(scene(3, {{45, 0}, {20, 0}, {3, 1}, {3, 2}}));
    at.collections[2].is = collection_phase::draining;
    const std::string line = to_line({3, true, at, decide(at)});
    random_source random(1);
    std::size_t readable = 0;
    for (int i = 0; i < 20'000; ++i) {
        std::string damaged = line;
        for (std::uint64_t n = 1 + random.below(3); n > 0; --n) {
            constexpr std::string_view bytes = "0123456789-,:\"{}[]aet";
            damaged[random.below(damaged.size())] = bytes[random.below(bytes.size())];
        }
        const auto read = replay(damaged);
        readable += read ? 1 : 0;
        if (!read)
            CHECK_FALSE(read.error().detail.empty());
    }
    CHECK(readable > 100);
}
