#include "host/plugin_desk.hpp"

#include "dispatch/swap.hpp"
#include "host/own_values.hpp"
#include "net/clock.hpp"
#include "state/plugin_states.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/json.hpp>

#include <algorithm>
#include <utility>

namespace tinfoil::host {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

std::string how_of(const rollout_place& place)
{
    if (place.went_back)
        return "went_back";
    switch (static_cast<dispatch::swap_verdict>(place.what.how)) {
    case dispatch::swap_verdict::loaded:
        return "loaded";
    case dispatch::swap_verdict::reloaded:
        return "reloaded";
    case dispatch::swap_verdict::unloaded:
        return "unloaded";
    case dispatch::swap_verdict::refused:
    case dispatch::swap_verdict::superseded:
        break;
    }
    return "refused";
}

plugin_place place_of(const rollout_place& from)
{
    return {from.number,       how_of(from),        from.what.version,
            from.what.why,     from.what.waited_us, from.what.held,
            from.what.cut_off, from.what.kept,      from.what.kept_why};
}

std::string outcome_of(plugin_desk::verb what, bool ran_before)
{
    switch (what) {
    case plugin_desk::verb::rollback:
        return "rolled_back";
    case plugin_desk::verb::unload:
        return "unloaded";
    case plugin_desk::verb::disable:
        return "disabled";
    case plugin_desk::verb::enable:
        return "enabled";
    case plugin_desk::verb::load:
    case plugin_desk::verb::reload:
        break;
    }
    return ran_before ? "reloaded" : "loaded";
}

}  // namespace

plugin_desk::plugin_desk(settings how, ports to)
    : how_(std::move(how)),
      to_(std::move(to)),
      intake_(to_.loop, how_.folder, how_.state, how_.executable),
      rollout_(to_.loop, rollout{}, [this](const rollout_action& action) { perform(action); })
{
}

plugin_desk::~plugin_desk() = default;

void plugin_desk::prepare(std::function<void(result<void>)> then)
{
    if (auto ready = intake_.prepare(); !ready)
        return then(ready);
    const auto known = to_.store.own_value(remembered_plugins);
    if (!known)
        return then(known.error());
    if (*known)
        shelf_.remember(**known);
    auto files = intake_.read();
    if (!files)
        return then(error{errc::invalid_argument,
                          "the plugin folder " + how_.folder.string() + " can't be read"});
    seen_at_start_ = std::move(*files);
    prepared_ = std::move(then);
    examining_ = seen_at_start_.size();
    if (examining_ == 0)
        return lay_out();
    for (const auto& [name, mark] : seen_at_start_)
        intake_.examine(name, [this, file = name](const examined& found) {
            at_start_[file] = found;
            if (--examining_ == 0)
                lay_out();
        });
}

// In the order of their names, so that of two files with one plugin the same is taken each time.
void plugin_desk::lay_out()
{
    for (const auto& [file, found] : at_start_)
        examined_at_start(file, found);
    if (!how_.network.empty())
        shelf_.of(how_.network).apart = true;
    std::set<std::string> gone;
    for (const auto& [name, own] : shelf_.all()) {
        if (own.file.empty())
            gone.insert(name);
        else if (own.is_laid_out())
            if (auto done = intake_.make_current(own.current->sha256, ""); !done)
                return std::exchange(prepared_, nullptr)(done);
        rollout_.tell(rollout_settled_on{
            name, own.is_laid_out() && !own.file.empty() ? own.current->sha256 : ""});
    }
    // What was there in an earlier run and has no file any more is known, and does not run.
    for (const std::string& name : gone)
        shelf_.of(name).current.reset();
    at_start_.clear();
    keep();
    begin_watch();
    std::exchange(prepared_, nullptr)({});
}

void plugin_desk::examined_at_start(const std::string& file, const examined& found)
{
    if (const std::string why = takes(file, found); !why.empty()) {
        refused_[file] = why;
        return;
    }
    shelved_plugin& own = shelf_.of(found.about.name);
    own.file = file;
    own.mark = intake_.look(file);
    // Somebody went back from just this one, and has put no other in its place.
    if (own.passed_over == found.sha256 && own.current && own.current->sha256 != found.sha256 &&
        intake_.has(own.current->sha256))
        return;
    plugin_build now{found.sha256, found.manifest, found.about};
    if (own.current && own.current->sha256 != found.sha256)
        own.previous = std::exchange(own.current, std::nullopt);
    own.passed_over.clear();
    own.current = std::move(now);
}

