#include "collection/residents.hpp"

#include "base/assert.hpp"
#include "collection/last_words.hpp"
#include "collection/resident.hpp"
#include "discord/intents.hpp"
#include "net/clock.hpp"
#include "state/plugin_states.hpp"

#include <boost/asio/post.hpp>
#include <boost/json.hpp>

#include <algorithm>

namespace tinfoil::collection {
namespace {

// So many of the events that waited are handed over before others of the loop get their turn.
constexpr std::size_t released_at_once = 64;
// Between two times that a plugin's state is kept because it asked.
constexpr duration keep_interval = std::chrono::seconds(30);

std::uint64_t microseconds(duration length)
{
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(length).count());
}

dispatch::subscriber subscriber_of(const plugin::manifest& about)
{
    return {about.name, about.events, about.command_names};
}

}  // namespace

residents::residents(home where, listener to) : home_(where), listens_(std::move(to)) {}

residents::~residents() = default;

residents::resident& residents::of(const std::string& name)
{
    for (const auto& each : all_)
        if (each->name == name)
            return *each;
    auto made = std::make_unique<resident>(
        home_.loop, name, [this, at = all_.size()](const dispatch::swap_action& action) {
            perform(*all_[at], action);
        });
    return *all_.emplace_back(std::move(made));
}

result<void> residents::check(const plugin_home::candidate& what,
                              std::optional<std::size_t> in_place_of) const
{
    if (!what.set_aside.empty())
        return error{errc::plugin_refused, "it is in quarantine: " + what.set_aside};
    const plugin::manifest& about = what.about;
    const std::uint64_t denied =
        about.intents & discord::privileged_intents & ~home_.settings.granted_privileged;
    if (denied != 0)
        return error{
            errc::plugin_refused,
            about.name + " needs " + discord::intent_names(denied) +
                ", which is not switched on for this application: Discord Developer Portal, "
                "Bot, Privileged Gateway Intents"};
    const auto running = std::count_if(all_.begin(), all_.end(),
                                       [](const auto& each) { return each->now != nullptr; });
    if (!in_place_of && running == static_cast<std::ptrdiff_t>(dispatch::recorder::plugins_max))
        return error{errc::plugin_refused, "there are " + std::to_string(running) +
                                               " plugins already, and no more are taken"};
    return home_.router.check(subscriber_of(about), in_place_of);
}

result<std::vector<link::plugin_outcome>> residents::begin()
{
    const auto files = plugin::list_folder(home_.settings.plugins);
    if (!files)
        return files.error();
    std::vector<link::plugin_outcome> outcomes;
    for (const auto& file : *files) {
        link::plugin_outcome outcome{file.string(), "", "", {}};
        auto found = home_.place.examine(file);
        if (!found) {
            outcome.refused = found.error();
        } else {
            outcome.name = found->about.name;
            outcome.version = found->about.version;
            resident& which = of(outcome.name);
            if (auto fits = check(*found, {}); !fits) {
                outcome.refused = fits.error();
            } else {
                which.wanted = {0, which.name, file.string(), false};
                which.beside = std::move(*found);
                which.decides.tell(dispatch::swap_wanted{0, false});
                if (!which.now)
                    outcome.refused = error{errc::plugin_refused, which.failure};
            }
        }
        outcomes.push_back(std::move(outcome));
    }
    return outcomes;
}

void residents::on(const link::change_plugin& what)
{
    resident& which = of(what.plugin);
    which.wanted = what;
    which.decides.tell(dispatch::swap_wanted{what.ticket, what.file.empty()});
}

void residents::perform(resident& which, const dispatch::swap_action& action)
{
    if (std::holds_alternative<dispatch::load_beside>(action))
        load(which);
    else if (std::holds_alternative<dispatch::hold_events>(action))
        hold(which);
    else if (std::holds_alternative<dispatch::save_state>(action))
        save(which);
    else if (std::holds_alternative<dispatch::start_new>(action)) {
        if (const auto begun = start(which); !begun)
            started(which, begun);
    } else if (std::holds_alternative<dispatch::take_over>(action))
        take_over(which);
    else if (std::holds_alternative<dispatch::drop_new>(action)) {
        drop(which);
    } else if (std::holds_alternative<dispatch::remove_old>(action))
        remove(which);
    else if (std::holds_alternative<dispatch::release_events>(action))
        release(which);
    else
        tell(which, std::get<dispatch::swap_told>(action));
}

