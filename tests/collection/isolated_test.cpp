// A plugin in a real process of its own, with the test for a collection.
#include "collection/isolated.hpp"
#include "plugin/library.hpp"
#include "support/catch.hpp"
#include "support/fake_services.hpp"
#include "support/temporary_folder.hpp"

#include <boost/asio/executor_work_guard.hpp>

#include <algorithm>
#include <csignal>
#include <sys/types.h>
#include <tinfoil/ext/shards.h>

using namespace tinfoil;
using namespace tinfoil::collection;
using namespace std::chrono_literals;

namespace {

struct world {
    explicit world(const std::string& file)
    {
        auto what = plugin::examine(TINFOIL_BUILD_DIR + file);
        REQUIRE(what);
        isolated::how how;
        how.executable = TINFOIL_BUILD_DIR "/tinfoil";
        how.name = "test/0";
        how.about = what->about;
        how.work.plugin = what->about.name;
        how.work.build = "b1";
        how.work.file = plugin::write_copy(*what, folder.path())->string();
        how.work.private_copies = folder.path().string();
        how.work.record_file = (folder.path() / "record").string();
        how.work.settings = "{}";
        how.work.application = 1;
        how.tell = [this](link::message said) { told.push_back(std::move(said)); };
        how.session_of = [](discord::slot) { return std::string("abc"); };
        how.again = [this] { ++again; };
        it.emplace(loop, with, std::move(how));
        REQUIRE(it->begin());
    }
    void give(std::int64_t sequence, const std::string& type, const std::string& data)
    {
        plugin::event event{.slot = {0, 1}, .sequence = sequence, .type = type, .data = data};
        it->handle(event, [this, sequence] { done.push_back(sequence); });
    }
    template <class Until>
    void run(Until until)
    {
        while (!until())
            loop.run_one();
    }
    template <class T>
    [[nodiscard]] const T* find() const
    {
        for (const auto& each : told)
            if (const auto* found = std::get_if<T>(&each))
                return found;
        return nullptr;
    }
    void kill_worker() { REQUIRE(::kill(static_cast<::pid_t>(it->pid()), SIGKILL) == 0); }

    support::temporary_folder folder;
    boost::asio::io_context loop;
    // Between two workers there is nothing to do, and that is not the end.
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> busy{
        loop.get_executor()};
    support::fake_services with;
    std::vector<link::message> told;
    std::vector<std::int64_t> done;
    int again = 0;
    std::optional<isolated> it;
};

std::string said(std::size_t bytes = 0)
{
    return R"({"id":"7","channel_id":"8","guild_id":"9","author":{"id":"3"},"content":"!ping","x":")" +
           std::string(bytes, 'x') + "\"}";
}

link::plugin_order order(const std::string& aside, std::vector<link::event_name> poisons = {})
{
    return {{"ping", "b1", 1, aside, std::move(poisons)}};
}

}  // namespace

TEST_CASE("isolated: events go there in order, and their ends come back", "[plugins/68]")
{
    world it("/test_plugins/plain_c.so");
    for (std::int64_t i = 1; i <= 500; ++i)
        it.give(i, "MESSAGE_CREATE", said());
    it.give(501, "MESSAGE_CREATE", said(4U << 20));
    it.give(502, "MESSAGE_CREATE", said(32U << 20));
    CHECK(it.done.empty());
    CHECK(it.it->pending() == 502);
    it.run([&] { return it.done.size() == 502; });
    CHECK(std::is_sorted(it.done.begin(), it.done.end()));
    CHECK(it.it->pending() == 0);
    it.run([&] { return it.it->gauge().events == 502; });
    CHECK(it.it->gauge().queued == 0);
    CHECK(it.it->gauge().placement == 1);
}

TEST_CASE("isolated: what it asks of Discord goes the same way, and its answer")
{
    world it("/plugins/ping.so");
    it.give(1, "MESSAGE_CREATE", said());
    it.run([&] { return !it.with.requests.empty(); });
    CHECK(it.done.empty());
    CHECK(it.with.requests.begin()->second.first.path == "/channels/8/messages");
    it.with.answer(200, "{}");
    it.run([&] { return it.done.size() == 1; });
    // Without an answer an event is unfinished; its request ends with the worker.
    it.give(2, "MESSAGE_CREATE", said());
    it.run([&] { return !it.with.requests.empty(); });
    it.it.reset();
    CHECK(it.with.requests.empty());
}

TEST_CASE("isolated: what a worker had begun on comes again marked, and the host is asked",
          "[plugins/88]")
{
    world it("/plugins/ping.so");
    it.give(1, "MESSAGE_CREATE", said());
    it.run([&] { return !it.with.requests.empty(); });
    it.kill_worker();
    it.run([&] { return it.find<link::plugin_died>() != nullptr; });
    CHECK(it.find<link::plugin_died>()->plugin == "ping");
    CHECK(it.find<link::plugin_died>()->build == "b1");
    CHECK(it.find<link::plugin_died>()->how == "killed by signal 9");
    CHECK(it.again == 1);
    CHECK(it.with.requests.empty());
    it.give(2, "MESSAGE_CREATE", said());
    CHECK(it.it->pending() == 2);
    it.it->on(order(""));
    it.run([&] { return it.with.requests.size() == 2; });
    CHECK(it.it->gauge().restarts == 1);
    CHECK(it.done.empty());

    // Again, and this time one of them is a poison.
    it.told.clear();
    it.kill_worker();
    it.run([&] { return it.find<link::plugin_died>() != nullptr; });
    it.it->on(order("", {{{0, 1}, "abc", 1}}));
    CHECK(it.done == std::vector<std::int64_t>{1});
    REQUIRE(it.find<link::plugin_poisoned>() != nullptr);
    CHECK(it.find<link::plugin_poisoned>()->event.sequence == 1);
    CHECK(it.find<link::plugin_poisoned>()->data == said());
    it.run([&] { return it.with.requests.size() == 1; });
    it.with.answer(200, "{}");
    it.run([&] { return it.done.size() == 2; });
}