// Why that file is not to be taken; empty: it is.
std::string plugin_desk::takes(const std::string& file, const examined& found)
{
    if (found.refused)
        return *found.refused;
    const shelved_plugin* const own = shelf_.find(found.about.name);
    // One that is gone or has changed since may hold anything.
    if (own == nullptr || own->file.empty() || own->file == file ||
        !(intake_.look(own->file) == own->mark))
        return {};
    return "another file, " + own->file + ", holds a plugin named " + own->name +
           " too; remove one of them";
}

void plugin_desk::begin_watch()
{
    if (how_.watch == plugin_watch::off)
        return;
    watch_ = std::make_unique<net::pump<folder_watch, watch_input, watch_elapsed, watch_action>>(
        to_.loop, folder_watch(seen_at_start_, net::now()),
        [this](const watch_action& action) { perform(action); });
    if (how_.watch == plugin_watch::automatic) {
        kernel_ = std::make_unique<net::folder_watcher>(
            to_.loop, how_.folder,
            net::folder_watcher::listener{[this](const std::string& name) {
                                              if (name.ends_with(".so") && !name.starts_with('.'))
                                                  watch_->tell(name_stirred{name});
                                          },
                                          [this] { watch_->tell(events_lost{}); }});
        kernel_->watch();
    }
    // What happened since the folder was read.
    watch_->tell(events_lost{});
}

void plugin_desk::perform(const watch_action& action)
{
    if (std::holds_alternative<read_folder>(action)) {
        if (kernel_)
            kernel_->watch();
        if (auto files = intake_.read())
            watch_->tell(folder_read{std::move(*files)});
    } else if (const auto* look = std::get_if<look_at>(&action)) {
        watch_->tell(file_stat{look->name, intake_.look(look->name)});
    } else if (const auto* next = std::get_if<examine>(&action)) {
        intake_.examine(next->name, [this, file = next->name](const examined& found) {
            on_file(file, found);
            watch_->tell(file_judged{file, found.refused && found.incomplete});
        });
    } else if (const auto* gone = std::get_if<file_gone>(&action)) {
        on_file_gone(gone->name);
    } else {
        const std::string& name = std::get<give_up_file>(action).name;
        to_.people.warn(name + " stays incomplete, and is not looked at again until it changes: " +
                        refused_[name]);
    }
}

// The folder has another content under that name.
void plugin_desk::on_file(const std::string& file, const examined& found)
{
    const std::string why = takes(file, found);
    shelved_plugin* const before = shelf_.of_file(file);
    if (!why.empty()) {
        if (before == nullptr || (!found.sha256.empty() && before->name != found.about.name))
            refused_[file] = why;
        else
            before->problem = why;
        // It may be whole in a moment.
        if (found.incomplete)
            return;
        plugin_answer told{before != nullptr ? before->name : file, "refused", "", "", why, "", {}};
        if (before != nullptr) {
            told.version = before->runs() ? before->version() : "";
            told.wanted = found.about.version;
        }
        return to_.people.warn(sentence(told));
    }
    refused_.erase(file);
    shelved_plugin& own = adopt(file, found);
    own.problem.clear();
    const bool is_same = own.current && own.current->sha256 == found.sha256;
    if (found.sha256 == own.passed_over || (is_same && own.runs()) || (is_same && own.unloaded))
        return;
    if (own.disabled || own.apart) {
        own.current = {found.sha256, found.manifest, found.about};
        if (own.apart && !is_same)
            to_.people.note("the network manager " + own.name + " " + found.about.version +
                            " is there; it runs from the next start of tinfoil run");
        return keep();
    }
    begin({verb::load,
           own.name,
           found.about.version,
           {found.sha256, found.manifest, found.about},
           {},
           {}});
}

// The file holds that plugin from now on. Whose it was before may have moved to another one, which
// is looked into soon.
shelved_plugin& plugin_desk::adopt(const std::string& file, const examined& found)
{
    if (shelved_plugin* const before = shelf_.of_file(file);
        before != nullptr && before->name != found.about.name) {
        before->file.clear();
        auto patience = std::make_shared<boost::asio::steady_timer>(to_.loop, folder_watch::grace);
        patience->async_wait([this, patience, name = before->name,
                              alive = std::weak_ptr(alive_)](boost::system::error_code failed) {
            if (!failed && !alive.expired())
                orphaned(name);
        });
    }
    shelved_plugin& own = shelf_.of(found.about.name);
    own.file = file;
    own.mark = intake_.look(file);
    return own;
}

void plugin_desk::on_file_gone(const std::string& file)
{
    refused_.erase(file);
    shelved_plugin* const own = shelf_.of_file(file);
    if (own == nullptr)
        return;
    own->file.clear();
    to_.people.note(file + " is gone");
    orphaned(own->name);
}

void plugin_desk::orphaned(const std::string& name)
{
    const shelved_plugin* const own = shelf_.find(name);
    if (own == nullptr || !own->file.empty() || !own->runs())
        return;
    if (how_.gone == on_delete::keep)
        return to_.people.note(name + " " + own->version() + " goes on without a file");
    begin({verb::unload, name, "", {}, {}, {}});
}

