#include "host/operation_json.hpp"

#include "host/member_reader.hpp"
#include "host/status_json.hpp"

#include <algorithm>
#include <array>

namespace tinfoil::host {
namespace {

namespace json = boost::json;

constexpr std::array kinds{operation_kind::split, operation_kind::merge, operation_kind::reshard,
                           operation_kind::renew, operation_kind::move};
constexpr std::array states{operation_state::waiting,   operation_state::running,
                            operation_state::done,      operation_state::failed,
                            operation_state::cancelled, operation_state::interrupted};
constexpr std::array origins{operation_origin::by_operator, operation_origin::by_scaler,
                             operation_origin::for_intents};
constexpr std::array refusals{sharding::refusal::other_keys,     sharding::refusal::no_starts,
                              sharding::refusal::reserve,        sharding::refusal::suspended,
                              sharding::refusal::budget_unknown, sharding::refusal::too_many_guilds,
                              sharding::refusal::not_a_multiple, sharding::refusal::one_guild,
                              sharding::refusal::voice};

std::int64_t ms(duration of)
{
    return std::chrono::ceil<std::chrono::milliseconds>(of).count();
}

json::array slots_array(const std::vector<discord::slot>& all)
{
    json::array made;
    for (const discord::slot each : all)
        made.emplace_back(to_string(each));
    return made;
}

json::value dry_run(operation_mode mode)
{
    switch (mode) {
    case operation_mode::perform:
        return false;
    case operation_mode::quote:
        return true;
    case operation_mode::shadow:
        return "shadow";
    }
    return false;
}

json::array objections_array(const std::vector<sharding::objection>& from)
{
    json::array made;
    for (const sharding::objection& each : from)
        made.push_back(json::object{{"why", sharding::name(each.why)},
                                    {"text", valid(each.text)},
                                    {"can_be_forced", can_be_forced(each.why)}});
    return made;
}

json::object quote_object(const operation_quote& from)
{
    return {{"older", slots_array(from.older)},
            {"newer", slots_array(from.newer)},
            {"identifies", from.identifies},
            {"takes_ms", ms(from.takes)},
            {"at_most_ms", ms(from.at_most)},
            {"overlap_load", from.overlap_load == 0 ? json::value() : from.overlap_load},
            {"may_go", from.may_go()},
            {"objections", objections_array(from.objections)},
            {"overruled", objections_array(from.overruled)}};
}

// They come from collections: one that is no JSON is as good as none.
json::array reports_array(const std::vector<std::string>& from)
{
    json::array made;
    for (const std::string& each : from) {
        boost::system::error_code failed;
        json::value report = json::parse(valid(each), failed);
        made.push_back(failed || !report.is_object() ? json::value() : std::move(report));
    }
    return made;
}

// What only some kinds have. A wish may name thousands of slots.
void add_wish(json::object& to, const operation_wish& from, operation_detail much)
{
    if (from.kind == operation_kind::split)
        to["parts"] = from.count;
    if (from.kind == operation_kind::reshard)
        to["shards"] = from.count;
    else if (much == operation_detail::all)
        to["slots"] = slots_array(from.slots);
    if (from.kind == operation_kind::move)
        to["to"] = from.to;
    to["dry_run"] = dry_run(from.mode);
    if (from.mode == operation_mode::shadow)
        to["observe_for_ms"] = ms(from.observe_for);
    to["force"] = from.forced;
}

template <class All>
void read_word(const member_reader& member, std::string_view which, const All& all,
               typename All::value_type& into)
{
    std::string text;
    member(which, text);
    if (text.empty())
        return;
    for (const auto each : all)
        if (name(each) == text) {
            into = each;
            return;
        }
    member.blame(which);
}

void read_slots(const member_reader& member, std::string_view which,
                std::vector<discord::slot>& into)
{
    const json::value* found = member.find(which);
    if (found == nullptr)
        return;
    if (!found->is_array())
        return member.blame(which);
    for (const json::value& each : found->get_array()) {
        const auto slot = each.is_string()
                              ? discord::parse_slot(std::string_view(each.get_string()))
                              : std::nullopt;
        if (!slot)
            return member.blame(which);
        into.push_back(*slot);
    }
}

void read_length(const member_reader& member, std::string_view which, duration& into)
{
    std::int64_t length = ms(into);
    member(which, length);
    into = std::chrono::milliseconds(length);
}

operation_wish read_wish(const member_reader& member)
{
    operation_wish made;
    read_word(member, "kind", kinds, made.kind);
    read_word(member, "origin", origins, made.origin);
    read_slots(member, "slots", made.slots);
    member("parts", made.count);
    member("shards", made.count);
    member("to", made.to);
    member("force", made.forced);
    read_length(member, "observe_for_ms", made.observe_for);
    if (const json::value* mode = member.find("dry_run")) {
        if (mode->is_bool())
            made.mode = mode->get_bool() ? operation_mode::quote : operation_mode::perform;
        else if (mode->is_string() && mode->get_string() == "shadow")
            made.mode = operation_mode::shadow;
        else
            member.blame("dry_run");
    }
    return made;
}

operation_quote read_quote(const member_reader& member, std::string& wrong)
{
    operation_quote made;
    read_slots(member, "older", made.older);
    read_slots(member, "newer", made.newer);
    member("identifies", made.identifies);
    read_length(member, "takes_ms", made.takes);
    read_length(member, "at_most_ms", made.at_most);
    if (const json::value* load = member.find("overlap_load")) {
        boost::system::error_code failed;
        made.overlap_load = load->to_number<double>(failed);
        if (failed)
            member.blame("overlap_load");
    }
    for (const auto& [which, into] :
         {std::pair("objections", &made.objections), std::pair("overruled", &made.overruled)})
        read_array(member.find(which), wrong, [into = into](const member_reader& of) {
            sharding::objection one;
            read_word(of, "why", refusals, one.why);
            of("text", one.text);
            into->push_back(std::move(one));
        });
    return made;
}

operation_view read_view(const json::value& from, std::string& wrong, std::int64_t now_ms)
{
    const member_reader member(from, wrong);
    operation_view made;
    made.wish = read_wish(member);
    if (const json::value* quote = member.find("quote"))
        made.quote = read_quote(member_reader(*quote, wrong), wrong);
    member("id", made.id);
    read_word(member, "state", states, made.state);
    member("why", made.why);
    const auto moment = [&](std::string_view which, std::int64_t& into) {
        if (member.find(which) == nullptr)
            return;
        std::int64_t ago = 0;
        member(which, ago);
        into = now_ms - ago;
    };
    moment("asked_ago_ms", made.asked_ms);
    moment("ended_ago_ms", made.ended_ms);
    member("handoffs", made.quote.parts);
    member("handoffs_done", made.parts_done);
    member("moves", made.quote.moves);
    member("moves_done", made.moves_done);
    member("phase", made.phase);
    member("waits_for", made.waits_for);
    member("streams", made.streams);
    member("proven", made.proven);
    member("held", made.held);
    member("held_bytes", made.held_bytes);
    if (member.find("left_ms") != nullptr)
        read_length(member, "left_ms", made.left.emplace());
    member("identifies", made.identifies);
    member("exact", made.is_exact);
    if (member.find("pause_us") != nullptr)
        member("pause_us", made.pause_us.emplace());
    if (const json::value* reports = member.find("reports")) {
        if (!reports->is_array())
            member.blame("reports");
        else
            for (const json::value& each : reports->get_array())
                made.reports.push_back(each.is_object() ? json::serialize(each) : "");
    }
    return made;
}

result<json::value> parse(std::string_view text, std::string& wrong)
{
    boost::system::error_code failed;
    json::value made = json::parse({text.data(), text.size()}, failed);
    if (failed)
        wrong = "it is no JSON";
    return made;
}

error malformed(const std::string& what)
{
    return {errc::malformed, "what the host says of operations is not understood: " + what +
                                 "; use the tinfoil that the host was started with"};
}

}  // namespace

json::object operation_object(const operation_view& from, operation_detail much,
                              std::int64_t now_ms)
{
    const auto age = [&](std::int64_t moment) {
        return moment == 0 ? json::value()
                           : json::value(std::max<std::int64_t>(0, now_ms - moment));
    };
    json::object made{{"id", from.id == 0 ? json::value() : json::value(from.id)},
                      {"kind", name(from.wish.kind)},
                      {"state", name(from.state)},
                      {"origin", name(from.wish.origin)}};
    add_wish(made, from.wish, much);
    const json::object rest{
        {"why", from.why.empty() ? json::value() : json::value(valid(from.why))},
        {"asked_ago_ms", age(from.asked_ms)},
        {"ended_ago_ms", age(from.ended_ms)},
        {"handoffs", from.quote.parts},
        {"handoffs_done", from.parts_done},
        {"moves", from.quote.moves},
        {"moves_done", from.moves_done},
        {"phase", from.phase.empty() ? json::value() : json::value(valid(from.phase))},
        {"waits_for", from.waits_for.empty() ? json::value() : json::value(valid(from.waits_for))},
        {"streams", from.streams},
        {"proven", from.proven},
        {"held", from.held},
        {"held_bytes", from.held_bytes},
        {"left_ms", from.left ? json::value(ms(*from.left)) : json::value()},
        {"identifies", from.identifies},
        {"exact", from.state == operation_state::done && from.wish.mode != operation_mode::quote
                      ? json::value(from.is_exact)
                      : json::value()},
        {"pause_us", from.pause_us ? json::value(*from.pause_us) : json::value()}};
    made.insert(rest.begin(), rest.end());
    if (much == operation_detail::progress)
        return made;
    made["quote"] = quote_object(from.quote);
    made["reports"] = reports_array(from.reports);
    return made;
}

std::string operation_json(const operation_view& from, operation_detail much, std::int64_t now_ms)
{
    return json::serialize(operation_object(from, much, now_ms));
}

std::string operation_answer_json(const operation_view& from, std::int64_t now_ms)
{
    return json::serialize(
        json::object{{"api_version", api_version},
                     {"operation", operation_object(from, operation_detail::all, now_ms)}});
}

std::string operations_json(const operations_list& from, std::int64_t now_ms)
{
    const auto array = [&](const std::vector<operation_view>& all) {
        json::array made;
        for (const operation_view& each : all)
            made.push_back(operation_object(each, operation_detail::all, now_ms));
        return made;
    };
    return json::serialize(json::object{{"api_version", api_version},
                                        {"running", array(from.running)},
                                        {"waiting", array(from.waiting)},
                                        {"history", array(from.past)}});
}

result<operation_view> parse_operation(std::string_view text, std::int64_t now_ms)
{
    std::string wrong;
    const auto parsed = parse(text, wrong);
    if (!wrong.empty())
        return malformed(wrong);
    operation_view made = read_view(*parsed, wrong, now_ms);
    if (!wrong.empty())
        return malformed(wrong);
    return made;
}

result<operation_view> parse_operation_answer(std::string_view text, std::int64_t now_ms)
{
    std::string wrong;
    const auto parsed = parse(text, wrong);
    if (!wrong.empty())
        return malformed(wrong);
    const json::value* found = member_reader(*parsed, wrong).find("operation");
    if (found == nullptr)
        return malformed("it has no \"operation\"");
    operation_view made = read_view(*found, wrong, now_ms);
    if (!wrong.empty())
        return malformed(wrong);
    return made;
}

result<operations_list> parse_operations(std::string_view text, std::int64_t now_ms)
{
    std::string wrong;
    const auto parsed = parse(text, wrong);
    if (!wrong.empty())
        return malformed(wrong);
    const member_reader member(*parsed, wrong);
    operations_list made;
    for (const auto& [which, into] :
         {std::pair("running", &made.running), std::pair("waiting", &made.waiting),
          std::pair("history", &made.past)}) {
        const json::value* all = member.find(which);
        if (all == nullptr || !all->is_array()) {
            member.blame(which);
            break;
        }
        for (const json::value& each : all->get_array())
            into->push_back(read_view(each, wrong, now_ms));
    }
    if (!wrong.empty())
        return malformed(wrong);
    return made;
}

operation_call call_of(const operation_wish& what)
{
    json::object body;
    if (what.kind == operation_kind::split && what.slots.size() == 1)
        body["slot"] = to_string(what.slots.front());
    else if (what.kind == operation_kind::renew && what.slots.empty())
        body["all"] = true;
    else if (what.kind != operation_kind::reshard)
        body["slots"] = slots_array(what.slots);
    if (what.kind == operation_kind::split)
        body["parts"] = what.count;
    if (what.kind == operation_kind::reshard)
        body["shards"] = what.count;
    if (what.kind == operation_kind::move)
        body["to"] = what.to;
    body["dry_run"] = dry_run(what.mode);
    if (what.mode == operation_mode::shadow)
        body["observe_for_ms"] = ms(what.observe_for);
    body["force"] = what.forced;
    return {"/v1/shards/" + std::string(name(what.kind)), json::serialize(body)};
}

}  // namespace tinfoil::host
