// Whole runs in which plugins change, and do what makes that hard.
#include "host/reload_world.hpp"

#include <cstdlib>
#include <fstream>
#include <future>

using namespace tinfoil;
using namespace std::chrono_literals;

namespace {

namespace fs = std::filesystem;
using world = reload_world;

}  // namespace

TEST_CASE("reload: of two plugins that begin to want one command at once, one gets it")
{
    // Each in a process of its own, which takes a while to start: both pass the first look.
    world it;
    it.settings.care.isolated = {"counter", "rival"};
    it.install("counter_1");
    it.install("rival_1", "rival.so");
    it.start();
    it.install("counter_3");
    it.install("rival_2", "rival.so");
    auto first = std::async(std::launch::async, [&] { return it.change("reload", "counter"); });
    auto second = std::async(std::launch::async, [&] { return it.change("reload", "rival"); });
    const host::plugin_answer told[] = {first.get(), second.get()};
    INFO(sentence(told[0]) << "\n" << sentence(told[1]));
    const std::size_t won = told[0].outcome == "reloaded" ? 0 : 1;
    CHECK(told[won].outcome == "reloaded");
    CHECK(told[1 - won].outcome == "refused");
    CHECK(told[1 - won].version == "1.0.0");
    CHECK(told[1 - won].why.find("the command /count of " + told[1 - won].name + " belongs to " +
                                 told[won].name + " already") != std::string::npos);
    CHECK(it.line("counter").state == "running");
    CHECK(it.line("rival").state == "running");
}

TEST_CASE("reload: a plugin whose destructor crashes is to blame for it, and nobody else")
{
    world it;
    it.settings.care.waits = {};
    it.settings.plugin_settings["misbehaver"] = R"({"at_end":"null"})";
    it.install("bystander", "bystander.so");
    it.install("misbehaver", "misbehaver.so");
    it.start();
    it.change("unload", "misbehaver");
    REQUIRE(it.seen.hears("plugin misbehaver 1.0.0 crashed while it was stopping"));
    // The collection's shards go on in the next one, without it.
    REQUIRE(it.seen.hears("ready"));
    CHECK(it.line("bystander").state == "running");
    CHECK(it.seen.all().find("plugin bystander 1.0.0 crashed") == std::string::npos);
    CHECK(it.sandbox().so_far().identifies == 1);
}

TEST_CASE("reload: a plugin that replaces its own file again and again is replaced now and then",
          "[plugins/70]")
{
    const char* given = std::getenv("TINFOIL_RELOADS");
    const std::string times = given != nullptr ? given : "100";
    world it;
    it.settings.watch = host::plugin_watch::automatic;
    it.settings.handler_hung = 30s;
    it.install("bystander", "bystander.so");
    it.install("replacer", "replacer.so");
    it.start();
    const fs::path file = it.settings.plugins / "replacer.so";
    it.say("!replace " + file.string() + " " + times);
    REQUIRE(it.seen.hears("replacer: replaced itself " + times + " times"));
    REQUIRE(it.seen.hears("replacer 1.0.0 runs"));
    it.say("afterwards");
    // In whatever order.
    REQUIRE(it.seen.hears("afterward"));
    REQUIRE(it.seen.hears("afterward"));
    CHECK(it.seen.all().find("bystander saw afterwards") != std::string::npos);
    CHECK(it.seen.all().find("replacer: handled afterward") != std::string::npos);
    const auto line = it.line("replacer");
    CHECK(line.state == "running");
    CHECK(line.kept == 0);
    const std::string all = it.seen.all();
    std::size_t runs = 0;
    for (std::size_t at = 0; (at = all.find("replacer 1.0.0 runs", at)) != std::string::npos; ++at)
        ++runs;
    // Many steps of one handler are one change; a slow machine may see a second.
    CHECK(runs <= 3);
    CHECK(it.sandbox().so_far().resumes == 0);
}

TEST_CASE("reload: one version by g++ and the next by clang, and back", "[plugins/34]")
{
    if (!fs::exists(TINFOIL_BUILD_DIR "/test_plugins/counter_clang.so")) {
        WARN("there is no clang, so nothing was built by it");
        return;
    }
    world it(100);
    it.install("counter_gcc");
    it.start();
    for (const char* build : {"counter_clang", "counter_gcc", "counter_clang"}) {
        it.install(build);
        const auto told = it.change("reload");
        INFO(sentence(told));
        REQUIRE(told.outcome == "reloaded");
        CHECK(told.version == (std::string(build) == "counter_clang" ? "3.0.0" : "2.0.0"));
        CHECK(told.places.at(0).kept == 0);
    }
    it.stop();
    const std::size_t handled = check_journal(it);
    CHECK(handled > 0);
    CHECK(handled == events_in_report(it));
}

TEST_CASE("reload: a new version that is put aside for its crashes gives way to the one before",
          "[plugins/87]")
{
    world it;
    it.settings.care.waits = {};
    it.install("misbehaver", "misbehaver.so");
    it.start();
    // Other bytes are another build.
    std::ofstream(it.settings.plugins / "misbehaver.so", std::ios::app | std::ios::binary) << "\n";
    REQUIRE(it.change("reload", "misbehaver").outcome == "reloaded");
    it.say("!crash null");
    REQUIRE(it.seen.hears("skipped for that plugin"));
    it.say("!crash abort");
    REQUIRE(it.seen.hears("this build is in quarantine"));
    CHECK(it.line("misbehaver").state == "quarantined");
    const auto told = it.change("rollback", "misbehaver");
    INFO(sentence(told));
    CHECK(told.outcome == "rolled_back");
    CHECK(it.line("misbehaver").state == "running");
    it.say("after");
    REQUIRE(it.seen.hears("misbehaver: misbehaver handled after"));
}
