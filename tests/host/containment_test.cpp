// Whole runs with a plugin that does what no plugin should: the host lives, nobody else loses an
// event, and what is said names the plugin and the reason.
#include "host/daemon.hpp"
#include "sandbox/client.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <boost/json.hpp>

#include <csignal>
#include <deque>
#include <fstream>
#include <iterator>
#include <optional>

using namespace tinfoil;
using namespace std::chrono_literals;

namespace {

// Says its lines one after the other, each when what it waits for was heard behind the last one.
struct people final : host::watcher {
    struct line {
        std::string until;  ///< Heard.
        std::vector<std::string> say;
    };

    void note(const std::string& text) override { hear("note: " + text); }
    void warn(const std::string& text) override { hear("warning: " + text); }
    void plugin_examined(const link::plugin_outcome& what) override
    {
        hear(what.name + (what.refused ? " is left out: " + what.refused->detail : " runs"));
    }
    void plugin_logged(const std::string&, int, const std::string& text) override { hear(text); }
    void shard_moved(discord::slot, gateway::state to, const std::string&) override
    {
        if (to == gateway::state::active)
            hear("active");
    }
    void happened(const sandbox::happening&) override {}

    void hear(const std::string& text)
    {
        heard += text.substr(0, 1000) + "\n";
        while (!play.empty() && heard.find(play.front().until, from) != std::string::npos) {
            const line next = play.front();
            play.pop_front();
            // Two that come in either order stand one after the other, and the first says nothing.
            if (!next.say.empty())
                from = heard.size();
            for (const std::string& each : next.say)
                if (const auto done = stage->post("/sandbox/say", {{"text", each}}); !done)
                    heard += "not said: " + done.error().detail + "\n";
            if (play.empty())
                std::raise(SIGINT);  // As Ctrl-C would.
        }
    }

    std::optional<sandbox::client> stage;
    std::deque<line> play;
    std::string heard;
    std::size_t from = 0;
};

struct world {
    world()
    {
        sandbox::options options;
        options.rules.guilds = 1;
        set_rate(options.rules, 0);
        server = std::move(*sandbox::server::start(options, [](const sandbox::happening&) {}));
        const auto where = server->where();
        settings.api = where.api;
        settings.token = redacted(where.token);
        settings.authority_pem = where.authority_pem;
        settings.plugins = folder.path() / "plugins";
        settings.state = folder.path() / "state";
        settings.shards = 1;
        settings.run_for = 60s;
        settings.executable = TINFOIL_BUILD_DIR "/tinfoil";
        settings.care.waits = {};
        settings.handler_hung = 30s;
        for (const char* each : {"misbehaver", "bystander"})
            settings.plugin_settings[each] =
                boost::json::serialize(boost::json::object{{"notes", notes.string()}});
        std::filesystem::create_directory(settings.plugins);
        for (const char* each : {"misbehaver.so", "bystander.so"})
            std::filesystem::copy(std::string(TINFOIL_BUILD_DIR "/test_plugins/") + each,
                                  settings.plugins / each);
        const auto ca = folder.path() / "ca.pem";
        std::ofstream(ca) << where.authority_pem;
        std::ofstream(folder.path() / "info.json")
            << boost::json::serialize(boost::json::object{{"api", where.api},
                                                          {"gateway", where.gateway},
                                                          {"token", where.token},
                                                          {"ca_file", ca.string()}});
        seen.stage = std::move(*sandbox::client::of(folder.path() / "info.json"));
    }
    void run(std::deque<people::line> play)
    {
        seen.play = std::move(play);
        seen.heard.clear();
        seen.from = 0;
        const auto ended = host::run(settings, seen);
        INFO((ended ? "" : ended.error().detail));
        CHECK(ended);
        UNSCOPED_INFO(seen.heard);
        CHECK(seen.play.empty());
    }
    // In what host and plugins said.
    [[nodiscard]] std::size_t times(const std::string& text) const
    {
        return count(seen.heard, text);
    }
    // In what plugins noted, which is there also of what they did right before the end.
    [[nodiscard]] std::size_t noted(const std::string& text) const
    {
        std::ifstream in(notes);
        return count(std::string(std::istreambuf_iterator<char>(in), {}), text);
    }
    static std::size_t count(const std::string& in, const std::string& text)
    {
        std::size_t found = 0;
        for (std::size_t at = in.find(text); at != std::string::npos; at = in.find(text, at + 1))
            ++found;
        UNSCOPED_INFO(found << " times \"" << text << "\" in:\n" << in);
        return found;
    }
    [[nodiscard]] boost::json::object poison() const
    {
        for (const auto& each : std::filesystem::directory_iterator(settings.state / "poison")) {
            std::ifstream in(each.path());
            return boost::json::parse(std::string(std::istreambuf_iterator<char>(in), {}))
                .as_object();
        }
        return {};
    }

