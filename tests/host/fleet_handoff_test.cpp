#include "host/fleet_player.hpp"
#include "support/catch.hpp"

using namespace tinfoil;
using namespace tinfoil::host;

namespace {

session_record newer(slot which, const std::string& id, std::uint32_t generation)
{
    return {.which = which,
            .generation = generation,
            .intents = 3,
            .point = {id, "wss://resume", 7},
            .unfinished = {}};
}

// A collection with 0/1, which is handed over to `to`.
struct handing : player {
    explicit handing(std::vector<slot> to, int concurrency = 16)
    {
        feed(sharding::budget{1000, 1000, 24h, concurrency});
        begin({{0, 1}}, {known({0, 1}, 9)});
        loaded();
        CHECK(hand_over({{0, 1}}, std::move(to)) == list{"hand over 0"});
    }
    list hand_over(std::vector<slot> older, std::vector<slot> to)
    {
        return feed(begin_handoff{1, std::move(older), std::move(to), 5, true, {}, 0, false});
    }
    list want(std::uint32_t place, std::uint32_t generation = 1)
    {
        return hear(0, link::handoff_turn_wanted{1, place, generation, true});
    }
    list commit(std::vector<session_record> what)
    {
        std::vector<std::string> records;
        for (const auto& each : what)
            records.push_back("record of " + to_string(each.which));
        return hear(0, link::handoff_commit{1, std::move(what), std::move(records)});
    }
    list finish() { return hear(0, link::handoff_ended{1, true, true, "", "{}"}); }
    std::vector<slot> plan() const
    {
        std::vector<slot> all;
        for (const auto& [which, session] : it.sessions())
            all.push_back(which);
        return all;
    }
};

}  // namespace

TEST_CASE("fleet: newer sessions of a handoff get turns of their own, each with its row")
{
    handing it({{0, 2}, {1, 2}});
    REQUIRE(it.begun.newer.size() == 2);
    CHECK(it.begun.newer[0].generation == 2);
    CHECK(it.begun.newer[0].point.session_id.empty());
    CHECK(it.want(0) == list{"record 0/2"});
    CHECK(it.feed(identify_recorded{{0, 2}, {}}) == list{"handoff turn 0/1"});
    CHECK(it.want(1, 4) == list{"record 1/2"});
    CHECK(it.feed(identify_recorded{{1, 2}, {}}) == list{"handoff turn 1/4"});
    CHECK(it.hear(0, link::handoff_turn_ended{1, 0, true}).empty());
    CHECK(it.hear(0, link::handoff_session{1, 0, 3, "new"}).empty());
    CHECK(it.it.ledger().look(it.now).ready == 1);
    // Until the commit they are nobody's shards.
    CHECK(it.plan() == std::vector<slot>{{0, 1}});
    CHECK(it.hear(0, link::identify_wanted{{0, 2}, 1}).empty());
}

TEST_CASE("fleet: the commit is one write, and then the newer sessions are the plan's")
{
    handing it({{0, 2}, {1, 2}});
    CHECK(it.commit({newer({0, 2}, "a", 1), newer({1, 2}, "b", 1)}) == list{"commit 0/2 1/2"});
    CHECK(it.change.older == std::vector<slot>{{0, 1}});
    REQUIRE(it.change.newer.size() == 2);
    CHECK(it.change.newer[1].point.session_id == "b");
    CHECK(it.change.newer[1].generation == 2);
    CHECK(it.change.records.at(1).text == "record of 1/2");
    CHECK(it.change.records.at(1).replaced.empty());
    CHECK(it.plan() == std::vector<slot>{{0, 1}});
    CHECK(it.feed(commit_written{1, {}}) == list{"journalled"});
    CHECK(it.plan() == std::vector<slot>{{0, 2}, {1, 2}});
    CHECK(it.it.collections()[0].slots == std::vector<slot>{{0, 2}, {1, 2}});
    // Whatever comes of the older one is of no meaning any more.
    CHECK(it.hear(0, link::session_forgotten{{0, 1}, "closed"}).empty());
    CHECK(it.hear(0, link::identify_wanted{{0, 1}, 3}).empty());
    CHECK(it.finish() == list{"over: exact"});
    // Whoever takes one over later has less replayed.
    CHECK(it.hear(0, link::handoff_record{{1, 2}, "further"}) == list{"keep record 1/2"});
    CHECK(it.hear(0, link::handoff_record{{1, 2}, "further"}).empty());
    CHECK(it.it.handoff_records().at({1, 2}).text == "further");
    CHECK(it.hear(0, link::handoff_settled{{1, 2}}) == list{"drop record 1/2"});
    CHECK(it.hear(0, link::handoff_record{{1, 2}, "late"}).empty());
    CHECK(it.it.handoff_records().size() == 1);
}

