#include "scaling/record.hpp"

#include "base/overloaded.hpp"
#include "scaling/record_fields.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <optional>
#include <type_traits>

namespace tinfoil::scaling {
namespace {

namespace json = boost::json;

template <class Type>
constexpr bool has_fields =
    !std::is_same_v<std::remove_cvref_t<decltype(fields::of<Type>)>, std::tuple<>>;

template <class Enum>
constexpr Enum last_of = Enum{};
template <>
constexpr auto last_of<mode> = mode::off;
template <>
constexpr auto last_of<plan_changes> = plan_changes::no;
template <>
constexpr auto last_of<collection_phase> = collection_phase::draining;
template <>
constexpr auto last_of<aim> = aim::shrink;

// Writing.

template <class Type>
    requires has_fields<Type>
json::object to_json(const Type& of);

template <class Number>
    requires std::is_integral_v<Number>
json::value to_json(Number of)
{
    return of;
}

template <class Enum>
    requires std::is_enum_v<Enum>
json::value to_json(Enum of)
{
    return json::value(name(of));
}

json::value to_json(const std::string& of)
{
    return json::value(of);
}

json::value to_json(duration of)
{
    return std::chrono::duration_cast<std::chrono::milliseconds>(of).count();
}

json::value to_json(discord::slot of)
{
    return json::value(to_string(of));
}

// As text, since JSON's numbers lose digits of an id in other programs.
json::value to_json(discord::snowflake of)
{
    return json::value(to_string(of));
}

json::value to_json(const action& of);

template <class Element>
json::value array_of(const Element& all)
{
    json::array made;
    for (const auto& each : all)
        made.push_back(to_json(each));
    return made;
}

json::value to_json(const std::array<micro, 2>& of)
{
    return array_of(of);
}

template <class Element>
json::value to_json(const std::vector<Element>& of)
{
    return array_of(of);
}

template <class Type>
    requires has_fields<Type>
json::object to_json(const Type& of)
{
    json::object made;
    std::apply([&](const auto&... each) { ((made[each.key] = to_json(of.*each.member)), ...); },
               fields::of<Type>);
    return made;
}

json::value to_json(const action& of)
{
    return std::visit(overloaded{[](const add_collection&) -> json::value {
                                     return {{"add", true}};
                                 },
                                 [](const auto& it) -> json::value { return to_json(it); }},
                      of);
}

// Reading: true when it could be.

template <class Type>
    requires has_fields<Type>
bool from_json(const json::value& from, Type& to);

template <class Number>
    requires std::is_integral_v<Number>
bool from_json(const json::value& from, Number& to)
{
    if constexpr (std::is_same_v<Number, bool>) {
        if (!from.is_bool())
            return false;
        to = from.get_bool();
        return true;
    } else {
        json::error_code failed;
        const auto number = from.to_number<Number>(failed);
        if (failed || from.is_double())
            return false;
        to = number;
        return true;
    }
}

template <class Enum>
    requires std::is_enum_v<Enum>
bool from_json(const json::value& from, Enum& to)
{
    if (!from.is_string())
        return false;
    for (int i = 0; i <= static_cast<int>(last_of<Enum>); ++i)
        if (name(static_cast<Enum>(i)) == std::string_view(from.get_string())) {
            to = static_cast<Enum>(i);
            return true;
        }
    return false;
}

bool from_json(const json::value& from, std::string& to)
{
    if (!from.is_string())
        return false;
    to = std::string(from.get_string());
    return true;
}

bool from_json(const json::value& from, duration& to)
{
    std::int64_t ms = 0;
    constexpr std::int64_t year = 365LL * 24 * 3'600'000;
    if (!from_json(from, ms) || ms < 0 || ms > year)
        return false;
    to = std::chrono::milliseconds(ms);
    return true;
}

bool from_json(const json::value& from, discord::slot& to)
{
    const auto slot = from.is_string() ? discord::parse_slot(from.get_string()) : std::nullopt;
    to = slot.value_or(discord::slot{});
    return slot.has_value();
}

bool from_json(const json::value& from, discord::snowflake& to)
{
    const auto id = from.is_string() ? discord::parse_snowflake(from.get_string()) : std::nullopt;
    to = id.value_or(discord::snowflake{});
    return id.has_value();
}

bool from_json(const json::value& from, std::array<micro, 2>& to)
{
    return from.is_array() && from.get_array().size() == 2 &&
           from_json(from.get_array()[0], to[0]) && from_json(from.get_array()[1], to[1]);
}

bool from_json(const json::value& from, action& to);

template <class Element>
bool from_json(const json::value& from, std::vector<Element>& to)
{
    if (!from.is_array())
        return false;
    to.clear();
    return std::all_of(from.get_array().begin(), from.get_array().end(),
                       [&](const auto& each) { return from_json(each, to.emplace_back()); });
}

template <class Type>
    requires has_fields<Type>
bool from_json(const json::value& from, Type& to)
{
    if (!from.is_object())
        return false;
    const auto read = [&](const auto& each) {
        const json::value* found = from.get_object().if_contains(each.key);
        return found == nullptr || from_json(*found, to.*each.member);
    };
    return std::apply([&](const auto&... each) { return (read(each) && ...); }, fields::of<Type>);
}

bool from_json(const json::value& from, action& to)
{
    const json::object* what = from.if_object();
    if (what == nullptr)
        return false;
    if (what->contains("add"))
        return to = add_collection{}, true;
    if (what->contains("move"))
        return from_json(from, to.emplace<move>());
    if (what->contains("replace"))
        return from_json(from, to.emplace<replace>());
    return what->contains("retire") && from_json(from, to.emplace<retire_collection>());
}

// What decide() takes for granted of a situation.
std::string flaw_of(const situation& of)
{
    if (const auto good = check(of.with); !good)
        return good.error().detail;
    const auto in_order = [](const auto& all, const auto& key) {
        return std::adjacent_find(all.begin(), all.end(), [&](const auto& one, const auto& next) {
                   return !(key(one) < key(next));
               }) == all.end();
    };
    if (!in_order(of.shards, [](const shard_state& each) { return each.slot; }))
        return "its shards are not in order, each once";
    if (!in_order(of.collections, [](const collection_state& each) { return each.number; }))
        return "its collections are not in order, each once";
    const auto are_within = [](std::int64_t most, std::initializer_list<std::int64_t> all) {
        return std::all_of(all.begin(), all.end(),
                           [&](std::int64_t each) { return each >= 0 && each <= most; });
    };
    constexpr micro load_max = 1'000 * whole_loop;
    constexpr milliseconds time_max = 10LL * 365 * 24 * 3'600'000;
    for (const shard_state& each : of.shards)
        if (!are_within(load_max, {each.load, each.decoding, each.halves[0], each.halves[1],
                                   each.heaviest}) ||
            !are_within(time_max, {each.hot_for, each.quiet_for, each.split_rest, each.merge_rest,
                                   each.move_rest, each.leave_rest}) ||
            each.guilds > INT32_MAX / 2)
            return "a number of " + to_string(each.slot) + " is out of range";
    for (const collection_state& each : of.collections)
        if (!are_within(load_max, {each.other}) || !are_within(time_max, {each.in_phase}))
            return "a number of collection " + std::to_string(each.number) + " is out of range";
    if (!are_within(time_max,
                    {of.uneven_for, of.crowded_for, of.roomy_for, of.grow_rest, of.shrink_rest}))
        return "a time is out of range";
    if (!are_within(1'000'000, {of.starts.total, of.starts.reserve, of.starts.waiting,
                                of.starts.max_concurrency - 1}) ||
        of.starts.remaining < -1'000'000 || of.starts.remaining > 1'000'000)
        return "its session starts are out of range";
    return {};
}

error malformed(const std::string& why)
{
    return {errc::malformed, "this is no decision of the scaler: " + why};
}

}  // namespace

std::string to_line(const record& of)
{
    json::object made{{"v", record_version}};
    for (auto& each : to_json(of))
        made.insert(each);
    return json::serialize(made);
}

result<record> parse_line(std::string_view line)
{
    if (line.size() > record_bytes_max)
        return error{errc::too_large, "a decision of more than 64 MiB is none of the scaler"};
    json::error_code failed;
    const json::value all = json::parse(line, failed);
    if (failed || !all.is_object())
        return malformed("it is not a JSON object");
    const json::object& object = all.get_object();
    int version = 0;
    if (const json::value* found = object.if_contains("v");
        found == nullptr || !from_json(*found, version) || version < 1)
        return malformed("it has no version \"v\"");
    if (version > record_version)
        return error{errc::invalid_argument, "the decision has version " + std::to_string(version) +
                                                 ", and this tinfoil reads up to " +
                                                 std::to_string(record_version) +
                                                 ": use the one that made it"};
    record made;
    std::string wrong;
    const auto read = [&](const auto& each) {
        const json::value* found = object.if_contains(each.key);
        if (wrong.empty() && (found == nullptr || !from_json(*found, made.*each.member)))
            wrong = each.key;
    };
    std::apply([&](const auto&... each) { (read(each), ...); }, fields::of<record>);
    if (!wrong.empty())
        return malformed("\"" + wrong + "\" is missing or can't be read");
    if (const std::string flaw = flaw_of(made.at); !flaw.empty())
        return malformed(flaw);
    return made;
}

result<replayed> replay(std::string_view line)
{
    auto read = parse_line(line);
    if (!read)
        return read.error();
    decision again = decide(read->at);
    return replayed{*std::move(read), std::move(again)};
}

}  // namespace tinfoil::scaling
