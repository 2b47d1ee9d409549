#include "base/random.hpp"
#include "sharing/memory_state.hpp"
#include "sharing/values.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <set>

using namespace tinfoil;
using namespace tinfoil::sharing;
using namespace std::chrono_literals;

namespace {

constexpr client one{0, 10}, other{1, 11};

question about(deed what, std::string key, std::string value = {})
{
    question made;
    made.what = what;
    made.scope = "p";
    made.key = std::move(key);
    made.value = std::move(value);
    return made;
}

question watch(std::string prefix, std::uint64_t since, duration patience = 60s)
{
    question made = about(deed::watch, std::move(prefix));
    made.since = since;
    made.patience = patience;
    return made;
}

// The machine on a state without a disk, which may be made to fail.
struct scene {
    void tell(values_input what)
    {
        std::vector<values_action> todo;
        it.on(std::move(what), now, todo);
        for (auto& each : todo) {
            if (const auto* group = std::get_if<run_group>(&each)) {
                groups.push_back(group->what.size());
                tell(state.run(group->what, wall()));
                continue;
            }
            auto& told = std::get<tell_answer>(each);
            answers[{told.who, told.id}] = told.what;
        }
    }
    void ask(client who, std::uint64_t id, question what) { tell(asked{who, id, std::move(what)}); }
    void pass(duration time)
    {
        const instant until = now + time;
        while (it.deadline() <= until) {
            now = std::max(now, it.deadline());
            tell(values_elapsed{});
        }
        now = until;
    }
    [[nodiscard]] std::int64_t wall() const
    {
        return std::chrono::duration_cast<std::chrono::milliseconds>(now - instant()).count();
    }
    [[nodiscard]] const answer* told(client who, std::uint64_t id) const
    {
        const auto found = answers.find({who, id});
        return found == answers.end() ? nullptr : &found->second;
    }

    memory_state state;
    values it{0};
    instant now{1h};
    std::vector<std::size_t> groups;
    std::map<std::pair<client, std::uint64_t>, answer> answers;
};

}  // namespace

TEST_CASE("shared values: what comes together is one group, and the next waits its turn")
{
    scene all;
    for (std::uint64_t id = 1; id <= 10; ++id)
        all.ask(one, id, about(deed::put, "k" + std::to_string(id), "v"));
    CHECK(all.answers.empty());
    all.pass(0s);
    CHECK(all.groups == std::vector<std::size_t>{10});
    CHECK(all.answers.size() == 10);
    all.ask(one, 11, about(deed::put, "k", "v"));
    all.pass(4ms);
    CHECK(all.told(one, 11) == nullptr);
    all.pass(1ms);
    REQUIRE(all.told(one, 11) != nullptr);
    CHECK(all.told(one, 11)->revision == 11);
}

TEST_CASE(
    "shared values: a read waits for what was asked to be written before it, and for nothing else")
{
    scene all;
    all.ask(one, 1, about(deed::get, "k"));
    REQUIRE(all.told(one, 1) != nullptr);
    CHECK(all.told(one, 1)->rows.empty());
    all.ask(one, 2, about(deed::put, "k", "v"));
    all.ask(one, 3, about(deed::get, "k"));
    CHECK(all.told(one, 3) == nullptr);
    all.pass(0s);
    REQUIRE(all.told(one, 3) != nullptr);
    CHECK(all.told(one, 3)->rows.at(0).value == "v");
}

TEST_CASE("shared values: of two that expect the same revision one is rejected with what is there")
{
    scene all;
    question first = about(deed::put, "k", "a"), second = about(deed::put, "k", "b");
    first.expected = second.expected = 0;
    all.ask(one, 1, first);
    all.ask(other, 1, second);
    all.pass(0s);
    CHECK(all.told(one, 1)->how == verdict::committed);
    CHECK(all.told(other, 1)->how == verdict::rejected);
    CHECK(all.told(other, 1)->rows.at(0).value == "a");
    // Each change has a revision of its own, also within a group: the first one's is not current.
    second.expected = all.told(one, 1)->revision;
    first.expected = second.expected;
    all.ask(other, 2, second);
    all.ask(one, 2, first);
    all.pass(1s);
    CHECK(all.told(other, 2)->how == verdict::committed);
    CHECK(all.told(one, 2)->how == verdict::rejected);
}

