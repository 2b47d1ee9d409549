#include "host/command_registry.hpp"

#include "base/overloaded.hpp"
#include "discord/api_error.hpp"
#include "discord/command_shape.hpp"
#include "discord/limits.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tinfoil::host {
namespace {

namespace json = boost::json;
namespace limits = discord::limits;

// Discord's own code for the day's creates being used up, and when it is asked again then.
constexpr std::int64_t too_many_creates = 30034;
constexpr duration creates_wait = std::chrono::hours(1);
// Names in one line for people.
constexpr std::size_t named_max = 10;

std::size_t most_of(int type)
{
    return type == 1   ? limits::chat_commands_max
           : type == 4 ? limits::entry_point_commands_max
                       : limits::menu_commands_max;
}

std::string text_in(const json::object& from, std::string_view key)
{
    const auto* found = from.if_contains(key);
    return found != nullptr && found->is_string() ? std::string(found->get_string()) : "";
}

discord::snowflake id_in(const json::object& from)
{
    return discord::parse_snowflake(text_in(from, "id")).value_or(discord::snowflake{});
}

json::value parse(const std::string& text)
{
    json::error_code failed;
    json::value made = json::parse(text, failed);
    return failed ? json::value() : made;
}

bool is_passing(const discord_answered& what)
{
    return what.failed || what.status == 401 || what.status == 429 || what.status >= 500;
}

std::string shown(int type, const std::string& name)
{
    return type == 1 ? "/" + name : "\"" + name + "\"";
}

std::string in_guild(discord::snowflake guild)
{
    return guild ? " in guild " + to_string(guild) : "";
}

}  // namespace

void command_registry::on(const registry_input& what, instant now, todo_list& todo)
{
    std::visit(overloaded{
                   [&](const registry_begun& all) { on_begun(all, now); },
                   [&](const plugins_loaded& all) {
                       plugins_ = {all.all.begin(), all.all.end()};
                       for (const auto& each : all.all)
                           disabled_.erase(each.first);
                   },
                   [&](const plugin_loaded& one) {
                       plugins_[one.which.first] = one.which.second;
                       disabled_.erase(one.which.first);
                       look_again();
                   },
                   [&](const plugin_gone& one) { plugins_.erase(one.plugin); },
                   [&](const plugin_disabled& one) {
                       plugins_.erase(one.plugin);
                       disabled_.insert(one.plugin);
                       stays_.clear();
                   },
                   [&](const discord_answered& answer) { on_answer(answer, now, todo); },
                   [&](const registry_elapsed&) {},
               },
               what);
    if (!std::holds_alternative<discord_answered>(what) &&
        !std::holds_alternative<registry_elapsed>(what))
        want_anew(todo);
    proceed(now, todo);
}

void command_registry::on_begun(const registry_begun& what, instant now)
{
    if (std::exchange(has_begun_, true))
        return;
    application_ = what.application;
    development_ = what.development;
    needs_guilds_ = development_ && what.guilds.empty();
    guilds_ = development_ ? what.guilds : std::vector<discord::snowflake>{{}};
    for (const auto& each : what.own)
        own_.emplace(place{each.guild, {each.type, each.name}}, each);
    for (const auto& each : what.creates)
        creates_[each.guild].push_back(now - each.ago);
}

// Somebody may have mended what was wrong.
void command_registry::look_again()
{
    if (troubles_.empty() && closed_.empty())
        return;
    troubles_.clear();
    closed_.clear();
    found_.clear();
}

// The first of two plugins by name keeps a command that both declare.
void command_registry::want_anew(todo_list& todo)
{
    wanted_.clear();
    for (const auto& [plugin, text] : plugins_) {
        const json::value all = parse(text);
        for (const auto& each : all.is_array() ? all.get_array() : json::array()) {
            if (!each.is_object())
                continue;
            const json::object declared =
                discord::canonical_command(each.get_object(), !development_);
            const kind which{discord::command_type(declared), text_in(declared, "name")};
            const auto [at, is_new] = wanted_.emplace(which, wanted{plugin, declared});
            if (!is_new && at->second.plugin != plugin)
                todo.push_back(registry_say{
                    true, fmt::format("{} of {} is declared by {} already, which keeps it",
                                      shown(which.type, which.name), plugin, at->second.plugin)});
        }
    }
    std::erase_if(troubles_, [&](const auto& each) {
        const auto at = wanted_.find(each.first.what);
        return at == wanted_.end() || at->second.declared != each.second.declared;
    });
}

void command_registry::proceed(instant now, todo_list& todo)
{
    deadline_ = never;
    if (!has_begun_ || asked_)
        return;
    free_at_ = never;
    auto next = next_job(now, todo);
    if (!next) {
        deadline_ = free_at_;
        return tell_ends(todo);
    }
    if (now < not_before_)
        deadline_ = not_before_;
    else
        start(std::move(*next), todo);
}

