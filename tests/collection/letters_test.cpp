#include "collection/letters.hpp"
#include "support/catch.hpp"

using namespace tinfoil;
using namespace tinfoil::collection;
using namespace std::chrono_literals;

namespace {

sharing::letter to_guild(std::uint64_t guild, std::string body = "b")
{
    sharing::letter made;
    made.plugin = "p";
    made.to.what = sharing::addressee::guild;
    made.to.guild = {guild};
    made.name = "n";
    made.body = std::move(body);
    made.patience = 1s;
    return made;
}

// A collection that serves guild 1 and nothing else.
struct scene {
    template <class T>
    [[nodiscard]] const T& last() const
    {
        return std::get<T>(sent.back());
    }
    void settle()
    {
        for (const auto& each : std::exchange(later, {}))
            each();
    }

    std::vector<link::message> sent;
    std::vector<std::function<void()>> later;
    std::vector<std::pair<sharing::letter, letters::replied>> given;
    uplink up{[this](link::message what) { sent.push_back(std::move(what)); },
              [this](std::function<void()> what) { later.push_back(std::move(what)); }};
    letters it{{up, [this](std::function<void()> what) { later.push_back(std::move(what)); },
                [](const sharing::address& what) { return what.guild.value == 1; },
                [this](const sharing::letter& what, letters::replied done) {
                    given.emplace_back(what, std::move(done));
                }}};
};

}  // namespace

TEST_CASE("letters of a collection: up with an id, and the replies to whoever waits")
{
    scene at;
    std::vector<sharing::reply> came;
    const auto id = at.it.send(to_guild(1), [&](std::vector<sharing::reply> all) { came = all; });
    CHECK(at.last<link::plugin_letter>().id == id);
    at.it.on(link::letters_answered{{{id, false, {{2, sharing::delivery::ok, "r"}}}}});
    REQUIRE(came.size() == 1);
    CHECK(came[0].body == "r");
    // One that nobody waits for any more.
    bool told = false;
    const auto left = at.it.send(to_guild(1), [&](const auto&) { told = true; });
    at.it.leave(left);
    at.it.on(link::letters_answered{{{left, false, {}}}});
    CHECK_FALSE(told);
}

TEST_CASE("letters of a collection: what is no letter is refused later, and does not go up")
{
    scene at;
    std::vector<sharing::reply> came;
    at.it.send(to_guild(0), [&](std::vector<sharing::reply> all) { came = all; });
    CHECK(at.sent.empty());
    CHECK(came.empty());
    at.settle();
    REQUIRE(came.size() == 1);
    CHECK(came[0].how == sharing::delivery::refused);
}

TEST_CASE("letters of a collection: a guild that is not here goes back, others to the plugin, and "
          "answers go "
          "together")
{
    scene at;
    at.it.on(link::plugin_letter{7, to_guild(2)});
    at.it.on(link::plugin_letter{8, to_guild(1)});
    CHECK(at.given.size() == 1);
    at.given[0].second({0, sharing::delivery::ok, "r"});
    CHECK(at.sent.empty());
    at.settle();
    REQUIRE(at.sent.size() == 1);
    const auto& all = at.last<link::letters_answered>().all;
    REQUIRE(all.size() == 2);
    CHECK(all[0].id == 7);
    CHECK(all[0].is_returned);
    CHECK(all[1].id == 8);
    CHECK(all[1].all.at(0).body == "r");
}

TEST_CASE(
    "letters of a collection: so many as nobody waits for are under way, then they are left out")
{
    scene at;
    for (std::size_t i = 0; i < letters::posted_max; ++i)
        REQUIRE(at.it.post(to_guild(1)));
    CHECK_FALSE(at.it.post(to_guild(1)));
    sharing::letter others = to_guild(1);
    others.plugin = "q";
    CHECK(at.it.post(others));
    at.it.on(link::letters_answered{{{1, false, {{1, sharing::delivery::down, ""}}}}});
    CHECK(at.it.post(to_guild(1)));
    CHECK_FALSE(at.it.post(to_guild(0)));

    scene heavy;
    for (std::size_t i = 0; i < letters::posted_bytes_max / sharing::letter_bytes_max; ++i)
        REQUIRE(heavy.it.post(to_guild(1, std::string(sharing::letter_bytes_max, 'x'))));
    CHECK_FALSE(heavy.it.post(to_guild(1)));
}

TEST_CASE("letters of a collection: a slot is served by one that has all of it, whole or in parts")
{
    using discord::slot;
    sharing::address where;
    where.what = sharing::addressee::slot;
    where.slot = {1, 4};
    CHECK(serves(std::vector<slot>{{1, 4}}, where));
    CHECK(serves(std::vector<slot>{{0, 4}, {1, 2}}, where));
    CHECK(serves(std::vector<slot>{{1, 8}, {5, 8}, {0, 2}}, where));
    CHECK_FALSE(serves(std::vector<slot>{{1, 8}, {0, 2}}, where));
    CHECK_FALSE(serves(std::vector<slot>{}, where));
    where.what = sharing::addressee::guild;
    where.guild = {std::uint64_t{5} << 22};
    CHECK(serves(std::vector<slot>{{1, 4}}, where));
    CHECK_FALSE(serves(std::vector<slot>{{0, 4}}, where));
}
