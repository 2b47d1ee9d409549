// Plugins share values and send messages between the collections of a run, one of which dies.
#include "host/staged_run.hpp"
#include "state/store.hpp"

#include <csignal>

using namespace tinfoil;
using namespace std::chrono_literals;

namespace {

struct people final : staged_people {
    void plugin_logged(const std::string&, int, const std::string& text) override
    {
        heard += text + "\n";
        if (text == "finished")
            std::raise(SIGINT);  // As Ctrl-C would.
    }
    // That a collection dies is part of the play.
    void warn(const std::string&) override {}
};

}  // namespace

TEST_CASE("run: messages find their collections and values are the same in all of them [thread-19]",
          "[thread-19]")
{
    sandbox::options options;
    options.rules.max_concurrency = 3;
    options.rules.guilds = 9;
    staged_world it(options, "sharer");
    people seen;
    seen.stage = it.stage();
    it.settings.shards = 3;
    it.settings.collections = 3;
    boost::json::object settings;
    settings["collections"] = 3;
    boost::json::array guilds;
    for (const auto& each : it.server->where().guilds)
        guilds.emplace_back(to_string(each.id));
    settings["guilds"] = std::move(guilds);
    it.settings.plugin_settings["sharer"] = boost::json::serialize(settings);
    CHECK(host::run(it.settings, seen));
    INFO(seen.heard);
    const auto heard = [&](const std::string& line) {
        UNSCOPED_INFO("no line \"" << line << "\"");
        return ("\n" + seen.heard).find("\n" + line) != std::string::npos;
    };
    CHECK(heard("guilds and slots agree: yes, in 3 collections\n"));
    CHECK(heard("sent to all: ok, ok, ok\n"));
    CHECK(heard("counted: 501 in order\n"));
    CHECK(heard("nobody: refused: there is no collection 99\n"));
    CHECK(heard("no handler: refused, refused, refused: the plugin has no on_message(\"no such "
                "name\", ...)\n"));
    CHECK(heard("too large: refused: a message has at most 64 KiB"));
    CHECK(heard("thrown: refused: its handler threw: as it was asked to\n"));
    CHECK(heard("late: timed out, timed out, timed out\n"));
    CHECK(heard("raced: ok, ok, ok, 150 and 150\n"));
    CHECK(heard("expires: yes\n"));
    CHECK(heard("refused: the value : a key of 0 bytes; use 1 to 512 bytes\n"));
    CHECK(heard("list: 3 values\n"));
    CHECK(heard("watched: 150 changes of n\n"));
    CHECK(heard("died: down\n"));
    CHECK(heard("again: back\n"));
    CHECK(heard("raced again: ok, 200\n"));
    CHECK(it.server->so_far().breaches == 0);

    // And it is on the disk.
    const auto store = state::store::open(it.settings.state);
    REQUIRE(store);
    sharing::question read;
    read.scope = "sharer";
    read.key = "n";
    const auto kept = (*store)->run_values(std::span(&read, 1), 0);
    REQUIRE(kept.answers.at(0).rows.size() == 1);
    CHECK(kept.answers[0].rows[0].value == "200");
    read.scope = sharing::shared_scope;
    read.key = "sharer/seen";
    CHECK((*store)->run_values(std::span(&read, 1), 0).answers.at(0).rows.size() == 1);
}
