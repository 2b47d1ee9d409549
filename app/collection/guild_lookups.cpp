#include "collection/guild_lookups.hpp"

#include "discord/api_error.hpp"

#include <utility>

namespace tinfoil::collection {
namespace {

// Discord Docs/HTTP: 403 and 404 are its answers where a bot is not, or not any more.
result<std::string> body_of(result<discord::rest_response> answer)
{
    if (!answer)
        return answer.error();
    if (answer->status >= 200 && answer->status < 300)
        return std::move(answer->body);
    const auto said = discord::read_api_error(answer->status, answer->body);
    const bool is_unknown = answer->status == 403 || answer->status == 404;
    return error{is_unknown ? errc::invalid_argument : errc::http_status,
                 "Discord answered " + std::to_string(answer->status) + ": " + said.text};
}

}  // namespace

std::uint64_t guild_lookups::ask(discord::snowflake guild, done then)
{
    const std::uint64_t id = ++last_id_;
    waiting_.emplace(id, std::move(then));
    guilds::guild_view::todo_list todo;
    view_.ask(id, guild, todo);
    perform(std::move(todo));
    return id;
}

void guild_lookups::cancel(std::uint64_t id)
{
    if (waiting_.erase(id) != 0)
        view_.withdraw(id);
}

void guild_lookups::on_event(discord::slot of, std::string_view type, std::string_view data)
{
    guilds::guild_view::todo_list todo;
    view_.on_event(of, type, data, todo);
    perform(std::move(todo));
}

void guild_lookups::perform(guilds::guild_view::todo_list todo)
{
    for (auto& each : todo) {
        if (const auto* what = std::get_if<guilds::fetch_part>(&each)) {
            fetch(*what);
            continue;
        }
        // Whoever asked may not have returned yet, or an event is being handled.
        later_([this, given = std::get<guilds::give_guild>(std::move(each)),
                alive = std::weak_ptr(alive_)] {
            if (alive.expired())
                return;
            auto node = waiting_.extract(given.ticket);
            if (node.empty())
                return;
            if (given.failed)
                node.mapped()(*given.failed);
            else
                node.mapped()(given.json);
        });
    }
}

void guild_lookups::fetch(const guilds::fetch_part& what)
{
    discord::rest_request request;
    request.method = "GET";
    request.path = what.path;
    up_.rest(std::move(request),
             [this, flight = what.flight, part = what.what](result<discord::rest_response> answer) {
                 guilds::guild_view::todo_list todo;
                 view_.on_answer(flight, part, body_of(std::move(answer)), todo);
                 perform(std::move(todo));
             });
}

}  // namespace tinfoil::collection
