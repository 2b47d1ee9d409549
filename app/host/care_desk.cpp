#include "host/care_desk.hpp"

#include "dispatch/swap.hpp"
#include "host/ending_text.hpp"
#include "host/own_values.hpp"
#include "net/clock.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace tinfoil::host {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using dispatch::charge;

void add(link::plugin_gauge& to, const link::plugin_gauge& what)
{
    for (auto member :
         {&link::plugin_gauge::events, &link::plugin_gauge::errors, &link::plugin_gauge::slow,
          &link::plugin_gauge::calls, &link::plugin_gauge::busy_us, &link::plugin_gauge::tasks,
          &link::plugin_gauge::queued, &link::plugin_gauge::restarts})
        to.*member += what.*member;
    for (auto member : {&link::plugin_gauge::p99_us, &link::plugin_gauge::max_us})
        to.*member = std::max(to.*member, what.*member);
    to.placement = std::max(to.placement, what.placement);
}

bool write_file(const fs::path& file, const std::string& text)
{
    const fs::path unfinished = file.string() + ".new";
    const int to =
        ::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    std::size_t written = 0;
    while (to >= 0 && written < text.size()) {
        const ssize_t put = ::write(to, text.data() + written, text.size() - written);
        if (put <= 0)
            break;
        written += static_cast<std::size_t>(put);
    }
    if (to < 0 || ::close(to) != 0 || written < text.size())
        return false;
    return ::rename(unfinished.c_str(), file.c_str()) == 0;
}

}  // namespace

care_desk::care_desk(parts with, settings how)
    : with_(std::move(with)),
      state_(std::move(how.state)),
      care_(
          with_.loop,
          [&] {
              plugin_care made(std::move(how.care));
              const auto known = with_.store.own_value(last_care);
              if (known && *known)
                  if (auto done = made.recall(**known, net::now(), net::wall_clock_ms()); !done)
                      with_.people.warn(done.error().detail);
              return made;
          }(),
          [this](const care_action& action) { perform(action); })
{
}

bool care_desk::on(std::uint32_t number, std::uint64_t epoch, link::message& what)
{
    if (auto* gauges = std::get_if<link::plugin_gauges>(&what)) {
        for (auto& each : gauges->plugins)
            gauges_[epoch][each.plugin] = std::move(each);
    } else if (const auto* slow = std::get_if<link::plugin_slow>(&what)) {
        with_.people.warn(fmt::format(
            "plugin {} held up its collection for {} ms{}: nothing else ran meanwhile; what takes "
            "long belongs into co_await, or a thread of the plugin",
            slow->plugin, slow->ms, slow->type.empty() ? "" : " in " + slow->type));
    } else if (const auto* dead = std::get_if<link::plugin_died>(&what)) {
        died(number, epoch, *dead);
    } else if (auto* poison = std::get_if<link::plugin_poisoned>(&what)) {
        care_.tell(poison_came{std::move(*poison)});
    } else if (const auto* refused = std::get_if<link::plugin_refused>(&what)) {
        known_[refused->plugin].refused = refused->why;
        with_.people.warn("plugin " + refused->plugin + " does not run: " + refused->why);
    } else {
        if (const auto* begun = std::get_if<link::loaded>(&what))
            note(*begun);
        else if (const auto* changed = std::get_if<link::plugin_changed>(&what))
            note(*changed);
        return false;
    }
    return true;
}

void care_desk::note(const link::loaded& what)
{
    for (const auto& each : what.plugins)
        if (!each.name.empty())
            known_[each.name].version = each.version;
    for (const auto& each : what.builds) {
        known_[each.plugin].build = each.build;
        known_[each.plugin].refused.clear();
    }
}

void care_desk::note(const link::plugin_changed& what)
{
    const auto how = static_cast<dispatch::swap_verdict>(what.how);
    if (how == dispatch::swap_verdict::loaded || how == dispatch::swap_verdict::reloaded)
        known_[what.plugin] = {what.version, what.build, ""};
}

void care_desk::died(std::uint32_t number, std::uint64_t epoch, const link::plugin_died& what)
{
    plugin_ended told;
    told.plugin = what.plugin;
    told.version = what.version;
    told.build = what.build;
    told.isolated = true;
    told.collection = number;
    told.epoch = epoch;
    const auto ending = what.ending <= static_cast<std::uint8_t>(charge::ending::exited)
                            ? static_cast<charge::ending>(what.ending)
                            : charge::ending::none;
    told.how = reason(ending, what.detail, what.text, what.how);
    told.hung = ending == charge::ending::hung;
    if (what.entry <= static_cast<std::uint8_t>(charge::part::network))
        told.doing = doing(static_cast<charge::part>(what.entry));
    told.event = what.event;
    told.type = what.type;
    care_.tell(std::move(told));
}

