#include "state/migrations.hpp"
#include "state/record_file.hpp"
#include "state/store.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

using namespace tinfoil;
using namespace tinfoil::state;

TEST_CASE("store: what was kept is there the next time, for its owner only")
{
    const support::temporary_folder folder;
    {
        const auto it = *store::open(folder.path() / "new");
        CHECK(*it->plan() == std::nullopt);
        CHECK(it->set_plan("0/1"));
        CHECK(it->set_own_value("key", "value"));
        CHECK(it->record_identify({0, 1}, "cold_start", 1'700'000'000'000));
    }
    struct stat info {};
    REQUIRE(::stat((folder.path() / "new/state.db").c_str(), &info) == 0);
    CHECK((info.st_mode & 0777) == 0600);
    const auto again = *store::open(folder.path() / "new");
    CHECK(*again->plan() == "0/1");
    CHECK(*again->own_value("key") == "value");
    CHECK(*again->own_value("other") == std::nullopt);
    CHECK(again->set_own_value("key", std::nullopt));
    CHECK(*again->own_value("key") == std::nullopt);
}

TEST_CASE("store: a second process is refused with the first one's pid")
{
    const support::temporary_folder folder;
    const auto first = store::open(folder.path());
    REQUIRE(first);
    const auto second = store::open(folder.path());
    REQUIRE_FALSE(second);
    CHECK(second.error().code == errc::state_unusable);
    CHECK(second.error().detail.find(std::to_string(::getpid())) != std::string::npos);
}

TEST_CASE("store: another bot or API is refused, naming both")
{
    const support::temporary_folder folder;
    const auto it = *store::open(folder.path());
    CHECK(it->bind({11}, "https://one"));
    CHECK(it->bind({11}, "https://one"));
    const auto other = it->bind({22}, "https://one");
    CHECK(other.error().detail.find("11") != std::string::npos);
    CHECK(other.error().detail.find("22") != std::string::npos);
    CHECK_FALSE(it->bind({11}, "https://two"));
}

TEST_CASE("store: a file that is no database is refused and left alone")
{
    const support::temporary_folder folder;
    const auto file = folder.path() / "state.db";
    std::ofstream(file) << std::string(5000, 'x');
    const auto opened = store::open(folder.path());
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == errc::state_unusable);
    CHECK(opened.error().detail.find("state.db") != std::string::npos);
    CHECK(std::filesystem::file_size(file) == 5000);
}

namespace {

constexpr auto running = discord::cursor_use::running;

discord::session_record session(std::int64_t sequence)
{
    return {.which = {1, 4},
            .generation = 3,
            .intents = 513,
            .point = {"abc", "wss://resume", sequence},
            .unfinished = {{sequence, "ping"}}};
}

}  // namespace

TEST_CASE("store: a session is kept with its cursor, doubtful unless nobody went on from it")
{
    const support::temporary_folder folder;
    const auto it = *store::open(folder.path());
    CHECK(it->save_sessions(std::vector{session(1)}, running, "node/0", 7));
    CHECK(it->sessions()->at(0).doubtful);
    CHECK(it->save_sessions(std::vector{session(40)}, discord::cursor_use::none, "node/0", 7));
    const auto kept = it->sessions()->at(0);
    CHECK_FALSE(kept.doubtful);
    CHECK(kept.point.sequence == 40);
    CHECK(kept.point.resume_url == "wss://resume");
    CHECK(kept.generation == 3);
    CHECK(kept.intents == 513);
    CHECK(kept.unfinished.at(0).plugin == "ping");
    // It may not be there any more, as after a full disk.
    CHECK(it->forget_session({1, 4}, 3));
    CHECK(it->save_sessions(std::vector{session(41)}, running, "node/0", 7));
    CHECK(it->sessions()->at(0).intents == 513);
    CHECK(it->sessions()->at(0).doubtful);
    // Another session takes the slot.
    auto other = session(50);
    other.point.session_id = "other";
    CHECK(it->save_sessions(std::vector{other}, running, "node/0", 8));
    CHECK(it->sessions()->at(0).point.session_id == "other");
    other.doubtful = true;
    CHECK(it->save_sessions(std::vector{other}, discord::cursor_use::none, "node/0", 8));
    CHECK(it->sessions()->at(0).doubtful);
    CHECK(it->sessions()->size() == 1);
    CHECK(it->forget_session({1, 4}, 3));
    CHECK(it->sessions()->empty());
}

TEST_CASE("store: every state has an id of its own and counts its starts")
{
    const support::temporary_folder folder;
    std::string node;
    {
        const auto it = *store::open(folder.path() / "a");
        node = it->node();
        CHECK(node.size() == 16);
        CHECK(*it->begin_incarnation() == 1);
    }
    const auto again = *store::open(folder.path() / "a");
    CHECK(again->node() == node);
    CHECK(*again->begin_incarnation() == 2);
    CHECK((*store::open(folder.path() / "b"))->node() != node);
}

