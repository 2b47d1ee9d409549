#include "host/operations_control.hpp"

#include "host/control_answers.hpp"
#include "host/operation_json.hpp"
#include "host/status_json.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <fmt/format.h>

namespace tinfoil::host {
namespace {

namespace json = boost::json;

constexpr std::string_view list_path = "/v1/operations", cancel_path = "/v1/shards/cancel";

struct call {
    std::string_view path;
    operation_kind kind;
    const char* example;
};
constexpr std::array calls{
    call{"/v1/shards/split", operation_kind::split, R"({"slot":"3/16","parts":2})"},
    call{"/v1/shards/merge", operation_kind::merge, R"({"slots":["3/32","19/32"]})"},
    call{"/v1/shards/reshard", operation_kind::reshard, R"({"shards":24})"},
    call{"/v1/shards/renew", operation_kind::renew, R"({"slots":["3/16"]} or {"all":true})"},
    call{"/v1/shards/move", operation_kind::move, R"({"slots":["3/16"],"to":1})"}};

const call* call_at(std::string_view path)
{
    const auto found = std::find_if(calls.begin(), calls.end(),
                                    [&](const call& each) { return each.path == path; });
    return found == calls.end() ? nullptr : &*found;
}

const call& call_of_kind(operation_kind kind)
{
    return *std::find_if(calls.begin(), calls.end(),
                         [&](const call& each) { return each.kind == kind; });
}

// Reads the members of one body. What it does not know is refused: it may be the point of it.
class wish_reader {
public:
    wish_reader(operation_kind kind, const std::vector<discord::slot>& plan) : plan_(plan)
    {
        made_.kind = kind;
        if (kind == operation_kind::split)
            made_.count = 2;
    }

    [[nodiscard]] result<void> take(std::string_view key, const json::value& value);
    [[nodiscard]] result<operation_wish> end();

    [[nodiscard]] error bad(const std::string& why) const
    {
        const call& of = call_of_kind(made_.kind);
        return {errc::invalid_argument,
                fmt::format("the body of {} {}; send {}", of.path, why, of.example)};
    }

private:
    [[nodiscard]] bool is(operation_kind kind) const { return made_.kind == kind; }
    [[nodiscard]] result<void> take_slots(const json::value& value);
    [[nodiscard]] result<void> take_slot(const json::value& value);
    [[nodiscard]] result<void> take_number(std::string_view key, const json::value& value,
                                           std::uint32_t least, std::uint32_t& into);
    [[nodiscard]] result<void> take_dry_run(const json::value& value);
    [[nodiscard]] result<void> take_flag(std::string_view key, const json::value& value,
                                         bool& into) const;
    [[nodiscard]] result<void> take_observation(const json::value& value);

