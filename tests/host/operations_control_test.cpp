#include "host/operation_json.hpp"
#include "host/operations_control.hpp"
#include "support/catch.hpp"

#include <boost/json.hpp>

using namespace tinfoil;
using namespace tinfoil::host;
using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

constexpr std::int64_t now_ms = 1'700'000'100'000;

class fake_target final : public operations_target {
public:
    result<operation_view> ask(const operation_wish& what) override
    {
        asked.push_back(what);
        if (fails)
            return *fails;
        operation_view made;
        made.wish = what;
        made.quote.objections = objections;
        made.quote.identifies = 2;
        if (made.quote.may_go() && what.mode != operation_mode::quote)
            made.id = 7;
        return made;
    }
    result<operation_view> cancel(std::optional<std::uint64_t> id) override
    {
        cancelled.push_back(id);
        if (fails)
            return *fails;
        operation_view made;
        made.id = id.value_or(7);
        made.state = operation_state::cancelled;
        return made;
    }
    [[nodiscard]] std::vector<operation_view> look() const override { return all; }
    [[nodiscard]] std::vector<discord::slot> plan() const override { return shards; }

    std::vector<operation_wish> asked;
    std::vector<std::optional<std::uint64_t>> cancelled;
    std::optional<error> fails;
    std::vector<sharding::objection> objections;
    std::vector<operation_view> all;
    std::vector<discord::slot> shards{{3, 4}, {0, 4}, {1, 4}, {2, 4}};
};

struct desk {
    desk() { api.show(target); }

    net::control_answer ask(const std::string& path, const std::string& body,
                            const std::string& method = "POST", const std::string& query = "")
    {
        REQUIRE(operations_control::takes(path));
        std::vector<net::control_answer> got;
        api.on_request({method, path, query, body},
                       [&](net::control_answer each) { got.push_back(std::move(each)); });
        REQUIRE(got.size() == 1);
        return got.front();
    }

    fake_target target;
    std::vector<net::control_event> events;
    operations_control api{[this](const net::control_event& what) { events.push_back(what); },
                           [] { return now_ms; }};
};

std::string code_of(const net::control_answer& from)
{
    return std::string(json::parse(from.json).at("error").at("code").get_string());
}

std::string message_of(const net::control_answer& from)
{
    return std::string(json::parse(from.json).at("error").at("message").get_string());
}

operation_view full()
{
    operation_view made;
    made.id = 7;
    made.wish.kind = operation_kind::split;
    made.wish.mode = operation_mode::shadow;
    made.wish.origin = operation_origin::for_intents;
    made.wish.slots = {{3, 16}};
    made.wish.count = 2;
    made.wish.observe_for = 90s;
    made.wish.forced = true;
    made.quote.older = {{3, 16}};
    made.quote.newer = {{3, 32}, {19, 32}};
    made.quote.parts = 1;
    made.quote.moves = 4;
    made.quote.identifies = 2;
    made.quote.takes = 36s;
    made.quote.at_most = 300s;
    made.quote.overlap_load = 0.25;
    made.quote.overruled = {{sharding::refusal::one_guild, "one"}};
    made.quote.objections = {{sharding::refusal::voice, "voice \xff"}};
    made.state = operation_state::done;
    made.why = "why";
    made.asked_ms = now_ms - 40'000;
    made.ended_ms = now_ms - 10'000;
    made.parts_done = 1;
    made.moves_done = 3;
    made.phase = "over";
    made.waits_for = "guild 5";
    made.streams = 900;
    made.proven = 850;
    made.held = 12;
    made.held_bytes = 3456;
    made.left = 5s;
    made.identifies = 2;
    made.is_exact = true;
    made.reports = {R"({"exact":true})"};
    made.pause_us = 84'000;
    return made;
}

