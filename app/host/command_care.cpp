#include "host/command_care.hpp"

#include "base/overloaded.hpp"
#include "discord/limits.hpp"
#include "net/clock.hpp"

#include <boost/json.hpp>

#include <utility>

namespace tinfoil::host {

command_care::command_care(parts with, settings how)
    : with_(with),
      how_(std::move(how)),
      registry_(with.loop, command_registry(how_.seed),
                [this](const registry_action& action) { perform(action); })
{
}

void command_care::begin(discord::snowflake application)
{
    registry_begun told;
    told.application = application;
    told.development = how_.development;
    told.guilds = how_.guilds;
    auto own = with_.store.commands();
    const std::int64_t now_ms = net::wall_clock_ms();
    const auto creates = with_.store.command_creates_since(now_ms - state::creates_kept_ms);
    check(own ? result<void>() : own.error());
    check(creates ? result<void>() : creates.error());
    // Without its rows it would take its own commands for somebody else's.
    if (!own)
        return;
    told.own = std::move(*own);
    if (creates && !how_.is_new_discord)
        for (const auto& each : *creates)
            told.creates.push_back({each.guild, std::chrono::milliseconds(std::max<std::int64_t>(
                                                    now_ms - each.wall_ms, 0))});
    tell(std::move(told));
}

void command_care::loaded(const std::string& commands)
{
    plugins_loaded told;
    boost::json::error_code failed;
    const auto all = boost::json::parse(commands, failed);
    if (failed || !all.is_object())
        return;
    for (const auto& each : all.get_object())
        told.all.emplace_back(each.key(), boost::json::serialize(each.value()));
    tell(std::move(told));
}

void command_care::perform(const registry_action& action)
{
    std::visit(overloaded{
                   [&](const ask_discord& what) { ask(what); },
                   [&](const keep_command& what) { check(with_.store.keep_command(what.what)); },
                   [&](const forget_command& what) {
                       check(with_.store.forget_command(what.guild, what.type, what.name));
                   },
                   [&](const count_create& what) {
                       check(with_.store.record_command_create(what.guild, net::wall_clock_ms()));
                   },
                   [&](const registry_say& what) {
                       what.warning ? with_.people.warn(what.text) : with_.people.note(what.text);
                   },
               },
               action);
}

void command_care::ask(const ask_discord& what)
{
    discord::rest_request request;
    request.method = what.method;
    request.path = what.path;
    request.body = what.body;
    with_.rest.submit(std::move(request),
                      [this, ticket = what.ticket](result<discord::rest_response> answer) {
                          discord_answered told{ticket, 0, {}, {}};
                          if (answer) {
                              with_.counted.answered({}, answer->status);
                              told.status = answer->status;
                              told.body = std::move(answer->body);
                          } else {
                              told.failed = answer.error();
                          }
                          tell(std::move(told));
                      });
}

void command_care::check(const result<void>& kept)
{
    if (!kept)
        with_.people.warn("commands: " + kept.error().detail);
}

}  // namespace tinfoil::host
