#include "host/rebalance_json.hpp"

#include "host/control_answers.hpp"
#include "host/decision_json.hpp"
#include "host/status_json.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace tinfoil::host {
namespace {

namespace json = boost::json;

constexpr std::array stages{errand_stage::waiting, errand_stage::running, errand_stage::done,
                            errand_stage::failed, errand_stage::skipped};
constexpr std::array states{errand_state::none, errand_state::running, errand_state::done,
                            errand_state::failed, errand_state::cancelled};

std::string text(const json::value& of)
{
    return std::string(std::string_view(of.as_string()));
}

json::array refusals_of(const std::vector<scaling::refused>& all)
{
    json::array made;
    for (const scaling::refused& each : all)
        made.push_back(json::object{{"subject", valid(each.subject)},
                                    {"reason", valid(each.reason)},
                                    {"text", valid(each.text)}});
    return made;
}

json::object head_of(const errand_progress& of)
{
    return {{"id", of.id},
            {"what", valid(of.what)},
            {"origin", name(of.origin)},
            {"state", name(of.state)},
            {"why", valid(of.why)},
            {"done", of.done()},
            {"of", of.steps.size()}};
}

}  // namespace

std::string rebalancing_json(const scaling::rebalancing& of, bool dry_run, std::uint64_t errand)
{
    json::array steps, collections;
    for (const scaling::rebalance_step& each : of.steps)
        steps.push_back(json::object{{"what", valid(scaling::to_string(each.what))},
                                     {"why", valid(each.why)},
                                     {"identifies", each.identifies},
                                     {"usually_ms", each.usually}});
    for (const auto& each : of.collections)
        collections.push_back(json::object{{"collection", each.collection},
                                           {"was", each.was},
                                           {"stays", each.stays},
                                           {"load_before_micro", each.before},
                                           {"load_after_micro", each.after},
                                           {"shards_before", each.shards_before},
                                           {"shards_after", each.shards_after}});
    return json::serialize(json::object{{"api_version", api_version},
                                        {"dry_run", dry_run},
                                        {"errand", errand},
                                        {"plan", scaling::plan_id(of)},
                                        {"moves", of.moves},
                                        {"splits", of.splits},
                                        {"identifies", of.identifies},
                                        {"usually_ms", of.usually},
                                        {"overlap_micro", of.overlap},
                                        {"best_micro", of.best},
                                        {"steps", std::move(steps)},
                                        {"collections", std::move(collections)},
                                        {"refusals", refusals_of(of.refusals)}});
}

result<rebalance_quote> parse_rebalancing(std::string_view from)
{
    return read_answer(from, [](const json::value& answer) {
        rebalance_quote made;
        for (const json::value& each : answer.at("steps").as_array())
            made.steps.push_back(
                {text(each.at("what")), text(each.at("why")),
                 each.at("identifies").to_number<int>(),
                 std::chrono::milliseconds(each.at("usually_ms").to_number<std::int64_t>())});
        for (const json::value& each : answer.at("collections").as_array())
            made.collections.push_back({each.at("collection").to_number<std::uint32_t>(),
                                        each.at("was").as_bool(), each.at("stays").as_bool(),
                                        each.at("load_before_micro").to_number<std::int64_t>(),
                                        each.at("load_after_micro").to_number<std::int64_t>(),
                                        each.at("shards_before").to_number<std::size_t>(),
                                        each.at("shards_after").to_number<std::size_t>()});
        for (const json::value& each : answer.at("refusals").as_array())
            made.refusals.push_back({scaling::aim::none, text(each.at("subject")),
                                     text(each.at("reason")), text(each.at("text"))});
        made.errand = answer.at("errand").to_number<std::uint64_t>();
        made.plan = text(answer.at("plan"));
        made.moves = answer.at("moves").to_number<std::size_t>();
        made.splits = answer.at("splits").to_number<std::size_t>();
        made.identifies = answer.at("identifies").to_number<int>();
        made.usually = std::chrono::milliseconds(answer.at("usually_ms").to_number<std::int64_t>());
        made.overlap = answer.at("overlap_micro").to_number<std::int64_t>();
        made.best = answer.at("best_micro").to_number<std::int64_t>();
        return made;
    });
}

std::size_t errand_view::done() const
{
    return static_cast<std::size_t>(std::count_if(steps.begin(), steps.end(), [](const step& each) {
        return each.where == errand_stage::done;
    }));
}

std::string errand_json(const errand_progress& of)
{
    json::object made = head_of(of);
    json::array steps;
    for (const errand_progress::step& each : of.steps)
        steps.push_back(json::object{{"what", valid(scaling::to_string(each.what))},
                                     {"stage", name(each.where)},
                                     {"operation", each.operation},
                                     {"why", valid(each.why)}});
    made["steps"] = std::move(steps);
    return json::serialize(json::object{{"api_version", api_version}, {"rebalance", made}});
}

std::string errand_news(const errand_progress& of)
{
    return json::serialize(head_of(of));
}

result<errand_view> parse_errand(std::string_view from)
{
    return read_answer(from, [](const json::value& answer) {
        const json::value& own = answer.at("rebalance");
        errand_view made;
        made.id = own.at("id").to_number<std::uint64_t>();
        made.what = text(own.at("what"));
        made.origin = text(own.at("origin"));
        made.state = named(own.at("state"), states);
        made.why = text(own.at("why"));
        for (const json::value& each : own.at("steps").as_array())
            made.steps.push_back({text(each.at("what")), named(each.at("stage"), stages),
                                  each.at("operation").to_number<std::uint64_t>(),
                                  text(each.at("why"))});
        return made;
    });
}

std::string decision_line_json(std::string_view line)
{
    return R"({"api_version":)" + std::to_string(api_version) + R"(,"decision":)" +
           std::string(line) + "}";
}

result<std::string> parse_decision_line(std::string_view from)
{
    return read_answer(
        from, [](const json::value& answer) { return json::serialize(answer.at("decision")); });
}

std::string decisions_json(const std::vector<decision_view>& of)
{
    json::array all;
    for (const decision_view& each : of)
        all.push_back(decision_object(each));
    return json::serialize(
        json::object{{"api_version", api_version}, {"decisions", std::move(all)}});
}

result<std::vector<decision_view>> parse_decisions(std::string_view from)
{
    return read_answer(from, [](const json::value& answer) {
        std::vector<decision_view> made;
        for (const json::value& each : answer.at("decisions").as_array())
            made.push_back(decision_from(each));
        return made;
    });
}

}  // namespace tinfoil::host