TEST_CASE("isolated: at its end what it has not begun on is for the next version")
{
    world it("/plugins/ping.so");
    it.give(1, "MESSAGE_CREATE", said());
    it.run([&] { return !it.with.requests.empty(); });
    REQUIRE(::kill(static_cast<::pid_t>(it.it->pid()), SIGSTOP) == 0);
    for (std::int64_t i = 2; i <= 5; ++i)
        it.give(i, "MESSAGE_CREATE", said());
    it.loop.poll();
    it.it->rest(true);
    it.give(6, "MESSAGE_CREATE", said());
    const auto left = it.it->end();
    CHECK(left.cut_off == 1);
    CHECK(it.done == std::vector<std::int64_t>{1});
    REQUIRE(left.left.size() == 5);
    CHECK(left.left.front().what.sequence == 2);
    CHECK(left.left.front().type == "MESSAGE_CREATE");
    CHECK(left.left.back().data == said());
}

TEST_CASE("isolated: one that ends while it saves says so, and another saves nothing new")
{
    world it("/test_plugins/counter_1.so");
    std::vector<std::string> saved;
    const auto save = [&] {
        it.it->save_by([&](const auto& what) {
            saved.push_back(!what ? what.error().detail : *what ? (*what)->bytes : "none");
        });
    };
    save();
    CHECK(saved == std::vector<std::string>{"none"});
    it.give(1, "MESSAGE_CREATE", said());
    it.run([&] { return it.done.size() == 1; });
    save();
    it.run([&] { return saved.size() == 2; });
    CHECK(saved.back() == "1");
    save();
    save();
    CHECK(saved.back() == "another save was asked for");
    it.run([&] { return saved.size() == 4; });
    CHECK(saved.back() == "1");
    REQUIRE(::kill(static_cast<::pid_t>(it.it->pid()), SIGSTOP) == 0);
    save();
    it.kill_worker();
    it.run([&] { return saved.size() == 5; });
    CHECK(saved.back().find("ended while it saved its state") != std::string::npos);
    CHECK(it.find<link::plugin_died>() != nullptr);
    save();
    CHECK(saved.back() == "1");
}

TEST_CASE("isolated: one that is set aside holds nobody up")
{
    world it("/plugins/ping.so");
    it.give(1, "MESSAGE_CREATE", said());
    it.run([&] { return !it.with.requests.empty(); });
    it.kill_worker();
    it.run([&] { return it.find<link::plugin_died>() != nullptr; });
    it.it->on(order("it crashed"));
    CHECK(it.done == std::vector<std::int64_t>{1});
    it.give(2, "MESSAGE_CREATE", said());
    CHECK(it.done.size() == 2);
    CHECK(it.it->pending() == 0);
}

TEST_CASE("isolated: one that refuses to start is named, and holds nobody up")
{
    world it("/test_plugins/undeclared.so");
    it.give(1, "MESSAGE_CREATE", said());
    it.run([&] { return it.find<link::plugin_refused>() != nullptr; });
    CHECK(it.find<link::plugin_refused>()->plugin == "undeclared");
    CHECK(it.find<link::plugin_refused>()->why.find("event::message_create in .events") !=
          std::string::npos);
    CHECK(it.done.size() == 1);
    CHECK(it.find<link::plugin_died>() == nullptr);
}

TEST_CASE("isolated: what goes along with a shard comes back from the worker, behind its events")
{
    world it("/test_plugins/mover.so");
    // It starts yet: what comes along waits for it, and comes before the events do.
    it.it->shard_arrives({1, 2}, R"({"4194304":2})");
    std::optional<result<std::string>> early;
    it.it->shard_leaves({1, 2}, [&](auto part) { early = std::move(part); });
    REQUIRE(early);
    CHECK((*early)->empty());
    it.give(1, "MESSAGE_CREATE",
            R"({"id":"1","channel_id":"2","guild_id":"4194304","content":""})");
    // Of tinfoil's own it has no number.
    it.give(0, TINFOIL_GAP, R"({"guild_id":"5","shard":[0,1]})");
    it.run([&] { return it.done.size() == 2; });
    std::optional<result<std::string>> part;
    it.it->shard_leaves({1, 2}, [&](auto told) { part = std::move(told); });
    CHECK_FALSE(part);
    it.run([&] { return part.has_value(); });
    CHECK(part->value() == R"({"4194304":3})");
}

TEST_CASE("isolated: a worker that ends instead of saying what goes along is waited for no longer")
{
    world it("/test_plugins/mover.so");
    it.run([&] { return it.it->gauge().calls > 0; });
    std::optional<result<std::string>> part;
    it.it->shard_leaves({1, 2}, [&](auto told) { part = std::move(told); });
    it.kill_worker();
    it.run([&] { return part.has_value(); });
    // It may have answered just before.
    if (!*part)
        CHECK(part->error().detail.find("nothing of it goes along with shard 1/2: its process "
                                        "ended: ") == 0);
    it.it->shard_leaves({1, 2}, [&](auto told) { part = std::move(told); });
    it.it->end();
    CHECK(part->value().empty());
}
