#include "host/rebalance_control.hpp"

#include "host/control_answers.hpp"
#include "host/decision_json.hpp"
#include "host/rebalance_json.hpp"
#include "host/status_json.hpp"
#include "state/store.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <fmt/format.h>
#include <optional>

namespace tinfoil::host {
namespace {

namespace json = boost::json;

constexpr std::string_view rebalance_path = "/v1/shards/rebalance",
                           cancel_path = "/v1/shards/rebalance/cancel",
                           drain_path = "/v1/collections/drain", scaler_path = "/v1/scaler",
                           decisions_path = "/v1/scaler/decisions",
                           decision_path = "/v1/scaler/decision";

struct route {
    std::string_view path, allowed;
};
constexpr std::array routes{route{rebalance_path, "GET, POST"}, route{cancel_path, "POST"},
                            route{drain_path, "POST"},          route{scaler_path, "GET"},
                            route{decisions_path, "GET"},       route{decision_path, "GET"}};
constexpr std::uint64_t shown_usually = 20;

net::control_answer bad_request(const std::string& text)
{
    return net::control_error(400, "bad_request", text);
}

/// A body's fields, each looked up once; what is left over is not understood.
class fields {
public:
    explicit fields(json::object from) : from_(std::move(from)) {}

    [[nodiscard]] result<bool> flag(std::string_view key, bool fallback)
    {
        const auto value = take(key);
        if (!value)
            return fallback;
        if (!value->is_bool())
            return bad(fmt::format("needs true or false for \"{}\"", key));
        return value->get_bool();
    }
    [[nodiscard]] result<std::optional<std::uint32_t>> number(std::string_view key,
                                                              std::uint32_t least)
    {
        const auto value = take(key);
        if (!value)
            return std::optional<std::uint32_t>();
        boost::system::error_code failed;
        const auto made = value->to_number<std::uint32_t>(failed);
        if (failed || made < least)
            return bad(fmt::format("needs a whole number from {} for \"{}\"", least, key));
        return std::optional(made);
    }
    [[nodiscard]] result<std::string> text(std::string_view key)
    {
        const auto value = take(key);
        if (!value)
            return std::string();
        if (!value->is_string() || value->get_string().empty())
            return bad(fmt::format("needs a text for \"{}\"", key));
        return std::string(std::string_view(value->get_string()));
    }
    /// One that is not understood may be the point of the request.
    [[nodiscard]] result<void> nothing_left() const
    {
        if (from_.empty())
            return {};
        return bad(fmt::format("has a field \"{}\" that this host does not know",
                               valid(from_.begin()->key())));
    }

private:
    [[nodiscard]] static error bad(std::string why)
    {
        return {errc::invalid_argument, std::move(why)};
    }
    [[nodiscard]] std::optional<json::value> take(std::string_view key)
    {
        const auto found = from_.find(key);
        if (found == from_.end())
            return std::nullopt;
        json::value made = std::move(found->value());
        from_.erase(found);
        return made;
    }
    json::object from_;
};

std::optional<fields> fields_of(const std::string& body)
{
    boost::system::error_code failed;
    json::value whole = json::parse(body.empty() ? "{}" : body, failed);
    if (failed || !whole.is_object())
        return std::nullopt;
    return fields(std::move(whole.get_object()));
}

struct asked_rebalance {
    scaling::rebalance_wish what;
    bool dry_run = false;
    std::string plan;  // That was shown.
};

result<asked_rebalance> read_rebalance(fields from)
{
    asked_rebalance made;
    const auto dry_run = from.flag("dry_run", false);
    if (!dry_run)
        return dry_run.error();
    const auto splits = from.flag("splits", true);
    if (!splits)
        return splits.error();
    const auto moves = from.number("max_moves", 0);
    if (!moves)
        return moves.error();
    const auto collections = from.number("collections", 1);
    if (!collections)
        return collections.error();
    auto plan = from.text("plan");
    if (!plan)
        return plan.error();
    if (auto all = from.nothing_left(); !all)
        return all.error();
    made.plan = std::move(*plan);
    made.dry_run = *dry_run;
    made.what.splits = *splits;
    if (*moves)
        made.what.moves_max = **moves;
    // More than there can be is refused with the reason, also where it is beyond an int.
    if (*collections)
        made.what.collections = static_cast<int>(std::min<std::uint32_t>(**collections, INT32_MAX));
    return made;
}

// `last=20`; nothing: it is not that.
std::optional<std::uint64_t> number_in(std::string_view query, std::string_view key)
{
    std::uint64_t made = 0;
    if (!query.starts_with(key) || query.size() == key.size() || query[key.size()] != '=')
        return std::nullopt;
    query.remove_prefix(key.size() + 1);
    const auto [end, failed] = std::from_chars(query.data(), query.data() + query.size(), made);
    if (failed != std::errc{} || end != query.data() + query.size() || made == 0)
        return std::nullopt;
    return made;
}

}  // namespace

bool rebalance_control::takes(std::string_view path)
{
    return std::any_of(routes.begin(), routes.end(),
                       [&](const route& each) { return each.path == path; });
}

void rebalance_control::on_request(const net::control_request& what,
                                   const net::control_reply& reply)
{
    reply(answer(what));
}

net::control_answer rebalance_control::answer(const net::control_request& what)
{
    const auto known = std::find_if(routes.begin(), routes.end(),
                                    [&](const route& each) { return each.path == what.path; });
    if (known->allowed.find(what.method) == std::string_view::npos) {
        auto made = net::control_error(
            405, "wrong_method",
            fmt::format("{} takes {} only; use that", what.path, known->allowed));
        made.allow = known->allowed;
        return made;
    }
    if (target_ == nullptr)
        return net::control_error(503, "busy",
                                  "the host has no collections yet; ask again in a moment");
    if (what.path == decisions_path || what.path == decision_path)
        return decisions(what);
    if (what.path == scaler_path)
        return answer_with(json::serialize(json::object{
            {"api_version", api_version}, {"scaler", scaler_object(target_->scaler())}}));
    if (what.path == drain_path)
        return drain(what);
    if (what.path == cancel_path) {
        if (!what.body.empty() && what.body != "{}")
            return bad_request(fmt::format(
                "the body of {} has something in it; send {{}}, or nothing", cancel_path));
        target_->cancel();
    } else if (what.method == "POST") {
        return rebalance(what);
    }
    return answer_with(errand_json(target_->look()));
}

net::control_answer rebalance_control::rebalance(const net::control_request& what)
{
    const auto bad = [](const std::string& why) {
        return bad_request(fmt::format(R"(the body of {} {}; send for example {{"dry_run":true,)"
                                       R"("max_moves":8}})",
                                       rebalance_path, why));
    };
    auto given = fields_of(what.body);
    if (!given)
        return bad("is no JSON object");
    const auto asked = read_rebalance(std::move(*given));
    if (!asked)
        return bad(asked.error().detail);
    if (asked->dry_run) {
        const auto plan = target_->plan(asked->what);
        return plan ? answer_with(rebalancing_json(*plan, true, 0)) : refusal_of(plan.error());
    }
    const auto begun = target_->begin(asked->what, asked->plan);
    return begun ? answer_with(rebalancing_json(begun->plan, false, begun->errand), 202)
                 : refusal_of(begun.error());
}

net::control_answer rebalance_control::drain(const net::control_request& what)
{
    const auto bad = [](const std::string& why) {
        return bad_request(
            fmt::format(R"(the body of {} {}; send for example {{"collection":2}}, with )"
                        R"("dry_run":true to see the plan, with "undo":true to end it)",
                        drain_path, why));
    };
    auto given = fields_of(what.body);
    if (!given)
        return bad("is no JSON object");
    const auto number = given->number("collection", 0);
    const auto dry_run = given->flag("dry_run", false);
    const auto undo = given->flag("undo", false);
    const auto shown = given->text("plan");
    if (!shown)
        return bad(shown.error().detail);
    for (const auto* each : {&dry_run, &undo})
        if (!*each)
            return bad(each->error().detail);
    if (!number || !*number)
        return bad(number ? "names no \"collection\"" : number.error().detail);
    if (auto all = given->nothing_left(); !all)
        return bad(all.error().detail);
    if (*undo) {
        if (auto done = target_->undrain(**number); !done)
            return refusal_of(done.error());
        return answer_with(errand_json(target_->look()));
    }
    if (*dry_run) {
        const auto plan = target_->plan_drain(**number);
        return plan ? answer_with(rebalancing_json(*plan, true, 0)) : refusal_of(plan.error());
    }
    const auto begun = target_->drain(**number, *shown);
    return begun ? answer_with(rebalancing_json(begun->plan, false, begun->errand), 202)
                 : refusal_of(begun.error());
}

net::control_answer rebalance_control::decisions(const net::control_request& what) const
{
    if (what.path == decision_path) {
        const auto number = number_in(what.query, "number");
        if (!number)
            return bad_request(
                fmt::format("the query of {} is not understood; ask ?number=N", decision_path));
        auto line = target_->decision_line(*number);
        if (!line)
            return refusal_of(line.error());
        if (!*line)
            return net::control_error(
                404, "unknown_decision",
                fmt::format("there is no decision {}, or it is so old that it is gone; {} lists "
                            "those that are known",
                            *number, decisions_path));
        return answer_with(decision_line_json(**line));
    }
    const auto most =
        what.query.empty() ? std::optional(shown_usually) : number_in(what.query, "last");
    if (!most || *most > static_cast<std::uint64_t>(state::store::decisions_max))
        return bad_request(
            fmt::format("the query of {} is not understood; ask ?last=N with 1 to {}",
                        decisions_path, state::store::decisions_max));
    const auto all = target_->decisions(*most);
    return all ? answer_with(decisions_json(*all)) : refusal_of(all.error());
}

void rebalance_control::changed() const
{
    if (target_ != nullptr)
        publish_({"rebalance", errand_news(target_->look())});
}

void rebalance_control::decided(const decision_view& what) const
{
    publish_({"decision", json::serialize(decision_object(what))});
}

}  // namespace tinfoil::host
