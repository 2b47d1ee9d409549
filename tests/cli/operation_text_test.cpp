#include "cli/operation_text.hpp"
#include "support/catch.hpp"

using namespace tinfoil;
using namespace tinfoil::cli;
using namespace std::chrono_literals;
using host::operation_kind;
using host::operation_state;
using host::operation_view;

namespace {

constexpr std::int64_t now_ms = 1'700'000'000'000;

operation_view split()
{
    operation_view made;
    made.id = 7;
    made.wish.slots = {{3, 16}};
    made.wish.count = 2;
    made.quote.older = {{3, 16}};
    made.quote.newer = {{3, 32}, {19, 32}};
    made.quote.parts = 1;
    made.quote.identifies = 2;
    made.quote.takes = 36s;
    return made;
}

operation_view followed()
{
    operation_view made = split();
    made.state = operation_state::running;
    made.phase = "following";
    made.streams = 900;
    made.proven = 850;
    made.held = 1200;
    made.held_bytes = 3'250'000;
    made.waits_for = "guild 5";
    made.left = 12s;
    return made;
}

operation_view committed()
{
    operation_view made = split();
    made.state = operation_state::done;
    made.asked_ms = now_ms - 7'531'000;
    made.ended_ms = now_ms - 7'500'000;
    made.parts_done = 1;
    made.identifies = 2;
    made.is_exact = true;
    made.reports = {R"({"exact":true,"proven":{"lasting":{"none":0,"event":700,"count":200}},)"
                    R"("counters":{"gaps":0,"released":1200,"held_peak":90}})"};
    return made;
}

std::vector<discord::slot> many_slots()
{
    std::vector<discord::slot> all;
    for (std::uint32_t id = 0; id < 24; ++id)
        all.push_back({id, 24});
    return all;
}

}  // namespace

TEST_CASE("operations: a quote says what is made, what it costs and how long it takes")
{
    operation_view what = split();
    CHECK(quote_text(what, false) == "split 3/16 into 2\n"
                                     "  makes     3/32 19/32\n"
                                     "  costs     2 IDENTIFYs\n"
                                     "  takes     about 36 s, 1 handoff\n");
    what.wish = {operation_kind::reshard};
    what.wish.count = 24;
    what.quote.newer = many_slots();
    what.quote.parts = 8;
    what.quote.moves = 3;
    what.quote.identifies = 24;
    what.quote.takes = 290s;
    what.quote.overlap_load = 0.126;
    CHECK(quote_text(what, false) ==
          "reshard to 24 shards\n"
          "  makes     0/24 1/24 2/24 3/24 4/24 5/24 6/24 7/24 and 16 more\n"
          "  costs     24 IDENTIFYs\n"
          "  takes     about 4 m 50 s, 8 handoffs one after another, 3 shards move to another "
          "collection\n"
          "  load      13 % of a core more while both sides are live\n");
}

TEST_CASE("operations: a move costs nothing, and a quote says what speaks against it")
{
    operation_view what;
    what.wish.kind = operation_kind::move;
    what.wish.slots = {{3, 16}, {4, 16}};
    what.wish.to = 1;
    what.quote.moves = 2;
    what.quote.takes = 1s;
    what.quote.at_most = 10s;
    what.quote.overruled = {{sharding::refusal::one_guild, "one guild makes it"}};
    what.quote.objections = {{sharding::refusal::voice, "the bot\nspeaks"},
                             {sharding::refusal::no_starts, "none are left"}};
    CHECK(quote_text(what, false) ==
          "move 3/16 4/16 to c1\n"
          "  costs     no IDENTIFY\n"
          "  takes     about 1 s, at most 10 s, 2 shards move to another collection\n"
          "  refused   the bot\\nspeaks; --force does it all the same\n"
          "  refused   none are left\n"
          "  forced    one guild makes it\n");
}

TEST_CASE("operations: a line of progress says how much is proven, held, waited for and left")
{
    operation_view what = followed();
    CHECK(progress_line(what, 200) ==
          "split 3/16 into 2: following, 850 of 900 guilds proven, 1200 events held (3.1 MiB), "
          "waits for guild 5, about 12 s left");
    CHECK(progress_line(what, 30) == "split 3/16 into 2: following,…");
    what = split();
    CHECK(progress_line(what, 200) == "split 3/16 into 2: waits for its turn");
    what.state = operation_state::running;
    CHECK(progress_line(what, 200) == "split 3/16 into 2: begins");
    what.quote.parts = 3;
    what.quote.moves = 2;
    what.parts_done = what.moves_done = 1;
    what.phase = "opening";
    CHECK(progress_line(what, 200) ==
          "split 3/16 into 2: 1 of 2 shards moved, handoff 2 of 3, opening");
}

