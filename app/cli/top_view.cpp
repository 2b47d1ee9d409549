#include "cli/top_view.hpp"

#include "cli/fields.hpp"
#include "cli/shard_colour.hpp"
#include "cli/status_command.hpp"
#include "cli/text.hpp"
#include "gateway/state_name.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tinfoil::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t name_width = 32, text_width = 200;
constexpr std::ptrdiff_t page = 10;

std::string per_second(double events)
{
    return events >= 100 ? fmt::format("{:.0f}", events) : fmt::format("{:.1f}", events);
}

std::string milliseconds(std::uint64_t us)
{
    return fmt::format("{:.1f} ms", static_cast<double>(us) / 1000);
}

std::string age(std::uint64_t ms)
{
    return ms == link::shard_gauge::no_age ? "-"
                                           : length_of_time(static_cast<std::int64_t>(ms)) + " ago";
}

std::string percent(double share)
{
    return fmt::format("{:.1f} %", 100 * share);
}

template <class Number>
double as_double(Number what)
{
    return static_cast<double>(what);
}

const std::vector<std::string>& help_lines()
{
    static const std::vector<std::string> lines{
        "1 2 3 4, tab   shards, plugins, collections, buckets of Discord's API",
        "s, r           sort by the next column, the other way round",
        "arrows, j k    mark another line; page up and down, home, end",
        "enter          look into the marked line; esc goes back",
        "q, Ctrl-C      quit",
        "",
        "events/s is an average of the last seconds. busy is the share of one processor that the",
        "plugin's code took since the last look. What else there is: tinfoil status, tinfoil "
        "budget."};
    return lines;
}

// Between words, what goes on below what it belongs to.
void add_folded(std::vector<std::string>& to, std::string line, std::size_t width)
{
    constexpr std::size_t text_at = 15;
    const bool has_keys = line.size() > text_at && line.substr(text_at - 2, 2) == "  ";
    const std::size_t indent = has_keys && width > 2 * text_at ? text_at : 0;
    while (width_of(line) > width) {
        const std::size_t space = line.rfind(' ', width);
        if (space == std::string::npos || line.find_first_not_of(' ') > space)
            break;
        to.push_back(line.substr(0, space));
        line = std::string(indent, ' ') + line.substr(space + 1);
    }
    to.push_back(std::move(line));
}

}  // namespace

std::string cut_painted(const std::string& line, std::size_t width)
{
    std::string made;
    std::size_t count = 0;
    bool painted = false;
    for (std::size_t at = 0; at < line.size();) {
        if (line[at] == '\x1b') {
            const std::size_t end = std::min(line.find('m', at), line.size() - 1) + 1;
            const std::string code = line.substr(at, end - at);
            painted = code != "\x1b[0m";
            made += code;
            at = end;
            continue;
        }
        if (count++ == width)
            return made + (painted ? "\x1b[0m" : "");
        do
            made += line[at++];
        while (at < line.size() && (static_cast<unsigned char>(line[at]) & 0xC0U) == 0x80);
    }
    return made;
}

void top_view::on(top_look what)
{
    before_.clear();
    if (now_) {
        between_ = what.at - now_->at;
        for (const auto& each : now_->status.plugin_health)
            before_[each.name] = {each.gauge.busy_us, each.gauge.events};
    }
    now_ = std::move(what);
    failed_.clear();
}

void top_view::on(top_key what)
{
    if (what == top_key::quit) {
        ended_ = true;
    } else if (helps_ || what == top_key::help) {
        helps_ = !helps_;
    } else if (what == top_key::back) {
        looks_into_ = false;
    } else if (what == top_key::look_into) {
        looks_into_ = true;
    } else if (what == top_key::sort) {
        order() = {(order().column + 1) % columns_of(view_).size(), false};
    } else if (what == top_key::reverse) {
        order().reversed = !order().reversed;
    } else if (what == top_key::next_view) {
        show(static_cast<view>((static_cast<std::size_t>(view_) + 1) % orders_.size()));
    } else if (what >= top_key::shards && what <= top_key::rest) {
        show(static_cast<view>(static_cast<int>(what) - static_cast<int>(top_key::shards)));
    } else {
        const auto all = static_cast<std::ptrdiff_t>(rows().size());
        move(what == top_key::up          ? -1
             : what == top_key::down      ? 1
             : what == top_key::page_up   ? -page
             : what == top_key::page_down ? page
             : what == top_key::first     ? -all
                                          : all);
    }
}