bool plugin_desk::change(verb what, const std::string& name, answered then)
{
    shelved_plugin* own = shelf_.find(name);
    const bool takes_file = what == verb::load || what == verb::reload || what == verb::enable;
    if (own == nullptr && takes_file) {
        // A file holds what it holds now, whosever it was.
        const std::string file = name.ends_with(".so") ? name : name + ".so";
        if (file.find('/') != std::string::npos || !intake_.look(file).is_there())
            return false;
        take_file(what, file, std::move(then));
        return true;
    }
    if (own == nullptr)
        own = shelf_.of_file(name);
    if (own == nullptr)
        return false;
    const auto answer = [&](std::string outcome, std::string why) {
        then({own->name,
              std::move(outcome),
              own->runs() ? own->version() : "",
              "",
              std::move(why),
              lacking(*own),
              {}});
    };
    if (own->apart) {
        then({own->name,
              "refused",
              own->version(),
              "",
              "it is the network manager of [network], which changes with the next start of "
              "tinfoil run",
              "",
              {}});
        return true;
    }
    bool was_aside = false;
    if (what == verb::enable) {
        note(*own, false);
        was_aside = to_.enabled(own->name);
    }
    if (what == verb::disable) {
        note(*own, true);
        to_.disabled(own->name);
    }
    if (own->disabled && (what == verb::load || what == verb::reload || what == verb::rollback))
        return answer("refused", "it is disabled; tinfoil plugins enable " + own->name), true;
    if (what == verb::rollback) {
        if (!own->previous || !intake_.has(own->previous->sha256))
            return answer("refused", "there is no version before it"), true;
        begin({what, own->name, own->previous->about.version, *own->previous, {}, std::move(then)});
    } else if (takes_file) {
        if (own->file.empty())
            return answer("refused", "it has no file in " + how_.folder.string() + " any more"),
                   true;
        if (what != verb::reload && !was_aside && own->runs() &&
            !rollout_.machine().is_busy(own->name))
            return answer("unchanged", "it runs already; tinfoil plugins reload " + own->name),
                   true;
        take_file(what, own->file, std::move(then));
    } else if (!own->current || own->unloaded) {
        return answer(what == verb::disable ? "disabled" : "unchanged", "it did not run"), true;
    } else {
        begin({what, own->name, "", {}, {}, std::move(then)});
    }
    return true;
}

// Somebody asked for what the file has, whether it is new or not.
void plugin_desk::take_file(verb what, const std::string& file, answered then)
{
    intake_.examine(file, [this, what, file, then = std::move(then)](const examined& found) {
        shelved_plugin* const before = shelf_.of_file(file);
        order made{what, before != nullptr ? before->name : file, found.about.version, {}, {},
                   then};
        if (const std::string why = takes(file, found); !why.empty())
            return refuse(made, why);
        refused_.erase(file);
        shelved_plugin& own = adopt(file, found);
        made.name = own.name;
        if (what == verb::enable) {
            note(own, false);
            (void)to_.enabled(own.name);
        }
        if (own.disabled)
            return refuse(made, "it is disabled; tinfoil plugins enable " + own.name);
        made.build = {found.sha256, found.manifest, found.about};
        begin(std::move(made));
    });
}

void plugin_desk::refuse(const order& what, const std::string& why)
{
    plugin_answer told{what.name, "refused", "", what.wanted, why, "", {}};
    if (shelved_plugin* const own = shelf_.find(what.name)) {
        own->problem = why;
        told.version = own->runs() ? own->version() : "";
    }
    finish(what, std::move(told));
}

void plugin_desk::begin(order what)
{
    const std::uint64_t ticket = ++last_ticket_;
    what.old_commands = commands();
    const rollout_order passed{ticket, what.name, what.build.sha256, what.what == verb::rollback};
    orders_[ticket] = std::move(what);
    rollout_.tell(passed);
}

void plugin_desk::perform(const rollout_action& action)
{
    if (const auto* sent = std::get_if<rollout_send>(&action))
        to_.send(sent->number,
                 link::change_plugin{sent->ticket, sent->plugin,
                                     sent->build.empty() ? "" : intake_.build(sent->build).string(),
                                     sent->rollback});
    else
        settled(std::get<rollout_settled>(action));
}

