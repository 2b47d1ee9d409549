#include "host/decision_json.hpp"

#include "host/status_json.hpp"

#include <boost/json.hpp>

#include <array>
#include <fmt/format.h>
#include <stdexcept>

namespace tinfoil::host {
namespace {

namespace json = boost::json;

constexpr std::array states{errand_state::none, errand_state::running, errand_state::done,
                            errand_state::failed, errand_state::cancelled};
constexpr std::array<std::string_view, 4> kinds{"done", "failed", "not_tried", "called_off"};

std::string text(const json::value& of)
{
    return std::string(std::string_view(of.as_string()));
}

errand_state state_from(std::string_view from)
{
    for (const errand_state each : states)
        if (name(each) == from)
            return each;
    throw std::out_of_range("an unknown state");
}

scaling::outcome::kind kind_from(std::string_view from)
{
    for (std::size_t i = 0; i < kinds.size(); ++i)
        if (kinds[i] == from)
            return scaling::outcome::kind(i);
    throw std::out_of_range("an unknown outcome");
}

scaling::aim aim_from(std::string_view from)
{
    using scaling::aim;
    for (const aim each : {aim::none, aim::evacuate, aim::make_room, aim::spread, aim::split,
                           aim::merge, aim::grow, aim::shrink})
        if (scaling::name(each) == from)
            return each;
    throw std::out_of_range("an unknown aim");
}

}  // namespace

std::string outcome_json(const decision_outcome& of)
{
    json::array steps;
    for (const scaling::outcome& each : of.steps)
        steps.push_back(json::object{{"is", kinds.at(static_cast<std::size_t>(each.is))},
                                     {"why", valid(each.why)}});
    return json::serialize(json::object{{"state", name(of.state)},
                                        {"why", valid(of.why)},
                                        {"ended_ms", of.ended_ms},
                                        {"steps", std::move(steps)}});
}

std::optional<decision_outcome> parse_outcome(std::string_view from)
{
    if (from.empty())
        return std::nullopt;
    try {
        const json::value whole = json::parse({from.data(), from.size()});
        decision_outcome made;
        made.state = state_from(whole.at("state").as_string());
        made.why = text(whole.at("why"));
        made.ended_ms = whole.at("ended_ms").to_number<std::int64_t>();
        for (const json::value& each : whole.at("steps").as_array())
            made.steps.push_back({kind_from(each.at("is").as_string()), text(each.at("why"))});
        return made;
    } catch (const std::exception&) {
        return std::nullopt;
    }
}

std::vector<scaling::past_action> past_actions(const scaling::record& of, std::int64_t decided_ms,
                                               const std::optional<decision_outcome>& how,
                                               std::int64_t wall_ms)
{
    using kind = scaling::outcome::kind;
    const std::int64_t since = how ? how->ended_ms : decided_ms;
    const std::chrono::milliseconds ago(std::max<std::int64_t>(wall_ms - since, 0));
    std::vector<scaling::past_action> made;
    for (std::size_t i = 0; i < of.what.actions.size(); ++i) {
        const kind is = !how                    ? kind::done
                        : i < how->steps.size() ? how->steps[i].is
                                                : kind::not_tried;
        if (is == kind::done || is == kind::called_off)
            made.push_back({of.what.what, of.what.actions[i], is, ago});
    }
    return made;
}

decision_view view_of(const scaling::record& of, std::int64_t at_ms, std::string_view outcome)
{
    decision_view made;
    made.number = of.number;
    made.at_ms = at_ms;
    made.what = of.what.what;
    made.is_to_be_done = of.was_to_be_done;
    made.why = of.what.why;
    for (const scaling::action& each : of.what.actions)
        made.actions.push_back(scaling::to_string(each));
    made.refusals = of.what.refusals;
    made.identifies = of.what.identifies;
    if (const auto ended = parse_outcome(outcome)) {
        made.outcome = name(ended->state);
        made.outcome_why = ended->why;
    }
    return made;
}

std::string in_words(const decision_view& of)
{
    constexpr std::size_t named_max = 3;
    std::string what;
    for (std::size_t i = 0; i < of.actions.size() && i < named_max; ++i)
        what += (i == 0 ? "" : ", ") + of.actions[i];
    if (of.actions.size() > named_max)
        what += fmt::format(", and {} more", of.actions.size() - named_max);
    if (!of.actions.empty())
        return fmt::format("the scaler, decision {}: {}{}: {}", of.number,
                           of.is_to_be_done ? "" : "advises: ", what, of.why);
    for (std::size_t i = 0; i < of.refusals.size() && i < named_max; ++i)
        what += (i == 0 ? "" : "; ") + fmt::format("no {} of {}: {}",
                                                   scaling::name(of.refusals[i].what),
                                                   of.refusals[i].subject, of.refusals[i].text);
    return fmt::format("the scaler, decision {}: {}", of.number, what.empty() ? of.why : what);
}

json::object decision_object(const decision_view& of)
{
    json::array actions, refusals;
    for (const std::string& each : of.actions)
        actions.push_back(json::value(valid(each)));
    for (const scaling::refused& each : of.refusals)
        refusals.push_back(json::object{{"what", scaling::name(each.what)},
                                        {"subject", valid(each.subject)},
                                        {"reason", valid(each.reason)},
                                        {"text", valid(each.text)}});
    return {{"number", of.number},
            {"at_ms", of.at_ms},
            {"what", scaling::name(of.what)},
            {"done", of.is_to_be_done},
            {"why", valid(of.why)},
            {"actions", std::move(actions)},
            {"refusals", std::move(refusals)},
            {"identifies", of.identifies},
            {"outcome", of.outcome},
            {"outcome_why", valid(of.outcome_why)}};
}

decision_view decision_from(const json::value& from)
{
    decision_view made;
    made.number = from.at("number").to_number<std::uint64_t>();
    made.at_ms = from.at("at_ms").to_number<std::int64_t>();
    made.what = aim_from(from.at("what").as_string());
    made.is_to_be_done = from.at("done").as_bool();
    made.why = text(from.at("why"));
    for (const json::value& each : from.at("actions").as_array())
        made.actions.push_back(text(each));
    for (const json::value& each : from.at("refusals").as_array())
        made.refusals.push_back({aim_from(each.at("what").as_string()), text(each.at("subject")),
                                 text(each.at("reason")), text(each.at("text"))});
    made.identifies = from.at("identifies").to_number<int>();
    made.outcome = text(from.at("outcome"));
    made.outcome_why = text(from.at("outcome_why"));
    return made;
}

json::object scaler_object(const scaling_status& of)
{
    json::array draining;
    for (const std::uint32_t each : of.draining)
        draining.push_back(each);
    return {{"mode", scaling::name(of.does)},
            {"plan_is_fixed", valid(of.plan_is_fixed)},
            {"acting", of.is_acting},
            {"under_way", valid(of.under_way)},
            {"draining", std::move(draining)},
            {"collections_min", of.collections_min},
            {"collections_max", of.collections_max},
            {"last", of.last ? json::value(decision_object(*of.last)) : json::value()}};
}

scaling_status scaler_from(const json::value& from)
{
    scaling_status made;
    const auto mode = scaling::parse_mode(from.at("mode").as_string());
    if (!mode)
        throw std::out_of_range("an unknown mode");
    made.does = *mode;
    made.plan_is_fixed = text(from.at("plan_is_fixed"));
    made.is_acting = from.at("acting").as_bool();
    made.under_way = text(from.at("under_way"));
    for (const json::value& each : from.at("draining").as_array())
        made.draining.insert(each.to_number<std::uint32_t>());
    made.collections_min = from.at("collections_min").to_number<int>();
    made.collections_max = from.at("collections_max").to_number<int>();
    if (const json::value& last = from.at("last"); !last.is_null())
        made.last = decision_from(last);
    return made;
}

}  // namespace tinfoil::host
