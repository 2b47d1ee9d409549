#include "handoff/settings.hpp"
#include "host/operations.hpp"
#include "sharding/plan.hpp"
#include "sharding/shards_max.hpp"
#include "support/catch.hpp"

#include <map>

using namespace tinfoil;
using namespace tinfoil::host;
using namespace std::chrono_literals;
using discord::slot;
using list = std::vector<std::string>;

namespace {

operation_wish split(slot which, std::uint32_t count = 2)
{
    operation_wish made;
    made.kind = operation_kind::split;
    made.slots = {which};
    made.count = count;
    return made;
}

operation_wish of(operation_kind kind, std::vector<slot> slots)
{
    operation_wish made;
    made.kind = kind;
    made.slots = std::move(slots);
    return made;
}

operation_wish reshard(std::uint32_t count)
{
    operation_wish made;
    made.kind = operation_kind::reshard;
    made.count = count;
    return made;
}

// Operations over a plan that does what it is asked for at once, or when told to.
struct office {
    sharding::identify_ledger ledger;
    instant now{};
    situation at;
    operations it{ledger};
    std::optional<begin_handoff> handing;
    std::optional<begin_move> moving;
    std::map<std::uint64_t, operation_view> kept;
    operation_view seen;  // The change that was told last.
    std::optional<result<operation_view>> answer;
    std::vector<std::string> said;
    handoff_experience learned;
    int moves = 0;

    explicit office(std::vector<slot> plan, std::uint32_t collections = 1, int remaining = 1000)
    {
        std::vector<sharding::identify_ledger_action> ignored;
        ledger.on(sharding::budget{1000, remaining, 24h, 1}, now, ignored);
        at.ledger = ledger.look(now);
        at.wall_ms = 5'000;
        at.own_user = 77;
        for (std::uint32_t number = 0; number < collections; ++number)
            at.places.push_back({number, true, 0});
        for (std::size_t i = 0; i < plan.size(); ++i)
            put(plan[i], static_cast<std::uint32_t>(i % collections));
    }

    void put(slot which, std::uint32_t collection)
    {
        at.shards.push_back({.slot = which,
                             .collection = collection,
                             .has_session = true,
                             .intents = 1,
                             .known = {.slot = which}});
    }
    std::string plan() const
    {
        std::map<std::uint32_t, std::vector<slot>> by_place;
        for (const auto& each : at.shards)
            by_place[each.collection].push_back(each.slot);
        std::string text;
        for (auto& [number, slots] : by_place) {
            std::sort(slots.begin(), slots.end());
            text += (text.empty() ? "" : " | ") + sharding::to_string(slots);
        }
        return text;
    }
    void feed(const operations_input& what)
    {
        std::vector<operations_action> todo;
        it.on(what, at, now, todo);
        for (auto& action : todo) {
            if (auto* told = std::get_if<operation_answer>(&action))
                answer = told->what;
            else if (auto* change = std::get_if<operation_changed>(&action))
                seen = change->what;
            else if (auto* row = std::get_if<keep_operation>(&action))
                kept[row->what.id] = row->what;
            else if (auto* words = std::get_if<say>(&action))
                said.push_back(words->text);
            else if (auto* lesson = std::get_if<keep_experience>(&action))
                learned = lesson->what;
            else if (auto* begun = std::get_if<begin_handoff>(&action))
                handing = *begun;
            else if (auto* move = std::get_if<begin_move>(&action))
                moving = *move;
            else
                said.push_back("cancel " + std::to_string(std::get<cancel_handoff>(action).id));
        }
    }
    result<operation_view> ask(const operation_wish& what)
    {
        answer.reset();
        feed(operation_asked{1, what});
        REQUIRE(answer);
        return *answer;
    }
    result<operation_view> cancel(std::optional<std::uint64_t> id = {})
    {
        answer.reset();
        feed(operation_cancelled{2, id});
        REQUIRE(answer);
        return *answer;
    }
    void commit(const std::string& report = "{}")
    {
        const begin_handoff what = *std::exchange(handing, std::nullopt);
        const std::uint32_t place = at.find(what.older.front())->collection;
        for (const slot each : what.older) {
            CHECK(at.find(each)->collection == place);
            std::erase_if(at.shards, [&](const auto& own) { return own.slot == each; });
        }
        for (const slot each : what.newer) {
            feed(identify_spent{each});
            put(each, place);
        }
        feed(handoff_over{what.id, true, true, "", report});
    }
    void fail(const std::string& why, const std::string& report = "{}")
    {
        const std::uint64_t id = std::exchange(handing, std::nullopt)->id;
        feed(handoff_over{id, false, false, why, report});
    }
    void move(bool resumed = true, duration pause = 5ms)
    {
        const begin_move what = *std::exchange(moving, std::nullopt);
        for (auto& each : at.shards)
            if (each.slot == what.slot)
                each.collection = what.to;
        ++moves;
        feed(move_over{what.slot, {}, resumed, pause});
    }
    // All that is asked for, until nothing is.
    void run()
    {
        for (int i = 0; i < 200 && (handing || moving); ++i)
            handing ? commit() : move();
    }
};

}  // namespace

