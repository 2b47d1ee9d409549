#include "collection/handling.hpp"

#include "base/assert.hpp"
#include "discord/envelope.hpp"
#include "discord/snowflake.hpp"

namespace tinfoil::collection {
namespace {

// Discord Docs/Receiving and Responding, "Interaction Type".
constexpr std::string_view application_command = "2";

}  // namespace

void handling::on_event(const arrival& what, instant now, std::vector<delivery>& todo)
{
    const auto verdict = record_.look(what.session, what.sequence);
    if (what.type == "READY" || what.type == "RESUMED")
        return on_connection_event(what, verdict.fresh, now, todo);
    if (verdict.fresh && what.drop)
        return record_.begin(what.session, what.sequence, 0, now);
    note_command(what, verdict.fresh);
    if (verdict.fresh) {
        const bool doubtful = is_doubtful(what.session, now);
        std::uint64_t plugins = 0;
        for (const std::size_t each : router_.route(what.type, what.data)) {
            plugins |= std::uint64_t{1} << each;
            todo.push_back({each, doubtful, record_.life(what.session)});
            ++running_;
        }
        record_.begin(what.session, what.sequence, plugins, now);
        record_.count_event(what.type);
        return;
    }
    for (std::size_t plugin = 0; plugin < dispatch::recorder::plugins_max; ++plugin) {
        if ((verdict.again >> plugin & 1U) == 0)
            continue;
        record_.begin_again(what.session, what.sequence, plugin, now);
        todo.push_back({plugin, true, record_.life(what.session)});
        ++running_;
    }
}

// They tell of a connection that is gone after a restart, so nobody wants them again; and READY is
// where its session begins, so nothing before it can be asked for.
void handling::on_connection_event(const arrival& what, bool fresh, instant now,
                                   std::vector<delivery>& todo)
{
    if (fresh)
        record_.begin(what.session, what.sequence, 0, now);
    else if (what.type != "READY")
        return;
    record_.count_event(what.type);
    on_notice(what.session, what.type, what.data, todo);
}

void handling::on_notice(dispatch::recorder::session session, std::string_view type,
                         std::string_view data, std::vector<delivery>& todo)
{
    for (const std::size_t each : router_.route(type, data)) {
        todo.push_back({each, false, record_.life(session)});
        ++running_;
    }
}

void handling::finished(dispatch::recorder::session session, std::int64_t sequence,
                        const delivery& what)
{
    TINFOIL_ASSERT(running_ > 0);
    --running_;
    if (what.life == record_.life(session))
        record_.finish(session, sequence, what.plugin);
}

void handling::reads_again(dispatch::recorder::session session, instant now)
{
    if (const auto trusted = trusted_from_.find(session); trusted != trusted_from_.end())
        trusted->second = now + doubt_after_resumed;
}

bool handling::is_doubtful(dispatch::recorder::session session, instant now)
{
    if (!record_.is_doubtful(session))
        return false;
    const auto trusted = trusted_from_.find(session);
    if (trusted == trusted_from_.end() || now < trusted->second)
        return true;
    trusted_from_.erase(trusted);
    record_.trust(session);
    return false;
}

void handling::note_command(const arrival& what, bool fresh)
{
    if (what.type != "INTERACTION_CREATE" ||
        discord::find_member(what.data, "type") != application_command)
        return;
    const auto id = discord::parse_snowflake(discord::find_member(what.data, "id"));
    if (!id || !open_commands_.insert(id->value))
        return;
    if (fresh)
        record_.count_command();
}

}  // namespace tinfoil::collection
