#include "host/errand.hpp"
#include "support/catch.hpp"

using namespace tinfoil;
using namespace tinfoil::host;
using namespace std::chrono_literals;
using list = std::vector<std::string>;

namespace {

struct runner {
    list feed(const errand_input& what)
    {
        std::vector<errand_action> todo;
        it.on(what, now, todo);
        list made;
        for (const errand_action& each : todo) {
            if (const auto* ask = std::get_if<ask_operation>(&each)) {
                asked = ask->what;
                std::string line(name(ask->what.kind));
                for (const discord::slot slot : ask->what.slots)
                    line += " " + to_string(slot);
                if (ask->what.kind == operation_kind::move)
                    line += " to " + std::to_string(ask->what.to);
                made.push_back(line);
            } else if (const auto* end = std::get_if<cancel_operation>(&each)) {
                made.push_back("cancel " + std::to_string(end->id));
            } else if (std::holds_alternative<add_collection>(each)) {
                made.emplace_back("add");
            } else if (const auto* gone = std::get_if<retire_collection>(&each)) {
                made.push_back("retire " + std::to_string(gone->number));
            } else if (const auto* over = std::get_if<errand_over>(&each)) {
                std::string line = "over:";
                for (const scaling::outcome& one : over->outcomes)
                    line += one.is == scaling::outcome::kind::done         ? " done"
                            : one.is == scaling::outcome::kind::failed     ? " failed"
                            : one.is == scaling::outcome::kind::called_off ? " called off"
                                                                           : " not tried";
                made.push_back(line);
            }
        }
        return made;
    }
    list want(std::vector<scaling::action> all)
    {
        return feed(
            errand_wanted{{7, "rebalance", operation_origin::by_operator, std::move(all), 0}});
    }
    list begun(std::uint64_t id)
    {
        operation_view view;
        view.id = id;
        view.wish = asked;
        view.state = operation_state::running;
        return feed(operation_begun{view});
    }
    list ended(std::uint64_t id, operation_state how, std::uint32_t moves = 0,
               const std::string& why = "")
    {
        operation_view view;
        view.id = id;
        view.wish = asked;
        view.state = how;
        view.moves_done = moves;
        view.why = why;
        return feed(operation_told{view});
    }

    errand_runner it;
    operation_wish asked;
    instant now{1h};
};

const scaling::move one{{1, 4}, 0, 1}, other{{2, 4}, 0, 1}, back{{3, 4}, 1, 0};

}  // namespace

TEST_CASE("errand: actions go in their order, and moves to one place are one operation")
{
    runner it;
    CHECK(it.want({scaling::add_collection{}, one, other, back,
                   scaling::replace{{{0, 4}}, {{0, 8}, {4, 8}}, 0},
                   scaling::retire_collection{2}}) == list{"add"});
    CHECK(it.it.is_busy());
    CHECK(it.feed(collection_over{false, 2, {}}).empty());
    CHECK(it.feed(collection_over{true, 1, {}}) == list{"move 1/4 2/4 to 1"});
    CHECK(it.asked.origin == operation_origin::by_operator);
    CHECK(it.begun(31).empty());
    CHECK(it.it.look().steps[2].operation == 31);
    CHECK(it.ended(30, operation_state::done, 2).empty());
    CHECK(it.ended(31, operation_state::running, 1).empty());
    CHECK(it.ended(31, operation_state::done, 2) == list{"move 3/4 to 0"});
    CHECK(it.it.look().done() == 3);
    it.begun(32);
    CHECK(it.ended(32, operation_state::done, 1) == list{"split 0/4"});
    CHECK(it.asked.count == 2);
    it.begun(33);
    CHECK(it.ended(33, operation_state::done) == list{"retire 2"});
    CHECK(it.feed(collection_over{false, 1, {}}).empty());
    CHECK(it.feed(collection_over{false, 2, {}}) == list{"over: done done done done done done"});
    CHECK(it.it.look().state == errand_state::done);
    CHECK(it.it.deadline() == never);
}

TEST_CASE("errand: two siblings are merged, and what was lost is told with the step")
{
    runner it;
    CHECK(it.want({scaling::replace{{{0, 4}, {2, 4}}, {{0, 2}}, 0}}) == list{"merge 0/4 2/4"});
    it.begun(1);
    CHECK(it.ended(1, operation_state::done, 0, "guild 5 may have missed events") ==
          list{"over: done"});
    CHECK(it.it.look().steps[0].why == "guild 5 may have missed events");
}

TEST_CASE("errand: the first failure ends it, and what is done stays")
{
    runner it;
    it.want({one, other, back});
    it.begun(1);
    CHECK(it.ended(1, operation_state::failed, 1, "no") == list{"over: done failed not tried"});
    const errand_progress& now = it.it.look();
    CHECK(now.state == errand_state::failed);
    CHECK(now.why == "no");
    CHECK(now.steps[1].why == "no");
    CHECK(now.steps[2].where == errand_stage::skipped);

    CHECK(it.want({one}) == list{"move 1/4 to 1"});
    CHECK(it.feed(operation_begun{error{errc::cancelled, "16 wait"}}) == list{"over: failed"});
    CHECK(it.it.look().why == "16 wait");

    it.want({scaling::add_collection{}, one});
    CHECK(it.feed(collection_over{true, 3, error{errc::io, "ended"}}) ==
          list{"over: failed not tried"});
}

TEST_CASE("errand: an operation that is refused or over at once ends its step at once")
{
    runner it;
    it.want({one, back});
    operation_view view;
    view.wish = it.asked;
    view.state = operation_state::failed;
    view.why = "too few starts";
    CHECK(it.feed(operation_begun{view}) == list{"over: failed not tried"});

    it.want({one, back});
    view.id = 4;
    view.state = operation_state::done;
    view.moves_done = 1;
    CHECK(it.feed(operation_begun{view}) == list{"move 3/4 to 0"});
}

TEST_CASE("errand: cancelled, it ends the operation under way and begins nothing else")
{
    runner it;
    it.want({one, back});
    it.begun(9);
    CHECK(it.feed(errand_cancelled{}) == list{"cancel 9"});
    CHECK(it.feed(errand_cancelled{}).empty());
    CHECK(it.ended(9, operation_state::done, 1) == list{"over: done called off"});
    CHECK(it.it.look().state == errand_state::cancelled);
    // The next one is not.
    it.want({one, back});
    it.begun(10);
    CHECK(it.ended(10, operation_state::done, 1) == list{"move 3/4 to 0"});
    // Its operation can be cancelled as well.
    it.begun(11);
    CHECK(it.ended(11, operation_state::cancelled, 0) == list{"over: done called off"});
    CHECK(it.it.look().state == errand_state::cancelled);
}

TEST_CASE("errand: only one at a time, and a step that never ends does not hold it for ever")
{
    runner it;
    it.want({one});
    CHECK(it.want({back}).empty());
    it.begun(9);
    CHECK(it.it.deadline() == it.now + errand_runner::step_max);
    it.now = it.it.deadline();
    CHECK(it.feed(errand_elapsed{}) == list{"over: failed"});
    CHECK(it.ended(9, operation_state::done, 1).empty());
    CHECK(it.feed(errand_elapsed{}).empty());
    CHECK(it.want({}) == list{"over:"});
    CHECK(it.it.look().state == errand_state::done);
}