    support::temporary_folder folder;
    std::filesystem::path notes = folder.path() / "notes";
    std::unique_ptr<sandbox::server> server;
    host::config settings;
    people seen;
};

// Twice the same event, which is one time too many: the collection ends, then the worker.
void ends_twice(const std::string& how, const std::string& reason,
                const std::string& verb = "crashed", duration hung = 30s)
{
    INFO(how);
    world it;
    it.settings.handler_hung = hung;
    it.run({{"active", {"before"}},
            {"misbehaver handled before", {"!crash " + how}},
            {"it runs in a process of its own", {"during 1", "during 2"}},
            {"skipped for that plugin", {"after"}},
            {"misbehaver handled after", {}}});
    CHECK(it.times("plugin misbehaver 1.0.0 " + verb + " in MESSAGE_CREATE") >= 2);
    CHECK(it.times(reason) >= 2);
    // Once marked, and then no more.
    CHECK(it.noted("misbehaver gets " + how + "\n") == 1);
    CHECK(it.noted("misbehaver gets " + how + " again\n") == 1);
    for (const std::string each : {"before", "during 1", "during 2", "after"}) {
        CHECK(it.noted("bystander saw " + each + "\n") == 1);
        CHECK(it.noted("misbehaver handled " + each) == 1);
    }
    CHECK(it.noted("bystander saw !crash " + how) == 1);
    const auto kept = it.poison();
    CHECK(kept.at("plugin") == "misbehaver");
    CHECK(kept.at("type") == "MESSAGE_CREATE");
    CHECK(kept.at("slot") == "0/1");
    CHECK(kept.at("data").at("content").as_string() == "!crash " + how);
    // The worker's end touched no shard.
    CHECK(it.server->so_far().identifies == 1);
    CHECK(it.server->so_far().resumes == 1);
}

}  // namespace

TEST_CASE("containment: a write to nowhere", "[plugins/47][plugins/88]")
{
    ends_twice("null", "Segmentation fault");
}

TEST_CASE("containment: an overflown stack", "[plugins/48]")
{
    ends_twice("stack", "Segmentation fault");
}

TEST_CASE("containment: abort, and what the processor does not know", "[plugins/49]")
{
    ends_twice("abort", "Aborted");
    ends_twice("illegal", "Illegal instruction");
    ends_twice("terminate", "an exception that nobody caught");
}

TEST_CASE("containment: memory that is freed twice, or written past its end",
          "[plugins/50][plugins/51]")
{
    ends_twice("double-free", "Aborted");
    ends_twice("overrun", "killed by signal");
}

TEST_CASE("containment: an exception that leaves a thread of the plugin's own", "[plugins/52]")
{
    world it;
    it.run({{"active", {"!crash own-thread-throws"}},
            {"it runs in a process of its own", {"during"}},
            {"misbehaver handled during", {"!crash own-thread-null"}},
            // Whether its event had ended before the thread did is nobody's to say.
            {"crashed (Segmentation fault", {"after"}},
            {"bystander saw after", {}}});
    CHECK(it.times("plugin misbehaver 1.0.0 crashed (an exception that nobody caught: out of my "
                   "own thread)") >= 1);
    CHECK(it.times("plugin misbehaver 1.0.0 crashed (Segmentation fault") >= 1);
    CHECK(it.noted("bystander saw during\n") == 1);
    CHECK(it.noted("bystander saw after\n") == 1);
}

TEST_CASE("containment: the end of the thread, and of the process", "[plugins/53][plugins/54]")
{
    ends_twice("thread-exit", "Aborted");
    ends_twice("exit", "it called exit(3)");
    ends_twice("exit-0", "it called exit(0)");
    ends_twice("_exit", "exit code 3");
    ends_twice("kill", "killed by signal 9");
}

TEST_CASE("containment: a plugin that takes the handlers of signals away", "[plugins/55]")
{
    ends_twice("term-reset", "killed by signal 11");
}

