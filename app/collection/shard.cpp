#include "collection/shard.hpp"

#include "discord/close_code.hpp"

namespace tinfoil::collection {
namespace {

std::uint64_t age_ms(instant of, instant now)
{
    return of == never
               ? link::shard_gauge::no_age
               : static_cast<std::uint64_t>(
                     std::chrono::duration_cast<std::chrono::milliseconds>(now - of).count());
}

}  // namespace

shard::shard(place where, gateway::session_settings settings, std::uint64_t seed,
             dispatch::recorder::session session)
    : up_(where.up),
      owner_(&where.owner),
      slot_(settings.slot),
      session_(session),
      loads_(where.load),
      driver_(where.loop, where.tls, std::move(settings), seed, *this)
{
    if (session_ != unrecorded)
        load_.emplace(loads_, slot_);
}

void shard::stop(bool end_session)
{
    if (driver_.where() != gateway::state::stopped)
        driver_.stop(end_session);
}

void shard::notice(link::notice what, std::string text)
{
    up_.tell(link::shard_noticed{slot_, static_cast<std::uint8_t>(what), std::move(text)});
}

void shard::slept(duration how_long)
{
    const auto where = driver_.where();
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(how_long).count();
    if (gateway::is_connected(where) || where == gateway::state::dialing)
        notice(link::notice::slept, "the machine was suspended for " + std::to_string(seconds) +
                                        " s; its connection begins anew");
    driver_.slept();
}

void shard::look(instant now)
{
    const bool live = driver_.where() == gateway::state::active && !driver_.is_paused();
    auto silent = silence_.look(now, live);
    if (!silent)
        return;
    notice(link::notice::silent, *silent + ", though its heartbeats are answered; it resumes");
    driver_.refresh(std::move(*silent));
}

link::shard_gauge shard::gauge(instant now) const
{
    link::shard_gauge made;
    made.slot = slot_;
    if (const auto measured = driver_.latency()) {
        made.latency_us = static_cast<std::uint64_t>(
            std::chrono::duration_cast<std::chrono::microseconds>(measured->took).count());
        made.latency_age_ms = age_ms(measured->when, now);
    }
    made.event_age_ms = age_ms(last_event_, now);
    const auto rate = silence_.rate();
    made.usual_milli = static_cast<std::uint64_t>(rate.usual * 1000);
    made.lately_milli = static_cast<std::uint64_t>(rate.lately * 1000);
    made.rate_age_ms = age_ms(rate.when, now);
    made.paused = driver_.is_paused();
    return made;
}

void shard::on_own_mistake(int close_code)
{
    notice(link::notice::own_mistake,
           "Discord closed the connection with " + std::to_string(close_code) + ", " +
               std::string(discord::describe_close(close_code)) +
               "; that is a mistake of tinfoil or of a plugin, and worth a report");
}

}  // namespace tinfoil::collection