void residents::load(resident& which)
{
    const auto refuse = [&](const error& why) {
        drop(which);
        which.decides.tell(dispatch::swap_loaded{why.detail});
    };
    if (!which.beside) {
        auto found = home_.place.examine(which.wanted.file);
        if (!found)
            return refuse(found.error());
        which.beside = std::move(*found);
    }
    const plugin::manifest& about = which.beside->about;
    if (about.name != which.name)
        return refuse({errc::plugin_refused,
                       "its name is " + about.name + " now; load it as another plugin"});
    if (auto fits = check(*which.beside, which.number); !fits)
        return refuse(fits.error());
    if (!which.number)
        which.number = home_.record.name_plugin(which.name, which.beside->build.build);
    if (auto loaded = home_.place.load(*which.beside, *which.number); !loaded)
        return refuse(loaded.error());
    if (which.now)
        home_.place.in_charge(*which.number, which.build);
    which.decides.tell(dispatch::swap_loaded{});
}

// What was loaded or started beside the one that runs.
void residents::drop(resident& which)
{
    ++which.starts;
    ++which.saves;
    which.next.reset();
    which.beside.reset();
    if (which.now) {
        home_.place.in_charge(*which.number, which.build);
        if (which.now->apart() != nullptr)
            which.now->apart()->rest(false);
        return;
    }
    if (which.number) {
        home_.place.gone(*which.number);
        home_.record.retire_plugin(*which.number);
        which.number.reset();
    }
}

void residents::hold(resident& which)
{
    which.holds = true;
    which.decides.tell(dispatch::handlers_left{which.handlers});
}

void residents::save(resident& which)
{
    if (isolated* const apart = which.now->apart(); apart != nullptr) {
        apart->rest(true);
        return apart->save_by(
            [this, &which, number = ++which.saves, alive = std::weak_ptr(alive_)](auto what) {
                if (!alive.expired() && which.saves == number)
                    saved(which, std::move(what));
            });
    }
    saved(which, which.now->running().save());
}

void residents::saved(resident& which, result<std::optional<plugin::saved_state>> what)
{
    if (!what)
        return which.decides.tell(dispatch::state_saved{what.error().detail});
    which.saved = std::move(*what);
    if (which.saved)
        keep(which, *which.saved);
    which.decides.tell(dispatch::state_saved{});
}

result<void> residents::start(resident& which)
{
    TINFOIL_ASSERT(which.beside.has_value());
    plugin::opening how;
    if (which.now)
        how.reason =
            which.wanted.rollback ? plugin::opening::why::rollback : plugin::opening::why::reload;
    else if (auto kept = state::read_plugin_state(home_.settings.plugin_states, which.name); !kept)
        home_.up.tell(link::plugin_state_rejected{which.name, kept.error().detail});
    else if (*kept)
        which.saved = plugin::saved_state{(*kept)->by, (*kept)->version, std::move((*kept)->bytes)};
    how.state = which.saved ? &*which.saved : nullptr;
    which.next_build = which.beside->build;
    // One with a process of its own is waited for, unless there is none that could go on instead.
    const bool waits = which.now != nullptr && !which.beside->loaded;
    const auto ready = [this, &which, waits, start = ++which.starts,
                        alive = std::weak_ptr(alive_)](const result<void>& told) {
        if (!alive.expired() && waits && which.starts == start)
            started(which, told);
    };
    auto begun = home_.place.start(*std::exchange(which.beside, {}), *which.number, how, ready);
    // At the begin there is no version that could go on instead.
    if (!begun && begun.error().code == errc::state_unusable && !which.now) {
        home_.up.tell(link::plugin_state_rejected{which.name, begun.error().detail});
        how.state = nullptr;
        auto again = home_.place.examine(which.wanted.file);
        if (!again)
            return again.error();
        if (auto loaded = home_.place.load(*again, *which.number); !loaded)
            return loaded;
        begun = home_.place.start(std::move(*again), *which.number, how, ready);
    }
    which.saved.reset();
    if (!begun)
        return begun.error();
    which.next = std::move(*begun);
    if (waits)
        home_.place.in_charge(*which.number, which.build);
    else
        started(which, {});
    return {};
}