void care_desk::ended(const end& what, const dispatch::recorder::contents* left)
{
    care_.tell(collection_left{what.number, what.epoch});
    if (const auto own = gauges_.find(what.epoch); own != gauges_.end()) {
        for (auto& [name, gauge] : own->second) {
            gauge.tasks = gauge.queued = 0;
            add(before_[name], gauge);
        }
        gauges_.erase(own);
    }
    if (left == nullptr || left->last.plugin.empty() || what.stopping)
        return;
    const auto& last = left->last;
    plugin_ended told;
    told.plugin = last.plugin;
    told.build = last.build;
    told.version = known_[last.plugin].version;
    told.collection = what.number;
    told.epoch = what.epoch;
    told.hung = last.what.how == charge::ending::hung ||
                (last.what.how == charge::ending::none && what.forced);
    told.how = reason(last.what.how, last.what.detail, last.what.text,
                      what.forced ? "it did not answer" : what.how);
    told.doing = doing(last.what.what);
    if (last.what.slot && last.what.sequence > 0) {
        told.event = link::event_name{*last.what.slot, last.session_id, last.what.sequence};
        told.type = last.what.type;
    }
    // Its collection begins anew, so to the count of its ends belongs this one.
    ++before_[last.plugin].restarts;
    care_.tell(std::move(told));
}

void care_desk::perform(const care_action& action)
{
    if (const auto* order = std::get_if<give_order>(&action)) {
        if (!order->terms.set_aside.empty())
            known_[order->terms.plugin].refused = order->terms.set_aside;
        with_.send(order->collection, order->epoch, link::plugin_order{order->terms});
    } else if (const auto* poison = std::get_if<keep_poison>(&action)) {
        keep(*poison);
    } else if (const auto* said = std::get_if<care_says>(&action)) {
        said->warning ? with_.people.warn(said->text) : with_.people.note(said->text);
    } else if (auto kept = with_.store.set_own_value(
                   last_care, care_.machine().remember(net::now(), net::wall_clock_ms()));
               !kept) {
        with_.people.warn(kept.error().detail);
    }
}

// One file an event, which is there from the moment that it is known to be a poison, and has its
// data once that has come again.
void care_desk::keep(const keep_poison& what)
{
    const fs::path folder = state_ / "poison";
    std::error_code failed;
    fs::create_directories(folder, failed);
    fs::permissions(folder, fs::perms::owner_all, failed);
    const auto& event = what.what.event;
    const fs::path file = folder / fmt::format("{}-{}-of-{}-{}.json", what.what.plugin,
                                               event.slot.id, event.slot.count, event.sequence);
    if (!what.has_data)
        ++poisons_[what.what.plugin];
    boost::system::error_code no_json;
    const json::value data = what.has_data ? json::parse(what.what.data, no_json) : json::value();
    json::object made{{"plugin", what.what.plugin},      {"version", what.what.version},
                      {"build", what.what.build},        {"type", what.what.type},
                      {"slot", to_string(event.slot)},   {"sequence", event.sequence},
                      {"time_ms", net::wall_clock_ms()}, {"data", no_json ? json::value() : data}};
    if (no_json)
        made["text"] = what.what.data;
    if (!write_file(file, json::serialize(made) + "\n"))
        with_.people.warn(fmt::format("{} can't be written: {}; an event that plugin {} does not "
                                      "get is not kept",
                                      file.string(), std::strerror(errno), what.what.plugin));
    else if (what.has_data)
        with_.people.note(fmt::format("{} has the {} that plugin {} does not get", file.string(),
                                      what.what.type, what.what.plugin));
}

bool care_desk::enable(const std::string& plugin)
{
    const auto all = care_.machine().look();
    const bool was_aside = std::any_of(all.begin(), all.end(), [&](const auto& each) {
        return each.plugin == plugin && !each.quarantined.empty();
    });
    care_.tell(plugin_enabled{plugin});
    return was_aside;
}

std::string care_desk::quarantined(const std::string& plugin) const
{
    const auto known = known_.find(plugin);
    for (const auto& past : care_.machine().look())
        if (past.plugin == plugin && known != known_.end() && past.build == known->second.build)
            return past.quarantined;
    return "";
}

void care_desk::fill(status& into) const
{
    into.plugin_health = look();
    for (const auto& each : into.plugin_health)
        if (!each.quarantined.empty())
            into.warnings.push_back(fmt::format(
                "plugin {} is in quarantine: {}; put a new build into the plugin folder, or: "
                "tinfoil plugins enable {}",
                each.name, each.quarantined, each.name));
}

std::vector<link::plugin_terms> care_desk::terms() const
{
    return care_.machine().terms();
}

std::vector<plugin_status> care_desk::look() const
{
    std::map<std::string, plugin_status> all;
    const auto count = [&](const std::string& name, const link::plugin_gauge& gauge) {
        plugin_status& own = all[name];
        own.name = name;
        add(own.gauge, gauge);
    };
    for (const auto& [name, gauge] : before_)
        count(name, gauge);
    for (const auto& [epoch, of_epoch] : gauges_)
        for (const auto& [name, gauge] : of_epoch)
            count(name, gauge);
    for (const auto& [name, own] : known_) {
        plugin_status& made = all[name];
        made.name = name;
        made.version = own.version;
        made.build = own.build;
        made.refused = own.refused;
    }
    for (const auto& past : care_.machine().look()) {
        plugin_status& made = all[past.plugin];
        made.name = past.plugin;
        // Of an older build nothing counts but that it may have been the last.
        if (!made.build.empty() && made.build != past.build)
            continue;
        made.last_crash = past.last;
        made.crashes = past.crashes;
        made.quarantined = past.quarantined;
        if (made.build.empty()) {
            made.build = past.build;
            made.version = past.version;
        }
    }
    std::vector<plugin_status> list;
    for (auto& [name, own] : all) {
        if (const auto poisons = poisons_.find(name); poisons != poisons_.end())
            own.poisons = poisons->second;
        list.push_back(std::move(own));
    }
    return list;
}

}  // namespace tinfoil::host