TEST_CASE("shared values: sums, and what can't be added to")
{
    scene all;
    question add = about(deed::add, "n");
    add.delta = 5;
    all.ask(one, 1, add);
    add.delta = -7;
    all.ask(one, 2, add);
    all.ask(one, 3, about(deed::put, "t", "12x"));
    add.key = "t";
    all.ask(one, 4, add);
    all.ask(one, 5, about(deed::put, "m", std::to_string(INT64_MIN)));
    add.key = "m";
    all.ask(one, 6, add);
    all.pass(1s);
    CHECK(all.told(one, 2)->rows.at(0).value == "-2");
    CHECK(all.told(one, 4)->how == verdict::refused);
    CHECK(all.told(one, 6)->how == verdict::refused);
    CHECK(all.state.rows("p").at(0).value == std::to_string(INT64_MIN));
}

TEST_CASE("shared values: a value that expires is gone, and whoever watches is told")
{
    scene all;
    question put = about(deed::put, "k", "v");
    put.lives = 10s;
    all.ask(one, 1, put);
    all.pass(0s);
    all.ask(other, 1, watch("k", all.told(one, 1)->revision));
    all.pass(9s);
    CHECK(all.told(other, 1) == nullptr);
    all.pass(2s);
    REQUIRE(all.told(other, 1) != nullptr);
    CHECK(all.told(other, 1)->rows.at(0).is_erased);
    CHECK(all.state.rows("p").empty());
    // A sum keeps the end that its first one had.
    question add = about(deed::add, "n");
    add.delta = 1;
    add.lives = 10s;
    all.ask(one, 2, add);
    all.pass(6s);
    all.ask(one, 3, add);
    all.pass(6s);
    CHECK(all.state.rows("p").empty());
    CHECK(all.it.deadline() == never);
}

TEST_CASE("shared values: whoever reads all the time keeps nothing from expiring")
{
    scene all;
    question put = about(deed::put, "k", "v");
    put.lives = 10s;
    all.ask(one, 1, put);
    all.pass(0s);
    all.ask(other, 1, watch("k", all.told(one, 1)->revision));
    for (std::uint64_t id = 2; all.now < instant(1h) + 12s; ++id) {
        const bool is_past = all.now >= instant(1h) + 10s;
        all.ask(one, id, about(deed::get, "k"));
        all.pass(100ms);
        REQUIRE(all.told(one, id) != nullptr);
        CHECK(all.told(one, id)->rows.empty() == is_past);
    }
    REQUIRE(all.told(other, 1) != nullptr);
    CHECK(all.told(other, 1)->rows.at(0).is_erased);
}

TEST_CASE("shared values: what is due between two commits waits without being asked for again")
{
    scene all;
    question put = about(deed::put, "k", "v");
    put.lives = 1s;
    all.ask(one, 1, put);
    all.pass(999ms);
    all.ask(one, 2, about(deed::put, "l", "v"));
    all.pass(0s);
    all.pass(2ms);
    // Reads do not wait for it.
    all.ask(one, 3, about(deed::get, "k"));
    REQUIRE(all.told(one, 3) != nullptr);
    CHECK(all.told(one, 3)->rows.empty());
    CHECK(all.it.deadline() > all.now);
    all.pass(2s);
    CHECK(all.state.rows("p").size() == 1);
}

TEST_CASE("shared values: a watch gets each change behind its revision, of its prefix and scope")
{
    scene all;
    all.ask(one, 1, about(deed::put, "a/1", "x"));
    all.ask(one, 2, about(deed::put, "b/1", "x"));
    question shared = about(deed::put, "a/2", "x");
    shared.scope = shared_scope;
    all.ask(one, 3, shared);
    all.ask(one, 4, about(deed::put, "a/3", "x"));
    all.ask(one, 5, about(deed::erase, "a/1"));
    all.pass(0s);
    all.ask(other, 1, watch("a/", 1));
    REQUIRE(all.told(other, 1) != nullptr);
    const answer& news = *all.told(other, 1);
    REQUIRE(news.rows.size() == 2);
    CHECK(news.rows[0].key == "a/3");
    CHECK(news.rows[1].key == "a/1");
    CHECK(news.rows[1].is_erased);
    // It goes on from there, and waits.
    all.ask(other, 2, watch("a/", news.revision));
    all.ask(one, 6, about(deed::put, "b/2", "x"));
    all.pass(1s);
    CHECK(all.told(other, 2) == nullptr);
    all.ask(one, 7, about(deed::put, "a/4", "x"));
    all.pass(1s);
    REQUIRE(all.told(other, 2) != nullptr);
    CHECK(all.told(other, 2)->rows.at(0).key == "a/4");
}