TEST_CASE("operations: a split is one handoff, with its quote and what it spent")
{
    office it({{0, 2}, {1, 2}});
    const auto begun = it.ask(split({0, 2}));
    REQUIRE(begun);
    CHECK(begun->id == 1);
    CHECK(begun->state == operation_state::running);
    CHECK(begun->quote.identifies == 2);
    CHECK(begun->quote.newer == std::vector<slot>{{0, 4}, {2, 4}});
    REQUIRE(it.handing);
    CHECK(it.handing->own_user == 77);
    CHECK_FALSE(it.handing->may_spend_reserve);
    it.feed(link::handoff_look{it.handing->id, "following", "guild 3", 10, 4, 2, 100, 1000});
    CHECK(it.seen.proven == 4);
    CHECK(it.seen.waits_for == "guild 3");
    REQUIRE(it.seen.left);
    CHECK(*it.seen.left > 0s);
    it.commit(R"({"exact":true})");
    CHECK(it.plan() == "0/4 1/2 2/4");
    const operation_view& over = it.kept.at(1);
    CHECK(over.state == operation_state::done);
    CHECK(over.is_exact);
    CHECK(over.identifies == 2);
    CHECK(over.parts_done == 1);
    CHECK(over.reports == list{R"({"exact":true})"});
    CHECK(it.it.look().empty());
}

TEST_CASE("operations: a quote begins nothing and has no id")
{
    office it({{0, 1}});
    auto wish = split({0, 1}, 4);
    wish.mode = operation_mode::quote;
    const auto quote = it.ask(wish);
    REQUIRE(quote);
    CHECK(quote->id == 0);
    CHECK(quote->quote.identifies == 4);
    CHECK(quote->quote.may_go());
    CHECK_FALSE(it.handing);
    CHECK(it.kept.empty());
}

TEST_CASE("operations: what makes no sense is said")
{
    office it({{0, 2}, {1, 2}}, 2);
    const auto why = [&](const operation_wish& wish) {
        const auto answer = it.ask(wish);
        REQUIRE_FALSE(answer);
        return answer.error().detail;
    };
    CHECK(why(split({0, 4})).find("no shard 0/4") != std::string::npos);
    CHECK(why(split({0, 2}, 1)) != "");
    CHECK(why(of(operation_kind::merge, {{0, 2}})) != "");
    CHECK(why(of(operation_kind::renew, {{0, 2}, {0, 2}})).find("twice") != std::string::npos);
    CHECK(why(of(operation_kind::renew, {})) != "");
    CHECK(why(reshard(2)).find("already") != std::string::npos);
    auto away = of(operation_kind::move, {{0, 2}});
    away.to = 4;
    CHECK(why(away).find("no collection 4") != std::string::npos);
    away.to = 0;
    CHECK(why(away).find("already") != std::string::npos);
    it.at.shards[0].has_session = false;
    CHECK(why(split({0, 2})).find("has no session") != std::string::npos);
    CHECK(it.kept.empty());
}