void top_view::show(view which)
{
    if (which == view_)
        return;
    view_ = which;
    marked_.clear();
    looks_into_ = false;
}

void top_view::move(std::ptrdiff_t by)
{
    const auto all = sorted_rows();
    if (all.empty())
        return;
    const auto at =
        std::find_if(all.begin(), all.end(), [&](const row& each) { return each.name == marked_; });
    const std::ptrdiff_t from = at == all.end() ? 0 : at - all.begin();
    const auto last = static_cast<std::ptrdiff_t>(all.size()) - 1;
    marked_ = all[static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(from + by, 0, last))].name;
}

const std::vector<column>& top_view::columns_of(view which)
{
    static const std::vector<column> shards{{"shard"},          {"state"},
                                            {"events/s", true}, {"unfinished", true},
                                            {"latency", true},  {"collection", true},
                                            {"since", true},    {"why"}};
    static const std::vector<column> plugins{
        {"plugin"},        {"state"},      {"busy", true},  {"events/s", true}, {"p99", true},
        {"longest", true}, {"slow", true}, {"tasks", true}, {"crashes", true}};
    static const std::vector<column> collections{
        {"collection", true}, {"state"},         {"pid", true}, {"shards", true}, {"lag", true},
        {"unfinished", true}, {"restarts", true}};
    static const std::vector<column> buckets{{"route"},           {"of"},
                                             {"left", true},      {"limit", true},
                                             {"reset", true},     {"waiting", true},
                                             {"in flight", true}, {"blocked", true}};
    return which == view::shards        ? shards
           : which == view::plugins     ? plugins
           : which == view::collections ? collections
                                        : buckets;
}

std::vector<top_view::row> top_view::rows() const
{
    if (!now_)
        return {};
    return view_ == view::shards        ? shard_rows()
           : view_ == view::plugins     ? plugin_rows()
           : view_ == view::collections ? collection_rows()
                                        : bucket_rows();
}

std::vector<top_view::row> top_view::sorted_rows() const
{
    auto all = rows();
    const sorting how = order();
    const bool is_number = columns_of(view_)[how.column].is_number;
    std::stable_sort(all.begin(), all.end(), [&](const row& one, const row& other) {
        const entry& left = (how.reversed ? other : one).fields[how.column];
        const entry& right = (how.reversed ? one : other).fields[how.column];
        // The largest is what somebody looks for.
        return is_number ? left.number > right.number : left.shown.text < right.shown.text;
    });
    return all;
}

std::vector<top_view::row> top_view::shard_rows() const
{
    std::vector<row> all;
    for (const auto& each : now_->shards) {
        const auto& gauge = each.gauge;
        const bool no_latency = gauge.latency_age_ms == link::shard_gauge::no_age;
        const double events = as_double(each.events_milli) / 1000;
        row made{to_string(each.slot), {}, {}};
        made.fields = {
            {{made.name}, as_double(each.slot.id)},
            {{std::string(gateway::name(each.state)), colour_of(each.state)}},
            {{per_second(events)}, events},
            {{std::to_string(each.unfinished), gauge.paused ? colour::red : colour::plain},
             as_double(each.unfinished)},
            {{no_latency ? "-" : milliseconds(gauge.latency_us)}, as_double(gauge.latency_us)},
            {{std::to_string(each.collection)}, as_double(each.collection)},
            {{length_of_time(each.in_state_ms)}, as_double(each.in_state_ms)},
            {{printable(each.why, text_width), colour::dim}}};
        made.details = {
            {"state",
             std::string(gateway::name(each.state)) + " for " + length_of_time(each.in_state_ms)},
            {"why", each.why.empty() ? "-" : printable(each.why, text_width)},
            {"collection", std::to_string(each.collection)},
            {"events", per_second(events) + " a second, the last " + age(gauge.event_age_ms)},
            {"usual", gauge.rate_age_ms == link::shard_gauge::no_age
                          ? "not known yet"
                          : fmt::format("{:.1f} a minute, {:.1f} in the last whole one",
                                        as_double(gauge.usual_milli) / 1000,
                                        as_double(gauge.lately_milli) / 1000)},
            {"unfinished", std::to_string(each.unfinished) +
                               (gauge.paused ? "; it is not read, since plugins are behind" : "")},
            {"latency", no_latency
                            ? "not known yet"
                            : milliseconds(gauge.latency_us) + ", " + age(gauge.latency_age_ms)},
            {"session", each.has_session ? fmt::format("can resume after event {}, generation {}",
                                                       each.sequence, each.generation)
                                         : "none"}};
        all.push_back(std::move(made));
    }
    return all;
}

