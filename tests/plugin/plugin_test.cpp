#include "plugin/elf_note.hpp"
#include "plugin/instance.hpp"
#include "plugin/trial.hpp"
#include "support/catch.hpp"
#include "support/fake_services.hpp"
#include "support/temporary_folder.hpp"

#include <boost/json.hpp>

#include <fstream>
#include <iterator>
#include <map>
#include <sys/wait.h>
#include <unistd.h>

using namespace tinfoil;
using namespace tinfoil::plugin;
using support::fake_services;

namespace {

const std::string ping_file = TINFOIL_BUILD_DIR "/plugins/ping.so";

std::string bytes_of(const std::string& file)
{
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

struct world {
    std::unique_ptr<instance> load(const std::string& file)
    {
        auto opened = library::open(file, folder.path());
        REQUIRE(opened);
        auto started = instance::start(std::move(*opened), with, "{}");
        REQUIRE(started);
        return std::move(*started);
    }
    support::temporary_folder folder;
    fake_services with;
};

constexpr const char* said =
    R"({"id":"7","channel_id":"8","guild_id":"9","content":"!ping","author":{"id":"3"}})";

}  // namespace

TEST_CASE("plugin: its manifest is read without running it")
{
    const auto about = parse_manifest(*read_manifest_note(bytes_of(ping_file)));
    REQUIRE(about);
    CHECK(about->name == "ping");
    CHECK(about->events == std::vector<std::string>{"MESSAGE_CREATE"});
    CHECK(about->command_names == std::vector<std::string>{"ping"});
    // MESSAGE_CONTENT as declared; messages of guilds and DMs by its event.
    CHECK(about->intents == ((1U << 15) | (1U << 9) | (1U << 12)));
}

TEST_CASE("plugin: a file cut anywhere is refused and never loaded")
{
    const std::string whole = bytes_of(ping_file);
    for (std::size_t size = 0; size < whole.size(); size += 1 + whole.size() / 400)
        CHECK_FALSE(read_manifest_note(std::string_view(whole).substr(0, size)));
    CHECK(read_manifest_note(whole));
}

TEST_CASE("plugin: a damaged header never reads outside of the file")
{
    const std::string whole = bytes_of(ping_file);
    for (std::size_t at = 0; at < 1024; ++at) {
        std::string damaged = whole;
        damaged[at] = static_cast<char>(~damaged[at]);
        (void)read_manifest_note(damaged);
    }
    std::string none = whole;
    none[0] = 'x';
    CHECK(read_manifest_note(none).error().detail.find("no ELF file") != std::string::npos);
}

TEST_CASE("plugin: an event is unfinished until its handlers have ended")
{
    world it;
    const auto ping = it.load(ping_file);
    int done = 0;
    ping->handle({{0, 1}, 1, "MESSAGE_CREATE", said, false, false, discord::ids_in(said)},
                 [&] { ++done; });
    CHECK(done == 0);
    CHECK(ping->pending() == 1);
    const auto body = boost::json::parse(it.with.requests.begin()->second.first.body).as_object();
    CHECK(it.with.requests.begin()->second.first.path == "/channels/8/messages");
    CHECK(body.at("content") == "pong");
    CHECK(body.at("message_reference").at("message_id") == "7");
    it.with.answer(200, "{}");
    CHECK(done == 1);
    CHECK(ping->pending() == 0);
    CHECK(it.with.logged == "");
}

TEST_CASE("plugin: a request that Discord refuses ends in the log with event and reason")
{
    world it;
    const auto ping = it.load(ping_file);
    int done = 0;
    ping->handle({{0, 1}, 1, "MESSAGE_CREATE", said, false, false}, [&] { ++done; });
    it.with.answer(403, R"({"code":50013,"message":"Missing Permissions"})");
    CHECK(done == 1);
    CHECK(it.with.logged.find("MESSAGE_CREATE 7 threw") != std::string::npos);
    CHECK(it.with.logged.find("Missing Permissions") != std::string::npos);
}

// A replay after a crash fills all shards of a collection at once, and each handler waits.
TEST_CASE(
    "plugin: as many events as full shards bring may each wait; those without end are refused")
{
    world it;
    const auto ping = it.load(ping_file);
    constexpr std::int64_t most = 65'536;
    for (std::int64_t token = 1; token <= most; ++token)
        ping->handle({{0, 1}, token, "MESSAGE_CREATE", said, false, false}, [] {});
    CHECK(it.with.requests.size() == std::size_t{most});
    CHECK(it.with.logged == "");
    ping->handle({{0, 1}, most + 1, "MESSAGE_CREATE", said, false, false}, [] {});
    CHECK(it.with.requests.size() == std::size_t{most});
    CHECK(it.with.logged.find("too many operations are under way") != std::string::npos);
}

TEST_CASE("plugin: unloading ends what waits and withdraws its requests")
{
    world it;
    {
        const auto ping = it.load(ping_file);
        ping->handle({{0, 1}, 1, "MESSAGE_CREATE", said, false, false}, [] {});
        CHECK(it.with.requests.size() == 1);
    }
    CHECK(it.with.requests.empty());
    CHECK(std::filesystem::is_empty(it.folder.path()));
}

TEST_CASE("plugin: a handler for what the table lacks is refused, naming what to add")
{
    world it;
    auto opened = library::open(TINFOIL_BUILD_DIR "/test_plugins/undeclared.so", it.folder.path());
    REQUIRE(opened);
    const auto started = instance::start(std::move(*opened), it.with, "{}");
    REQUIRE_FALSE(started);
    CHECK(started.error().detail.find("event::message_create in .events") != std::string::npos);
}

TEST_CASE("plugin: plain C is enough, and another ABI is refused by its number", "[plugins/33]")
{
    world it;
    const auto plain = it.load(TINFOIL_BUILD_DIR "/test_plugins/plain_c.so");
    CHECK(plain->about().name == "plain-c");
    int done = 0;
    plain->handle({{0, 1}, 1, "MESSAGE_CREATE", said, false, false}, [&] { ++done; });
    CHECK(done == 1);
    CHECK(it.with.logged == "MESSAGE_CREATE\n");
    const auto other =
        library::open(TINFOIL_BUILD_DIR "/test_plugins/other_abi.so", it.folder.path());
    CHECK(other.error().detail.find("needs plugin ABI 2, this tinfoil has 1") != std::string::npos);
}

TEST_CASE("plugin: whoever uses the host as it may not be used gets an answer, and harms nobody",
          "[plugins/62][plugins/63][plugins/64][plugins/67]")
{
    world it;
    const auto running = it.load(TINFOIL_BUILD_DIR "/test_plugins/misuser.so");
    CHECK(it.with.logged.find("in create: 1\n") != std::string::npos);
    int done = 0;
    running->handle({{0, 1}, 1, "MESSAGE_CREATE", said, false, false}, [&] { ++done; });
    // A status that nobody knows is none of "goes on".
    CHECK(done == 1);
    for (const char* each : {"rest", "timer", "cancel", "event_done"})
        CHECK(it.with.logged.find(std::string(each) +
                                  "() was called by a thread of the plugin's own") !=
              std::string::npos);
    CHECK(it.with.logged.find("elsewhere: 0 0 1\n") != std::string::npos);
    CHECK(it.with.logged.find("unknown: 1, mine: 0, again: 1\n") != std::string::npos);
    running->handle({{0, 1}, 2, "MESSAGE_CREATE", said, false, false}, [&] { ++done; });
    CHECK(done == 2);
}

TEST_CASE("plugin: all of its code runs between entering and left")
{
    world it;
    {
        const auto ping = it.load(ping_file);
        CHECK(it.with.calls == "00");  // create and start
        ping->handle({{0, 1}, 1, "MESSAGE_CREATE", said, false, false, discord::ids_in(said)},
                     [] {});
        CHECK(it.with.calls == "001");
        it.with.answer(200, "{}");
        CHECK(it.with.calls == "0012");
    }
    CHECK(it.with.calls == "0012333");
}

TEST_CASE("plugin: commands for the gateway go out, come back typed, and end with their task")
{
    world it;
    const auto running = it.load(TINFOIL_BUILD_DIR "/test_plugins/commander.so");
    // What the constructor wants is on its way, though nobody waits for it.
    REQUIRE(it.with.commands.size() == 1);
    const auto first = it.with.commands.begin()->second;
    CHECK(first.op == 3);
    CHECK(boost::json::parse(first.data) ==
          boost::json::parse(R"({"status":"idle","activities":[{"name":"the door","type":3}],)"
                             R"("afk":true,"since":1})"));
    it.with.commands.clear();
    first.done({discord::command_outcome::done, "{}"});
    constexpr const char* joined =
        R"({"id":"9","members":[{"user":{"id":"3","bot":true}}],"channels":[{"id":"8"}]})";
    running->handle({{0, 1}, 1, "GUILD_CREATE", joined}, [] {});
    const auto answer = [&](discord::command_outcome how, const std::string& text) {
        REQUIRE(it.with.commands.size() == 1);
        const auto given = it.with.commands.begin()->second;
        it.with.commands.clear();
        given.done({how, text});
        return given;
    };
    CHECK(answer(discord::command_outcome::done, R"({"members":[{},{}],"not_found":[]})").data ==
          R"({"guild_id":"9"})");
    CHECK(answer(discord::command_outcome::shard_stopped, "gone").patience ==
          std::chrono::milliseconds(300));
    CHECK(answer(discord::command_outcome::done, "no JSON").data ==
          R"({"user_ids":["3","1"],"guild_id":"9"})");
    CHECK(it.with.logged.find("everybody: 2 members, 0 not found") != std::string::npos);
    CHECK(it.with.logged.find("everybody again: -107 gone") != std::string::npos);
    CHECK(it.with.logged.find("by id: -101 Discord's answer is no JSON") != std::string::npos);
    CHECK(it.with.commands.size() == 1);
    CHECK(running->pending() == 1);
}

TEST_CASE("plugin: a task that ends takes its command back")
{
    world it;
    {
        const auto running = it.load(TINFOIL_BUILD_DIR "/test_plugins/commander.so");
        running->handle({{0, 1}, 1, "GUILD_CREATE", R"({"id":"9","members":[],"channels":[]})"},
                        [] {});
        CHECK(it.with.commands.size() == 2);
    }
    CHECK(it.with.commands.empty());
}

TEST_CASE("plugin: what one version saves the next one starts with, and what runs is cut off")
{
    world it;
    const std::string folder = TINFOIL_BUILD_DIR "/test_plugins/";
    const auto old = it.load(folder + "counter_1.so");
    int done = 0;
    for (int i = 0; i < 3; ++i)
        old->handle({{0, 1}, i, "MESSAGE_CREATE", said}, [&] { ++done; });
    CHECK(old->is_dirty());
    const auto saved = old->save();
    REQUIRE(saved);
    REQUIRE(*saved);
    CHECK((*saved)->bytes == "3");
    CHECK((*saved)->by == "1.0.0");
    CHECK((*saved)->version == 1);
    CHECK_FALSE(old->is_dirty());
    CHECK(done == 0);
    const auto start = [&](const std::string& build, const saved_state& from) {
        auto opened = library::open(folder + build, it.folder.path());
        REQUIRE(opened);
        return instance::start(std::move(*opened), it.with, "{}", {opening::why::reload, &from});
    };
    const auto rejected = start("counter_restore_rejects.so", **saved);
    REQUIRE_FALSE(rejected);
    CHECK(rejected.error().code == errc::state_unusable);
    const auto next = start("counter_2.so", **saved);
    REQUIRE(next);
    CHECK((*next)->save().value()->bytes == "3");
    auto remains = old->end();
    CHECK(remains.cut_off == 3);
    CHECK(done == 3);
    CHECK(remains.file->close() == "");
}

TEST_CASE("plugin: one that keeps no state saves none, and one of ABI 1.0 runs", "[plugins/28]")
{
    world it;
    const auto plain = it.load(TINFOIL_BUILD_DIR "/test_plugins/entry_of_1_0.so");
    const auto saved = plain->save();
    REQUIRE(saved);
    CHECK_FALSE(*saved);
    int done = 0;
    plain->handle({{0, 1}, 1, "MESSAGE_CREATE", said}, [&] { ++done; });
    CHECK(done == 1);
}

TEST_CASE("plugin: an entry or a table that is wrong is refused, naming what is wrong",
          "[plugins/18][plugins/21][plugins/22][plugins/23][plugins/24][plugins/25][plugins/26]"
          "[plugins/27][plugins/29][plugins/30][plugins/31]")
{
    world it;
    const std::pair<const char*, const char*> cases[] = {
        {"of_nobody", "does not export tinfoil_plugin_v1"},
        {"borrowed", "does not export tinfoil_plugin_v1 itself; a library that it needs does"},
        {"lacking", "it can't be loaded: "},
        {"beside", "it can't be loaded: libentry_elsewhere.so: cannot open"},
        {"unresolved", "undefined symbol: not_there"},
        {"wrong_magic", "is none of tinfoil's"},
        {"major_0", "needs plugin ABI 0, this tinfoil has 1"},
        {"too_new", "needs plugin ABI 1.9, this tinfoil has 1."},
        {"size_0", "is incomplete"},
        {"size_16", "is incomplete"},
        {"no_create", "is incomplete"},
        {"other_manifest", "differs from its ELF note"},
        {"no_event", "did not fill its table"},
        {"small_table", "did not fill its table"},
    };
    for (const auto& [name, why] : cases) {
        INFO(name);
        auto opened = library::open(
            TINFOIL_BUILD_DIR "/test_plugins/entry_" + std::string(name) + ".so", it.folder.path());
        if (!opened) {
            CHECK(opened.error().detail.find(why) != std::string::npos);
            continue;
        }
        const auto tried = try_out(*opened);
        REQUIRE_FALSE(tried);
        CHECK(tried.error().detail.find(why) != std::string::npos);
        const auto started = instance::start(std::move(*opened), it.with, "{}");
        REQUIRE_FALSE(started);
        CHECK(started.error().detail.find(why) != std::string::npos);
    }
    // Of a later version, which has more at its end.
    it.load(TINFOIL_BUILD_DIR "/test_plugins/entry_size_4_gib.so");
}

TEST_CASE("plugin: however it was built, it works and goes without a trace", "[plugins/34]")
{
    world it;
    std::size_t built = 0;
    for (const char* way :
         {"gcc", "static", "debug", "old_string", "no_exceptions", "no_rtti", "clang", "libcxx"}) {
        INFO(way);
#ifdef __SANITIZE_ADDRESS__
        // A C++ library of its own keeps memory for exceptions to the end, which a sanitizer takes
        // for lost.
        if (std::string_view(way) == "static" && ++built > 0)
            continue;
#endif
        const std::string file =
            TINFOIL_BUILD_DIR "/test_plugins/variant_" + std::string(way) + ".so";
        if (!std::filesystem::exists(file))
            continue;
        ++built;
        // Twice, as the second load finds out what the first one left behind.
        for (int round = 0; round < 2; ++round) {
            it.with.logged.clear();
            const auto running = it.load(file);
            int done = 0;
            for (int i = 1; i <= 2; ++i)
                running->handle({{0, 1}, i, "MESSAGE_CREATE", said}, [&] { ++done; });
            CHECK(done == 2);
            CHECK(it.with.logged ==
                  "MESSAGE_CREATE 1 gilnpu thrown\nMESSAGE_CREATE 2 gilnpu thrown\n");
            auto remains = running->end();
            CHECK(remains.file->close() == "");
        }
    }
    // Whoever has no clang has the others.
    CHECK(built >= 6);
}

TEST_CASE("plugin: a start that waits for Discord is a start, and its task ends with the plugin",
          "[plugins/43]")
{
    world it;
    const auto running = it.load(TINFOIL_BUILD_DIR "/test_plugins/opener.so");
    CHECK(it.with.requests.size() == 1);
    CHECK(running->pending() == 1);
    running->handle({{0, 1}, 1, "MESSAGE_CREATE", said}, [] {});
    CHECK(it.with.logged == "waits\n");
    running->end();
    CHECK(it.with.requests.empty());
    CHECK(it.with.logged.find("the opening has ended\n") != std::string::npos);
    CHECK(it.with.logged.find("opened") == std::string::npos);
}

TEST_CASE("plugin: a task that waits for people is cut off by a reload, with its destructors",
          "[plugins/74]")
{
    world it;
    const auto old = it.load(TINFOIL_BUILD_DIR "/test_plugins/opener.so");
    it.with.answer(200, "{}");
    CHECK(it.with.logged == "opened: 200\nthe opening has ended\n");
    int done = 0;
    for (int i = 1; i <= 2; ++i)
        old->handle({{0, 1}, i, "MESSAGE_CREATE", said}, [&] { ++done; });
    CHECK(old->pending() == 2);
    const auto saved = old->save();
    REQUIRE(saved);
    auto opened = library::open(TINFOIL_BUILD_DIR "/test_plugins/opener.so", it.folder.path());
    REQUIRE(opened);
    const auto next =
        instance::start(std::move(*opened), it.with, "{}", {opening::why::reload, &**saved});
    REQUIRE(next);
    CHECK(done == 0);
    it.with.logged.clear();
    auto remains = old->end();
    CHECK(done == 2);
    CHECK(remains.cut_off == 2);
    CHECK(it.with.logged == "the wait has ended\nthe wait has ended\n");
    CHECK(remains.file->close() == "");
    // The next one waits as if nothing had been.
    (*next)->handle({{0, 1}, 3, "MESSAGE_CREATE", said}, [&] { ++done; });
    CHECK((*next)->pending() == 2);
}

TEST_CASE("plugin: what an event points to is gone afterwards, which a sanitizer sees",
          "[plugins/66]")
{
    const ::pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        support::fake_services with;
        support::temporary_folder folder;
        auto opened = library::open(TINFOIL_BUILD_DIR "/test_plugins/keeper.so", folder.path());
        auto running = instance::start(std::move(*opened), with, "{}");
        for (int i = 1; i <= 2; ++i) {
            const std::string data(4096, 'x');
            (*running)->handle({{0, 1}, i, "MESSAGE_CREATE", data}, [] {});
        }
        // Without one it reads what lies there now, and nothing else comes of it.
        (*running)->end();
        ::_exit(with.logged.ends_with("MESSAGE_CREATE\n") ? 0 : 1);
    }
    int how = 0;
    REQUIRE(::waitpid(child, &how, 0) == child);
#ifdef __SANITIZE_ADDRESS__
    CHECK_FALSE((WIFEXITED(how) && WEXITSTATUS(how) == 0));
#else
    CHECK((WIFEXITED(how) && WEXITSTATUS(how) == 0));
#endif
}