void plugin_desk::settled(const rollout_settled& what)
{
    auto node = orders_.extract(what.ticket);
    if (node.empty())
        return;
    const order& asked = node.mapped();
    shelved_plugin& own = shelf_.of(what.plugin);
    const bool ran = own.runs();
    if (what.done)
        commit(own, asked);
    else if (!what.superseded)
        own.problem = what.why;
    plugin_answer told{own.name,
                       what.superseded ? "superseded"
                       : what.done     ? outcome_of(asked.what, ran)
                                       : "refused",
                       own.runs() ? own.version() : "",
                       asked.wanted,
                       what.why,
                       lacking(own),
                       {}};
    for (const rollout_place& each : what.places)
        told.places.push_back(place_of(each));
    if (commands() != asked.old_commands)
        to_.commands_changed(commands());
    finish(asked, std::move(told));
}

void plugin_desk::commit(shelved_plugin& own, const order& what)
{
    own.problem.clear();
    own.refused = false;
    const std::string before = own.is_laid_out() ? own.current->sha256 : "";
    if (what.build.sha256.empty()) {
        own.unloaded = what.what == verb::unload;
        // Its file has gone, so nothing of it is left but what a rollback would need.
        if (own.file.empty())
            own.previous = std::exchange(own.current, std::nullopt);
    } else {
        own.passed_over = what.what == verb::rollback && own.current ? own.current->sha256 : "";
        if (own.current && own.current->sha256 != what.build.sha256)
            own.previous = std::exchange(own.current, std::nullopt);
        own.current = what.build;
        own.unloaded = false;
    }
    if (auto done = intake_.make_current(what.build.sha256, before); !done)
        to_.people.warn(done.error().detail + "; a collection that begins anew lacks " + own.name);
    keep();
}

void plugin_desk::finish(const order& what, plugin_answer told)
{
    if (what.then)
        what.then(told);
    if (told.outcome == "refused")
        to_.people.warn(sentence(told));
    else if (told.outcome != "superseded")
        to_.people.note(sentence(told));
}

void plugin_desk::note(shelved_plugin& own, bool disabled)
{
    // Until it has been unloaded it runs: the rollout says when.
    if (own.disabled == disabled)
        return;
    own.disabled = disabled;
    if (disabled && own.current && !own.unloaded)
        (void)intake_.make_current("", own.current->sha256);
    if (!disabled)
        own.unloaded = true;
    keep();
}

void plugin_desk::keep()
{
    if (auto kept = to_.store.set_own_value(remembered_plugins, shelf_.remembered()); !kept)
        to_.people.warn(kept.error().detail);
    intake_.sweep([this](const std::string& sum) {
        return shelf_.needs(sum) ||
               std::any_of(orders_.begin(), orders_.end(),
                           [&](const auto& each) { return each.second.build.sha256 == sum; });
    });
}

void plugin_desk::on_loaded(std::uint32_t number, link::loaded& what)
{
    std::map<std::string, std::string> builds;
    for (link::plugin_outcome& each : what.plugins) {
        const std::string sum = fs::path(each.file).stem().string();
        shelved_plugin* const own = each.name.empty() ? nullptr : shelf_.find(each.name);
        if (own != nullptr)
            each.file = (how_.folder / own->file).string();
        if (own != nullptr)
            own->refused = each.refused.has_value();
        if (!each.refused)
            builds[each.name] = sum;
        else if (own != nullptr)
            own->problem = each.refused->detail;
    }
    for (const auto& [file, why] : refused_)
        what.plugins.push_back(
            {(how_.folder / file).string(), "", "", error{errc::plugin_refused, why}});
    if (!what.failed)
        rollout_.tell(collection_up{number, std::move(builds)});
}

void plugin_desk::on_message(std::uint32_t number, const link::message& what)
{
    const auto folder = state::plugin_states(how_.state, number);
    if (const auto* told = std::get_if<link::plugin_changed>(&what)) {
        kept_[told->plugin][number] = {told->kept, told->kept_why};
        rollout_.tell(collection_changed{number, *told});
    } else if (const auto* saved = std::get_if<link::plugin_state>(&what)) {
        if (auto kept = state::keep_plugin_state(
                folder, {saved->plugin, saved->by, saved->version, saved->bytes});
            !kept)
            to_.people.warn(kept.error().detail);
    } else if (const auto* rejected = std::get_if<link::plugin_state_rejected>(&what)) {
        const auto aside = state::reject_plugin_state(folder, rejected->plugin);
        to_.people.warn(rejected->plugin + " begins without its state: " + rejected->why +
                        "; it is kept as " + aside.string());
    }
}

std::string plugin_desk::commands() const
{
    json::object all;
    for (const auto& [name, own] : shelf_.all())
        if (own.runs())
            all[name] = json::parse(own.current->about.commands_json);
    return json::serialize(all);
}

void plugin_desk::tell_disabled() const
{
    for (const auto& [name, own] : shelf_.all())
        if (own.disabled)
            to_.disabled(name);
}

}  // namespace tinfoil::host