TEST_CASE("containment: exceptions of handlers end in the log", "[plugins/56]")
{
    world it;
    it.run({{"active", {"!crash throw", "!crash throw-int", "!crash throw-huge", "after"}},
            {"misbehaver handled after", {}}});
    CHECK(it.times("threw: thrown by a handler") == 1);
    CHECK(it.times("threw: something that is no std::exception") == 1);
    CHECK(it.times("threw: xxxxxxxx") == 1);
    CHECK(it.times("crashed") == 0);
    CHECK(it.server->so_far().resumes == 0);
}

TEST_CASE("containment: code that does not return", "[plugins/57]")
{
    for (const char* way : {"busy", "pause", "deadlock", "block"})
        ends_twice(way, "its code did not return for ", "hung", 1s);
}

TEST_CASE("containment: code that takes its time is named, and no more", "[plugins/58]")
{
    world it;
    it.run({{"active", {"!crash slow", "after"}}, {"misbehaver handled after", {}}});
    CHECK(it.times("plugin misbehaver held up its collection for ") >= 1);
    CHECK(it.times("in MESSAGE_CREATE: nothing else ran meanwhile") >= 1);
    CHECK(it.server->so_far().resumes == 0);
}

TEST_CASE("containment: who wants too much gets no more, and others get theirs",
          "[plugins/60][plugins/61][plugins/65]")
{
    world it;
    it.run({{"active", {"!crash files"}},
            {"misbehaver handled !crash files", {"!rest"}},
            {"the flood is held back", {"!crash log"}},
            {"lines are left out", {"after"}},
            {"misbehaver handled after", {}}});
    CHECK(it.noted("bystander saw after\n") == 1);
    CHECK(it.noted("misbehaver handled") == 4);
    CHECK(it.server->so_far().resumes == 0);
}

TEST_CASE("containment: a plugin that takes a GiB of memory", "[.full][plugins/59]")
{
    world it;
    it.run({{"active", {"!crash leak", "after"}}, {"misbehaver handled after", {}}});
    CHECK(it.noted("bystander saw after\n") == 1);
}

TEST_CASE("containment: a task that crashes when it goes on is its plugin's")
{
    world it;
    it.run({{"active", {"!later null"}},
            {"it runs in a process of its own", {"after"}},
            {"bystander saw after", {}}});
    CHECK(it.times("plugin misbehaver 1.0.0 crashed while it went on after a wait (Segmentation "
                   "fault") >= 1);
}

TEST_CASE("containment: three ends are quarantine, over a new start of the host, and a new build "
          "is none of it",
          "[plugins/86][plugins/90]")
{
    world it;
    it.run({{"active", {"!crash null"}},
            {"skipped for that plugin", {"!crash abort"}},
            {"this build is in quarantine", {"after"}},
            {"bystander saw after", {}}});
    CHECK(it.times("3 times within 10 minutes") == 1);
    it.run({{"active", {"later"}}, {"bystander saw later", {}}});
    CHECK(it.times("misbehaver is left out: it is in quarantine: plugin misbehaver 1.0.0") == 1);
    // Other bytes are another build.
    std::ofstream(it.settings.plugins / "misbehaver.so", std::ios::app | std::ios::binary) << "\n";
    it.run({{"active", {"at last"}}, {"misbehaver handled at last", {}}});
    CHECK(it.noted("bystander saw at last\n") == 1);
    CHECK(it.server->so_far().identifies == 1);
}

TEST_CASE("containment: an operator's placement, and a plugin that crashes at its start",
          "[plugins/42]")
{
    world it;
    it.settings.care.isolated = {"misbehaver", "bystander"};
    it.run({{"active", {"before", "!crash throw"}},
            {"misbehaver gets throw", {"!crash null"}},
            {"skipped for that plugin", {"after"}},
            {"misbehaver handled after", {}}});
    CHECK(it.noted("bystander saw before\n") == 1);
    CHECK(it.noted("bystander saw after\n") == 1);
    CHECK(it.noted("bystander says goodbye") == 1);
    CHECK(it.server->so_far().resumes == 0);

    world at_start;
    at_start.settings.plugin_settings["misbehaver"] = R"({"at_start":"null"})";
    at_start.run(
        {{"active", {}}, {"this build is in quarantine", {"after"}}, {"bystander saw after", {}}});
    CHECK(at_start.times("crashed while it was starting (Segmentation fault") >= 1);
}
