// Whole runs in which plugins change: what operators do by commands, and what they do to files.
#include "host/reload_world.hpp"

#include <cstdlib>
#include <fstream>
#include <future>
#include <map>
#include <set>

using namespace tinfoil;
using namespace std::chrono_literals;

namespace {

namespace fs = std::filesystem;
using world = reload_world;

}  // namespace

TEST_CASE("reload: under load every event is handled once, in order, and the state goes on",
          "[plugins/69][plugins/75][plugins/85]")
{
    const char* given = std::getenv("TINFOIL_RELOADS");
    const int reloads = given != nullptr ? std::atoi(given) : 20;
    world it(400);
    it.install("counter_1");
    it.start();
    std::uint64_t held = 0, waited_us = 0;
    std::pair<std::size_t, std::size_t> settled;  // Descriptors and mappings, once it has begun.
    for (int i = 0; i < reloads; ++i) {
        if (i == 4)
            settled = it.footprint();
        it.install(i % 2 == 0 ? "counter_2" : "counter_1");
        const auto told = it.change("reload");
        INFO(sentence(told));
        REQUIRE(told.outcome == "reloaded");
        REQUIRE(told.version == (i % 2 == 0 ? "2.0.0" : "1.0.0"));
        REQUIRE(told.places.size() == 1);
        CHECK(told.places[0].kept == 0);
        CHECK(told.places[0].cut_off == 0);
        held += told.places[0].held;
        waited_us = std::max(waited_us, told.places[0].waited_us);
    }
    const auto left = it.footprint();
    CHECK(left.first <= settled.first + 2);
    // A sanitizer has mappings of its own, for what it remembers.
#ifndef __SANITIZE_ADDRESS__
    CHECK(left.second <= settled.second + 10);
#endif
    it.stop();
    const std::size_t handled = check_journal(it);
    CHECK(handled > 0);
    CHECK(handled == events_in_report(it));
    std::size_t delayed = 0;
    for (const auto& words : it.written())
        delayed += words.at(0) == "begin" && words.at(5) == "1" ? 1U : 0U;
    CHECK(delayed == held);
    // The drain of a handler that takes a millisecond, and then some; a hang would be seen.
    CHECK(waited_us < 3'000'000);
}

TEST_CASE("reload: a plugin with a process of its own is replaced in the same way", "[plugins/69]")
{
    world it(400);
    it.settings.care.isolated = {"counter"};
    it.install("counter_1");
    it.start();
    for (int i = 0; i < 6; ++i) {
        it.install(i % 2 == 0 ? "counter_2" : "counter_1");
        const auto told = it.change("reload");
        INFO(sentence(told));
        REQUIRE(told.outcome == "reloaded");
        REQUIRE(told.version == (i % 2 == 0 ? "2.0.0" : "1.0.0"));
        CHECK(told.places.at(0).cut_off == 0);
        it.install("counter_start_throws");
        CHECK(it.change("reload").outcome == "refused");
        CHECK(it.line().version == (i % 2 == 0 ? "2.0.0" : "1.0.0"));
    }
    it.stop();
    CHECK(check_journal(it) == events_in_report(it));
}

TEST_CASE("reload: a version that fails in any way leaves the old one running, with its state",
          "[plugins/35][plugins/36][plugins/37][plugins/38][plugins/39][plugins/40][plugins/45]"
          "[plugins/46][plugins/72][plugins/81]")
{
    world it(50);
    it.install("counter_1");
    it.start();
    const std::map<std::string, std::string> cases{
        {"counter_load_throws", "it ended the process (killed by signal 6) while being loaded"},
        {"counter_load_crashes", "it ended the process (killed by signal 11) while being loaded"},
        {"counter_load_exits", "it ended the process (exit code 0) while being loaded"},
        {"counter_load_leaves", "it ended the process (exit code 0) while being loaded"},
        {"counter_load_hangs", "it hung while being loaded"},
        {"counter_unload_crashes",
         "it ended the process (killed by signal 11) while being unloaded"},
        {"counter_start_throws", "refused to start: bad config"},
        {"counter_start_throws_int", "refused to start: its constructor threw something"},
        {"counter_restore_rejects",
         "refused to take the state of version 1.0.0: restore() does not take"},
        {"counter_restore_throws", "restore() threw something"},
        {"other_abi", "needs plugin ABI 2"},
    };
    for (const auto& [build, why] : cases) {
        it.install(build);
        const auto told = it.change("reload");
        INFO(build << ": " << sentence(told));
        CHECK(told.outcome == "refused");
        CHECK(told.version == "1.0.0");
        CHECK(told.why.find(why) != std::string::npos);
        CHECK(sentence(told).find("; 1.0.0 goes on") != std::string::npos);
    }
    it.install("counter_2");
    CHECK(it.change("reload").outcome == "reloaded");
    it.stop();
    CHECK(check_journal(it) == events_in_report(it));
}

