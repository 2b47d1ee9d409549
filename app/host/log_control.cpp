#include "host/log_control.hpp"

#include "host/control_answers.hpp"
#include "host/log_settings.hpp"
#include "host/status_json.hpp"
#include "net/clock.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <utility>

namespace tinfoil::host {
namespace {

namespace json = boost::json;

constexpr std::string_view logs_path = "/v1/logs", levels_path = "/v1/logs/levels";

struct log_request {
    log_book::question question;
    duration wait{};
};

error bad(const std::string& why)
{
    return {
        errc::invalid_argument,
        "the query of /v1/logs " + why +
            "; it takes lines=, after=, area=, level= and wait_ms=, as in ?lines=100&level=info"};
}

result<std::uint64_t> number_in(std::string_view name, std::string_view text, std::uint64_t most)
{
    std::uint64_t value = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failed != std::errc{} || end != text.data() + text.size() || value > most)
        return bad(fmt::format("needs 0 to {} for {}", most, name));
    return value;
}

result<void> take(log_request& into, std::string_view key, std::string_view value)
{
    const auto wait_most =
        std::chrono::duration_cast<std::chrono::milliseconds>(log_control::wait_max).count();
    if (key == "area") {
        into.question.area = parse_log_area(value);
        if (!into.question.area)
            return bad("names an area that there is not");
        return {};
    }
    if (key == "level") {
        const auto level = parse_log_level(value);
        if (!level)
            return bad("names a level that there is not");
        into.question.least = *level;
        return {};
    }
    const bool is_after = key == "after", is_lines = key == "lines";
    if (!is_after && !is_lines && key != "wait_ms")
        return bad("has a part that this host does not know");
    const auto number = number_in(key, value,
                                  is_after   ? ~std::uint64_t{0}
                                  : is_lines ? log_control::lines_max
                                             : static_cast<std::uint64_t>(wait_most));
    if (!number)
        return number.error();
    if (is_after)
        into.question.after = *number;
    else if (is_lines)
        into.question.lines = *number;
    else
        into.wait = std::chrono::milliseconds(*number);
    return {};
}

result<log_request> parse_query(std::string_view query)
{
    log_request made;
    while (!query.empty()) {
        const std::string_view one = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(one.size() + 1, query.size()));
        const std::size_t equals = std::min(one.find('='), one.size());
        const auto taken =
            take(made, one.substr(0, equals), one.substr(std::min(equals + 1, one.size())));
        if (!taken)
            return taken.error();
    }
    return made;
}

json::object entry_object(const log_entry& from)
{
    return {{"number", from.number},     {"time_ms", from.wall_ms},    {"area", name(from.area)},
            {"level", name(from.level)}, {"about", valid(from.about)}, {"text", valid(from.text)},
            {"more", from.more}};
}

}  // namespace

log_control::log_control(boost::asio::io_context& loop, log_desk& of) : loop_(loop), of_(of)
{
    of_.on_written([this] { look_again(); });
}

bool log_control::takes(std::string_view path)
{
    return path == logs_path || path == levels_path;
}

void log_control::on_request(const net::control_request& what, const net::control_reply& reply)
{
    if (what.path == logs_path && what.method == "GET")
        return read(what, reply);
    if (what.path == levels_path && what.method == "GET")
        return reply(answer_with(levels_json()));
    if (what.path == levels_path && what.method == "POST")
        return set_level(what, reply);
    auto refused = net::control_error(405, "wrong_method",
                                      what.path + (what.path == logs_path
                                                       ? " takes GET only; use that"
                                                       : " takes GET and POST only; use one"));
    refused.allow = what.path == logs_path ? "GET" : "GET, POST";
    reply(std::move(refused));
}

