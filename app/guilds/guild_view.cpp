#include "guilds/guild_view.hpp"

#include "discord/envelope.hpp"

#include <algorithm>

namespace tinfoil::guilds {
namespace {

// Beside its slices.
constexpr std::size_t guild_bytes = 512;

constexpr unsigned bit(part what)
{
    return 1U << static_cast<unsigned>(what);
}

discord::snowflake guild_in(std::string_view type, std::string_view data)
{
    const bool is_itself =
        type == "GUILD_CREATE" || type == "GUILD_UPDATE" || type == "GUILD_DELETE";
    return discord::parse_snowflake(discord::find_member(data, is_itself ? "id" : "guild_id"))
        .value_or(discord::snowflake{});
}

bool take(guild_copy& into, part what, discord::snowflake guild, std::string_view body)
{
    switch (what) {
    case part::self:
        return true;
    case part::guild:
        return discord::find_member(body, "id") == to_string(guild) && into.take_guild(body);
    case part::channels:
        return into.take_channels(body);
    case part::threads:
        return into.take_threads(body);
    case part::member:
        return into.take_member(body);
    }
    return false;
}

}  // namespace

bool guild_view::is_ours(discord::snowflake guild) const
{
    return std::any_of(slots_.begin(), slots_.end(),
                       [&](discord::slot each) { return each.serves(guild); });
}

std::uint64_t guild_view::revision(discord::snowflake guild)
{
    const auto at = kept_.find(guild);
    if (at == kept_.end())
        return 0;
    by_use_.splice(by_use_.begin(), by_use_, at->second.used);
    return at->second.revision;
}

void guild_view::ask(std::uint64_t ticket, discord::snowflake guild, todo_list& todo)
{
    want();
    if (const auto at = kept_.find(guild); at != kept_.end()) {
        by_use_.splice(by_use_.begin(), by_use_, at->second.used);
        const auto revision = at->second.revision;
        todo.push_back(give_guild{
            ticket, std::make_shared<const std::string>(at->second.what.json(revision)), {}});
        return;
    }
    const auto [at, is_new] = flights_.try_emplace(guild);
    at->second.waiting.push_back(ticket);
    if (is_new)
        turns_.push_back(guild);
    begin_next(todo);
}

void guild_view::withdraw(std::uint64_t ticket)
{
    for (auto& each : flights_)
        std::erase(each.second.waiting, ticket);
}

void guild_view::begin_next(todo_list& todo)
{
    while (under_way_ < flights_max && !turns_.empty()) {
        const auto at = flights_.find(turns_.front());
        turns_.pop_front();
        if (at == flights_.end() || at->second.id != 0)
            continue;
        if (at->second.waiting.empty())
            flights_.erase(at);
        else
            begin(at, todo);
    }
}

void guild_view::begin(flights::iterator at, todo_list& todo)
{
    auto& [guild, made] = *at;
    ++under_way_;
    made.id = ++last_flight_;
    made.missing = bit(part::guild) | bit(part::channels) | bit(part::threads) | bit(part::member);
    made.wants_self = !self_;
    for (const part each : {part::guild, part::channels, part::threads})
        fetch(made, guild, each, todo);
    fetch(made, guild, self_ ? part::member : part::self, todo);
}

guild_view::flight guild_view::land(flights::iterator at, todo_list& todo)
{
    flight done = std::move(at->second);
    under_way_ -= done.id == 0 ? 0 : 1;
    flights_.erase(at);
    begin_next(todo);
    return done;
}

void guild_view::fetch(const flight& of, discord::snowflake guild, part what, todo_list& todo)
{
    std::string path = "/guilds/" + to_string(guild);
    switch (what) {
    case part::self:
        path = "/users/@me";
        break;
    case part::guild:
        break;
    case part::channels:
        path += "/channels";
        break;
    case part::threads:
        path += "/threads/active";
        break;
    case part::member:
        path += "/members/" + to_string(self_);
        break;
    }
    todo.push_back(fetch_part{of.id, what, std::move(path)});
}

void guild_view::on_self(std::string_view body, todo_list& todo)
{
    self_ =
        discord::parse_snowflake(discord::find_member(body, "id")).value_or(discord::snowflake{});
    for (auto& [guild, each] : flights_)
        if (self_ && std::exchange(each.wants_self, false))
            fetch(each, guild, part::member, todo);
}

void guild_view::on_answer(std::uint64_t id, part what, const result<std::string>& body,
                           todo_list& todo)
{
    const auto at = std::find_if(flights_.begin(), flights_.end(),
                                 [&](const auto& each) { return each.second.id == id; });
    if (what == part::self && body)
        on_self(*body, todo);
    if (at == flights_.end())
        return;
    if (!body)
        return fail(at, body.error(), todo);
    if (what == part::self && !self_)
        return fail(at, {errc::malformed, "Discord does not say who the bot is"}, todo);
    if (!take(at->second.what, what, at->first, *body))
        return fail(at,
                    {errc::malformed,
                     "what Discord says of guild " + to_string(at->first) + " is not understood"},
                    todo);
    at->second.missing &= ~bit(what);
    if (at->second.missing == 0)
        finish(at, todo);
}

void guild_view::finish(flights::iterator at, todo_list& todo)
{
    const discord::snowflake guild = at->first;
    flight done = land(at, todo);
    for (const auto& [type, data] : done.events)
        done.what.apply(type, data);
    const auto json = keep(guild, std::move(done.what), !done.missed);
    for (const std::uint64_t each : done.waiting)
        todo.push_back(give_guild{each, json, {}});
}

void guild_view::fail(flights::iterator at, const error& why, todo_list& todo)
{
    const flight done = land(at, todo);
    for (const std::uint64_t each : done.waiting)
        todo.push_back(give_guild{each, nullptr, why});
}

// As text, with the revision that it is kept under.
std::shared_ptr<const std::string> guild_view::keep(discord::snowflake guild, guild_copy what,
                                                    bool may)
{
    drop(guild);
    const bool is_kept =
        may && is_ours(guild) && most_.guilds != 0 && what.bytes() + guild_bytes <= most_.bytes;
    const std::uint64_t revision = is_kept ? ++last_revision_ : 0;
    auto text = std::make_shared<const std::string>(what.json(revision));
    if (!is_kept)
        return text;
    bytes_ += what.bytes() + guild_bytes;
    by_use_.push_front(guild);
    kept_.emplace(guild, kept{std::move(what), revision, by_use_.begin()});
    make_room();
    return text;
}

void guild_view::make_room()
{
    while (bytes_ > most_.bytes || kept_.size() > most_.guilds)
        drop(by_use_.back());
}

void guild_view::drop(discord::snowflake guild)
{
    const auto at = kept_.find(guild);
    if (at == kept_.end())
        return;
    bytes_ -= at->second.what.bytes() + guild_bytes;
    by_use_.erase(at->second.used);
    kept_.erase(at);
}

void guild_view::on_create(discord::snowflake guild, std::string_view data, todo_list& todo)
{
    drop(guild);
    guild_copy made;
    const bool is_whole = made.from_create(data, self_);
    const auto waited = flights_.find(guild);
    if (!is_whole) {
        if (waited != flights_.end())
            waited->second.missed = true;
        return;
    }
    const auto json = keep(guild, std::move(made), true);
    if (waited == flights_.end())
        return;
    // It is the newest there is; the answers that are still under way find nobody.
    const flight done = land(waited, todo);
    for (const std::uint64_t each : done.waiting)
        todo.push_back(give_guild{each, json, {}});
}

void guild_view::on_event(discord::slot of, std::string_view type, std::string_view data,
                          todo_list& todo)
{
    if (type == "READY") {
        on_session_lost(of);
        const auto user = discord::find_value(discord::first_value(data), "user");
        if (const auto id = discord::parse_snowflake(discord::find_member(user, "id")))
            self_ = *id;
        return;
    }
    if (!is_wanted_ || !concerns_guilds(type))
        return;
    data = discord::first_value(data);
    const discord::snowflake guild = guild_in(type, data);
    if (type == "GUILD_CREATE")
        return on_create(guild, data, todo);
    const auto at = kept_.find(guild);
    const auto waited = flights_.find(guild);
    if (at == kept_.end() && waited == flights_.end())
        return;
    if (type == "GUILD_DELETE") {
        drop(guild);
        if (waited != flights_.end())
            fail(waited, {errc::invalid_argument, "the bot is not in guild " + to_string(guild)},
                 todo);
        return;
    }
    if (type == "GUILD_MEMBER_UPDATE" &&
        (!self_ ||
         discord::find_member(discord::find_value(data, "user"), "id") != to_string(self_)))
        return;
    if (waited != flights_.end() && waited->second.id != 0) {
        flight& under_way = waited->second;
        if (under_way.events.size() < events_max)
            under_way.events.emplace_back(type, data);
        else
            under_way.missed = true;
    }
    if (at == kept_.end())
        return;
    bytes_ -= at->second.what.bytes();
    if (at->second.what.apply(type, data))
        at->second.revision = ++last_revision_;
    bytes_ += at->second.what.bytes();
    make_room();
}

std::optional<std::string> guild_view::copy_of(discord::snowflake guild) const
{
    const auto at = kept_.find(guild);
    if (at == kept_.end())
        return std::nullopt;
    return at->second.what.json(0);
}

void guild_view::take_over(discord::snowflake guild, std::string_view copy)
{
    using discord::find_value;
    guild_copy made;
    if (!is_ours(guild) || kept_.contains(guild) || !made.take_guild(find_value(copy, "guild")) ||
        !made.take_channels(find_value(copy, "channels")) || !made.take_threads(copy) ||
        !made.take_member(find_value(copy, "member")))
        return;
    is_wanted_ = is_wanted_ || most_.bytes != 0;
    static_cast<void>(keep(guild, std::move(made), true));
}

void guild_view::on_session_lost(discord::slot of)
{
    std::vector<discord::snowflake> lost;
    for (const auto& each : kept_)
        if (of.serves(each.first))
            lost.push_back(each.first);
    for (const discord::snowflake each : lost)
        drop(each);
    for (auto& each : flights_)
        each.second.missed = each.second.missed || of.serves(each.first);
}

}  // namespace tinfoil::guilds