TEST_CASE("operations: what costs too much is refused with the objections; only an operator may "
          "spend the reserve")
{
    office it({{0, 1}}, 1, 201);
    auto wish = split({0, 1});
    wish.origin = operation_origin::by_scaler;
    const auto refused = it.ask(wish);
    REQUIRE(refused);
    CHECK(refused->id == 0);
    CHECK(refused->state == operation_state::failed);
    REQUIRE(refused->quote.objections.size() == 1);
    CHECK(refused->quote.objections[0].why == sharding::refusal::reserve);
    CHECK_FALSE(it.handing);
    wish.origin = operation_origin::by_operator;
    CHECK(it.ask(wish)->state == operation_state::running);
    CHECK(it.handing->may_spend_reserve);
    office poor({{0, 1}}, 1, 1);
    CHECK(poor.ask(wish)->quote.objections.at(0).why == sharding::refusal::no_starts);
    office voice({{0, 1}});
    voice.at.shards[0].known.voice_channels = 3;
    CHECK(voice.ask(wish)->quote.objections.at(0).why == sharding::refusal::voice);
    wish.forced = true;
    CHECK(voice.ask(wish)->quote.overruled.size() == 1);
    CHECK(voice.handing);
}

TEST_CASE("operations: shards of a merge are brought together first, to where most of them are")
{
    office it({{0, 4}, {1, 4}, {2, 4}, {3, 4}}, 2);
    it.at.shards[3].collection = 0;
    const auto begun = it.ask(of(operation_kind::merge, {{1, 4}, {3, 4}}));
    CHECK(begun->quote.moves == 1);
    // One is in each: the less busy one takes both.
    REQUIRE(it.moving);
    it.move();
    REQUIRE(it.handing);
    CHECK(it.handing->newer == std::vector<slot>{{1, 2}});
    it.commit();
    CHECK(it.kept.at(1).state == operation_state::done);
    CHECK(it.kept.at(1).pause_us == 5'000U);
    office three({{0, 3}, {1, 3}, {2, 3}}, 3);
    three.at.shards[1].collection = 2;
    three.ask(of(operation_kind::merge, {{0, 3}, {1, 3}, {2, 3}}));
    CHECK(three.moving->to == 2);
    CHECK(three.moving->slot == slot{0, 3});
}

TEST_CASE("operations: a reshard is done part by part and spread afterwards, as quoted")
{
    for (const auto& [from, to, collections] :
         {std::tuple(2, 3, 2), std::tuple(4, 6, 2), std::tuple(6, 4, 3), std::tuple(3, 1, 3),
          std::tuple(1, 8, 4), std::tuple(4, 8, 3)}) {
        INFO(from << " to " << to << " over " << collections);
        office it(sharding::even_plan(static_cast<std::uint32_t>(from)),
                  static_cast<std::uint32_t>(collections));
        const auto begun = it.ask(reshard(static_cast<std::uint32_t>(to)));
        REQUIRE(begun);
        it.run();
        CHECK(it.kept.at(1).state == operation_state::done);
        CHECK(it.at.shards.size() == static_cast<std::size_t>(to));
        CHECK(it.kept.at(1).parts_done == begun->quote.parts);
        CHECK(it.kept.at(1).identifies == begun->quote.identifies);
        CHECK(it.moves == static_cast<int>(begun->quote.moves));
        CHECK_FALSE(spreading_move(it.at));
        std::map<std::uint32_t, std::size_t> there;
        for (const auto& each : it.at.shards)
            ++there[each.collection];
        for (const auto& [number, count] : there)
            CHECK(count <= static_cast<std::size_t>((to + collections - 1) / collections));
    }
}

TEST_CASE(
    "operations: what moves a reshard of shards of several sizes takes is counted as it is done")
{
    std::vector<slot> plan{{0, 4}, {2, 8}, {6, 8}};
    for (std::uint32_t i = 0; i < 8; ++i)
        plan.push_back({1 + 2 * i, 16});
    for (const std::uint32_t to : {1U, 6U, 12U, 16U, 48U}) {
        INFO("to " << to);
        office it(plan, 5);
        const auto begun = it.ask(reshard(to));
        REQUIRE(begun);
        it.run();
        CHECK(it.kept.at(1).state == operation_state::done);
        CHECK(it.moves == static_cast<int>(begun->quote.moves));
    }
}

TEST_CASE("operations: the largest plan there may be is quoted, and a larger one refused")
{
    office it(sharding::even_plan(5), 4);
    auto wish = reshard(sharding::shards_max);
    wish.mode = operation_mode::quote;
    const auto quote = it.ask(wish);
    REQUIRE(quote);
    CHECK(quote->quote.identifies == static_cast<int>(sharding::shards_max));
    // One collection begins with two fifths of it, and keeps a quarter.
    CHECK(quote->quote.moves == 15'000);
    CHECK(quote->quote.objections.at(0).why == sharding::refusal::no_starts);
    wish.count = sharding::shards_max + 1;
    CHECK(it.ask(wish).error().detail.find("1 to 100000 shards") != std::string::npos);
    // The same the other way round.
    office many(sharding::even_plan(16 * 1024), 4);
    auto all = of(operation_kind::merge, sharding::even_plan(16 * 1024));
    all.mode = operation_mode::quote;
    const auto merged = many.ask(all);
    REQUIRE(merged);
    CHECK(merged->quote.moves == 3U * 4096U);
    auto parts = split({0, 5}, sharding::shards_max / 5);
    parts.mode = operation_mode::quote;
    REQUIRE(it.ask(parts));
    parts.count += 1;
    CHECK(it.ask(parts).error().detail.find("no more than 100000 shards") != std::string::npos);
}

TEST_CASE("operations: parts of a plan that are as wanted are not touched")
{
    office it({{0, 2}, {1, 4}, {3, 4}});
    const auto begun = it.ask(reshard(2));
    REQUIRE(begun);
    CHECK(begun->quote.older == std::vector<slot>{{1, 4}, {3, 4}});
    CHECK(begun->quote.parts == 1);
    it.run();
    CHECK(it.plan() == "0/2 1/2");
}

TEST_CASE("operations: a renewal of many goes on one by one, until starts run out")
{
    office it({{0, 4}, {1, 4}, {2, 4}, {3, 4}});
    it.ask(of(operation_kind::renew, {{0, 4}, {1, 4}, {2, 4}, {3, 4}}));
    CHECK(it.handing->older == std::vector<slot>{{0, 4}});
    it.commit();
    CHECK(it.handing->older == std::vector<slot>{{1, 4}});
    // Somebody else used the token meanwhile.
    std::vector<sharding::identify_ledger_action> ignored;
    it.ledger.on(sharding::budget{1000, 0, 24h, 1}, it.now, ignored);
    it.at.ledger = it.ledger.look(it.now);
    it.commit();
    CHECK(it.kept.at(1).state == operation_state::failed);
    CHECK(it.kept.at(1).why.find("2 of 4 handoffs were done") != std::string::npos);
    CHECK_FALSE(it.handing);
}

TEST_CASE("operations: one runs, others wait in order, and a full queue says so")
{
    office it({{0, 2}, {1, 2}});
    CHECK(it.ask(split({0, 2}))->state == operation_state::running);
    // It makes sense now, and not any more when it is its turn.
    CHECK(it.ask(split({0, 2}))->state == operation_state::waiting);
    CHECK(it.ask(split({1, 2}))->id == 3);
    for (std::size_t i = 2; i < operations::waiting_max; ++i)
        CHECK(it.ask(of(operation_kind::renew, {{1, 2}}))->state == operation_state::waiting);
    const auto full = it.ask(of(operation_kind::renew, {{1, 2}}));
    REQUIRE_FALSE(full);
    CHECK(full.error().detail.find("wait already") != std::string::npos);
    CHECK(it.it.look().size() == operations::waiting_max + 1);
    it.commit();
    CHECK(it.kept.at(2).state == operation_state::failed);
    CHECK(it.kept.at(2).why.find("no shard 0/2") != std::string::npos);
    CHECK(it.handing->older == std::vector<slot>{{1, 2}});
    CHECK(it.it.look().front().id == 3);
}

TEST_CASE("operations: a handoff that fails ends the operation, and the next one begins")
{
    office it({{0, 2}, {1, 2}});
    it.ask(split({0, 2}));
    it.ask(split({1, 2}));
    it.fail("not every guild was ready in time");
    CHECK(it.kept.at(1).state == operation_state::failed);
    CHECK(it.kept.at(1).why == "not every guild was ready in time");
    CHECK_FALSE(it.kept.at(1).is_exact);
    CHECK(it.handing->older == std::vector<slot>{{1, 2}});
    CHECK(it.kept.at(2).state == operation_state::running);
}

TEST_CASE("operations: a cancel ends the part that runs, and what is done stays")
{
    office it({{0, 2}, {1, 2}});
    it.ask(of(operation_kind::renew, {{0, 2}, {1, 2}}));
    it.ask(split({0, 2}));
    CHECK(it.cancel(2)->state == operation_state::cancelled);
    it.commit();
    const std::uint64_t id = it.handing->id;
    CHECK(it.cancel()->id == 1);
    CHECK(it.said.back() == "cancel " + std::to_string(id));
    it.fail("an operator has cancelled it");
    CHECK(it.kept.at(1).state == operation_state::cancelled);
    CHECK(it.kept.at(1).why.find("1 of 2") != std::string::npos);
    CHECK_FALSE(it.cancel());
    CHECK_FALSE(it.cancel(9));
    // A commit that was under way already counts.
    it.ask(split({0, 2}));
    it.cancel();
    it.commit();
    CHECK(it.kept.at(3).state == operation_state::done);
    CHECK(it.kept.at(3).why.find("cancelled") != std::string::npos);
}

TEST_CASE("operations: nothing stops a last commit that is under way")
{
    office it({{0, 1}});
    it.ask(split({0, 1}));
    it.feed(link::handoff_look{it.handing->id, "journalling", "", 1, 1, 0, 0, 1});
    const auto answer = it.cancel();
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == errc::cancelled);
}

TEST_CASE("operations: a move tells its longest pause, and losses by name")
{
    office it({{0, 4}, {1, 4}, {2, 4}, {3, 4}}, 2);
    auto wish = of(operation_kind::move, {{0, 4}, {1, 4}, {2, 4}});
    wish.to = 1;
    CHECK(it.ask(wish)->quote.older == std::vector<slot>{{0, 4}, {2, 4}});
    it.move(true, 80ms);
    it.feed(link::shard_gap{{2, 4}, 99, "the session was gone"});
    it.move(false, 20ms);
    const auto& over = it.kept.at(1);
    CHECK(over.state == operation_state::done);
    CHECK(over.pause_us == 80'000U);
    CHECK(over.moves_done == 2);
    CHECK_FALSE(over.is_exact);
    CHECK(over.why.find("guild 99") != std::string::npos);
    CHECK(over.why.find("2/4 could not resume") != std::string::npos);
    wish.to = 0;
    it.ask(wish);
    it.feed(move_over{it.moving->slot, error{errc::unreachable, "it stays"}, false, {}});
    CHECK(it.kept.at(2).why == "it stays");
    CHECK(it.kept.at(2).state == operation_state::failed);
}

TEST_CASE("operations: a cancelled move says what was moved, and the last one is done")
{
    office it({{0, 4}, {1, 4}, {2, 4}, {3, 4}}, 2);
    auto wish = of(operation_kind::move, {{0, 4}, {2, 4}});
    wish.to = 1;
    it.ask(wish);
    CHECK(it.cancel());
    it.move(true, 80ms);
    CHECK(it.kept.at(1).state == operation_state::cancelled);
    CHECK(it.kept.at(1).why.find("1 of 2 moves") != std::string::npos);
    it.ask(wish);
    CHECK(it.cancel());
    it.move(true, 80ms);
    CHECK(it.kept.at(2).state == operation_state::done);
    CHECK(it.kept.at(2).why.find("all was moved") != std::string::npos);
}

TEST_CASE("operations: a shadow commits nothing, and what it shows is remembered")
{
    office it({{0, 1}});
    auto wish = split({0, 1});
    wish.mode = operation_mode::shadow;
    wish.observe_for = 60s;
    it.ask(wish);
    CHECK(it.handing->observe_for == 60s);
    it.fail(std::string(handoff::observed), R"({"count":{"answers_contradicted":0}})");
    CHECK(it.kept.at(1).state == operation_state::done);
    CHECK(it.kept.at(1).is_exact);
    CHECK(it.learned.has_shadow_passed);
    CHECK(it.plan() == "0/1");
    it.ask(wish);
    CHECK(it.handing->trust_answers);
    it.fail(std::string(handoff::observed), R"({"count":{"answers_contradicted":2}})");
    CHECK_FALSE(it.learned.has_shadow_passed);
    CHECK_FALSE(it.kept.at(2).is_exact);
    it.ask(split({0, 1}));
    CHECK_FALSE(it.handing->trust_answers);
    it.commit(R"({"count":{"answers_contradicted":0}})");
    CHECK_FALSE(it.it.learned().trusts_answers);
}

TEST_CASE("operations: a stop of the host interrupts what runs and what waits")
{
    office it({{0, 2}, {1, 2}});
    it.ask(split({0, 2}));
    it.ask(split({1, 2}));
    it.feed(operations_stop{});
    CHECK(it.kept.at(1).state == operation_state::interrupted);
    CHECK(it.kept.at(2).state == operation_state::interrupted);
    CHECK_FALSE(it.ask(split({1, 2})));
}

TEST_CASE("operations: ids go on behind those of earlier runs")
{
    office it({{0, 1}});
    it.feed(operations_known{41, {true, false}});
    CHECK(it.ask(split({0, 1}))->id == 42);
    CHECK_FALSE(it.handing->trust_answers);
}

TEST_CASE("operations: sessions that lack intents of a plugin are renewed, once, after a while")
{
    office it({{0, 2}, {1, 2}});
    it.at.shards[1].intents = 3;
    it.at.intents_wanted = 3;
    it.feed(plugins_changed{});
    it.now += 3s;
    it.feed(plugins_changed{});
    it.now += 3s;
    it.feed(operations_elapsed{});
    CHECK_FALSE(it.handing);
    it.now = it.it.deadline();
    it.feed(operations_elapsed{});
    REQUIRE(it.handing);
    CHECK(it.handing->older == std::vector<slot>{{0, 2}});
    CHECK(it.it.running()->wish.origin == operation_origin::for_intents);
    it.fail("no");
    it.feed(plugins_changed{});
    it.now = it.it.deadline();
    it.feed(operations_elapsed{});
    CHECK_FALSE(it.handing);
}

TEST_CASE("operations: a renewal for intents that would eat the reserve is only said")
{
    office it({{0, 2}, {1, 2}}, 1, 201);
    it.at.intents_wanted = 3;
    it.feed(plugins_changed{});
    it.now = it.it.deadline();
    it.feed(operations_elapsed{});
    CHECK_FALSE(it.handing);
    REQUIRE(it.said.size() == 1);
    CHECK(it.said[0].find("2 IDENTIFYs") != std::string::npos);
    CHECK(it.said[0].find("tinfoil shards renew --all") != std::string::npos);
}

TEST_CASE("operations: with no word of Discord's the renewal for intents is looked at again")
{
    sharding::identify_ledger nothing_known;
    office it({{0, 1}});
    it.it = operations(nothing_known);
    it.at.intents_wanted = 3;
    it.feed(plugins_changed{});
    it.now = it.it.deadline();
    it.feed(operations_elapsed{});
    CHECK(it.said.empty());
    CHECK(it.it.deadline() == it.now + operations::intents_again);
}

TEST_CASE("operations: a count is found wherever it stands in a report")
{
    CHECK(count_in_report(R"({"a":1,"count":{"b":{"c":4}}})", "c") == 4);
    CHECK(count_in_report(R"({"a":1})", "c") == 0);
    CHECK(count_in_report("no JSON", "c") == 0);
}