void log_control::read(const net::control_request& what, const net::control_reply& reply)
{
    const auto asked = parse_query(what.query);
    if (!asked)
        return reply(net::control_error(400, "bad_request", asked.error().detail));
    const auto found = of_.book().look(asked->question);
    if (!found.entries.empty() || asked->wait == duration::zero())
        return reply(answer_with(log_json(found)));
    const auto made = std::make_shared<waiter>(loop_);
    made->asked = asked->question;
    // Without a number it is the next line that is waited for.
    made->asked.after = found.next;
    made->reply = reply;
    made->timer.expires_after(asked->wait);
    made->timer.async_wait([this, weak = std::weak_ptr(made)](boost::system::error_code stopped) {
        const auto own = weak.lock();
        if (stopped || !own)
            return;
        waiters_.remove(own);
        own->reply(answer_with(log_json(of_.book().look(own->asked))));
    });
    waiters_.push_back(made);
}

void log_control::look_again()
{
    for (auto each = waiters_.begin(); each != waiters_.end();) {
        const auto found = of_.book().look((*each)->asked);
        if (found.entries.empty()) {
            ++each;
            continue;
        }
        const auto own = *each;
        each = waiters_.erase(each);
        own->reply(answer_with(log_json(found)));
    }
}

void log_control::end()
{
    for (const auto& each : std::exchange(waiters_, {}))
        each->reply(answer_with(log_json(of_.book().look(each->asked))));
}

void log_control::set_level(const net::control_request& what, const net::control_reply& reply)
{
    const auto refuse = [&](const std::string& why) {
        reply(net::control_error(400, "bad_request",
                                 "the body of /v1/logs/levels " + why +
                                     R"(; send {"area":"output","level":"debug"}, or "all")"));
    };
    boost::system::error_code failed;
    const json::value body = json::parse(what.body, failed);
    const auto* fields = failed ? nullptr : body.if_object();
    const auto* area = fields == nullptr ? nullptr : fields->if_contains("area");
    const auto* level = fields == nullptr ? nullptr : fields->if_contains("level");
    if (area == nullptr || level == nullptr || !area->is_string() || !level->is_string() ||
        fields->size() != 2)
        return refuse("is not understood");
    const auto of = parse_log_area(std::string_view(area->get_string()));
    const auto least = parse_log_level(std::string_view(level->get_string()));
    if (!of && area->get_string() != "all")
        return refuse(fmt::format("names an area that there is not; there are {} and all",
                                  names_of_log_areas()));
    if (!least)
        return refuse(
            fmt::format("names a level that there is not; there are {}", names_of_log_levels()));
    for (const log_area each : log_areas)
        if (!of || each == *of)
            of_.book().set_level(each, *least);
    reply(answer_with(levels_json()));
}

std::string log_control::levels_json() const
{
    json::object levels;
    for (const log_area each : log_areas)
        levels[name(each)] = name(of_.book().level(each));
    return json::serialize(
        json::object{{"api_version", api_version}, {"levels", std::move(levels)}});
}

std::string log_json(const log_book::answer& from)
{
    json::array entries;
    for (const log_entry& each : from.entries)
        entries.push_back(entry_object(each));
    return json::serialize(json::object{{"api_version", api_version},
                                        {"next", from.next},
                                        {"lost", from.lost},
                                        {"entries", std::move(entries)}});
}

result<log_book::answer> parse_log(std::string_view text)
{
    const error foreign{
        errc::malformed,
        "the host's answer is not what control-api.md says; is it a newer tinfoil?"};
    boost::system::error_code failed;
    const json::value whole = json::parse(text, failed);
    if (failed)
        return foreign;
    try {
        log_book::answer made;
        made.next = whole.at("next").to_number<std::uint64_t>();
        made.lost = whole.at("lost").to_number<std::uint64_t>();
        for (const json::value& each : whole.at("entries").as_array()) {
            const auto area = parse_log_area(std::string_view(each.at("area").as_string()));
            const auto level = parse_log_level(std::string_view(each.at("level").as_string()));
            if (!area || !level)
                return foreign;
            made.entries.push_back({each.at("number").to_number<std::uint64_t>(),
                                    each.at("time_ms").to_number<std::int64_t>(), *area, *level,
                                    std::string(each.at("about").as_string()),
                                    std::string(each.at("text").as_string()),
                                    each.at("more").to_number<std::uint64_t>()});
        }
        return made;
    } catch (const std::exception&) {
        return foreign;
    }
}

std::string log_entry_json(const log_entry& from)
{
    return json::serialize(entry_object(from));
}

}  // namespace tinfoil::host