void residents::started(resident& which, const result<void>& how)
{
    std::optional<std::string> failed;
    // Another plugin may have taken its command since it was checked.
    if (!how)
        failed = how.error().detail;
    else if (auto free = home_.router.check(subscriber_of(which.next->running().about()),
                                            which.now ? which.number : std::nullopt);
             !free)
        failed = free.error().detail;
    which.decides.tell(dispatch::version_started{std::move(failed)});
}

void residents::take_over(resident& which)
{
    const auto& about = which.next->running().about();
    std::vector<plugin::instance::unbegun> left;
    if (which.now) {
        home_.place.in_charge(*which.number, which.build);
        left = bury(which);
        home_.router.replace(*which.number, subscriber_of(about));
    } else {
        const std::size_t routed = home_.router.add(subscriber_of(about));
        TINFOIL_ASSERT(which.number == routed);
        by_number_.resize(std::max(by_number_.size(), routed + 1));
        by_number_[routed] = &which;
    }
    which.now = std::move(which.next);
    which.build = which.next_build;
    home_.place.in_charge(*which.number, which.build);
    // They came before all that waits.
    for (auto& each : left) {
        each.what.type = each.type;
        each.what.data = each.data;
        which.now->running().handle(each.what, std::move(each.done));
    }
    listens_.changed();
}

// Ends the version that runs. Its handlers end with it, each told as if it had.
std::vector<plugin::instance::unbegun> residents::bury(resident& which)
{
    auto remains = which.now->running().end();
    which.cut_off += remains.cut_off;
    which.now.reset();
    if (!remains.file)
        return std::move(remains.left);
    last_words::forgets(&remains.file->entry());
    if (std::string why = remains.file->close(); !why.empty()) {
        ++which.kept_copies;
        which.kept_why = std::move(why);
    }
    return std::move(remains.left);
}

void residents::remove(resident& which)
{
    for (const auto& each : bury(which))
        each.done();
    for (const auto& each : std::exchange(which.queue, {}))
        if (each.instead)
            each.instead();
        else
            listens_.ended(each.session, each.what.sequence, each.data.size(), each.to);
    for (const auto& each : std::exchange(which.letters, {}))
        each.done(resident::not_running());
    home_.router.remove(*which.number);
    home_.record.retire_plugin(*which.number);
    home_.place.gone(*which.number);
    by_number_[*which.number] = nullptr;
    which.number.reset();
    listens_.changed();
}

// Some at a time; what comes meanwhile waits behind them.
void residents::release(resident& which)
{
    const instant now = net::now();
    for (std::size_t left = released_at_once; left > 0 && !which.queue.empty(); --left) {
        const resident::held next = std::move(which.queue.front());
        which.queue.pop_front();
        if (next.instead) {
            next.instead();
            continue;
        }
        which.waited = std::max(which.waited, now - next.since);
        plugin::event what = next.what;
        what.type = next.type;
        what.data = next.data;
        what.delayed = true;
        run(which, what, next.session, next.to);
    }
    if (which.queue.empty()) {
        which.holds = false;
        read_held(which);
        return which.decides.tell(dispatch::events_released{});
    }
    boost::asio::post(home_.loop, [this, &which, alive = std::weak_ptr(alive_)] {
        if (!alive.expired())
            release(which);
    });
}

void residents::tell(resident& which, const dispatch::swap_told& what)
{
    which.failure = what.why;
    link::plugin_changed told;
    told.ticket = what.ticket;
    told.plugin = which.name;
    told.version = which.now ? which.now->running().about().version : "";
    told.how = static_cast<std::uint8_t>(what.how);
    told.why = what.why;
    told.waited_us = microseconds(which.waited);
    told.held = which.held_count;
    told.cut_off = which.cut_off;
    told.kept = which.kept_copies;
    told.kept_why = which.kept_why;
    if (what.how != dispatch::swap_verdict::superseded) {
        which.waited = {};
        which.held_count = which.cut_off = 0;
    }
    told.build = which.now ? which.build.build : "";
    // What a collection begins with is told with `loaded`.
    if (what.ticket != 0)
        home_.up.tell(std::move(told));
}