TEST_CASE("shared values: a watch ends with its patience, its cancelling or its process")
{
    scene all;
    all.ask(other, 1, watch("", 0, 5s));
    all.ask(other, 2, watch("", 0));
    all.ask(one, 3, watch("", 0));
    all.pass(5s);
    REQUIRE(all.told(other, 1) != nullptr);
    CHECK(all.told(other, 1)->rows.empty());
    CHECK(all.it.watches() == 2);
    all.tell(ask_cancelled{other, 2});
    CHECK(all.it.watches() == 1);
    all.tell(client_gone{one});
    CHECK(all.it.watches() == 0);
    CHECK(all.it.deadline() == never);
}

TEST_CASE("shared values: a watch of what is forgotten says so, one that only waited does not")
{
    scene all;
    all.ask(one, 1, about(deed::put, "a", "x"));
    all.pass(0s);
    all.ask(other, 1, watch("a", 1));
    for (std::uint64_t id = 2; id < 2 + values::history_max + 10; ++id) {
        all.ask(one, id, about(deed::put, "b", "x"));
        all.pass(5ms);
    }
    CHECK(all.told(other, 1) == nullptr);
    all.ask(other, 2, watch("a", 1));
    REQUIRE(all.told(other, 2) != nullptr);
    CHECK(all.told(other, 2)->is_cut);
    all.ask(one, 5000, about(deed::put, "a", "y"));
    all.pass(1s);
    REQUIRE(all.told(other, 1) != nullptr);
    CHECK_FALSE(all.told(other, 1)->is_cut);
    CHECK(all.told(other, 1)->rows.at(0).value == "y");
    // Of another state's future.
    all.ask(other, 3, watch("a", 1'000'000));
    CHECK(all.told(other, 3)->is_cut);
}

TEST_CASE("shared values: bounds are told, and nothing is done beyond them")
{
    scene all;
    all.ask(one, 1, about(deed::put, "", "x"));
    CHECK(all.told(one, 1)->how == verdict::refused);
    all.ask(one, 2, about(deed::put, std::string(key_bytes_max + 1, 'k'), "x"));
    CHECK(all.told(one, 2)->how == verdict::refused);
    all.ask(one, 3, about(deed::put, "k", std::string(value_bytes_max + 1, 'v')));
    CHECK(all.told(one, 3)->text.find("1 MiB") != std::string::npos);
    for (std::uint64_t id = 0; id <= values::watches_each; ++id)
        all.ask(one, 100 + id, watch("", 0));
    CHECK(all.told(one, 100 + values::watches_each)->how == verdict::busy);
    all.ask(other, 1, about(deed::put, "k", "v"));
    for (std::uint64_t id = 2; id <= values::waiting_max; ++id)
        all.ask(other, id, about(deed::put, "k", "v"));
    CHECK(all.it.waiting() == values::waiting_max);
    all.ask(other, 99'999, about(deed::put, "k", "v"));
    CHECK(all.told(other, 99'999)->how == verdict::busy);
    all.pass(1s);
    CHECK(all.it.waiting() == 0);
    CHECK(*std::max_element(all.groups.begin(), all.groups.end()) == values::group_max);

    CHECK(lack_of_room({rows_max, 0}, 0, 1));
    CHECK_FALSE(lack_of_room({rows_max, 0}, 1, 1));
    CHECK(lack_of_room({1, scope_bytes_max}, 5, 6));
    CHECK_FALSE(lack_of_room({1, scope_bytes_max}, 6, 5));
}

TEST_CASE("shared values: two that count by compare-and-set over random times lose no step")
{
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        INFO("seed " << seed);
        random_source random{seed};
        scene all;
        std::map<client, std::uint64_t> ids;
        std::map<client, bool> waits;
        int made = 0;
        const auto count_up = [&](client who) {
            const std::uint64_t before = ids[who];
            const answer* last = before == 0 ? nullptr : all.told(who, before);
            const row* there = last == nullptr || last->rows.empty() ? nullptr : &last->rows[0];
            question put =
                about(deed::put, "n", std::to_string(there ? std::stoi(there->value) + 1 : 1));
            put.expected = there == nullptr ? 0 : there->modified;
            all.ask(who, ++ids[who], put);
        };
        for (int step = 0; step < 300; ++step) {
            const client who = random.next() % 2 == 0 ? one : other;
            const answer* last = ids[who] == 0 ? nullptr : all.told(who, ids[who]);
            if (ids[who] == 0 || last != nullptr)
                count_up(who);
            all.pass(std::chrono::microseconds(random.next() % 4000));
        }
        all.pass(1s);
        for (const auto& [name, told] : all.answers)
            made += told.how == verdict::committed ? 1 : 0;
        CHECK(all.state.rows("p").at(0).value == std::to_string(made));
        CHECK(made > 50);
    }
}
