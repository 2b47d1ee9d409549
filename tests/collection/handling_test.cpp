#include "collection/handling.hpp"
#include "collection/life.hpp"
#include "support/catch.hpp"

using namespace tinfoil;
using namespace tinfoil::collection;
using namespace std::chrono_literals;

namespace {

struct world {
    explicit world(const discord::session_record& from)
    {
        router.add({"a", {"MESSAGE_CREATE", "READY", "RESUMED"}, {}});
        router.add({"b", {"MESSAGE_CREATE"}, {"b"}});
        record.name_plugin("a");
        record.name_plugin("b");
        session = record.open(from, now);
    }
    std::string event(std::int64_t sequence, std::string_view type = "MESSAGE_CREATE",
                      std::string_view data = "{}")
    {
        std::vector<handling::delivery> todo;
        work.on_event({session, sequence, type, data}, now, todo);
        std::string seen;
        for (const auto& each : todo)
            seen += (each.plugin == 0 ? "a" : "b") + std::string(each.redelivered ? "! " : " ");
        return seen;
    }

    instant now{};
    dispatch::recorder::shape room{.sessions_max = 2, .unfinished_max = 16};
    std::vector<std::byte> memory = std::vector<std::byte>(dispatch::recorder::bytes_for(room));
    dispatch::recorder record{memory, room};
    dispatch::router router;
    handling work{record, router};
    dispatch::recorder::session session = 0;
};

discord::session_record earlier()
{
    return {.which = {0, 1},
            .generation = 1,
            .intents = 1,
            .point = {"abc", "", 10},
            .unfinished = {{9, "b"}}};
}

}  // namespace

TEST_CASE("handling: a finished event goes to nobody, an unfinished one to who had not finished "
          "it, marked")
{
    world it(earlier());
    CHECK(it.event(9) == "b! ");
    CHECK(it.event(10) == "");
    CHECK(it.event(11) == "a b ");
    CHECK(it.work.running() == 3);
    it.work.finished(it.session, 9, {1, false, it.record.life(it.session)});
    it.work.finished(it.session, 11, {0, false, it.record.life(it.session)});
    CHECK(it.work.running() == 1);
    const auto left = it.record.record_of(it.session);
    CHECK(left.point.sequence == 11);
    REQUIRE(left.unfinished.size() == 1);
    CHECK(left.unfinished[0].sequence == 11);
    CHECK(left.unfinished[0].plugin == "b");
}

TEST_CASE("handling: READY and RESUMED are handled and never come again")
{
    world it(earlier());
    it.record.renew(it.session, {"new", "", 1}, 1);
    CHECK(it.event(1, "READY") == "a ");
    CHECK(it.event(2, "RESUMED") == "a ");
    CHECK(it.event(2, "RESUMED") == "");
    CHECK(it.record.record_of(it.session).unfinished.empty());
    CHECK(it.record.record_of(it.session).point.sequence == 2);
    it.work.finished(it.session, 1, {0, false, it.record.life(it.session)});
    it.work.finished(it.session, 2, {0, false, it.record.life(it.session)});
    CHECK(it.work.running() == 0);
}

TEST_CASE(
    "handling: after a loss of power what a RESUME brings is marked, until soon after RESUMED")
{
    auto from = earlier();
    from.doubtful = true;
    world it(from);
    CHECK(it.event(11) == "a! b! ");
    it.work.resumed(it.session, it.now);
    CHECK(it.event(12) == "a! b! ");
    it.now += handling::doubt_after_resumed;
    CHECK(it.event(13) == "a b ");
    CHECK_FALSE(it.record.record_of(it.session).doubtful);
}

TEST_CASE("handling: a handler that outlives its session ends nothing of the next one")
{
    world it(earlier());
    CHECK(it.event(11) == "a b ");
    const auto life = it.record.life(it.session);
    it.record.renew(it.session, {"new", "", 10}, 1);
    CHECK(it.event(11) == "a b ");
    it.work.finished(it.session, 11, {0, false, life});
    CHECK(it.record.record_of(it.session).unfinished.size() == 2);
    it.work.finished(it.session, 11, {0, false, it.record.life(it.session)});
    CHECK(it.record.record_of(it.session).unfinished.size() == 1);
}

TEST_CASE("handling: a replay that is cut goes on being doubtful on the next connection")
{
    auto from = earlier();
    from.doubtful = true;
    world it(from);
    it.work.resumed(it.session, it.now);
    CHECK(it.event(11) == "a! b! ");
    it.now += handling::doubt_after_resumed - 1s;
    it.work.connecting(it.session);
    it.now += 2s;
    CHECK(it.event(12) == "a! b! ");
    it.work.resumed(it.session, it.now);
    it.now += handling::doubt_after_resumed;
    it.work.connecting(it.session);
    CHECK(it.event(13) == "a! b! ");
    it.work.resumed(it.session, it.now);
    it.now += handling::doubt_after_resumed;
    CHECK(it.event(14) == "a b ");
}

TEST_CASE("handling: while a shard is not read, the wait after its RESUMED does not go on")
{
    auto from = earlier();
    from.doubtful = true;
    world it(from);
    it.work.reads_again(it.session, it.now);
    it.now += handling::doubt_after_resumed;
    CHECK(it.event(11) == "a! b! ");
    it.work.resumed(it.session, it.now);
    it.now += 5min;
    it.work.reads_again(it.session, it.now);
    it.now += handling::doubt_after_resumed - 1s;
    CHECK(it.event(12) == "a! b! ");
    it.now += 1s;
    CHECK(it.event(13) == "a b ");
}

TEST_CASE("handling: a command is counted once and open until its answer is accepted")
{
    world it(earlier());
    CHECK(it.event(11, "INTERACTION_CREATE", R"({"id":"77","type":2,"data":{"name":"b"}})") ==
          "b ");
    CHECK(it.work.is_open_command(77));
    CHECK_FALSE(it.work.is_open_command(78));
    it.work.answered(77);
    CHECK_FALSE(it.work.is_open_command(77));
    it.event(12, "INTERACTION_CREATE", R"({"id":"78","type":3,"data":{"custom_id":"b:x"}})");
    CHECK_FALSE(it.work.is_open_command(78));
    CHECK(it.record.counts().commands_seen == 1);
}

TEST_CASE("life: a stop closes at once, waits for handlers, and for none for ever")
{
    life it;
    std::vector<life_action> todo;
    instant now{};
    it.on(shards_opened{1}, now, todo);
    it.on(collection_handlers{2}, now, todo);
    it.on(stop_asked{false}, now, todo);
    REQUIRE(todo.size() == 1);
    CHECK_FALSE(std::get<close_shards>(todo[0]).end_sessions);
    todo.clear();
    it.on(shard_ended{}, now, todo);
    CHECK(todo.empty());
    now = it.deadline();
    it.on(elapsed{}, now, todo);
    REQUIRE(todo.size() == 1);
    CHECK(std::get<finished>(todo[0]).unfinished == 2);
    CHECK(it.deadline() == never);
}
