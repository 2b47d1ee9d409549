#include "base/random.hpp"
#include "sharing/memory_state.hpp"
#include "state/migrations.hpp"
#include "state/store.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

using namespace tinfoil;
using namespace tinfoil::state;
using namespace std::chrono_literals;
using sharing::deed;
using sharing::question;
using sharing::verdict;

namespace {

question about(deed what, std::string key, std::string value = {})
{
    question made;
    made.what = what;
    made.scope = "p";
    made.key = std::move(key);
    made.value = std::move(value);
    return made;
}

sharing::answer ask(store& it, const question& what, std::int64_t wall_ms = 0)
{
    return it.run_values(std::span(&what, 1), wall_ms).answers.at(0);
}

question random_question(random_source& random)
{
    constexpr deed all[] = {deed::get, deed::put, deed::put, deed::erase, deed::add, deed::list};
    question made =
        about(all[random.next() % 6], std::string(1, static_cast<char>('a' + random.next() % 5)));
    made.scope = random.next() % 4 == 0 ? sharing::shared_scope : "p";
    made.value = random.next() % 3 == 0 ? "word" : std::to_string(random.next() % 100);
    made.delta = 3;
    if (random.next() % 3 == 0)
        made.expected = random.next() % 30;
    if (random.next() % 4 == 0)
        made.lives = std::chrono::milliseconds(random.next() % 400);
    made.limit = static_cast<std::uint32_t>(random.next() % 4);
    if (made.what == deed::list) {
        made.key = random.next() % 2 == 0 ? "" : made.key;
        made.after = random.next() % 2 == 0 ? "" : "b";
    }
    return made;
}

}  // namespace

TEST_CASE("shared values on the disk: they answer as those in memory do, whatever is asked")
{
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        INFO("seed " << seed);
        random_source random{seed};
        const support::temporary_folder folder;
        const auto it = *store::open(folder.path());
        sharing::memory_state model;
        std::int64_t wall = 1000;
        for (int group = 0; group < 60; ++group) {
            wall += static_cast<std::int64_t>(random.next() % 200);
            std::vector<question> all;
            for (std::uint64_t left = 1 + random.next() % 6; left != 0; --left)
                all.push_back(random_question(random));
            // The model sweeps in any group, the disk only when it writes.
            all.push_back(about(deed::add, "n"));
            const auto real = it->run_values(all, wall);
            const auto meant = model.run(all, wall);
            REQUIRE(real.answers.size() == meant.answers.size());
            for (std::size_t i = 0; i < all.size(); ++i) {
                INFO("deed " << static_cast<int>(all[i].what) << " of " << all[i].key);
                REQUIRE(real.answers[i] == meant.answers[i]);
            }
            REQUIRE(real.revision == meant.revision);
            REQUIRE(real.changes.size() == meant.changes.size());
            REQUIRE(real.next_expiry == meant.next_expiry);
        }
    }
}

TEST_CASE("shared values on the disk: a file of version 4 keeps its values, and they take an end")
{
    const support::temporary_folder folder;
    {
        const auto old = *database::open(folder.path() / "state.db");
        REQUIRE(migrate(*old, migrations().first(4)));
        REQUIRE(
            old->run_script("INSERT INTO plugin_values VALUES ('p', 'k', x'76', 1, 2);"
                            "INSERT INTO plugin_values VALUES ('', 'last_facts', x'7b7d', 3, 4);"
                            "UPDATE meta SET revision = 9;"));
    }
    const auto it = *store::open(folder.path());
    const auto found = ask(*it, about(deed::get, "k"));
    REQUIRE(found.rows.size() == 1);
    CHECK(found.rows[0] == sharing::row{"k", "v", 1, 2, false});
    CHECK(*it->own_value("last_facts") == "{}");
    question put = about(deed::put, "k", "w");
    put.expected = 2;
    put.lives = 1s;
    const auto made = ask(*it, put, 5000);
    CHECK(made.how == verdict::committed);
    CHECK(made.revision == 10);
    CHECK(ask(*it, about(deed::get, "k"), 5999).rows.size() == 1);
    CHECK(ask(*it, about(deed::get, "k"), 6000).rows.empty());
    CHECK(store::look(folder.path())->facts == "{}");
}

TEST_CASE("shared values on the disk: bounds of a scope are known again after a start")
{
    const support::temporary_folder folder;
    const std::string large(sharing::value_bytes_max, 'v');
    {
        const auto it = *store::open(folder.path());
        std::vector<question> all;
        for (int i = 0; i < 255; ++i)
            all.push_back(about(deed::put, std::to_string(i), large));
        for (const auto& each : it->run_values(all, 0).answers)
            REQUIRE(each.how == verdict::committed);
    }
    const auto it = *store::open(folder.path());
    CHECK(ask(*it, about(deed::put, "256", large)).how == verdict::refused);
    // In place of one it has room, and what was erased is room again.
    CHECK(ask(*it, about(deed::put, "1", large)).how == verdict::committed);
    CHECK(ask(*it, about(deed::erase, "1")).how == verdict::committed);
    CHECK(ask(*it, about(deed::put, "256", large)).how == verdict::committed);
    question elsewhere = about(deed::put, "k", large);
    elsewhere.scope = "q";
    CHECK(ask(*it, elsewhere).how == verdict::committed);
}

TEST_CASE(
    "shared values on the disk: a state that can't be written says so, and nothing is changed")
{
    const support::temporary_folder folder;
    const auto it = *store::open(folder.path());
    REQUIRE(ask(*it, about(deed::put, "k", "v")).how == verdict::committed);
    // Somebody else holds it.
    const auto other = *database::open(folder.path() / "state.db");
    REQUIRE(other->run("BEGIN IMMEDIATE"));
    const auto refused = ask(*it, about(deed::put, "k", "w"));
    CHECK(refused.how == verdict::unavailable);
    CHECK_FALSE(refused.text.empty());
    other->roll_back();
    CHECK(ask(*it, about(deed::get, "k")).rows.at(0).value == "v");
    CHECK(ask(*it, about(deed::put, "k", "x")).revision == 2);
}

TEST_CASE("shared values on the disk: kill -9 loses nothing that was answered")
{
    for (int round = 0; round < 5; ++round) {
        const support::temporary_folder folder;
        int ends[2];
        REQUIRE(::pipe(ends) == 0);
        const pid_t child = ::fork();
        if (child == 0) {
            const auto it = *store::open(folder.path());
            question add = about(deed::add, "n");
            add.delta = 1;
            const std::vector<question> group(10, add);
            for (;;) {
                const auto done = it->run_values(group, 0);
                const int sum = std::stoi(done.answers.back().rows.at(0).value);
                if (::write(ends[1], &sum, sizeof sum) != sizeof sum)
                    ::_exit(1);
            }
        }
        ::close(ends[1]);
        int answered = 0;
        while (answered < 200 + 50 * round)
            REQUIRE(::read(ends[0], &answered, sizeof answered) == sizeof answered);
        ::kill(child, SIGKILL);
        for (int sum = 0; ::read(ends[0], &sum, sizeof sum) == sizeof sum;)
            answered = sum;
        ::close(ends[0]);
        REQUIRE(::waitpid(child, nullptr, 0) == child);
        const auto it = *store::open(folder.path());
        const auto kept = ask(*it, about(deed::get, "n"));
        REQUIRE(kept.rows.size() == 1);
        // All of a group or nothing of it.
        CHECK(std::stoi(kept.rows[0].value) >= answered);
        CHECK(std::stoi(kept.rows[0].value) % 10 == 0);
    }
}