TEST_CASE("operations: what became of one says whether it was exact, and what was noticed")
{
    operation_view what = committed();
    CHECK(outcome_text(what, false) == "done: split 3/16 into 2, in 31 s with 2 IDENTIFYs; exact\n"
                                       "  proven by event 700, count 200\n"
                                       "  counters  released 1200, held_peak 90\n");
    what.is_exact = false;
    what.reports = {
        R"({"guessed":["guild 5","guild 6"],"gaps":["guild 7"],"counters":{"gaps":1}})"};
    CHECK(outcome_text(what, false) ==
          "done: split 3/16 into 2, in 31 s with 2 IDENTIFYs; not exact\n"
          "  counters  gaps 1\n"
          "  guessed   guild 5, guild 6\n"
          "  gaps      guild 7\n");
    what = split();
    what.state = operation_state::failed;
    what.why = "the newer session was lost twice";
    what.reports = {R"({"held_up_by":["guild 5"]})"};
    CHECK(outcome_text(what, false) ==
          "failed: split 3/16 into 2: the newer session was lost twice\n"
          "  held up   guild 5\n");
}

TEST_CASE("operations: a move tells of its pause, a shadow that it changed nothing")
{
    operation_view what = committed();
    what.wish.mode = host::operation_mode::shadow;
    what.reports.clear();
    CHECK(outcome_text(what, false) ==
          "done: split 3/16 into 2, only watched, in 31 s with 2 IDENTIFYs; exact\n");
    what.wish.mode = host::operation_mode::perform;
    what.wish.kind = operation_kind::move;
    what.wish.to = 1;
    what.identifies = 0;
    what.pause_us = 84'250;
    CHECK(outcome_text(what, false) == "done: move 3/16 to c1, in 31 s with no IDENTIFY; no shard "
                                       "was away for longer than 84.2 ms; exact\n");
}

TEST_CASE("operations: the history has a row for each, and below it what was noticed")
{
    operation_view failed = split();
    failed.id = 12;
    failed.state = operation_state::interrupted;
    failed.wish.origin = host::operation_origin::by_scaler;
    failed.wish.mode = host::operation_mode::shadow;
    failed.why = "the host ended";
    failed.asked_ms = now_ms - 65'000;
    failed.ended_ms = now_ms - 5'000;
    CHECK(history_text({failed, committed()}, now_ms, false) ==
          "id  operation                         state        by        ended        "
          "   took  IDENTIFYs  handoffs  moves  exact\n"
          "12  split 3/16 into 2 (only watched)  interrupted  scaler    5 s ago      "
          "1 m 0 s          0       0/1    0/0  -\n"
          "  why       the host ended\n"
          " 7  split 3/16 into 2                 done         operator  2 h 5 m ago  "
          "   31 s          2       1/1    0/0  yes\n"
          "  proven by event 700, count 200\n"
          "  counters  released 1200, held_peak 90\n");
    CHECK(history_text({}, now_ms, false) == "no operation yet\n");
}

TEST_CASE("operations: those that run and wait, and how far they are")
{
    host::operations_list all;
    CHECK(operations_text(all, now_ms, false) == "no operation runs or waits\n");
    all.running = {followed()};
    all.running[0].asked_ms = now_ms - 20'000;
    all.waiting = {split()};
    all.waiting[0].id = 8;
    all.waiting[0].asked_ms = now_ms - 1'000;
    CHECK(
        operations_text(all, now_ms, false) ==
        "id  operation          state    by        asked     how far\n"
        " 7  split 3/16 into 2  running  operator  20 s ago  following, 850 of 900 guilds proven, "
        "1200 events held (3.1 MiB), waits for guild 5, about 12 s left\n"
        " 8  split 3/16 into 2  waiting  operator  1 s ago   waits for its turn\n");
}

TEST_CASE("operations: reports are added up, and what is none is passed over")
{
    const auto facts = facts_of(
        {R"({"counters":{"released":2,"held_peak":5},"proven":{"lasting":{"event":3}}})", "no JSON",
         "[]", R"({"counters":{"released":3,"held_peak":4,"gaps":"x"},"gaps":[1,"guild\n5"]})"});
    CHECK(facts.handoffs == 2);
    CHECK(facts.counters ==
          std::vector<std::pair<std::string, std::uint64_t>>{{"released", 5}, {"held_peak", 5}});
    CHECK(facts.proven == std::vector<std::pair<std::string, std::uint64_t>>{{"event", 3}});
    CHECK(facts.gaps == std::vector<std::string>{"guild\\n5"});
}
