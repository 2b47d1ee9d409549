// The control API of load, without sockets.
#include "cli/rebalance_command.hpp"
#include "host/decision_json.hpp"
#include "host/rebalance_control.hpp"
#include "host/rebalance_json.hpp"
#include "support/catch.hpp"

#include <boost/json.hpp>

#include <optional>

using namespace tinfoil;
using namespace tinfoil::host;

namespace {

decision_view split_decision()
{
    decision_view made;
    made.number = 12;
    made.at_ms = 1'700'000'000'000;
    made.what = scaling::aim::split;
    made.is_to_be_done = true;
    made.why = "3/16 has taken 47 % of a loop for 2 min";
    made.actions = {"splits 3/16 into 3/32 19/32 in 0"};
    made.refusals = {{scaling::aim::split, "5/16", "one_guild", "guild 7 makes its load"}};
    made.identifies = 2;
    made.outcome = "failed";
    made.outcome_why = "it was late";
    return made;
}

struct target final : rebalance_target {
    [[nodiscard]] result<scaling::rebalancing>
    plan(const scaling::rebalance_wish& what) const override
    {
        asked = what;
        if (refused)
            return *refused;
        scaling::rebalancing made;
        made.steps = {
            {scaling::move{{3, 16}, 0, moves_to}, "c0 is busiest", 0, 2'000, 0},
            {scaling::replace{{{5, 16}}, {{5, 32}, {21, 32}}, 0}, "hot", 2, 30'000, 90'000}};
        made.refusals = {{scaling::aim::split, "7/16", "one_guild", "guild 7 makes its load"}};
        made.collections = {{0, true, true, 610'000, 400'000, 9, 9},
                            {1, false, true, 0, 210'000, 0, 1}};
        made.best = 400'000;
        made.moves = made.splits = 1;
        made.identifies = 2;
        made.usually = 32'000;
        made.overlap = 90'000;
        return made;
    }
    result<begun> begin(const scaling::rebalance_wish& what, const std::string& shown) override
    {
        auto made = plan(what);
        if (!made)
            return made.error();
        if (auto same = check_shown(*made, shown); !same)
            return same.error();
        return begun{std::move(*made), 5};
    }
    [[nodiscard]] result<scaling::rebalancing> plan_drain(std::uint32_t number) const override
    {
        drained = number;
        return plan({});
    }
    result<begun> drain(std::uint32_t number, const std::string& shown) override
    {
        drained = number;
        return begin({}, shown);
    }
    result<void> undrain(std::uint32_t number) override
    {
        if (number == 2)
            return {};
        return error{errc::invalid_argument, "collection 1 is not being drained"};
    }
    void cancel() override { ++cancelled; }
    [[nodiscard]] const errand_progress& look() const override { return now; }
    [[nodiscard]] scaling_status scaler() const override
    {
        scaling_status made;
        made.does = scaling::mode::advise;
        made.draining = {2};
        made.collections_max = 4;
        made.last = split_decision();
        return made;
    }
    [[nodiscard]] result<std::vector<decision_view>> decisions(std::size_t most) const override
    {
        return std::vector<decision_view>(std::min<std::size_t>(most, 3), split_decision());
    }
    [[nodiscard]] result<std::optional<std::string>>
    decision_line(std::uint64_t number) const override
    {
        return number == 12 ? std::optional<std::string>("{\"v\":1}") : std::nullopt;
    }

    std::optional<error> refused;
    std::uint32_t moves_to = 1;
    errand_progress now;
    mutable scaling::rebalance_wish asked;
    mutable std::uint32_t drained = 99;
    int cancelled = 0;
};

struct api {
    api() { it.show(of); }
    net::control_answer ask(const std::string& method, const std::string& path,
                            const std::string& body = "", const std::string& query = "")
    {
        net::control_answer made;
        it.on_request({method, path, query, body},
                      [&](net::control_answer what) { made = std::move(what); });
        return made;
    }
    target of;
    std::vector<net::control_event> told;
    rebalance_control it{[this](const net::control_event& what) { told.push_back(what); }};
};

bool has(const std::string& text, std::string_view part)
{
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("rebalance control: a plan is shown, and begun with another call")
{
    api at;
    const auto plan = at.ask("POST", "/v1/shards/rebalance",
                             R"({"dry_run":true,"max_moves":3,"collections":2,"splits":false})");
    CHECK(plan.status == 200);
    CHECK(at.of.asked.moves_max == 3);
    CHECK(at.of.asked.collections == 2);
    CHECK_FALSE(at.of.asked.splits);
    const auto read = parse_rebalancing(plan.json);
    REQUIRE(read);
    CHECK(read->errand == 0);
    REQUIRE(read->steps.size() == 2);
    CHECK(read->steps[1].what == "splits 5/16 into 5/32 21/32 in 0");
    CHECK(read->steps[1].usually == std::chrono::seconds(30));
    CHECK(read->collections[1].after == 210'000);
    CHECK(read->refusals[0].subject == "7/16");

    const auto begun = at.ask("POST", "/v1/shards/rebalance");
    CHECK(begun.status == 202);
    CHECK(parse_rebalancing(begun.json)->errand == 5);
    CHECK(at.of.asked.moves_max == std::numeric_limits<std::size_t>::max());
    at.of.refused = error{errc::cancelled, "operation 3 is under way"};
    CHECK(at.ask("POST", "/v1/shards/rebalance").status == 409);
}

TEST_CASE("rebalance control: a plan that has changed since it was shown is not begun")
{
    const auto [path, body] = GENERATE(table<const char*, const char*>(
        {{"/v1/shards/rebalance", ""}, {"/v1/collections/drain", "\"collection\":2,"}}));
    api at;
    const std::string fields = body;
    const auto shown =
        parse_rebalancing(at.ask("POST", path, "{" + fields + R"("dry_run":true})").json);
    REQUIRE(shown);
    CHECK(shown->plan.size() == 16);
    const std::string agreed = "{" + fields + R"("plan":")" + shown->plan + "\"}";
    CHECK(at.ask("POST", path, agreed).status == 202);
    at.of.moves_to = 2;
    const auto refused = at.ask("POST", path, agreed);
    CHECK(refused.status == 409);
    CHECK(has(refused.json, "the plan has changed since it was shown"));
    // Who says nothing of it takes whatever it is.
    CHECK(at.ask("POST", path, "{" + fields + R"("dry_run":false})").status == 202);
}

TEST_CASE("rebalance control: what is not understood is said, and nothing is done")
{
    api at;
    for (const char* body : {"[]", "{", R"({"dry_run":1})", R"({"max_moves":-1})",
                             R"({"max_moves":"8"})", R"({"collections":0})", R"({"max_move":1})",
                             R"({"splits":null})", R"({"plan":7})", R"({"plan":""})"}) {
        INFO(body);
        const auto answer = at.ask("POST", "/v1/shards/rebalance", body);
        CHECK(answer.status == 400);
        CHECK(has(answer.json, "/v1/shards/rebalance"));
    }
    for (const char* body : {"{}", R"({"collection":"2"})", R"({"collection":1,"x":1})",
                             R"({"collection":1,"undo":3})"})
        CHECK(at.ask("POST", "/v1/collections/drain", body).status == 400);
    CHECK(at.ask("PUT", "/v1/shards/rebalance").status == 405);
    CHECK(at.ask("GET", "/v1/collections/drain").allow == "POST");
    CHECK(at.ask("POST", "/v1/shards/rebalance/cancel", "{\"id\":1}").status == 400);
    CHECK(at.ask("GET", "/v1/scaler/decisions", "", "last=0").status == 400);
    CHECK(at.ask("GET", "/v1/scaler/decisions", "", "last=501").status == 400);
    CHECK(at.ask("GET", "/v1/scaler/decision").status == 400);
    CHECK(at.ask("GET", "/v1/scaler/decision", "", "number=9").status == 404);
    CHECK(at.of.drained == 99);
    CHECK(at.of.cancelled == 0);

    rebalance_control none{[](const net::control_event&) {}};
    none.on_request({"GET", "/v1/scaler", "", ""},
                    [](const net::control_answer& answer) { CHECK(answer.status == 503); });
    CHECK_FALSE(rebalance_control::takes("/v1/shards"));
}

TEST_CASE("rebalance control: a collection is drained, and may have shards again")
{
    api at;
    CHECK(at.ask("POST", "/v1/collections/drain", R"({"collection":2,"dry_run":true})").status ==
          200);
    CHECK(at.of.drained == 2);
    CHECK(at.ask("POST", "/v1/collections/drain", R"({"collection":1})").status == 202);
    CHECK(at.of.drained == 1);
    CHECK(at.ask("POST", "/v1/collections/drain", R"({"collection":2,"undo":true})").status == 200);
    CHECK(at.ask("POST", "/v1/collections/drain", R"({"collection":1,"undo":true})").status == 409);
}

TEST_CASE("rebalance control: progress is told, to whoever asks and to whoever follows")
{
    api at;
    errand_progress& now = at.of.now;
    CHECK(cli::errand_text(*parse_errand(at.ask("GET", "/v1/shards/rebalance").json), false) ==
          "nothing was rebalanced since the host began\n");
    now.id = 5;
    now.what = "rebalance";
    now.state = errand_state::running;
    now.steps = {{scaling::move{{3, 16}, 0, 1}, errand_stage::done, 31, ""},
                 {scaling::add_collection{}, errand_stage::running, 0, ""}};
    at.it.changed();
    CHECK(at.told.back().name == "rebalance");
    CHECK(has(at.told.back().json, R"("done":1,"of":2)"));
    const auto read = parse_errand(at.ask("GET", "/v1/shards/rebalance").json);
    REQUIRE(read);
    CHECK(read->state == errand_state::running);
    CHECK(read->steps[0].operation == 31);
    CHECK(cli::errand_line(*read) == "1 of 2 steps are done; now: adds a collection");
    now.state = errand_state::failed;
    now.steps[1].where = errand_stage::failed;
    now.why = now.steps[1].why = "it ended";
    const std::string text = cli::errand_text(*parse_errand(errand_json(now)), false);
    CHECK(has(text, "adds a collection       failed             it ended"));
    CHECK(text.ends_with("rebalance: failed, 1 of 2 steps are done: it ended\n"));
    CHECK(at.ask("POST", "/v1/shards/rebalance/cancel", "{}").status == 200);
    CHECK(at.of.cancelled == 1);
    // Who follows one does not take another for it.
    CHECK(cli::superseded(*read, 5).empty());
    CHECK(cli::superseded(*read, 4).starts_with(
        "what was followed has ended, and rebalance has begun since"));
    CHECK(parse_errand("{}").error().code == errc::malformed);
}

TEST_CASE("rebalance control: decisions come as people see them, and as they were made")
{
    api at;
    const auto all = parse_decisions(at.ask("GET", "/v1/scaler/decisions", "", "last=2").json);
    REQUIRE(all);
    REQUIRE(all->size() == 2);
    const decision_view& one = all->front();
    CHECK(one.number == 12);
    CHECK(one.what == scaling::aim::split);
    CHECK(one.refusals == split_decision().refusals);
    CHECK(one.outcome_why == "it was late");
    CHECK(parse_decision_line(at.ask("GET", "/v1/scaler/decision", "", "number=12").json).value() ==
          "{\"v\":1}");
    const auto scaler =
        scaler_from(boost::json::parse(at.ask("GET", "/v1/scaler").json).at("scaler"));
    CHECK(scaler.does == scaling::mode::advise);
    CHECK(scaler.draining == std::set<std::uint32_t>{2});
    CHECK(scaler.last->actions == one.actions);
    at.it.decided(one);
    CHECK(at.told.back().name == "decision");
    CHECK(in_words(one) == "the scaler, decision 12: splits 3/16 into 3/32 19/32 in 0: 3/16 has "
                           "taken 47 % of a loop for 2 min");
}

TEST_CASE("rebalance: the plan is a table with loads, steps and what it costs")
{
    const target of;
    const auto quote = parse_rebalancing(rebalancing_json(*of.plan({}), true, 0));
    REQUIRE(quote);
    CHECK(cli::plan_text(*quote, 9, false) ==
          "COLLECTION  LOAD  THEN  SHARDS  THEN\n"
          "c0          61 %  40 %       9     9\n"
          "c1, new        -  21 %       -     1\n"
          "\n"
          "STEP  WHAT                              IDENTIFYs  TAKES  WHY\n"
          "   1  moves 3/16 from 0 to 1                         2 s  c0 is busiest\n"
          "   2  splits 5/16 into 5/32 21/32 in 0          2   30 s  hot\n"
          "left alone: 7/16: guild 7 makes its load\n"
          "1 move, 1 split, 2 IDENTIFYs, about 32 s; at most 9 % of a loop more meanwhile\n");
    CHECK(has(cli::plan_text(*quote, 1, false), "and 1 more\n"));
    rebalance_quote nothing = *quote;
    nothing.steps.clear();
    CHECK(
        has(cli::plan_text(nothing, 9, false), "nothing to do: the busiest collection is at 40 %"));
}

TEST_CASE("decisions: what became of one is kept as text, and read again")
{
    const decision_outcome of{errand_state::failed,
                              "no",
                              5,
                              {{scaling::outcome::kind::done, ""},
                               {scaling::outcome::kind::failed, "no"},
                               {scaling::outcome::kind::not_tried, ""}}};
    const auto read = parse_outcome(outcome_json(of));
    REQUIRE(read);
    CHECK(read->state == errand_state::failed);
    CHECK(read->ended_ms == 5);
    REQUIRE(read->steps.size() == 3);
    CHECK(read->steps[1].why == "no");
    CHECK(read->steps[2].is == scaling::outcome::kind::not_tried);
    CHECK_FALSE(parse_outcome(""));
    CHECK_FALSE(parse_outcome("{\"state\":\"later\"}"));
}