std::optional<command_registry::job> command_registry::next_job(instant now, todo_list& todo)
{
    if (auto erase = next_erase())
        return erase;
    if (wanted_.empty())
        return std::nullopt;
    if (needs_guilds_ && !closed_.contains({}))
        return job{job::what::guilds, {}};
    for (const discord::snowflake guild : guilds_) {
        if (closed_.contains(guild))
            continue;
        if (!found_.contains(guild))
            return job{job::what::list, {guild, {}}};
        if (auto change = next_change(guild, now, todo))
            return change;
    }
    return std::nullopt;
}

bool command_registry::is_to_go(const discord::command_record& own) const
{
    if (stays_.contains(own.id))
        return false;
    const bool has_left = own.guild && !needs_guilds_ &&
                          std::find(guilds_.begin(), guilds_.end(), own.guild) == guilds_.end();
    return has_left || (disabled_.contains(own.plugin) && !wanted_.contains({own.type, own.name}));
}

std::optional<command_registry::job> command_registry::next_erase() const
{
    for (const auto& [where, own] : own_)
        if (is_to_go(own))
            return job{job::what::erase, where, own.id, own.plugin};
    return std::nullopt;
}

command_registry::verdict command_registry::judge(const place& where, const wanted& what) const
{
    const auto here = found_.find(where.guild);
    if (here == found_.end())
        return verdict::unknown;
    if (troubles_.contains(where))
        return verdict::blocked;
    const auto at = here->second.find(where.what);
    if (at == here->second.end())
        return verdict::create;
    const bool is_there = discord::is_as_declared(what.declared, at->second.what);
    const auto own = own_.find(where);
    if (own == own_.end() || own->second.id != at->second.id)
        return is_there ? verdict::note : verdict::foreign;
    const json::value sent = parse(own->second.sent);
    if (sent == what.declared && own->second.version == at->second.version)
        return own->second.plugin == what.plugin ? verdict::fine : verdict::note;
    const json::object before = sent.is_object() ? sent.get_object() : json::object();
    const bool lacks = std::any_of(before.begin(), before.end(), [&](const auto& each) {
        return !what.declared.contains(each.key());
    });
    return is_there && !lacks ? verdict::note : verdict::edit;
}

std::optional<command_registry::job> command_registry::next_change(discord::snowflake guild,
                                                                   instant now, todo_list& todo)
{
    for (const auto& [which, what] : wanted_) {
        const place where{guild, which};
        const auto does = judge(where, what);
        if (does == verdict::note)
            keep(where, what, found_[guild].at(which), todo);
        else if (does == verdict::foreign)
            refuse(where, what,
                   fmt::format("there is another command of that name, which tinfoil did not "
                               "make; it is left alone. To have tinfoil make it, delete it: "
                               "tinfoil rest DELETE {}",
                               path_to({job::what::erase, where, found_[guild].at(which).id})),
                   todo);
        else if (does == verdict::edit)
            return job{job::what::edit, where, found_[guild].at(which).id, what.plugin,
                       what.declared};
        else if (does == verdict::create && has_place(where, what, now, todo))
            return job{job::what::create, where, {}, what.plugin, what.declared};
    }
    return std::nullopt;
}

bool command_registry::has_place(const place& where, const wanted& what, instant now,
                                 todo_list& todo)
{
    const auto& here = found_[where.guild];
    const auto same =
        static_cast<std::size_t>(std::count_if(here.begin(), here.end(), [&](const auto& each) {
            return each.first.type == where.what.type;
        }));
    if (same >= most_of(where.what.type)) {
        refuse(where, what,
               fmt::format("Discord takes {} of its kind, and they are all there",
                           most_of(where.what.type)),
               todo);
        return false;
    }
    auto& made = creates_[where.guild];
    while (!made.empty() && now - made.front() >= limits::command_creates_window)
        made.pop_front();
    const auto full = full_until_.find(where.guild);
    const bool is_full = full != full_until_.end() && now < full->second;
    if (!is_full && made.size() < limits::command_creates_max)
        return true;
    free_at_ = std::min<instant>(free_at_, is_full ? full->second
                                                   : made.front() + limits::command_creates_window);
    if (!std::exchange(told_full_day_, true))
        todo.push_back(registry_say{
            true, fmt::format("Discord lets a bot create {} commands a day, and they are used; the "
                              "rest are registered when it lets more",
                              limits::command_creates_max)});
    return false;
}