std::vector<top_view::row> top_view::plugin_rows() const
{
    std::vector<row> all;
    const double span =
        as_double(std::chrono::duration_cast<std::chrono::microseconds>(between_).count());
    for (const auto& each : now_->status.plugin_health) {
        const auto& of = each.gauge;
        const auto was = before_.find(each.name);
        // Counts begin anew with a host that did.
        const bool known = was != before_.end() && span > 0 && was->second.busy_us <= of.busy_us &&
                           was->second.events <= of.events;
        const double busy = known ? as_double(of.busy_us - was->second.busy_us) / span : 0;
        const double events =
            known ? as_double(of.events - was->second.events) * 1'000'000 / span : 0;
        const bool aside = !each.quarantined.empty() || !each.refused.empty();
        const std::string state = !each.quarantined.empty() ? "quarantined"
                                  : aside                   ? "refused"
                                  : of.placement == 0       ? "inline"
                                                            : "process";
        row made{each.name, {}, {}};
        made.fields = {
            {{printable(each.name, name_width)}},
            {{state, aside ? colour::red : colour::green}},
            {{known ? percent(busy) : "-", busy > 0.5 ? colour::red : colour::plain}, busy},
            {{known ? per_second(events) : "-"}, events},
            {{milliseconds(of.p99_us)}, as_double(of.p99_us)},
            {{milliseconds(of.max_us)}, as_double(of.max_us)},
            {{std::to_string(of.slow), of.slow != 0 ? colour::yellow : colour::plain},
             as_double(of.slow)},
            {{std::to_string(of.tasks)}, as_double(of.tasks)},
            {{std::to_string(each.crashes), each.crashes != 0 ? colour::red : colour::plain},
             as_double(each.crashes)}};
        made.details = {
            {"version", printable(each.version, name_width)},
            {"runs", state},
            {"why not", aside ? printable(each.quarantined + each.refused, text_width) : "-"},
            {"events", fmt::format("{}, {} errors in its log", of.events, of.errors)},
            {"calls", fmt::format("{}, {} in all", of.calls, milliseconds(of.busy_us))},
            {"p99", milliseconds(of.p99_us)},
            {"longest", milliseconds(of.max_us)},
            {"slow", fmt::format("{} calls held up the loop", of.slow)},
            {"tasks", fmt::format("{} unfinished, {} events queued", of.tasks, of.queued)},
            {"crashes", fmt::format("{} lately, {} events poisoned", each.crashes, each.poisons)},
            {"last crash", each.last_crash.empty() ? "-" : printable(each.last_crash, text_width)}};
        all.push_back(std::move(made));
    }
    return all;
}