TEST_CASE("fleet: a commit that could not be written changes nothing")
{
    handing it({{0, 2}, {1, 2}});
    it.commit({newer({0, 2}, "a", 1), newer({1, 2}, "b", 1)});
    CHECK(it.feed(commit_written{1, error{errc::state_unusable, "the disk is full"}}) ==
          list{"not journalled"});
    CHECK(it.plan() == std::vector<slot>{{0, 1}});
    CHECK(it.hear(0, link::handoff_ended{1, true, true, "no", ""}) == list{"over: not"});
}

TEST_CASE("fleet: a host that stops commits nothing any more")
{
    handing it({{0, 2}, {1, 2}});
    it.feed(fleet_stop{false});
    CHECK(it.commit({newer({0, 2}, "a", 1), newer({1, 2}, "b", 1)}) == list{"not journalled"});
    CHECK(it.plan() == std::vector<slot>{{0, 1}});
}

TEST_CASE("fleet: a commit of other sessions than those of the begin is refused")
{
    handing it({{0, 2}, {1, 2}});
    CHECK(it.commit({newer({0, 2}, "a", 1)}) == list{"not journalled"});
    CHECK(it.commit({newer({1, 2}, "a", 1), newer({0, 2}, "b", 1)}) == list{"not journalled"});
    CHECK(it.commit({newer({0, 2}, "", 1), newer({1, 2}, "b", 1)}) == list{"not journalled"});
    CHECK(it.hear(0, link::handoff_commit{2, {newer({0, 2}, "a", 1)}, {"r"}}) ==
          list{"not journalled"});
    CHECK(it.commit({newer({0, 2}, "a", 1), newer({1, 2}, "b", 1)}) == list{"commit 0/2 1/2"});
}

TEST_CASE("fleet: older shards ask for no turn while a handoff lives, and at its end do")
{
    handing it({{0, 2}, {1, 2}}, 1);
    CHECK(it.hear(0, link::session_forgotten{{0, 1}, "op 9"}) == list{"forget 0/1"});
    CHECK(it.hear(0, link::identify_wanted{{0, 1}, 6}).empty());
    CHECK(it.hear(0, link::handoff_ended{1, false, false, "lost", ""}) ==
          list{"record 0/1", "over: not"});
    CHECK(it.feed(identify_recorded{{0, 1}, {}}) == list{"turn 0/1"});
}

TEST_CASE("fleet: a renewal has the same slot on both sides, and one of them at a time asks")
{
    handing it({{0, 1}});
    CHECK(it.want(0) == list{"record 0/1"});
    CHECK(it.feed(identify_recorded{{0, 1}, {}}) == list{"handoff turn 0/1"});
    it.hear(0, link::session_forgotten{{0, 1}, "op 9"});
    CHECK(it.hear(0, link::identify_wanted{{0, 1}, 3}).empty());
    CHECK(it.hear(0, link::identify_ended{{0, 1}, true}).empty());
    // The newer one's turn is over without proof, so the older one's comes 6 s later.
    CHECK(it.hear(0, link::handoff_ended{1, false, false, "lost", ""}) == list{"over: not"});
    it.now += 6s;
    it.hear(0, link::pulse{});
    CHECK(it.feed(fleet_elapsed{}) == list{"record 0/1"});
}

TEST_CASE("fleet: a pulse from before the commit of a renewal says nothing about the newer session")
{
    handing it({{0, 1}});
    it.commit({newer({0, 1}, "new", 1)});
    CHECK(it.change.records.at(0).replaced == "s0/1");
    it.feed(commit_written{1, {}});
    CHECK(it.hear(0, link::pulse{.lag_us = 0,
                                 .unfinished = 0,
                                 .counts = {},
                                 .changed = {known({0, 1}, 20)}}) == list{});
    CHECK(it.it.sessions().at({0, 1}).point.session_id == "new");
    CHECK(it.it.sessions().at({0, 1}).point.sequence == 7);
}