TEST_CASE("reload: a state that can't be saved keeps the old version", "[plugins/78]")
{
    world it;
    it.install("counter_save_throws");
    it.start();
    it.install("counter_1");
    const auto told = it.change("reload");
    CHECK(told.outcome == "refused");
    CHECK(told.why.find("refused to save its state: save() threw: disk full") != std::string::npos);
    CHECK(told.version == "2.0.0");
    CHECK(it.change("unload").outcome == "unloaded");
    it.install("counter_save_too_large");
    CHECK(it.change("load").outcome == "loaded");
    it.install("counter_1");
    CHECK(it.change("reload").why.find("save() gave 1073741824 bytes") != std::string::npos);
}

TEST_CASE("reload: the state goes back with a rollback, and outlives the host", "[plugins/79]")
{
    world it(100);
    it.install("counter_1");
    it.start();
    it.install("counter_3");
    auto told = it.change("reload");
    CHECK(told.version == "3.0.0");
    CHECK(it.line().previous == "1.0.0");
    told = it.change("rollback");
    // A state of version 2 is nothing that 1.0.0 takes.
    CHECK(told.outcome == "refused");
    CHECK(told.version == "3.0.0");
    it.install("counter_2");
    CHECK(it.change("reload").outcome == "refused");
    CHECK(it.change("unload").outcome == "unloaded");
    it.stop();
    const std::size_t handled = check_journal(it);
    CHECK(handled > 0);
    // The next host begins 3.0.0 with what it saved, since somebody went back from nothing.
    it.install("counter_3");
    it.start();
    CHECK(it.line().version == "3.0.0");
    it.stop();
    CHECK(check_journal(it) > handled);
}

TEST_CASE("reload: a rollback lasts, until the folder has something else")
{
    world it;
    it.install("counter_1");
    it.start();
    it.install("counter_2");
    CHECK(it.change("reload").version == "2.0.0");
    const auto told = it.change("rollback");
    CHECK(told.outcome == "rolled_back");
    CHECK(told.version == "1.0.0");
    it.stop();
    it.start();
    CHECK(it.line().version == "1.0.0");
    it.stop();
    it.install("counter_3");
    it.start();
    CHECK(it.line().version == "3.0.0");
    CHECK(it.line().previous == "1.0.0");
}

TEST_CASE("reload: disabled is disabled until it is enabled, also over a restart")
{
    world it;
    it.install("counter_1");
    it.start();
    CHECK(it.change("disable").outcome == "disabled");
    CHECK(it.line().state == "disabled");
    CHECK(it.change("reload").outcome == "refused");
    it.stop();
    it.start();
    CHECK(it.line().state == "disabled");
    const auto told = it.change("enable");
    CHECK(told.outcome == "enabled");
    CHECK(told.places.size() == 1);
    CHECK(it.line().state == "running");
    CHECK(it.change("enable").outcome == "unchanged");
    CHECK(it.change("reload", "nobody").outcome == "no answer");
}

TEST_CASE("reload: a start that refuses its state begins empty, and keeps the state for people",
          "[plugins/46]")
{
    world it(100);
    it.install("counter_1");
    it.start();
    it.stop();
    it.install("counter_restore_rejects");
    it.start();
    CHECK(it.seen.all().find("counter begins without its state") != std::string::npos);
    CHECK(it.line().state == "running");
    CHECK(fs::exists(it.settings.state / "plugin_states" / "0" / "counter.rejected"));
}

TEST_CASE("reload: every collection gets it, one first", "[plugins/72]")
{
    world it(50, 3);
    it.settings.shards = 3;
    it.install("counter_1");
    it.start();
    for (int others = 0; others < 2; ++others)
        REQUIRE(it.seen.hears("ready"));
    it.install("counter_2");
    const auto told = it.change("reload");
    INFO(sentence(told));
    REQUIRE(told.places.size() == 3);
    for (const auto& place : told.places)
        CHECK(place.version == "2.0.0");
    it.install("counter_start_throws");
    const auto failed = it.change("reload");
    CHECK(failed.outcome == "refused");
    CHECK(failed.places.size() == 1);
    CHECK(it.line().version == "2.0.0");
}

TEST_CASE("reload: a plugin whose intents no session has waits for the next IDENTIFY",
          "[plugins/44]")
{
    world it;
    it.install("counter_1");
    it.start();
    it.install("counter_members");
    const auto told = it.change("reload");
    CHECK(told.outcome == "reloaded");
    CHECK(told.waits_for == "GUILD_MEMBERS");
    CHECK(it.line().state == "waiting");
}

TEST_CASE("reload: an old version that can't be unloaded is counted, with the reason",
          "[plugins/80]")
{
    world it;
    it.install("counter_unique");
    it.start();
    const auto kept_by = [&](const std::string& next) {
        it.install(next);
        const auto told = it.change("reload");
        REQUIRE(told.places.size() == 1);
        return std::to_string(told.places[0].kept) + ": " + told.places[0].kept_why;
    };
    CHECK(kept_by("counter_leaves_thread") == "1: it was linked with -z nodelete");
    // Sanitizers begin threads in their own way, which is not counted.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    CHECK(kept_by("counter_1") == "2: 1 thread that it began still runs");
    CHECK(kept_by("counter_2") == "2: 1 thread that it began still runs");
    CHECK(it.line().kept == 2);
#endif
}

