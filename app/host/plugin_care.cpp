#include "host/plugin_care.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <fmt/format.h>

namespace tinfoil::host {
namespace {

namespace json = boost::json;

bool same(const link::event_name& a, const link::event_name& b)
{
    return a.slot == b.slot && a.session_id == b.session_id && a.sequence == b.sequence;
}

std::string in_words(const link::event_name& event, const std::string& type)
{
    return fmt::format("{} {} of shard {}", type.empty() ? "event" : type, event.sequence,
                       to_string(event.slot));
}

std::string named(const plugin_ended& what)
{
    return "plugin " + what.plugin + (what.version.empty() ? "" : " " + what.version);
}

std::string story(const plugin_ended& what)
{
    std::string text = named(what) + (what.hung ? " hung" : " crashed");
    if (what.event)
        text += " in " + in_words(*what.event, what.type);
    else if (!what.doing.empty())
        text += " while " + what.doing;
    return text + " (" + what.how + ")";
}

}  // namespace

void plugin_care::on(const care_input& what, instant now, actions& todo)
{
    if (const auto* end = std::get_if<plugin_ended>(&what))
        on_ended(*end, now, todo);
    else if (const auto* left = std::get_if<collection_left>(&what))
        std::erase_if(waiting_, [&](const waiting& each) {
            return each.collection == left->collection && each.epoch == left->epoch;
        });
    else if (const auto* came = std::get_if<poison_came>(&what))
        on_poison(*came, todo);
    else if (const auto* enabled = std::get_if<plugin_enabled>(&what))
        on_enabled(enabled->plugin, now, todo);
    else if (const auto* rules = std::get_if<care_changed>(&what))
        how_.policy = rules->policy, how_.isolated = rules->isolated;
    answer_due(now, todo);
}

instant plugin_care::deadline() const
{
    instant due = never;
    for (const waiting& each : waiting_)
        due = std::min(due, each.due);
    return due;
}

bool plugin_care::wants_isolated(const std::string& plugin) const
{
    return std::find(how_.isolated.begin(), how_.isolated.end(), plugin) != how_.isolated.end();
}

plugin_care::past& plugin_care::past_of(const build_id& which)
{
    past& own = builds_[which];
    own.order = ++order_;
    if (builds_.size() > builds_max)
        builds_.erase(
            std::min_element(builds_.begin(), builds_.end(), [](const auto& a, const auto& b) {
                return a.second.order < b.second.order;
            }));
    return own;
}

void plugin_care::on_ended(const plugin_ended& what, instant now, actions& todo)
{
    const build_id which{what.plugin, what.build};
    past& own = past_of(which);
    if (!what.version.empty())
        own.version = what.version;
    own.last = story(what);
    judge_event(what, own, todo);
    judge_build(what, own, now, todo);
    if (what.isolated) {
        const duration wait = own.quarantined.empty() ? wait_of(own) : duration::zero();
        waiting_.push_back({what.collection, what.epoch, which, now + wait});
    }
    todo.emplace_back(keep_care{});
}

duration plugin_care::wait_of(const past& own) const
{
    return how_.waits[std::min(own.crashes.size(), how_.waits.size()) - 1];
}

void plugin_care::judge_event(const plugin_ended& what, past& of, actions& todo)
{
    if (!what.event)
        return;
    const auto is_this = [&](const accused& each) {
        return each.plugin == what.plugin && same(each.event, *what.event);
    };
    if (std::any_of(poisons_.begin(), poisons_.end(), is_this))
        return;
    const auto before = std::find_if(suspects_.begin(), suspects_.end(), is_this);
    const bool twice = before != suspects_.end();
    if (twice)
        suspects_.erase(before);
    auto& list = twice ? poisons_ : suspects_;
    list.push_back({what.plugin, *what.event});
    if (list.size() > suspects_max)
        list.erase(list.begin());
    if (!twice)
        return;
    todo.emplace_back(keep_poison{
        {what.plugin, of.version, what.build, *what.event, what.type, ""}, story(what), false});
    todo.emplace_back(care_says{
        true, fmt::format("{} {} twice by {}: it is skipped for that plugin and kept in poison/ of "
                          "the state folder",
                          named(what), what.hung ? "was held up" : "was ended",
                          in_words(*what.event, what.type))});
}

void plugin_care::judge_build(const plugin_ended& what, past& of, instant now, actions& todo)
{
    std::erase_if(of.crashes, [&](instant each) { return now - each >= crashes_window; });
    of.crashes.push_back(now);
    if (of.crashes.size() > crashes_max)
        of.crashes.erase(of.crashes.begin());
    std::string then;
    if (how_.policy == on_crash::quarantine || of.crashes.size() >= crashes_max) {
        of.quarantined = of.last;
        then = fmt::format(
            "; this build is in quarantine and the bot runs on without it, until there is a new "
            "build of it, or: tinfoil plugins enable {}",
            what.plugin);
        if (of.crashes.size() >= crashes_max)
            then.insert(
                0, fmt::format(
                       ", {} times within {} minutes", of.crashes.size(),
                       std::chrono::duration_cast<std::chrono::minutes>(crashes_window).count()));
    } else if (how_.policy == on_crash::isolate && !of.isolated && !what.isolated) {
        of.isolated = true;
        then = "; it runs in a process of its own from now on";
    } else if (what.isolated) {
        const auto wait = std::chrono::duration_cast<std::chrono::seconds>(wait_of(of));
        then = wait.count() == 0 ? "; its process starts again"
                                 : fmt::format("; its process starts again in {} s", wait.count());
    }
    todo.emplace_back(care_says{true, of.last + then});
}

void plugin_care::on_poison(const poison_came& what, actions& todo)
{
    std::erase_if(poisons_, [&](const accused& each) {
        return each.plugin == what.what.plugin && same(each.event, what.what.event);
    });
    todo.emplace_back(keep_poison{what.what, "", true});
    todo.emplace_back(keep_care{});
}

void plugin_care::on_enabled(const std::string& plugin, instant now, actions& todo)
{
    for (auto& [which, own] : builds_) {
        if (which.first != plugin)
            continue;
        own.quarantined.clear();
        own.crashes.clear();
        own.isolated = false;
        own.order = ++order_;
    }
    for (waiting& each : waiting_)
        if (each.which.first == plugin)
            each.due = now;
    todo.emplace_back(keep_care{});
}

void plugin_care::answer_due(instant now, actions& todo)
{
    std::erase_if(waiting_, [&](const waiting& each) {
        if (now < each.due)
            return false;
        todo.emplace_back(
            give_order{each.collection, each.epoch, terms_of(each.which, builds_[each.which])});
        return true;
    });
}

std::vector<link::plugin_terms> plugin_care::terms_of(const std::string& plugin) const
{
    std::vector<link::plugin_terms> all;
    for (const auto& [which, own] : builds_)
        if (which.first == plugin)
            all.push_back(terms_of(which, own));
    return all;
}

std::vector<link::event_name> plugin_care::poisons_of(const std::string& plugin) const
{
    std::vector<link::event_name> all;
    for (const accused& each : poisons_)
        if (each.plugin == plugin)
            all.push_back(each.event);
    return all;
}

link::plugin_terms plugin_care::terms_of(const build_id& which, const past& of) const
{
    link::plugin_terms made{which.first, which.second, 0, of.quarantined, poisons_of(which.first)};
    if (of.isolated || wants_isolated(which.first))
        made.placement = static_cast<std::uint8_t>(link::plugin_placement::process);
    return made;
}

std::vector<link::plugin_terms> plugin_care::terms() const
{
    std::vector<link::plugin_terms> all;
    for (const auto& [which, own] : builds_) {
        auto made = terms_of(which, own);
        if (made.placement != 0 || !made.set_aside.empty() || !made.poisons.empty())
            all.push_back(std::move(made));
    }
    for (const std::string& each : how_.isolated)
        all.push_back(
            {each, "", static_cast<std::uint8_t>(link::plugin_placement::process), "", {}});
    return all;
}

std::vector<plugin_care::view> plugin_care::look() const
{
    std::vector<view> all;
    for (const auto& [which, own] : builds_) {
        view made;
        made.plugin = which.first;
        made.build = which.second;
        made.version = own.version;
        if (own.isolated || wants_isolated(which.first))
            made.placement = link::plugin_placement::process;
        made.quarantined = own.quarantined;
        made.crashes = own.crashes.size();
        made.poisons = poisons_of(which.first).size();
        made.last = own.last;
        all.push_back(std::move(made));
    }
    return all;
}

namespace {

json::object as_json(const link::event_name& event)
{
    return {{"slot", to_string(event.slot)},
            {"session", event.session_id},
            {"sequence", event.sequence}};
}

// Throws what boost::json throws.
link::event_name event_from(const json::value& from)
{
    const auto slot = discord::parse_slot(from.at("slot").as_string());
    if (!slot)
        throw std::invalid_argument("a slot");
    return {*slot, std::string(from.at("session").as_string()),
            from.at("sequence").to_number<std::int64_t>()};
}

std::string text_from(const json::value& from, std::string_view name)
{
    return std::string(from.at(name).as_string());
}

std::int64_t ms(duration length)
{
    return std::chrono::duration_cast<std::chrono::milliseconds>(length).count();
}

}  // namespace

std::string plugin_care::remember(instant now, std::int64_t wall_ms) const
{
    json::array builds;
    for (const auto& [which, own] : builds_) {
        json::array crashes;
        for (const instant each : own.crashes)
            crashes.push_back(ms(now - each));
        builds.push_back({{"plugin", which.first},
                          {"build", which.second},
                          {"version", own.version},
                          {"isolated", own.isolated},
                          {"quarantined", own.quarantined},
                          {"last", own.last},
                          {"order", own.order},
                          {"crashes_ago_ms", std::move(crashes)}});
    }
    const auto list = [](const std::vector<accused>& from) {
        json::array made;
        for (const accused& each : from)
            made.push_back({{"plugin", each.plugin}, {"event", as_json(each.event)}});
        return made;
    };
    return json::serialize(json::object{{"wall_ms", wall_ms},
                                        {"builds", std::move(builds)},
                                        {"suspects", list(suspects_)},
                                        {"poisons", list(poisons_)}});
}

result<void> plugin_care::recall(std::string_view text, instant now, std::int64_t wall_ms)
{
    std::map<build_id, past> builds;
    std::vector<accused> suspects, poisons;
    std::uint64_t order = 0;
    try {
        const json::value all = json::parse(text);
        const auto away =
            std::max<std::int64_t>(0, wall_ms - all.at("wall_ms").to_number<std::int64_t>());
        for (const json::value& each : all.at("builds").as_array()) {
            past own;
            own.version = text_from(each, "version");
            own.isolated = each.at("isolated").as_bool();
            own.quarantined = text_from(each, "quarantined");
            own.last = text_from(each, "last");
            own.order = each.at("order").to_number<std::uint64_t>();
            order = std::max(order, own.order);
            for (const json::value& ago : each.at("crashes_ago_ms").as_array()) {
                const auto passed = ago.to_number<std::int64_t>() + away;
                if (passed >= 0 && passed < ms(crashes_window))
                    own.crashes.push_back(now - std::chrono::milliseconds(passed));
            }
            builds[{text_from(each, "plugin"), text_from(each, "build")}] = std::move(own);
        }
        const auto list = [&](const char* name, std::vector<accused>& into) {
            for (const json::value& each : all.at(name).as_array())
                into.push_back({text_from(each, "plugin"), event_from(each.at("event"))});
        };
        list("suspects", suspects);
        list("poisons", poisons);
    } catch (const std::exception& wrong) {
        return error{errc::malformed,
                     fmt::format("what the state has about plugins that crashed is not understood "
                                 "({}); they begin anew",
                                 wrong.what())};
    }
    builds_ = std::move(builds);
    suspects_ = std::move(suspects);
    poisons_ = std::move(poisons);
    order_ = order;
    return {};
}

}  // namespace tinfoil::host
