#include "state/migrations.hpp"
#include "state/store.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace tinfoil;
using namespace tinfoil::state;
using discord::slot;

namespace {

discord::session_record session(slot which, const std::string& id, std::uint32_t generation)
{
    return {.which = which,
            .generation = generation,
            .intents = 3,
            .point = {id, "wss://resume", 7},
            .unfinished = {}};
}

sharding::plan_change renewal_and_split()
{
    return {.plan = {{0, 2}, {1, 2}},
            .older = {{0, 1}},
            .newer = {session({0, 2}, "a", 2), session({1, 2}, "b", 2)},
            .records = {{{0, 2}, "a", "", std::string("r\0a", 3)}, {{1, 2}, "b", "", "rb"}}};
}

}  // namespace

TEST_CASE("store: a commit has plan, sessions, records and the operation's row, or nothing")
{
    const support::temporary_folder folder;
    {
        const auto it = *store::open(folder.path());
        REQUIRE(it->set_plan("0/1"));
        REQUIRE(it->save_sessions(std::vector{session({0, 1}, "old", 1)},
                                  discord::cursor_use::running, "", 0));
        REQUIRE(it->commit_handoff(renewal_and_split(), "node/0", 9, {4, 1'000, "{}"}));
    }
    const auto it = *store::open(folder.path());
    CHECK(*it->plan() == "0/2 1/2");
    const auto sessions = *it->sessions();
    REQUIRE(sessions.size() == 2);
    CHECK(sessions[0].point.session_id == "a");
    CHECK(sessions[0].doubtful);  // Somebody goes on with it.
    const auto records = *it->handoff_records();
    REQUIRE(records.size() == 2);
    CHECK(records[0].text == std::string("r\0a", 3));
    CHECK(records[1].session_id == "b");
    CHECK(it->operations()->at(0).id == 4);
    // Merged back: nothing of the shards before is left.
    CHECK(it->commit_handoff({.plan = {{0, 1}},
                              .older = {{0, 2}, {1, 2}},
                              .newer = {session({0, 1}, "c", 3)},
                              .records = {{{0, 1}, "c", "", "rc"}}},
                             "node/0", 9, {5, 1'000, "{}"}));
    CHECK(it->sessions()->size() == 1);
    CHECK(it->handoff_records()->size() == 1);
    // Renewed: of the same slot the newer one is left.
    CHECK(it->commit_handoff({.plan = {{0, 1}},
                              .older = {{0, 1}},
                              .newer = {session({0, 1}, "d", 4)},
                              .records = {{{0, 1}, "d", "c", "rd"}}},
                             "node/0", 9, {6, 1'000, "{}"}));
    REQUIRE(it->sessions()->size() == 1);
    CHECK(it->sessions()->at(0).point.session_id == "d");
    CHECK(it->handoff_records()->at(0).replaced == "c");
    CHECK(it->drop_handoff_record({0, 1}, "c"));
    CHECK(it->handoff_records()->size() == 1);
    CHECK(it->drop_handoff_record({0, 1}, "d"));
    CHECK(it->handoff_records()->empty());
}

TEST_CASE("store: a moved session's record is replaced")
{
    const support::temporary_folder folder;
    const auto it = *store::open(folder.path());
    CHECK(it->keep_handoff_record({{1, 2}, "b", "", "one"}));
    CHECK(it->keep_handoff_record({{1, 2}, "b", "", "two"}));
    REQUIRE(it->handoff_records()->size() == 1);
    CHECK(it->handoff_records()->at(0).text == "two");
}

TEST_CASE("store: the history has the newest operations, each as it is now")
{
    const support::temporary_folder folder;
    const auto it = *store::open(folder.path());
    const auto most = static_cast<std::uint64_t>(store::operations_max);
    for (std::uint64_t id = 1; id <= most + 5; ++id)
        REQUIRE(it->keep_operation({id, 1, "waiting"}));
    CHECK(it->keep_operation({most, 2, "done"}));
    const auto all = *it->operations();
    REQUIRE(all.size() == most);
    CHECK(all.front().id == 6);
    CHECK(all.back().id == most + 5);
    CHECK(all[most - 6].text == "done");
    CHECK(all[most - 6].wall_ms == 2);
}

TEST_CASE("store: a file of version 4 takes commits")
{
    const support::temporary_folder folder;
    {
        const auto old = *database::open(folder.path() / "state.db");
        REQUIRE(migrate(*old, migrations().first(4)));
        REQUIRE(old->run_script("INSERT INTO plan VALUES (1, '0/1', 1, 1);"
                                "INSERT INTO sessions VALUES (0, 1, 1, 'old', 'wss://r', 5, 3, "
                                "'[]', 1, '', 0, 1, 1);"));
    }
    const auto it = *store::open(folder.path());
    CHECK(it->sessions()->at(0).point.session_id == "old");
    CHECK(it->handoff_records()->empty());
    CHECK(it->commit_handoff(renewal_and_split(), "", 0, {1, 1, "{}"}));
    CHECK(it->sessions()->size() == 2);
}