const char* const full_json =
    R"({"id":7,"kind":"split","state":"done","origin":"intents","parts":2,"slots":["3/16"],)"
    R"("dry_run":"shadow","observe_for_ms":90000,"force":true,"why":"why","asked_ago_ms":40000,)"
    R"("ended_ago_ms":10000,"handoffs":1,"handoffs_done":1,"moves":4,"moves_done":3,)"
    R"("phase":"over","waits_for":"guild 5","streams":900,"proven":850,"held":12,)"
    R"("held_bytes":3456,"left_ms":5000,"identifies":2,"exact":true,"pause_us":84000,)"
    R"("quote":{"older":["3/16"],"newer":["3/32","19/32"],"identifies":2,"takes_ms":36000,)"
    R"("at_most_ms":300000,"overlap_load":2.5E-1,"may_go":false,"objections":[{"why":"voice","text":"voice )"
    "\uFFFD"
    R"(","can_be_forced":true}],"overruled":[{"why":"one_guild","text":"one","can_be_forced":true}]},)"
    R"("reports":[{"exact":true}]})";

}  // namespace

TEST_CASE("operations: an operation as JSON has all of it, and is read back")
{
    const std::string text = operation_json(full(), operation_detail::all, now_ms);
    CHECK(text == full_json);
    const auto read = parse_operation(text, now_ms);
    REQUIRE(read);
    CHECK(read->asked_ms == now_ms - 40'000);
    CHECK(read->wish.observe_for == 90s);
    CHECK(read->wish.mode == operation_mode::shadow);
    CHECK(read->left == duration(5s));
    CHECK(operation_json(*read, operation_detail::all, now_ms) == full_json);
}

TEST_CASE("operations: every word of an operation is read back as what it was")
{
    operation_view made = full();
    for (const auto kind : {operation_kind::split, operation_kind::merge, operation_kind::reshard,
                            operation_kind::renew, operation_kind::move})
        for (const auto state :
             {operation_state::waiting, operation_state::running, operation_state::done,
              operation_state::failed, operation_state::cancelled, operation_state::interrupted}) {
            made.wish.kind = kind;
            made.state = state;
            const auto read =
                parse_operation(operation_json(made, operation_detail::progress, now_ms), now_ms);
            REQUIRE(read);
            CHECK(read->wish.kind == kind);
            CHECK(read->state == state);
        }
    for (std::size_t at = 0; at <= static_cast<std::size_t>(sharding::refusal::voice); ++at) {
        made.quote.objections = {{static_cast<sharding::refusal>(at), "no"}};
        const auto read =
            parse_operation(operation_json(made, operation_detail::all, now_ms), now_ms);
        REQUIRE(read);
        CHECK(read->quote.objections.at(0).why == static_cast<sharding::refusal>(at));
    }
}

TEST_CASE("operations: JSON of another kind is said to be wrong where it is")
{
    for (const auto& [text, what] :
         {std::pair(R"(7)", "an object"), std::pair(R"({"kind":"fold"})", "\"kind\""),
          std::pair(R"({"slots":["3/3"]})", "\"slots\""), std::pair(R"({"id":"7"})", "\"id\""),
          std::pair(R"({"left_ms":true})", "\"left_ms\""),
          std::pair(R"({"dry_run":"maybe"})", "\"dry_run\""),
          std::pair(R"({"quote":{"objections":{}}})", "a list"), std::pair("{", "no JSON")}) {
        INFO(text);
        const auto read = parse_operation(text, now_ms);
        REQUIRE_FALSE(read);
        CHECK(read.error().code == errc::malformed);
        CHECK(read.error().detail.find(what) != std::string::npos);
    }
    CHECK_FALSE(parse_operations("{}", now_ms));
    CHECK_FALSE(parse_operation_answer("{}", now_ms));
}

TEST_CASE("operations: calls are understood as they were meant")
{
    operation_wish wish;
    wish.slots = {{3, 4}};
    wish.count = 3;
    wish.forced = true;
    wish.mode = operation_mode::shadow;
    wish.observe_for = 1min;
    const std::vector<discord::slot> plan{{0, 2}, {1, 2}};
    const auto there_and_back = [&](operation_kind kind) {
        wish.kind = kind;
        const auto call = call_of(wish);
        CHECK(call.path == "/v1/shards/" + std::string(name(kind)));
        const auto read = parse_operation_wish(kind, call.body, plan);
        REQUIRE(read);
        CHECK(read->mode == wish.mode);
        CHECK(read->forced);
        return *read;
    };
    const auto split = there_and_back(operation_kind::split);
    CHECK(split.slots == wish.slots);
    CHECK(split.count == 3);
    CHECK(split.observe_for == duration(1min));
    CHECK(there_and_back(operation_kind::reshard).count == 3);
    CHECK(there_and_back(operation_kind::renew).slots == wish.slots);
    wish.slots.push_back({1, 4});
    CHECK(there_and_back(operation_kind::merge).slots == wish.slots);
    wish.slots.clear();
    CHECK(there_and_back(operation_kind::renew).slots == plan);
    wish.slots = {{3, 4}};
    wish.mode = operation_mode::quote;
    wish.to = 2;
    CHECK(there_and_back(operation_kind::move).to == 2);
}

TEST_CASE(
    "operations: a body that is not understood is refused with what to send, and does nothing")
{
    desk it;
    const auto refused = [&](const char* verb, const char* body, const char* what) {
        INFO(body);
        const auto answer = it.ask(std::string("/v1/shards/") + verb, body);
        CHECK(answer.status == 400);
        CHECK(message_of(answer).find(what) != std::string::npos);
        CHECK(message_of(answer).find("; send {") != std::string::npos);
    };
    refused("split", "", "no JSON object");
    refused("split", "{}", "names no shard");
    refused("split", R"({"slot":"4/4"})", "slot that is none");
    refused("split", R"({"slot":"3/4","parts":1})", "needs 2 to 100000");
    refused("split", R"({"slot":"3/4","parts":2.5})", "needs 2 to 100000");
    refused("split", R"({"slots":["3/4"]})", "field \"slots\"");
    refused("split", R"({"slot":"3/4","dry_run":"yes"})", "\"shadow\" for \"dry_run\"");
    refused("split", R"({"slot":"3/4","force":1})", "true or false for \"force\"");
    refused("split", R"({"slot":"3/4","observe_for_ms":9999})", "needs 10000 to 3600000");
    refused("merge", R"({"slots":["3/4"]})", "two or more");
    refused("merge", R"({"slots":["3/4","3/4"]})", "twice");
    refused("merge", R"({"slots":[]})", "list of slots");
    refused("reshard", "{}", "how many");
    refused("reshard", R"({"shards":0})", "needs 1 to");
    refused("renew", R"({"all":true,"slots":["3/4"]})", "all as well");
    refused("renew", R"({"all":false})", "names no shard");
    refused("move", R"({"slots":["3/4"]})", "which collection");
    refused("move", R"({"slots":["3/4"],"to":1,"dry_run":"shadow"})", "watch a move");
    refused("cancel", R"({"id":"7"})", "number of an operation");
    refused("cancel", R"({"name":7})", "does not know");
    CHECK(it.target.asked.empty());
    CHECK(it.target.cancelled.empty());
}

TEST_CASE("operations: one is begun, quoted or refused, and each answer tells which")
{
    desk it;
    auto answer = it.ask("/v1/shards/split", R"({"slot":"3/4"})");
    CHECK(answer.status == 202);
    CHECK(parse_operation_answer(answer.json, now_ms)->id == 7);
    CHECK(it.target.asked.back().count == 2);
    CHECK(it.ask("/v1/shards/split", R"({"slot":"3/4","dry_run":true})").status == 200);

    it.target.objections = {{sharding::refusal::voice, "it speaks"},
                            {sharding::refusal::no_starts, "none are left"}};
    answer = it.ask("/v1/shards/split", R"({"slot":"3/4","dry_run":true})");
    CHECK(answer.status == 200);
    CHECK(parse_operation_answer(answer.json, now_ms)->quote.objections.size() == 2);
    answer = it.ask("/v1/shards/split", R"({"slot":"3/4"})");
    CHECK(answer.status == 409);
    CHECK(message_of(answer) ==
          R"(split is refused: it speaks ("force":true does it all the same); none are left)");
    const auto beside = parse_operation_answer(answer.json, now_ms);
    REQUIRE(beside);
    CHECK(beside->quote.identifies == 2);

    answer = it.ask("/v1/shards/split", R"({"slot":"3/5"})");
    CHECK(answer.status == 404);
    CHECK(code_of(answer) == "unknown_shard");
    CHECK(it.target.asked.size() == 4);
}

TEST_CASE("operations: what the desk can't do has a status of its own")
{
    desk it;
    const auto [code, status] =
        GENERATE(std::pair(errc::invalid_argument, 400), std::pair(errc::cancelled, 409),
                 std::pair(errc::state_unusable, 503));
    it.target.fails = error{code, "no \xff"};
    const auto answer = it.ask("/v1/shards/reshard", R"({"shards":8})");
    CHECK(answer.status == status);
    CHECK(message_of(answer) == "no \uFFFD");
    CHECK(it.ask("/v1/shards/cancel", "{}").status == (status == 400 ? 404 : status));
}

TEST_CASE("operations: nothing is answered before there are shards, and only what is asked rightly")
{
    desk it;
    CHECK(it.ask("/v1/operations", "", "POST").status == 405);
    CHECK(it.ask("/v1/shards/split", "", "GET").allow == "POST");
    CHECK_FALSE(operations_control::takes("/v1/shards"));
    CHECK_FALSE(operations_control::takes("/v1/shards/wake"));
    it.target.shards.clear();
    CHECK(it.ask("/v1/operations", "", "GET").status == 503);
    operations_control early([](const net::control_event&) {}, [] { return now_ms; });
    int status = 0;
    early.on_request({"GET", "/v1/operations", "", ""},
                     [&](const net::control_answer& got) { status = got.status; });
    CHECK(status == 503);
}

TEST_CASE("operations: cancelling names one, or takes the one that runs")
{
    desk it;
    const auto answer = it.ask("/v1/shards/cancel", R"({"id":9})");
    CHECK(answer.status == 200);
    CHECK(parse_operation_answer(answer.json, now_ms)->id == 9);
    it.ask("/v1/shards/cancel", "");
    CHECK(it.target.cancelled == std::vector<std::optional<std::uint64_t>>{9, std::nullopt});
}

TEST_CASE("operations: the list has each where it belongs, the newest of the past first")
{
    desk it;
    for (std::uint64_t id = 1; id <= 4; ++id) {
        it.target.all.emplace_back().id = id;
        it.target.all.back().state = id == 4   ? operation_state::waiting
                                     : id == 3 ? operation_state::running
                                               : operation_state::failed;
    }
    const auto ids = [](const std::vector<operation_view>& all) {
        std::vector<std::uint64_t> made;
        for (const auto& each : all)
            made.push_back(each.id);
        return made;
    };
    const auto ask = [&](const std::string& query) {
        return it.ask("/v1/operations", "", "GET", query);
    };
    auto all = parse_operations(ask("").json, now_ms);
    REQUIRE(all);
    CHECK(ids(all->running) == std::vector<std::uint64_t>{3});
    CHECK(ids(all->waiting) == std::vector<std::uint64_t>{4});
    CHECK(ids(all->past) == std::vector<std::uint64_t>{2, 1});
    all = parse_operations(ask("last=1").json, now_ms);
    CHECK(ids(all->past) == std::vector<std::uint64_t>{2});
    all = parse_operations(ask("id=1").json, now_ms);
    CHECK(ids(all->past) == std::vector<std::uint64_t>{1});
    CHECK(all->running.empty());
    CHECK(code_of(ask("id=5")) == "unknown_operation");
    for (const char* wrong :
         {"last=0", "last=1001", "last", "id=", "id=x", "first=1", "last=1&id=2"})
        CHECK(ask(wrong).status == 400);
}

TEST_CASE("operations: a change is told without what can be long")
{
    desk it;
    it.api.changed(full());
    REQUIRE(it.events.size() == 1);
    CHECK(it.events[0].name == "operation");
    const json::value told = json::parse(it.events[0].json);
    CHECK(told.at("proven").to_number<int>() == 850);
    for (const char* longer : {"slots", "quote", "reports"})
        CHECK(told.as_object().if_contains(longer) == nullptr);
}