std::vector<top_view::row> top_view::collection_rows() const
{
    std::vector<row> all;
    for (const auto& each : now_->status.collections) {
        row made{std::to_string(each.number), {}, {}};
        made.fields = {
            {{made.name}, as_double(each.number)},
            {{printable(each.state, name_width),
              each.state == "running" ? colour::green : colour::yellow}},
            {{each.pid == 0 ? "-" : std::to_string(each.pid)}, as_double(each.pid)},
            {{std::to_string(each.shards)}, as_double(each.shards)},
            {{milliseconds(each.lag_us), each.lag_us > 100'000 ? colour::red : colour::plain},
             as_double(each.lag_us)},
            {{std::to_string(each.unfinished)}, as_double(each.unfinished)},
            {{std::to_string(each.restarts), each.restarts != 0 ? colour::yellow : colour::plain},
             as_double(each.restarts)}};
        std::string slots;
        for (const auto& shard : now_->shards)
            if (shard.collection == each.number)
                slots += (slots.empty() ? "" : " ") + to_string(shard.slot);
        made.details = {{"state", printable(each.state, name_width)},
                        {"process", each.pid == 0 ? "none of its own" : std::to_string(each.pid)},
                        {"epoch", std::to_string(each.epoch)},
                        {"restarts", std::to_string(each.restarts)},
                        {"lag", milliseconds(each.lag_us) + ": so late was its loop"},
                        {"unfinished", std::to_string(each.unfinished) + " events"},
                        {"shards", slots.empty() ? "none" : slots}};
        all.push_back(std::move(made));
    }
    return all;
}

std::vector<top_view::row> top_view::bucket_rows() const
{
    std::vector<row> all;
    for (const json::value& each : list(now_->limits, "buckets")) {
        std::string routes;
        for (const json::value& route : list(each, "routes"))
            if (route.is_string())
                routes += (routes.empty() ? "" : ", ") +
                          printable(std::string_view(route.get_string()), text_width);
        const auto count = [&](const char* name) {
            const bool known = field(each, name) != nullptr;
            return top_view::entry{{known ? std::to_string(number(each, name)) : "-"},
                                   known ? as_double(number(each, name)) : -1};
        };
        const auto time = [&](const char* name, colour with) {
            const long long ms = number(each, name);
            return top_view::entry{{ms == 0 ? "-" : fmt::format("{:.1f} s", as_double(ms) / 1000),
                                    ms == 0 ? colour::plain : with},
                                   as_double(ms)};
        };
        const std::string major = text(each, "major", name_width);
        const std::string bucket = text(each, "bucket", name_width);
        row made{routes + " " + major, {}, {}};
        made.fields = {{{routes}},
                       {{major}},
                       count("remaining"),
                       count("limit"),
                       time("reset_after_ms", colour::plain),
                       count("waiting"),
                       count("in_flight"),
                       time("blocked_for_ms", colour::yellow)};
        made.details = {{"routes", routes},
                        {"of", major.empty() ? "-" : major},
                        {"bucket", bucket.empty() ? "not known yet" : bucket},
                        {"left", made.fields[2].shown.text + " of " + made.fields[3].shown.text},
                        {"reset in", made.fields[4].shown.text},
                        {"waiting", made.fields[5].shown.text},
                        {"in flight", made.fields[6].shown.text},
                        {"blocked for", made.fields[7].shown.text}};
        all.push_back(std::move(made));
    }
    return all;
}

// What matters least is left out where the line has no room for it.
std::string top_view::first_line(const sheet& on, const std::string& name, double events) const
{
    const auto& what = now_->status;
    const auto& starts = what.starts_left;
    const auto counts = host::count_by_state(now_->shards);
    std::vector<std::pair<int, std::string>> parts{
        {0, printable(what.phase, name_width)},
        {3, "up " + length_of_time(what.uptime_ms)},
        {1, per_second(events) + " events/s"},
        {2, "starts " + (starts.is_known ? fmt::format("{} of {}", starts.remaining, starts.total)
                                         : "not known")}};
    const std::size_t around = width_of(name) + 2 + width_of(shard_summary(counts, false));
    for (int least = 3; least > 0; --least) {
        std::size_t all = around;
        for (const auto& each : parts)
            all += width_of(each.second) + 2;
        if (all <= on.width)
            break;
        std::erase_if(parts, [&](const auto& each) { return each.first == least; });
    }
    std::string made = paint(on, colour::bold, name) + "  ";
    for (const auto& each : parts)
        made += each.second + "  ";
    return made + shard_summary(counts, on);
}

std::vector<std::string> top_view::head(const sheet& on) const
{
    const auto& what = now_->status;
    double events = 0;
    for (const auto& each : now_->shards)
        events += as_double(each.events_milli) / 1000;
    const std::string name =
        what.application_name.empty() ? "?" : printable(what.application_name, name_width);
    std::vector<std::string> made{first_line(on, name, events)};
    if (!failed_.empty())
        made.push_back(paint(on, colour::red, "no answer: " + printable(failed_, text_width)));
    else if (what.warnings.empty())
        made.push_back(paint(on, colour::green, "no warnings"));
    else
        made.push_back(paint(
            on, colour::red,
            (what.warnings.size() == 1 ? "" : fmt::format("{} warnings: ", what.warnings.size())) +
                printable(what.warnings.front(), 2 * text_width)));
    std::string tabs;
    constexpr std::array names{"1 shards", "2 plugins", "3 collections", "4 rest"};
    for (std::size_t at = 0; at < names.size(); ++at)
        tabs += at == static_cast<std::size_t>(view_)
                    ? paint(on, colour::cyan, fmt::format("[{}] ", names[at]))
                    : fmt::format(" {}  ", names[at]);
    made.push_back(tabs + paint(on, colour::dim,
                                fmt::format("by {}{}", columns_of(view_)[order().column].title,
                                            order().reversed ? ", reversed" : "")));
    return made;
}

void top_view::add_table(std::vector<std::string>& to, const sheet& on, std::size_t room) const
{
    const auto all = sorted_rows();
    if (all.empty()) {
        to.emplace_back("  nothing yet");
        return;
    }
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const row& each) { return each.name == marked_; });
    const std::size_t marked =
        found == all.end() ? 0 : static_cast<std::size_t>(found - all.begin());
    // The titles take a line.
    const std::size_t shown = room < 2 ? 0 : std::min(all.size(), room - 1);
    const std::size_t from = marked < shown ? 0 : marked - shown + 1;
    std::vector<std::vector<cell>> cells;
    for (std::size_t at = from; at < from + shown; ++at) {
        std::vector<cell> line;
        for (const entry& each : all[at].fields)
            line.push_back(each.shown);
        cells.push_back(std::move(line));
    }
    const std::string text =
        table(columns_of(view_), cells, {on.colours, on.width < 2 ? 0 : on.width - 2});
    std::size_t begin = 0;
    for (std::size_t at = 0; begin < text.size() && at <= shown; ++at) {
        const std::size_t end = text.find('\n', begin);
        const bool is_marked = at == marked - from + 1;
        to.push_back((is_marked ? paint(on, colour::bold, "> ") : "  ") +
                     text.substr(begin, end - begin));
        begin = end + 1;
    }
}