TEST_CASE("fleet: its collection ends before the commit: the older sessions go on")
{
    handing it({{0, 2}, {1, 2}});
    it.want(0);
    it.feed(identify_recorded{{0, 2}, {}});
    it.want(1);
    CHECK(it.end(0, std::vector{known({0, 1}, 40)}) == list{"exact", "over: not", "spawn 0"});
    CHECK(it.said.find("collection 0 ended") != std::string::npos);
    CHECK(it.loaded() == list{"begins", "serve 0: 0/1@40"});
    CHECK(it.it.ledger().look(it.now).waiting.empty());
}

TEST_CASE("fleet: its collection ends behind the commit: the newer ones go on with their records")
{
    handing it({{0, 2}, {1, 2}});
    it.commit({newer({0, 2}, "a", 1), newer({1, 2}, "b", 1)});
    it.feed(commit_written{1, {}});
    CHECK(it.end(0, std::vector{known({0, 1}, 40), newer({0, 2}, "a", 1)}) ==
          list{"exact", "over: committed", "spawn 0"});
    CHECK(it.loaded() == list{"begins", "serve 0:", "load 0: 0/2 with record of 0/2",
                              "load 0: 1/2 with record of 1/2"});
    CHECK(it.hear(0, link::handoff_settled{{0, 2}}) == list{"drop record 0/2"});
    CHECK(it.end(0, std::vector<session_record>{}) == list{"exact"});
}

TEST_CASE("fleet: a commit that came just before its collection ended is written to its end")
{
    for (const bool works : {true, false}) {
        handing it({{0, 1}});
        it.commit({newer({0, 1}, "new", 1)});
        it.end(0, std::vector{known({0, 1}, 40)});
        CHECK(it.feed(commit_written{
                  1, works ? std::nullopt : std::optional(error{errc::state_unusable, "no"})}) ==
              list{works ? "over: committed" : "over: not"});
        CHECK(it.loaded() == (works ? list{"begins", "serve 0:", "load 0: 0/1 with record of 0/1"}
                                    : list{"begins", "serve 0: 0/1@40"}));
    }
}

TEST_CASE("fleet: of two sessions of a slot in one record file the committed one counts")
{
    handing it({{0, 1}});
    it.commit({newer({0, 1}, "new", 1)});
    it.feed(commit_written{1, {}});
    auto left = newer({0, 1}, "new", 1);
    left.point.sequence = 12;
    const auto order = GENERATE(true, false);
    it.end(0, order ? std::vector{known({0, 1}, 40), left} : std::vector{left, known({0, 1}, 40)});
    CHECK(it.it.sessions().at({0, 1}).point.session_id == "new");
    CHECK(it.it.sessions().at({0, 1}).point.sequence == 12);
}

TEST_CASE("fleet: that the older side was lost says nothing about a newer session of its slot")
{
    handing it({{0, 1}});
    it.hear(0, link::session_forgotten{{0, 1}, "op 9"});
    it.commit({newer({0, 1}, "new", 1)});
    it.feed(commit_written{1, {}});
    auto none = known({0, 1}, 0);
    none.point.session_id.clear();
    CHECK(it.end(0, std::vector{none}) == list{"exact", "over: committed", "spawn 0"});
    CHECK(it.it.sessions().at({0, 1}).point.session_id == "new");
}

TEST_CASE("fleet: a host that begins anew gives committed sessions their records")
{
    player it;
    std::vector<sharding::handoff_record> records{{{0, 2}, "s0/2", "", "r"},
                                                  {{1, 2}, "another", "", "r"}};
    const auto seen = it.feed(fleet_plan{.slots = {{0, 2}, {1, 2}},
                                         .known = {known({0, 2}, 5), known({1, 2}, 6)},
                                         .rows = {},
                                         .gateway_url = "wss://main",
                                         .handoffs = records});
    CHECK(seen == list{"drop record 1/2", "spawn 0"});
    CHECK(it.loaded() == list{"begins", "serve 0: 1/2@6", "load 0: 0/2 with r"});
    // A session that is lost needs nothing of it.
    CHECK(it.hear(0, link::session_forgotten{{0, 2}, "op 9"}) ==
          list{"forget 0/2", "drop record 0/2"});
}

TEST_CASE("fleet: what can't be handed over is said at once")
{
    player it;
    it.begin({{0, 2}, {1, 2}}, {known({0, 2}, 1)}, 2);
    it.loaded(0);
    const auto hand_over = [&](std::vector<slot> older, std::vector<slot> to) {
        CHECK(it.feed(begin_handoff{1, std::move(older), std::move(to), 5, true, {}, 0, false}) ==
              list{"over: not"});
        return it.said;
    };
    CHECK(hand_over({{0, 2}}, {{0, 3}}).find("keys") != std::string::npos);
    CHECK(hand_over({{1, 2}}, {{1, 2}}).find("has no session") != std::string::npos);
    CHECK(hand_over({{0, 4}}, {{0, 4}}).find("not of the plan") != std::string::npos);
    CHECK(it.it.handoff() == 0);
    it.feed(begin_handoff{1, {{0, 2}}, {{0, 2}}, 5, true, {}, 0, false});
    CHECK(it.it.handoff() == 1);
    CHECK(hand_over({{0, 2}}, {{0, 2}}).find("under way") != std::string::npos);
}