TEST_CASE("store: a look changes nothing and needs no lock")
{
    const support::temporary_folder folder;
    CHECK(store::look(folder.path()).error().detail.find("state.db") != std::string::npos);
    const auto it = *store::open(folder.path());
    CHECK(it->bind({11}, "https://one"));
    CHECK(it->set_plan("0/1"));
    CHECK(it->save_sessions(std::vector{session(5)}, running, "", 0));
    const auto seen = store::look(folder.path());
    REQUIRE(seen);
    CHECK(seen->application == "11");
    CHECK(seen->plan == "0/1");
    CHECK(seen->sessions.size() == 1);
}

TEST_CASE("store: a file of version 1 keeps what it has and takes sessions afterwards")
{
    const support::temporary_folder folder;
    {
        const auto old = *database::open(folder.path() / "state.db");
        REQUIRE(migrate(*old, migrations().first(1)));
        REQUIRE(old->run_script("INSERT INTO plan VALUES (1, '0/1', 1, 1);"
                                "INSERT INTO plugin_values VALUES ('ping', 'k', x'76', 1, 1);"
                                "INSERT INTO identify_ledger VALUES (1, 5000, 0, 1, 1);"));
    }
    CHECK(store::look(folder.path())->plan == "0/1");
    CHECK(store::look(folder.path())->identifies.at(0).wall_ms == 5000);
    const auto it = *store::open(folder.path());
    CHECK(*it->plan() == "0/1");
    sharing::question read;
    read.scope = "ping";
    read.key = "k";
    CHECK(it->run_values(std::span(&read, 1), 0).answers.at(0).rows.at(0).value == "v");
    const auto rows = *it->identifies_since(5000);
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].slot == discord::slot{0, 1});
    CHECK(rows[0].why.empty());
    CHECK(it->save_sessions(std::vector{session(1)}, running, "", 0));
}

TEST_CASE("store: a damaged file is refused, saying so")
{
    const support::temporary_folder folder;
    {
        const auto it = *store::open(folder.path());
        for (int i = 0; i < 200; ++i)
            REQUIRE(it->set_own_value(std::to_string(i), std::string(500, 'v')));
    }
    {
        std::fstream file(folder.path() / "state.db",
                          std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(8192);
        file << std::string(20'000, 'x');
    }
    const auto opened = store::open(folder.path());
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == errc::state_unusable);
    CHECK(opened.error().detail.find("damaged") != std::string::npos);
}

TEST_CASE("record file: what was recorded is there when the process is not")
{
    const support::temporary_folder folder;
    const auto path = folder.path() / "run" / "0.record";
    CHECK_FALSE(*read_record(path));
    constexpr dispatch::recorder::shape room{.sessions_max = 1, .unfinished_max = 8};
    {
        const auto file = *record_file::create(path, dispatch::recorder::bytes_for(room));
        dispatch::recorder record(file->memory(), room);
        record.name_plugin("ping");
        auto from = session(9);
        record.open(from, instant{});
    }
    const auto left = read_record(path);
    REQUIRE(left);
    REQUIRE(*left);
    CHECK((*left)->trusted);
    CHECK((*left)->what.sessions.at(0).point.sequence == 9);
    struct stat info {};
    REQUIRE(::stat(path.c_str(), &info) == 0);
    CHECK((info.st_mode & 0777) == 0600);
    // Another boot: a loss of power may have torn it.
    {
        std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
        file << "00000000";
    }
    CHECK_FALSE((*read_record(path))->trusted);
    std::ofstream(path, std::ios::trunc) << "x";
    CHECK_FALSE(read_record(path));
    CHECK(record_file::create(path, 1ULL << 60).error().code == errc::state_unusable);
}

TEST_CASE("store: registered commands and the day's creates, also in a file of version 3")
{
    const support::temporary_folder folder;
    {
        const auto old = *database::open(folder.path() / "state.db");
        REQUIRE(migrate(*old, migrations().first(3)));
        REQUIRE(old->run_script("INSERT INTO plugin_values VALUES "
                                "('', 'registered_commands', x'5b5d', 1, 1);"));
    }
    const auto it = *store::open(folder.path());
    CHECK_FALSE(*it->own_value("registered_commands"));
    const discord::command_record everywhere{{}, 1, "ping", {7}, "ping", "{}", "1"};
    discord::command_record there = everywhere;
    there.guild = {5};
    CHECK(it->keep_command(there));
    CHECK(it->keep_command(everywhere));
    there.id = {8};
    there.version = "2";
    CHECK(it->keep_command(there));
    const auto rows = *it->commands();
    REQUIRE(rows.size() == 2);
    CHECK_FALSE(rows[0].guild);
    CHECK(rows[0].plugin == "ping");
    CHECK(rows[1].guild.value == 5);
    CHECK(rows[1].id.value == 8);
    CHECK(rows[1].version == "2");
    CHECK(it->forget_command({5}, 2, "ping"));
    CHECK(it->commands()->size() == 2);
    CHECK(it->forget_command({5}, 1, "ping"));
    CHECK(it->commands()->size() == 1);

    CHECK(it->record_command_create({5}, 1000));
    CHECK(it->record_command_create({}, 2000));
    CHECK(it->command_creates_since(1001)->size() == 1);
    CHECK(it->record_command_create({}, 1001 + creates_kept_ms));
    CHECK(it->command_creates_since(0)->size() == 2);
}