void top_view::add_details(std::vector<std::string>& to, const sheet& on) const
{
    const auto all = sorted_rows();
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const row& each) { return each.name == marked_; });
    if (all.empty() || (found == all.end() && !marked_.empty())) {
        to.emplace_back("it is not there any more; esc goes back");
        return;
    }
    const row& one = found == all.end() ? all.front() : *found;
    to.push_back(paint(on, colour::bold, printable(one.name, text_width)));
    for (const auto& [title, text] : one.details)
        to.push_back(paint(on, colour::dim, fmt::format("{:<12}", title)) + text);
}

std::vector<std::string> top_view::lines(const sheet& on, std::size_t height) const
{
    std::vector<std::string> made;
    if (helps_) {
        for (const std::string& each : help_lines())
            add_folded(made, each, on.width);
    } else if (!now_) {
        made.push_back(failed_.empty() ? "asking the host..." : printable(failed_, text_width));
    } else {
        made = head(on);
        // The last line is for the keys.
        const std::size_t room = height > made.size() + 1 ? height - made.size() - 1 : 0;
        if (looks_into_)
            add_details(made, on);
        else
            add_table(made, on, room);
    }
    if (height > 1 && made.size() >= height)
        made.resize(height - 1);
    made.push_back(paint(on, colour::dim,
                         helps_        ? "any key goes back"
                         : looks_into_ ? "esc back  q quit"
                                       : "q quit  1-4 view  s sort  enter look into  ? keys"));
    made.resize(std::min(made.size(), height));
    for (std::string& each : made)
        each = cut_painted(each, on.width);
    return made;
}

}  // namespace tinfoil::cli