TEST_CASE("fleet: a handoff that does not end is told to, then its collection is ended by force")
{
    handing it({{0, 2}, {1, 2}});
    const auto start = it.now;
    list seen;
    while (it.now - start < fleet::handoff_max && seen.empty()) {
        it.now += 5s;
        it.hear(0, link::pulse{});
        seen = it.feed(fleet_elapsed{});
        std::erase(seen, "ask budget");
    }
    CHECK(seen == list{"cancel 0"});
    seen.clear();
    for (int i = 0; i < 6 && seen.empty(); ++i) {
        it.now += 5s;
        it.hear(0, link::pulse{});
        seen = it.feed(fleet_elapsed{});
    }
    CHECK(seen == list{"kill 0"});
    CHECK(it.end(0, std::vector{known({0, 1}, 40)}) == list{"exact", "over: not", "spawn 0"});
}

TEST_CASE("fleet: a handoff's turn that can't be recorded is asked for again")
{
    handing it({{0, 2}, {1, 2}});
    it.want(0);
    CHECK(it.feed(identify_recorded{{0, 2}, error{errc::state_unusable, "full"}}).empty());
    for (int i = 0; i < 5; ++i) {
        it.now += 6s;
        it.hear(0, link::pulse{});
        if (i < 4)
            CHECK(it.feed(fleet_elapsed{}).empty());
    }
    CHECK(it.feed(fleet_elapsed{}) == list{"record 0/2"});
    CHECK(it.feed(identify_recorded{{0, 2}, {}}) == list{"handoff turn 0/1"});
    // It may also not be wanted any more.
    CHECK(it.hear(0, link::handoff_turn_wanted{1, 1, 2, true}) == list{"record 1/2"});
    CHECK(it.hear(0, link::handoff_turn_wanted{1, 1, 2, false}).empty());
    CHECK(it.feed(identify_recorded{{1, 2}, {}}).empty());
}

// Moves.

namespace {

struct moving : player {
    moving()
    {
        feed(sharding::budget{1000, 1000, 24h, 16});
        begin({{0, 2}, {1, 2}}, {known({0, 2}, 9), known({1, 2}, 9)}, 2);
        loaded(0);
        loaded(1);
    }
    list left(std::string handoff = "")
    {
        link::shard_left told;
        told.slot = {0, 2};
        told.what = known({0, 2}, 30);
        told.handoff = std::move(handoff);
        told.baggage.guilds = {4};
        return hear(0, told);
    }
};

}  // namespace

TEST_CASE("fleet: a move takes record and baggage along, and its pause is measured")
{
    moving it;
    CHECK(it.feed(begin_move{{0, 2}, 1}) == list{"unload 0: 0/2"});
    CHECK(it.it.is_moving({0, 2}));
    it.now += 20ms;
    CHECK(it.left() == list{"begins", "load 1: 0/2"});
    CHECK(it.loaded_shards.at({0, 2}).baggage.guilds == std::vector<std::uint64_t>{4});
    CHECK(it.loaded_shards.at({0, 2}).what.point.sequence == 30);
    CHECK(it.it.collections()[1].slots == std::vector<slot>{{1, 2}, {0, 2}});
    // The old owner's word does not count any more.
    CHECK(it.hear(0, link::session_resumed{{0, 2}}).empty());
    it.now += 100ms;
    CHECK(it.hear(1, link::session_resumed{{0, 2}}) == list{"moved"});
    CHECK(it.moved.pause == 120ms);
    CHECK_FALSE(it.it.is_moving({0, 2}));
}

TEST_CASE("fleet: a move whose RESUME fails is done, with a loss")
{
    moving it;
    it.feed(begin_move{{0, 2}, 1});
    it.left();
    CHECK(it.hear(1, link::session_forgotten{{0, 2}, "op 9"}) == list{"forget 0/2", "moved, lost"});
    CHECK(it.hear(1, link::identify_wanted{{0, 2}, 1}) == list{"record 0/2"});
}