TEST_CASE("reload: what is done to files is noticed, whoever does it", "[plugins/82][plugins/83]")
{
    world it;
    it.settings.watch = host::plugin_watch::automatic;
    it.start();
    it.install("counter_1");
    REQUIRE(it.seen.hears("counter 1.0.0 runs"));
    // Over the file itself, which is mapped by nobody.
    fs::copy_file(TINFOIL_BUILD_DIR "/test_plugins/counter_2.so",
                  it.settings.plugins / "counter.so", fs::copy_options::overwrite_existing);
    REQUIRE(it.seen.hears("counter 2.0.0 runs"));
    // A touch and a mode change nothing, so the next that is heard is the next version.
    fs::last_write_time(it.settings.plugins / "counter.so", fs::file_time_type::clock::now());
    fs::permissions(it.settings.plugins / "counter.so", fs::perms::owner_all);
    fs::rename(it.settings.plugins / "counter.so", it.settings.plugins / "other.so");
    it.install("counter_3", "other.so");
    REQUIRE(it.seen.hears("counter 3.0.0 runs"));
    CHECK(it.line().file == "other.so");
    std::ofstream(it.settings.plugins / "other.so") << "no library";
    REQUIRE(it.seen.hears("counter refused: it is no ELF file; build it with tinfoil_add_plugin, "
                          "or remove it; 3.0.0 goes on"));
    fs::remove(it.settings.plugins / "other.so");
    REQUIRE(it.seen.hears("counter is unloaded"));
    const std::string all = it.seen.all();
    CHECK(all.find("counter 2.0.0 runs") == all.rfind("counter 2.0.0 runs"));
}

TEST_CASE("reload: of orders that come at once the last one wins, and each is answered",
          "[plugins/76]")
{
    world it(100);
    it.install("counter_1");
    it.start();
    std::vector<std::future<host::plugin_answer>> answers;
    for (int i = 0; i < 6; ++i)
        answers.push_back(std::async(std::launch::async, [&] { return it.change("reload"); }));
    int reloaded = 0;
    for (auto& each : answers) {
        const auto told = each.get();
        INFO(sentence(told));
        CHECK((told.outcome == "reloaded" || told.outcome == "superseded"));
        reloaded += told.outcome == "reloaded" ? 1 : 0;
    }
    CHECK(reloaded > 0);
    CHECK(it.line().state == "running");
    it.stop();
    CHECK(check_journal(it) == events_in_report(it));
}

TEST_CASE("reload: a host that stops while a reload is under way ends, and loses nothing",
          "[plugins/84]")
{
    world it(200);
    it.install("counter_1");
    it.start();
    it.install("counter_2");
    auto told = std::async(std::launch::async, [&] { return it.change("reload"); });
    it.stop();
    told.get();
    it.start();
    it.stop();
    // Both runs together; what the first cut off comes again in the second.
    std::set<std::string> begun;
    for (const auto& words : it.written())
        if (words.at(0) == "begin")
            begun.insert(words.at(3));
    CHECK(begun.size() >= events_in_report(it));
}

TEST_CASE("reload: a plugin that is not its file's any more, and two files with one plugin",
          "[plugins/32][plugins/71]")
{
    world it;
    it.install("counter_1", "a.so");
    it.install("plain_c", "b.so");
    it.start();
    it.install("counter_2", "b.so");
    it.install("plain_c", "a.so");
    const auto clash = it.change("load", "b.so");
    INFO(sentence(clash));
    CHECK(clash.outcome == "reloaded");
    CHECK(clash.name == "counter");
    CHECK(clash.version == "2.0.0");
    CHECK(it.change("load", "a.so").name == "plain-c");
    CHECK(it.line().file == "b.so");
    CHECK(it.line("plain-c").file == "a.so");
    it.install("counter_3", "c.so");
    const auto other = it.change("load", "c.so");
    CHECK(other.outcome == "refused");
    CHECK(other.why.find("another file, b.so, holds a plugin named counter") != std::string::npos);
}

TEST_CASE("reload: the folder is deleted and made anew, and what is in it then is taken",
          "[plugins/82]")
{
    world it;
    it.settings.watch = host::plugin_watch::automatic;
    it.settings.when_deleted = host::on_delete::keep;
    it.install("counter_1");
    it.start();
    fs::remove_all(it.settings.plugins);
    fs::create_directory(it.settings.plugins);
    it.install("counter_2");
    REQUIRE(it.seen.hears("counter 2.0.0 runs"));
    fs::remove(it.settings.plugins / "counter.so");
    REQUIRE(it.seen.hears("counter 2.0.0 goes on without a file"));
    CHECK(it.line().state == "running");
}