void residents::deliver(const plugin::event& what, dispatch::recorder::session session,
                        const handling::delivery& to)
{
    resident* const which = to.plugin < by_number_.size() ? by_number_[to.plugin] : nullptr;
    TINFOIL_ASSERT(which != nullptr);
    if (!which->holds)
        return run(*which, what, session, to);
    ++which->held_count;
    which->queue.push_back(
        {what, std::string(what.type), std::string(what.data), session, to, net::now(), {}});
}

void residents::run(resident& which, const plugin::event& what, dispatch::recorder::session session,
                    const handling::delivery& to)
{
    if (home_.place.skips(what, *which.now, to.plugin))
        return listens_.ended(session, what.sequence, what.data.size(), to);
    plugin::event marked = what;
    marked.redelivered = to.redelivered;
    ++which.handlers;
    const auto ended = [this, &which, session, sequence = what.sequence, bytes = what.data.size(),
                        to] {
        --which.handlers;
        listens_.ended(session, sequence, bytes, to);
        handler_ended(which);
    };
    // Most end at once, and need no function that somebody keeps.
    if (which.now->running().run(marked, [&] { return plugin::instance::finished(ended); }))
        ended();
}

// It may be the plugin itself that calls, which must not be destroyed below its own feet.
void residents::handler_ended(resident& which)
{
    if (!which.decides.machine().is_draining() || which.handlers != 0)
        return;
    boost::asio::post(home_.loop, [this, &which, alive = std::weak_ptr(alive_)] {
        if (!alive.expired())
            which.decides.tell(dispatch::handlers_left{which.handlers});
    });
}

void residents::keep(const resident& which, const plugin::saved_state& what)
{
    home_.up.tell(link::plugin_state{which.name, what.by, what.version, what.bytes});
}

void residents::beat(instant now)
{
    for (const auto& each : all_) {
        if (!each->now || !each->decides.machine().is_steady() ||
            !each->now->running().is_dirty() ||
            (each->kept_at != instant::min() && now - each->kept_at < keep_interval))
            continue;
        each->kept_at = now;
        if (const auto saved = each->now->running().save(); saved && *saved)
            keep(*each, **saved);
    }
}

void residents::save_apart()
{
    for (const auto& each : all_)
        if (each->now && each->now->apart() != nullptr && each->decides.machine().is_steady())
            save_soon(*each);
}

void residents::save_soon(resident& which)
{
    ++saving_;
    which.now->apart()->save_by([this, &which, alive = std::weak_ptr(alive_)](const auto& what) {
        if (alive.expired())
            return;
        if (what && *what)
            keep(which, **what);
        --saving_;
        listens_.saved();
    });
}

void residents::save_all()
{
    for (const auto& each : all_)
        if (each->now)
            if (const auto saved = each->now->running().save(); saved && *saved)
                keep(*each, **saved);
}

void residents::on(const link::plugin_order& what)
{
    home_.place.on(what);
    for (const auto& each : all_)
        if (each->now && each->name == what.terms.plugin && each->now->apart() != nullptr &&
            each->build.build == what.terms.build)
            each->now->apart()->on(what);
}

void residents::tell_gauges()
{
    link::plugin_gauges told;
    for (const auto& each : all_)
        if (each->now)
            told.plugins.push_back(each->now->gauge());
    if (!told.plugins.empty())
        home_.up.tell(std::move(told));
}

std::vector<link::plugin_build> residents::builds() const
{
    std::vector<link::plugin_build> all;
    for (const auto& each : all_)
        if (each->now)
            all.push_back(each->build);
    return all;
}

std::uint64_t residents::intents() const
{
    std::uint64_t all = discord::intent_guilds;
    for (const auto& each : all_)
        if (each->now)
            all |= each->now->running().about().intents;
    return all;
}

std::string residents::commands() const
{
    boost::json::object all;
    for (const auto& each : all_)
        if (each->now)
            all[each->name] = boost::json::parse(each->now->running().about().commands_json);
    return boost::json::serialize(all);
}

}  // namespace tinfoil::collection