TEST_CASE("fleet: a move of a shard that had no session yet loses nothing")
{
    moving it;
    session_record none = known({0, 2}, 0);
    none.point = {};
    const link::shard_left without{{0, 2}, none, "", {}, {}};
    it.hear(0, link::session_forgotten{{0, 2}, "op 9"});
    it.feed(begin_move{{0, 2}, 1});
    CHECK(it.hear(0, without) == list{"load 1: 0/2", "moved"});
    // That a session was lost while its shard left is told as ever.
    it.hear(1, link::session_established{{0, 2}, 1, {"new", "wss://resume", 1}});
    it.feed(begin_move{{0, 2}, 0});
    CHECK(it.hear(1, without) == list{"forget 0/2", "load 0: 0/2", "moved, lost"});
}

TEST_CASE("fleet: a shard stays where it is when it can't leave, or nobody takes it")
{
    moving it;
    it.feed(begin_move{{0, 2}, 1});
    CHECK(
        it.hear(
            0, link::shard_left{{0, 2}, {}, "", {}, error{errc::timed_out, "a plugin holds it"}}) ==
        list{"not moved"});
    CHECK(it.said == "a plugin holds it");
    it.feed(begin_move{{0, 2}, 1});
    it.end(1, std::vector<session_record>{});
    CHECK(it.left() == list{"begins", "load 0: 0/2", "not moved"});
    CHECK(it.it.collections()[0].slots == std::vector<slot>{{0, 2}});
}

TEST_CASE("fleet: what nobody serves now is moved at once, with all that is unfinished")
{
    moving it;
    auto left = known({0, 2}, 40);
    left.unfinished = {{39, "ping"}};
    // Its second process ends, too, so the third one is waited for.
    CHECK(it.end(0, std::vector{left}) == list{"exact", "spawn 0"});
    it.now += 3s;
    CHECK(it.end(0, std::nullopt).front() != "spawn 0");
    REQUIRE(it.it.collections()[0].where == fleet::phase::waiting);
    CHECK(it.feed(begin_move{{0, 2}, 1}) == list{"begins", "load 1: 0/2"});
    REQUIRE(it.loaded_shards.at({0, 2}).what.unfinished.size() == 1);
    CHECK(it.loaded_shards.at({0, 2}).what.unfinished[0].sequence == 39);
    CHECK_FALSE(it.loaded_shards.at({0, 2}).is_moved);  // Nobody handles it there any more.
    CHECK(it.it.collections()[0].slots.empty());
    it.now += 50ms;
    CHECK(it.hear(1, link::session_resumed{{0, 2}}) == list{"moved"});
    CHECK(it.moved.pause == 3050ms);  // Since the first process ended.
    // The third one has nothing to serve.
    it.wait();
    CHECK(it.loaded(0) == list{"serve 0:"});

    // One that begins has not been given its shards yet.
    it.end(1, std::vector<session_record>{known({0, 2}, 50), known({1, 2}, 9)});
    CHECK(it.feed(begin_move{{1, 2}, 0}) == list{"begins", "load 0: 1/2"});
    CHECK(it.loaded(1) == list{"begins", "serve 1: 0/2@50"});
    // Without a session it identifies there.
    it.hear(0, link::session_forgotten{{1, 2}, "op 9"});
    it.end(0, std::nullopt);
    it.feed(begin_move{{1, 2}, 1});
    CHECK(it.it.collections()[1].slots.size() == 2);
    CHECK_FALSE(it.it.is_moving({1, 2}));
}

TEST_CASE("fleet: a source that ends first keeps the shard, a target's next process gets it")
{
    moving it;
    it.feed(begin_move{{0, 2}, 1});
    CHECK(it.end(0, std::vector{known({0, 2}, 12)}) == list{"exact", "not moved", "spawn 0"});
    CHECK(it.loaded(0) == list{"begins", "serve 0: 0/2@12"});
    it.feed(begin_move{{0, 2}, 1});
    it.left();
    it.end(1, std::vector{known({1, 2}, 12)});
    it.loaded_shards.clear();
    CHECK(it.loaded(1) == list{"begins", "serve 1: 1/2@12", "load 1: 0/2"});
    CHECK(it.loaded_shards.at({0, 2}).baggage.guilds == std::vector<std::uint64_t>{4});
    CHECK(it.hear(1, link::session_resumed{{0, 2}}) == list{"moved"});
}