void command_registry::start(job next, todo_list& todo)
{
    next.ticket = ++last_ticket_;
    ask_discord ask{next.ticket, "GET", path_to(next), ""};
    if (next.does == job::what::erase) {
        ask.method = "DELETE";
    } else if (next.does == job::what::create) {
        ask.method = "POST";
        ask.body = json::serialize(next.declared);
    } else if (next.does == job::what::edit) {
        ask.method = "PATCH";
        const json::value sent = parse(own_.at(next.where).sent);
        ask.body = json::serialize(discord::command_edit(
            next.declared, sent.is_object() ? sent.get_object() : json::object()));
    }
    asked_ = std::move(next);
    todo.push_back(std::move(ask));
}

std::string command_registry::path_to(const job& of) const
{
    if (of.does == job::what::guilds)
        return fmt::format("/users/@me/guilds?limit={}", guilds_found_max + 1);
    std::string path = "/applications/" + to_string(application_);
    if (of.where.guild)
        path += "/guilds/" + to_string(of.where.guild);
    path += "/commands";
    if (of.id)
        path += "/" + to_string(of.id);
    return of.does == job::what::list ? path + "?with_localizations=true" : path;
}

void command_registry::on_answer(const discord_answered& what, instant now, todo_list& todo)
{
    if (!asked_ || asked_->ticket != what.ticket)
        return;
    const job done = *std::exchange(asked_, std::nullopt);
    // Discord may have made it, and would count it.
    if (done.does == job::what::create && (what.failed || what.status == 201)) {
        creates_[done.where.guild].push_back(now);
        todo.push_back(count_create{done.where.guild});
    }
    if (!is_passing(what)) {
        is_failing_ = false;
        wait_.reset();
        if (what.status >= 200 && what.status < 300)
            return on_success(done, what, now, todo);
        return on_refused(done, what, todo);
    }
    if (what.failed) {
        // It is not known whether a create or an edit was done.
        if (done.does == job::what::create || done.does == job::what::edit)
            found_.erase(done.where.guild);
        return again_later(what.failed->detail, {}, now, todo);
    }
    const auto said = discord::read_api_error(what.status, what.body);
    const duration least = std::chrono::milliseconds(
        static_cast<std::int64_t>(std::clamp(said.retry_after_s, 0.0, 86'400.0) * 1000));
    // Others have created some too; what is to be edited goes on.
    if (said.code == too_many_creates)
        full_until_[done.where.guild] = now + std::max(least, creates_wait);
    else
        again_later("Discord answered " + std::to_string(what.status) + ": " + said.text, least,
                    now, todo);
}

void command_registry::again_later(const std::string& why, duration least, instant now,
                                   todo_list& todo)
{
    const duration wait = std::max(least, wait_.draw(random_));
    not_before_ = now + wait;
    if (!std::exchange(is_failing_, true))
        todo.push_back(registry_say{
            true,
            fmt::format("commands could not be compared with Discord's: {}; the next try is "
                        "in {} s",
                        why, std::chrono::duration_cast<std::chrono::seconds>(wait).count() + 1)});
}

void command_registry::on_success(const job& done, const discord_answered& what, instant now,
                                  todo_list& todo)
{
    if (done.does == job::what::erase)
        return erased(done, todo);
    const json::value answer = parse(what.body);
    const bool is_list = done.does == job::what::guilds || done.does == job::what::list;
    if (is_list ? !answer.is_array() : !answer.is_object() || !id_in(answer.get_object()))
        return again_later("its answer is not understood", {}, now, todo);
    if (done.does == job::what::guilds)
        on_guilds(answer.get_array(), todo);
    else if (done.does == job::what::list)
        on_list(done.where.guild, answer.get_array(), todo);
    else
        took(done, answer.get_object(), todo);
}

void command_registry::on_guilds(const json::array& all, todo_list& todo)
{
    needs_guilds_ = false;
    for (const auto& each : all)
        if (const auto id = each.is_object() ? id_in(each.get_object()) : discord::snowflake{};
            id && guilds_.size() < guilds_found_max)
            guilds_.push_back(id);
    if (all.size() > guilds_found_max)
        todo.push_back(registry_say{
            true, fmt::format("the bot is in more than {} guilds; commands in development are "
                              "registered in the first of them. Name yours in dev_guilds",
                              guilds_found_max)});
}

void command_registry::on_list(discord::snowflake guild, const json::array& all, todo_list& todo)
{
    auto& here = found_[guild];
    here.clear();
    std::set<discord::snowflake> ids;
    for (const auto& each : all) {
        const auto* one = each.if_object();
        if (one == nullptr || !id_in(*one))
            continue;
        const json::object what = discord::canonical_command(*one, !guild);
        ids.insert(id_in(*one));
        here[{discord::command_type(what), text_in(what, "name")}] = {
            id_in(*one), text_in(*one, "version"), what};
    }
    for (auto at = own_.begin(); at != own_.end();) {
        const auto& own = at->second;
        if (own.guild != guild || ids.contains(own.id)) {
            ++at;
            continue;
        }
        todo.push_back(forget_command{own.guild, own.type, own.name});
        at = own_.erase(at);
    }
}

void command_registry::took(const job& done, const json::object& answer, todo_list& todo)
{
    const found now{id_in(answer), text_in(answer, "version"),
                    discord::canonical_command(answer, !done.where.guild)};
    found_[done.where.guild][done.where.what] = now;
    keep(done.where, {done.plugin, done.declared}, now, todo);
    done_[done.does == job::what::create ? "created" : "edited"].push_back(
        shown(done.where.what.type, done.where.what.name));
}

void command_registry::erased(const job& done, todo_list& todo)
{
    own_.erase(done.where);
    if (const auto here = found_.find(done.where.guild); here != found_.end())
        here->second.erase(done.where.what);
    todo.push_back(forget_command{done.where.guild, done.where.what.type, done.where.what.name});
    done_["deleted"].push_back(shown(done.where.what.type, done.where.what.name));
}

void command_registry::on_refused(const job& done, const discord_answered& what, todo_list& todo)
{
    const auto said = discord::read_api_error(what.status, what.body);
    const std::string why = fmt::format("Discord answered {}: {}", what.status, said.text);
    switch (done.does) {
    case job::what::guilds:
        closed_[{}] = why;
        todo.push_back(registry_say{
            true, "the bot's guilds are not known, so no commands are registered in them: " + why});
        return;
    case job::what::list:
        closed_[done.where.guild] = why;
        todo.push_back(registry_say{
            true, fmt::format("commands{} can't be registered: {}",
                              done.where.guild ? in_guild(done.where.guild) : " of the bot", why)});
        return;
    case job::what::erase:
        // Gone already, or the bot is no more in that guild, nor are its commands.
        if (what.status == 404 || (what.status == 403 && done.where.guild))
            return erased(done, todo);
        stays_.insert(done.id);
        todo.push_back(
            registry_say{true, fmt::format("{} of {}{} could not be deleted: {}",
                                           shown(done.where.what.type, done.where.what.name),
                                           done.plugin, in_guild(done.where.guild), why)});
        return;
    case job::what::edit:
        // Somebody deleted it since it was listed.
        if (what.status == 404) {
            found_.erase(done.where.guild);
            return;
        }
        [[fallthrough]];
    case job::what::create:
        return refuse(done.where, {done.plugin, done.declared}, why, todo);
    }
}

void command_registry::keep(const place& where, const wanted& what, const found& at,
                            todo_list& todo)
{
    const discord::command_record made{where.guild, where.what.type, where.what.name,
                                       at.id,       what.plugin,     json::serialize(what.declared),
                                       at.version};
    own_[where] = made;
    todo.push_back(keep_command{made});
}

void command_registry::refuse(const place& where, const wanted& what, std::string why,
                              todo_list& todo)
{
    todo.push_back(registry_say{true, fmt::format("{} of {}{} is not registered as declared: {}",
                                                  shown(where.what.type, where.what.name),
                                                  what.plugin, in_guild(where.guild), why)});
    troubles_[where] = {what.plugin, std::move(why), what.declared};
}

// One line for all that was done, and one for what stays behind.
void command_registry::tell_ends(todo_list& todo)
{
    std::string text;
    for (auto& [how, names] : std::exchange(done_, {})) {
        const std::size_t more = names.size() > named_max ? names.size() - named_max : 0;
        names.resize(names.size() - more);
        text += fmt::format("{}{} {}{}", text.empty() ? "" : "; ", how, fmt::join(names, ", "),
                            more == 0 ? "" : fmt::format(" and {} more", more));
    }
    if (!text.empty())
        todo.push_back(registry_say{false, "commands: " + text});
    for (const auto& [where, own] : own_)
        if (found_.contains(where.guild) && plugins_.contains(own.plugin) &&
            !wanted_.contains(where.what) && lingering_.insert(own.id).second)
            todo.push_back(registry_say{
                false, fmt::format("{} of {}{} is not declared any more and stays at Discord, "
                                   "where nobody answers it, until the plugin is disabled",
                                   shown(own.type, own.name), own.plugin, in_guild(own.guild))});
}

registry_view command_registry::look() const
{
    registry_view made;
    made.development = development_;
    for (const discord::snowflake guild : guilds_)
        for (const auto& [which, what] : wanted_) {
            const auto does = judge({guild, which}, what);
            made.registered += does == verdict::fine ? 1 : 0;
            made.pending += does == verdict::blocked || does == verdict::fine ? 0 : 1;
        }
    for (const auto& each : own_)
        made.pending += is_to_go(each.second) ? 1 : 0;
    for (const auto& [where, what] : troubles_)
        made.problems.push_back(
            {what.plugin, shown(where.what.type, where.what.name), where.guild, what.text});
    for (const auto& [guild, why] : closed_)
        made.problems.push_back({"", "", guild, why});
    return made;
}

}  // namespace tinfoil::host