    const std::vector<discord::slot>& plan_;
    operation_wish made_;
    bool all_ = false, to_known_ = false;
};

result<void> wish_reader::take(std::string_view key, const json::value& value)
{
    if (key == "slot" && is(operation_kind::split))
        return take_slot(value);
    if (key == "slots" && !is(operation_kind::split) && !is(operation_kind::reshard))
        return take_slots(value);
    if (key == "parts" && is(operation_kind::split))
        return take_number(key, value, 2, made_.count);
    if (key == "shards" && is(operation_kind::reshard))
        return take_number(key, value, 1, made_.count);
    if (key == "to" && is(operation_kind::move)) {
        to_known_ = true;
        return take_number(key, value, 0, made_.to);
    }
    if (key == "all" && is(operation_kind::renew))
        return take_flag(key, value, all_);
    if (key == "dry_run")
        return take_dry_run(value);
    if (key == "force")
        return take_flag(key, value, made_.forced);
    if (key == "observe_for_ms")
        return take_observation(value);
    return bad(fmt::format("has a field \"{}\" that this host does not know", valid(key)));
}

result<void> wish_reader::take_slot(const json::value& value)
{
    const auto slot = value.is_string() ? discord::parse_slot(std::string_view(value.get_string()))
                                        : std::nullopt;
    if (!slot)
        return bad("has a slot that is none");
    if (std::find(made_.slots.begin(), made_.slots.end(), *slot) != made_.slots.end())
        return bad("names " + to_string(*slot) + " twice");
    made_.slots.push_back(*slot);
    return {};
}

result<void> wish_reader::take_slots(const json::value& value)
{
    if (!value.is_array() || value.get_array().empty())
        return bad("needs a list of slots for \"slots\"");
    for (const json::value& each : value.get_array())
        if (auto taken = take_slot(each); !taken)
            return taken;
    return {};
}

result<void> wish_reader::take_number(std::string_view key, const json::value& value,
                                      std::uint32_t least, std::uint32_t& into)
{
    boost::system::error_code failed;
    const auto number = value.to_number<std::uint32_t>(failed);
    if (failed || value.is_double() || number < least || number > operations_control::shards_max)
        return bad(
            fmt::format("needs {} to {} for \"{}\"", least, operations_control::shards_max, key));
    into = number;
    return {};
}

result<void> wish_reader::take_flag(std::string_view key, const json::value& value,
                                    bool& into) const
{
    if (!value.is_bool())
        return bad(fmt::format("needs true or false for \"{}\"", key));
    into = value.get_bool();
    return {};
}

result<void> wish_reader::take_dry_run(const json::value& value)
{
    if (value.is_string() && value.get_string() == "shadow") {
        // A move opens no newer session that could be watched.
        if (is(operation_kind::move))
            return bad("asks to watch a move without doing it, which there is not: a dry_run of "
                       "true says what it would do");
        made_.mode = operation_mode::shadow;
        return {};
    }
    bool only_quote = false;
    if (!take_flag("dry_run", value, only_quote))
        return bad("needs true, false or \"shadow\" for \"dry_run\"");
    made_.mode = only_quote ? operation_mode::quote : operation_mode::perform;
    return {};
}

result<void> wish_reader::take_observation(const json::value& value)
{
    const auto in_ms = [](duration of) {
        return std::chrono::duration_cast<std::chrono::milliseconds>(of).count();
    };
    constexpr duration least = operations_control::observe_min,
                       most = operations_control::observe_max;
    boost::system::error_code failed;
    const auto number = value.to_number<std::int64_t>(failed);
    if (failed || number < in_ms(least) || number > in_ms(most))
        return bad(fmt::format("needs {} to {} for \"observe_for_ms\"", in_ms(least), in_ms(most)));
    made_.observe_for = std::chrono::milliseconds(number);
    return {};
}

result<operation_wish> wish_reader::end()
{
    if (all_ && !made_.slots.empty())
        return bad("names slots, and says all as well");
    if (all_)
        made_.slots = plan_;
    if (is(operation_kind::reshard) ? made_.count == 0 : made_.slots.empty())
        return bad(is(operation_kind::reshard) ? "does not say how many \"shards\""
                                               : "names no shard");
    if (is(operation_kind::merge) && made_.slots.size() < 2)
        return bad("names one shard, and two or more are merged");
    if (is(operation_kind::move) && !to_known_)
        return bad("does not say \"to\" which collection");
    return std::move(made_);
}

std::string joined(const std::vector<sharding::objection>& all)
{
    std::string made;
    for (const sharding::objection& each : all)
        made += (made.empty() ? "" : "; ") + each.text +
                (can_be_forced(each.why) ? " (\"force\":true does it all the same)" : "");
    return made;
}

net::control_answer failure(const error& why)
{
    switch (why.code) {
    case errc::invalid_argument:
        return net::control_error(400, "bad_request", valid(why.detail));
    case errc::cancelled:
        return net::control_error(409, "refused", valid(why.detail));
    default:
        return net::control_error(503, "busy", valid(why.detail));
    }
}

// The shape of an error, with the operation beside it.
net::control_answer refusal(const operation_view& what, std::int64_t now_ms)
{
    net::control_answer made = net::control_error(
        409, "refused",
        valid(fmt::format("{} is refused: {}", name(what.wish.kind),
                          what.quote.may_go() ? what.why : joined(what.quote.objections))));
    json::value body = json::parse(made.json);
    body.as_object()["operation"] = operation_object(what, operation_detail::all, now_ms);
    made.json = json::serialize(body);
    return made;
}

// `?last=20`, `?id=7`.
struct list_query {
    std::size_t last = operations_control::history_usual;
    std::optional<std::uint64_t> id;
};

std::optional<list_query> parse_query(std::string_view text)
{
    list_query made;
    if (text.empty())
        return made;
    const std::size_t equals = text.find('=');
    const std::string_view key = text.substr(0, equals), digits = equals == std::string_view::npos
                                                                      ? std::string_view()
                                                                      : text.substr(equals + 1);
    std::uint64_t number = 0;
    const auto [end, failed] =
        std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (failed != std::errc{} || end != digits.data() + digits.size() || number == 0)
        return std::nullopt;
    if (key == "id")
        made.id = number;
    else if (key == "last" && number <= operations_control::history_max)
        made.last = number;
    else
        return std::nullopt;
    return made;
}

}  // namespace

result<operation_wish> parse_operation_wish(operation_kind kind, std::string_view body,
                                            const std::vector<discord::slot>& plan)
{
    wish_reader reader(kind, plan);
    boost::system::error_code failed;
    const json::value parsed = json::parse({body.data(), body.size()}, failed);
    if (failed || !parsed.is_object())
        return reader.bad("is no JSON object");
    for (const auto& member : parsed.get_object())
        if (auto taken = reader.take(member.key(), member.value()); !taken)
            return taken.error();
    return reader.end();
}

bool operations_control::takes(std::string_view path)
{
    return path == list_path || path == cancel_path || call_at(path) != nullptr;
}

void operations_control::on_request(const net::control_request& what,
                                    const net::control_reply& reply)
{
    reply(answer(what));
}

net::control_answer operations_control::answer(const net::control_request& what)
{
    const std::string method = what.path == list_path ? "GET" : "POST";
    if (what.method != method) {
        auto made = net::control_error(405, "wrong_method",
                                       what.path + " takes " + method + " only; use that");
        made.allow = method;
        return made;
    }
    if (target_ == nullptr || target_->plan().empty())
        return net::control_error(503, "busy", "the host has no shards yet; ask again in a moment");
    if (what.path == list_path)
        return list(what.query);
    if (what.path == cancel_path)
        return cancel(what);
    return ask(what, call_at(what.path)->kind);
}

net::control_answer operations_control::ask(const net::control_request& what, operation_kind kind)
{
    std::vector<discord::slot> plan = target_->plan();
    std::sort(plan.begin(), plan.end());
    const auto wish = parse_operation_wish(kind, what.body, plan);
    if (!wish)
        return failure(wish.error());
    for (const discord::slot each : wish->slots)
        if (!std::binary_search(plan.begin(), plan.end(), each))
            return net::control_error(404, "unknown_shard",
                                      "this host has no shard " + to_string(each) +
                                          "; tinfoil shards list has those that there are");
    const auto made = target_->ask(*wish);
    if (!made)
        return failure(made.error());
    if (wish->mode == operation_mode::quote)
        return answer_with(operation_answer_json(*made, now_ms_()));
    if (!made->quote.may_go())
        return refusal(*made, now_ms_());
    return answer_with(operation_answer_json(*made, now_ms_()), 202);
}

net::control_answer operations_control::cancel(const net::control_request& what)
{
    const auto bad = [](const std::string& why) {
        return net::control_error(400, "bad_request",
                                  "the body of /v1/shards/cancel " + why +
                                      R"(; send {"id":7}, or {} for the one that runs)");
    };
    boost::system::error_code failed;
    const json::value body = json::parse(what.body.empty() ? "{}" : what.body, failed);
    if (failed || !body.is_object())
        return bad("is no JSON object");
    std::optional<std::uint64_t> id;
    for (const auto& member : body.get_object()) {
        if (member.key() != "id")
            return bad("has a field that this host does not know");
        id = member.value().to_number<std::uint64_t>(failed);
        if (failed || member.value().is_double() || *id == 0)
            return bad("needs the number of an operation for \"id\"");
    }
    const auto ended = target_->cancel(id);
    if (!ended && ended.error().code == errc::invalid_argument)
        return net::control_error(404, "unknown_operation", valid(ended.error().detail));
    if (!ended)
        return failure(ended.error());
    return answer_with(operation_answer_json(*ended, now_ms_()));
}

net::control_answer operations_control::list(std::string_view query) const
{
    const auto wanted = parse_query(query);
    if (!wanted)
        return net::control_error(
            400, "bad_request",
            fmt::format("the query of /v1/operations is not understood; ask ?last=N with 1 to {}, "
                        "or ?id=N",
                        history_max));
    operations_list made;
    for (operation_view& each : target_->look())
        if (!wanted->id || each.id == *wanted->id)
            (each.state == operation_state::running   ? made.running
             : each.state == operation_state::waiting ? made.waiting
                                                      : made.past)
                .push_back(std::move(each));
    if (wanted->id && made.running.empty() && made.waiting.empty() && made.past.empty())
        return net::control_error(
            404, "unknown_operation",
            fmt::format("there is no operation {}; tinfoil shards history has those that there are",
                        *wanted->id));
    std::reverse(made.past.begin(), made.past.end());
    made.past.resize(std::min(made.past.size(), wanted->last));
    return answer_with(operations_json(made, now_ms_()));
}

void operations_control::changed(const operation_view& what) const
{
    publish_({"operation", operation_json(what, operation_detail::progress, now_ms_())});
}

}  // namespace tinfoil::host