TEST_CASE("fleet: a shard that its process had let go of when it died may have gone on")
{
    moving it;
    it.feed(begin_move{{0, 2}, 1});
    it.end(0, std::vector<session_record>{});
    it.loaded(0);
    CHECK(it.served.at(0).doubtful);
}

TEST_CASE("fleet: a collection that does not let go of a shard is ended by force")
{
    moving it;
    it.feed(begin_move{{0, 2}, 1});
    list seen;
    for (int i = 0; i < 7 && seen.empty(); ++i) {
        it.now += 5s;
        it.hear(0, link::pulse{});
        it.hear(1, link::pulse{});
        seen = it.feed(fleet_elapsed{});
    }
    CHECK(seen == list{"kill 0"});
    CHECK(it.said.find("does not let go") != std::string::npos);
}

TEST_CASE("fleet: what a session needs from its handoff travels with it")
{
    player it;
    it.feed(fleet_plan{.slots = {{0, 2}, {1, 2}},
                       .known = {known({0, 2}, 5), known({1, 2}, 6)},
                       .rows = {},
                       .gateway_url = "wss://main",
                       .collections = 2,
                       .handoffs = {{{0, 2}, "s0/2", "", "r"}}});
    it.loaded(0);
    it.loaded(1);
    it.feed(begin_move{{0, 2}, 1});
    link::shard_left told{{0, 2}, known({0, 2}, 30), "r2", {}, {}};
    CHECK(it.hear(0, told) == list{"keep record 0/2", "begins", "load 1: 0/2 with r2"});
    it.hear(1, link::session_resumed{{0, 2}});
    it.feed(begin_move{{0, 2}, 0});
    told.handoff.clear();
    CHECK(it.hear(1, told) == list{"drop record 0/2", "begins", "load 0: 0/2"});
}

TEST_CASE("fleet: what can't be moved is said at once")
{
    moving it;
    CHECK(it.feed(begin_move{{0, 4}, 1}) == list{"not moved"});
    CHECK(it.feed(begin_move{{0, 2}, 0}) == list{"not moved"});
    CHECK(it.said.find("there already") != std::string::npos);
    CHECK(it.feed(begin_move{{0, 2}, 7}) == list{"not moved"});
    it.feed(begin_handoff{1, {{0, 2}}, {{0, 2}}, 5, true, {}, 0, false});
    CHECK(it.feed(begin_move{{0, 2}, 1}) == list{"not moved"});
    it.feed(begin_move{{1, 2}, 0});
    CHECK(it.feed(begin_move{{1, 2}, 0}) == list{"not moved"});
}

TEST_CASE("fleet: a collection more takes shards, and without any may go; its number comes again")
{
    moving it;
    CHECK(it.feed(add_collection{}) == list{"spawn 2"});
    CHECK(it.loaded(2) == list{"added 2", "serve 2:"});
    CHECK(it.feed(retire_collection{0}) == list{"not retired 0"});
    CHECK(it.said.find("move them") != std::string::npos);
    CHECK(it.feed(retire_collection{2}) == list{"stop 2"});
    CHECK(it.feed(retire_collection{2}) == list{"not retired 2"});
    it.hear(2, link::stopped{});
    CHECK(it.end(2, std::vector<session_record>{}) == list{"retired 2"});
    CHECK(it.it.collections()[2].where == fleet::phase::ended);
    CHECK(it.feed(begin_move{{0, 2}, 2}) == list{"not moved"});
    CHECK(it.feed(add_collection{}) == list{"spawn 2"});
    CHECK(it.it.collections().size() == 3);
    it.loaded(2);
    it.feed(begin_move{{0, 2}, 2});
    CHECK(it.feed(retire_collection{2}) == list{"not retired 2"});
    CHECK(it.it.collections()[2].where == fleet::phase::running);
    CHECK(it.left() == list{"begins", "load 2: 0/2"});
}

TEST_CASE("fleet: a collection more that ends before it has begun is not tried again")
{
    moving it;
    CHECK(it.feed(add_collection{}) == list{"spawn 2"});
    CHECK(it.end(2, std::nullopt) == list{"not added 2"});
    CHECK(it.said.find("before it had begun") != std::string::npos);
    CHECK(it.it.collections()[2].where == fleet::phase::ended);
    CHECK(it.feed(add_collection{}) == list{"spawn 2"});
    CHECK(it.loaded(2) == list{"added 2", "serve 2:"});
    // One that has begun once is brought back as every other.
    CHECK(it.end(2, std::vector<session_record>{}) == list{"spawn 2"});
    CHECK(it.loaded(2) == list{"serve 2:"});
}
