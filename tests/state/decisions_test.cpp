#include "state/migrations.hpp"
#include "state/store.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace tinfoil;
using namespace tinfoil::state;

namespace {

std::unique_ptr<store> open(const support::temporary_folder& in)
{
    auto made = store::open(in.path());
    REQUIRE(made);
    return std::move(*made);
}

}  // namespace

TEST_CASE("store: decisions keep their order, and an outcome takes the place of none")
{
    const support::temporary_folder folder;
    {
        const auto it = open(folder);
        for (std::uint64_t number = 1; number <= 4; ++number)
            REQUIRE(it->keep_decision({number, static_cast<std::int64_t>(1000 * number),
                                       "line " + std::to_string(number), ""}));
        REQUIRE(it->keep_decision({3, 3000, "line 3", "done"}));
    }
    const auto it = open(folder);
    const auto last = it->decisions(2);
    REQUIRE(last);
    REQUIRE(last->size() == 2);
    CHECK(last->front().number == 3);
    CHECK(last->front().outcome == "done");
    CHECK(last->back().line == "line 4");
    CHECK(last->back().wall_ms == 4000);
    const auto one = it->decision(3);
    REQUIRE(one);
    REQUIRE(*one);
    CHECK((*one)->line == "line 3");
    const auto none = it->decision(9);
    REQUIRE(none);
    CHECK_FALSE(*none);
}

TEST_CASE("store: the oldest decisions go, by number and by bytes, but the last one stays")
{
    const support::temporary_folder folder;
    const auto it = open(folder);
    for (std::uint64_t number = 1; number <= store::decisions_max + 5; ++number)
        REQUIRE(it->keep_decision({number, 1, "x", ""}));
    auto all = it->decisions(store::decisions_max + 100);
    REQUIRE(all);
    CHECK(all->size() == store::decisions_max);
    CHECK(all->front().number == 6);
    const std::string half(static_cast<std::size_t>(store::decision_bytes_max / 2), 'y');
    for (std::uint64_t number = 1001; number <= 1003; ++number)
        REQUIRE(it->keep_decision({number, 1, half, ""}));
    all = it->decisions(10);
    REQUIRE(all);
    REQUIRE(all->size() == 2);
    CHECK(all->front().number == 1002);
    REQUIRE(it->keep_decision({2000, 1, half + half + half, ""}));
    all = it->decisions(10);
    REQUIRE(all);
    CHECK(all->size() == 1);
}

TEST_CASE("store: decisions of a file of version 7 count with what they take")
{
    const support::temporary_folder folder;
    const std::string half(static_cast<std::size_t>(store::decision_bytes_max / 2), 'y');
    {
        const auto old = *database::open(folder.path() / "state.db");
        REQUIRE(migrate(*old, migrations().first(7)));
        for (const std::int64_t number : {1, 2})
            REQUIRE(old->run("INSERT INTO decisions VALUES (?1, 1, ?2, '', 1, 1)", number,
                             std::string_view(half)));
    }
    const auto it = open(folder);
    REQUIRE(it->keep_decision({3, 1, "line", ""}));
    const auto all = it->decisions(10);
    REQUIRE(all);
    REQUIRE(all->size() == 2);
    CHECK(all->front().number == 2);
}

TEST_CASE("store: a file of version 6 takes decisions")
{
    const support::temporary_folder folder;
    {
        const auto old = *database::open(folder.path() / "state.db");
        REQUIRE(migrate(*old, migrations().first(6)));
    }
    const auto it = open(folder);
    REQUIRE(it->keep_decision({1, 2, "line", ""}));
    CHECK(it->decisions(1)->size() == 1);
}
