#include "host/budget.hpp"

#include "host/facts.hpp"
#include "host/status_json.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <map>

namespace tinfoil::host {
namespace {

namespace json = boost::json;

constexpr std::size_t waiting_max = 1'000, rows_max = 100;

std::int64_t ms(duration length)
{
    return std::chrono::duration_cast<std::chrono::milliseconds>(length).count();
}

json::value optional_ms(const std::optional<duration>& length)
{
    return length ? json::value(ms(*length)) : json::value();
}

json::array waiting_array(const std::vector<sharding::waiting_shard>& all)
{
    json::array made;
    for (const auto& each : all) {
        if (made.size() == waiting_max)
            break;
        made.push_back(json::object{{"slot", to_string(each.slot)},
                                    {"reason", sharding::name(each.why)},
                                    {"held_by", sharding::name(each.by)},
                                    {"in_ms", optional_ms(each.in)}});
    }
    return made;
}

json::object spent_object(const std::vector<spent_start>& all)
{
    struct of_shard {
        std::int64_t count = 0, last_ago_ms = 0;
    };
    std::map<std::string, std::int64_t> reasons;
    std::map<discord::slot, of_shard> shards;
    for (const spent_start& each : all) {
        ++reasons[each.why];
        ++shards[each.slot].count;
        shards[each.slot].last_ago_ms = each.ago_ms;
    }
    json::object by_reason;
    for (const auto& [why, count] : reasons)
        by_reason[why] = count;
    std::vector<std::pair<discord::slot, of_shard>> most(shards.begin(), shards.end());
    std::stable_sort(most.begin(), most.end(), [](const auto& one, const auto& other) {
        return one.second.count > other.second.count;
    });
    json::array by_shard, last;
    for (const auto& [slot, each] : most)
        if (by_shard.size() < rows_max)
            by_shard.push_back(json::object{{"slot", to_string(slot)},
                                            {"count", each.count},
                                            {"last_ago_ms", each.last_ago_ms}});
    for (auto each = all.rbegin(); each != all.rend() && last.size() < rows_max; ++each)
        last.push_back(json::object{
            {"slot", to_string(each->slot)}, {"reason", each->why}, {"ago_ms", each->ago_ms}});
    return {{"last_24h", all.size()},
            {"by_reason", std::move(by_reason)},
            {"by_shard", std::move(by_shard)},
            {"last", std::move(last)}};
}

constexpr std::int64_t window_ms =
    std::chrono::duration_cast<std::chrono::milliseconds>(sharding::identify_ledger::window)
        .count();

std::vector<spent_start> in_window(const std::vector<state::store::identify>& rows,
                                   std::int64_t wall_ms)
{
    std::vector<spent_start> made;
    for (const auto& each : rows)
        if (wall_ms - each.wall_ms < window_ms)
            made.push_back({each.slot,
                            std::string(sharding::name(sharding::parse_reason(each.why))),
                            std::max<std::int64_t>(wall_ms - each.wall_ms, 0)});
    return made;
}

json::value plan_value(const std::optional<sharding::quote>& plan)
{
    if (!plan)
        return {};
    return json::object{{"identifies", plan->identifies},
                        {"verdict", sharding::name(plan->is)},
                        {"leaves", plan->leaves},
                        {"takes_ms", ms(plan->takes)}};
}

}  // namespace

status::starts summary_of(const sharding::ledger_view& of)
{
    return {of.is_known,
            of.total,
            of.remaining,
            of.reserve,
            std::chrono::duration_cast<std::chrono::milliseconds>(of.reset_after).count(),
            of.waiting.size(),
            of.suspended};
}

std::string budget_json(const budget_report& what)
{
    const sharding::ledger_view& of = what.starts;
    const auto known = [&](auto value) { return of.is_known ? json::value(value) : json::value(); };
    return json::serialize(json::object{
        {"api_version", api_version},
        {"source", what.from_host ? "host" : "state_file"},
        {"total", known(of.total)},
        {"remaining", known(of.remaining)},
        {"reserve", known(of.reserve)},
        {"reset_after_ms", known(ms(of.reset_after))},
        {"max_concurrency", known(of.max_concurrency)},
        {"discord",
         {{"remaining", known(of.remaining_at_discord)},
          {"answered_ago_ms", known(ms(of.answered_ago))},
          {"spent_elsewhere", known(of.spent_elsewhere)}}},
        {"suspended", of.suspended.empty() ? json::value() : json::value(of.suspended)},
        {"breaker",
         {{"repeated", of.repeated},
          {"repeated_most", of.repeated_most},
          {"pause_ms", optional_ms(of.breaker_pause)}}},
        {"this_run", {{"ready", of.ready}, {"failed", of.failed}, {"expired", of.expired}}},
        {"waiting_total", of.waiting.size()},
        {"waiting", waiting_array(of.waiting)},
        {"spent", spent_object(what.spent)},
        {"plan", plan_value(what.plan)}});
}

result<std::vector<spent_start>> spent_lately(state::store& store, std::int64_t wall_ms)
{
    const auto rows = store.identifies_since(wall_ms - window_ms);
    if (!rows)
        return rows.error();
    return in_window(*rows, wall_ms);
}

std::vector<sharding::past_identify> past_identifies(const std::vector<spent_start>& rows)
{
    std::vector<sharding::past_identify> made;
    for (const spent_start& each : rows)
        made.push_back(
            {each.slot, sharding::parse_reason(each.why), std::chrono::milliseconds(each.ago_ms)});
    return made;
}

result<budget_report> remembered_budget(const std::filesystem::path& state, std::int64_t wall_ms,
                                        std::optional<int> plan, int reserve_percent)
{
    using std::chrono::milliseconds;
    const auto seen = state::store::look(state);
    if (!seen)
        return seen.error();
    budget_report made;
    made.from_host = false;
    sharding::identify_ledger ledger({.reserve_percent = reserve_percent});
    // Any moment will do, since it is asked about the same one.
    const instant now{sharding::identify_ledger::window * 2};
    std::vector<sharding::identify_ledger_action> ignored;
    made.spent = in_window(seen->identifies, wall_ms);
    sharding::owned rows;
    for (const spent_start& each : made.spent)
        rows.rows.push_back(
            {each.slot, sharding::parse_reason(each.why), milliseconds(each.ago_ms)});
    ledger.on(rows, now, ignored);
    if (const auto last = remembered_starts(seen->facts)) {
        const duration ago = milliseconds(std::max<std::int64_t>(wall_ms - last->wall_ms, 0));
        sharding::budget told{last->what.total, last->what.remaining, last->what.reset_after - ago,
                              last->what.max_concurrency, ago};
        if (ago >= last->what.reset_after) {
            told.remaining = told.total;
            told.asked_ago = (ago - last->what.reset_after) % sharding::identify_ledger::window;
            told.reset_after = sharding::identify_ledger::window - told.asked_ago;
        }
        ledger.on(told, now, ignored);
    }
    made.starts = ledger.look(now);
    if (plan)
        made.plan = ledger.price(*plan);
    return made;
}

}  // namespace tinfoil::host
