// Sessions, what happens to them, and what the client may do with them.
#include "base/assert.hpp"
#include "handoff/deeds.hpp"
#include "handoff/world.hpp"

#include <algorithm>

namespace tinfoil::handoff_sim {

using kind = handoff::stream_id::kind;

void world::stall(std::size_t session)
{
    session_state& of = sessions_[session];
    of.down_until = std::max(of.down_until, now_ + seconds(std::min(45.0, pareto(.9))));
}

// The connection is cut; what was on its way comes with the RESUME. What is sent before the client
// notices is lost.
void world::interrupt(std::size_t session)
{
    session_state& of = sessions_[session];
    if (!of.is_alive || of.is_closed)
        return;
    const instant back = now_ + seconds(between(.5, 15));
    of.down_until = std::max(of.down_until, back);
    of.deaf_until = std::max(of.deaf_until, back);
    after(seconds(std::min(between(0, 3), in_seconds(back - now_) / 2)), [this, session] {
        if (sessions_[session].is_alive && !sessions_[session].is_closed)
            client_->on_interrupted(session);
    });
    at(back, [this, session, life = of.life] {
        const session_state& then = sessions_[session];
        if (then.is_alive && !then.is_closed && then.life == life && now_ >= then.deaf_until)
            client_->on_resumed(session);
    });
}

bool world::is_deaf(std::size_t session) const
{
    const session_state& of = sessions_[session];
    return !of.is_alive || of.is_closed || now_ < of.deaf_until;
}

void world::lose(std::size_t session, bool is_final)
{
    session_state& of = sessions_[session];
    if (!of.is_alive || of.is_closed || losses_end_)
        return;
    ++of.life;
    of.is_alive = false;
    of.lost_at = now_;
    for (stream_state& each : streams_)
        each.attached[session] = false;
    client_->on_lost(session, is_final);
}

void world::identify(std::size_t session)
{
    session_state& of = sessions_[session];
    TINFOIL_ASSERT(!of.is_older);
    // Those of one bucket come five seconds apart, and after op 9 a client waits.
    double wait = 5.0 * static_cast<double>(session - slots_.older.size());
    if (of.life != 0)
        wait = 6;
    after(seconds(wait), [this, session] {
        session_state& it = sessions_[session];
        if (it.is_closed)
            return;
        ++it.life;
        ++it.connection;
        it.is_alive = true;
        it.sent.clear();
        it.last_arrival = it.down_until = it.identified_at = now_;
        it.deaf_until = now_;
        for (std::size_t i = 0; i < streams_.size(); ++i) {
            if (!serves(session, i))
                continue;
            streams_[i].path_free[session] = now_;
            if (streams_[i].id.of != kind::guild)
                streams_[i].attached[session] = true;
            else if (streams_[i].is_member)
                after(seconds(between(.05, 3)),
                      [this, session, i, life = it.life] { snapshot(session, i, life, false); });
        }
        after(seconds(.04), [this, session, life = it.life] {
            if (sessions_[session].life == life && sessions_[session].is_alive)
                client_->on_ready(session);
        });
    });
}

void world::close(std::size_t session)
{
    // An older session goes on in the truth: what it would have brought is what has to come.
    sessions_[session].is_closed = true;
    if (sessions_[session].is_older && how_.voice && session == voice_session_ && voice_channel_) {
        voice_channel_ = {};
        auto fresh = made(voice_stream_, 'S');
        write_voice(*fresh, streams_[voice_stream_].id, voice_channel_);
        send(fresh);
    }
}

void world::resume_from(std::size_t session, std::int64_t after_sequence)
{
    session_state& of = sessions_[session];
    ++of.connection;
    of.down_until = now_ + seconds(between(.1, 2));
    of.last_arrival = of.down_until;
    for (auto each = after_sequence + 1; each <= static_cast<std::int64_t>(of.sent.size()); ++each)
        bring(session, each, of.life);
}

void world::snapshot(std::size_t session, std::size_t stream, std::uint32_t life, bool anew)
{
    stream_state& of = streams_[stream];
    session_state& by = sessions_[session];
    if (life != by.life || !by.is_alive || !of.is_member || (of.attached[session] && !anew))
        return;
    if (!of.is_up) {
        after(seconds(1), [=, this] { snapshot(session, stream, life, anew); });
        return;
    }
    of.attached[session] = true;
    auto fresh = made(stream, 'S');
    write_guild(*fresh, of.id, of.last_message);
    on_path(session, fresh);
}

// A second GUILD_CREATE on the newer side over a guild that is there, while events are on their
// way. Early on some of them come because the session had silently lost the guild for a while.
void world::again(std::size_t stream)
{
    const std::size_t session = session_of(stream, true);
    const std::uint32_t life = sessions_[session].life;
    if (!streams_[stream].attached[session])
        return;
    const bool is_early = now_ < sessions_[session].identified_at + seconds(5);
    if (!is_early) {
        snapshot(session, stream, life, true);
        return;
    }
    streams_[stream].attached[session] = false;
    streams_[stream].was_cut = true;
    after(seconds(between(.2, 2)), [=, this] { snapshot(session, stream, life, false); });
}

void world::gone(std::size_t stream, bool is_outage)
{
    stream_state& of = streams_[stream];
    for (std::size_t i = 0; i < sessions_.size(); ++i) {
        if (!serves(i, stream) ||
            !(of.attached[i] || (!sessions_[i].is_older && sessions_[i].is_alive)))
            continue;
        auto fresh = made(stream, 'S');
        write_gone(*fresh, of.id, is_outage);
        on_path(i, fresh);
        of.attached[i] = false;
    }
}

void world::outage(std::size_t stream)
{
    if (!streams_[stream].is_member)
        return;
    streams_[stream].is_up = false;
    gone(stream, true);
    const double back = between(.5, 20);
    after(seconds(back), [this, stream] { streams_[stream].is_up = true; });
    for (std::size_t i = 0; i < sessions_.size(); ++i)
        if (serves(i, stream))
            after(seconds(back + between(.05, 4)), [this, i, stream, life = sessions_[i].life] {
                snapshot(i, stream, life, false);
            });
}

void world::leave(std::size_t stream)
{
    if (!streams_[stream].is_member)
        return;
    streams_[stream].is_member = false;
    gone(stream, false);
    if (chance(.4))
        after(seconds(between(.3, 10)), [this, stream] { join(stream); });
}

void world::join(std::size_t stream)
{
    streams_[stream].is_member = true;
    streams_[stream].is_up = true;
    for (std::size_t i = 0; i < sessions_.size(); ++i)
        if (serves(i, stream) && sessions_[i].is_alive)
            snapshot(i, stream, sessions_[i].life, false);
}

void world::count_send(std::size_t session)
{
    auto& log = sessions_[session].sends;
    log.push_back(now_);
    const auto in_window = std::count_if(log.begin(), log.end(), [&](instant each) {
        return now_ - each < std::chrono::minutes(1);
    });
    most_sends_ = std::max(most_sends_, static_cast<std::size_t>(in_window));
}

void world::beat(std::size_t session)
{
    if (is_deaf(session))
        return;
    after(seconds(.02 + exponential(100)),
          [this, session, life = sessions_[session].life] { enter(session, nullptr, life); });
}

void world::answer(std::size_t session, std::size_t stream, const deed_of& what)
{
    after(seconds(.03 + exponential(60)), [=, this, life = sessions_[session].life] {
        if (life == sessions_[session].life && streams_[stream].attached[session])
            on_path(session, what, overtaking_);
    });
}

void world::ask_sounds(std::size_t session, const std::vector<discord::snowflake>& guilds)
{
    if (is_deaf(session) || how_.op31_refused)
        return;
    for (const discord::snowflake guild : guilds) {
        auto fresh = made(stream_of(guild), 'S');
        write_sounds(*fresh, guild);
        answer(session, stream_of(guild), fresh);
    }
}

void world::ask_members(std::size_t session, discord::snowflake guild, const std::string& nonce)
{
    if (is_deaf(session))
        return;
    auto fresh = made(stream_of(guild), 'S');
    write_chunk(*fresh, guild, nonce);
    answer(session, stream_of(guild), fresh);
}

void world::join_voice(std::size_t session, discord::snowflake guild, discord::snowflake channel)
{
    // An outbox sends again what a connection took along.
    if (is_deaf(session)) {
        after(seconds(1), [=, this] { join_voice(session, guild, channel); });
        return;
    }
    after(seconds(.05), [=, this] {
        voice_channel_ = channel;
        auto fresh = made(stream_of(guild), 'S');
        write_voice(*fresh, streams_[stream_of(guild)].id, channel);
        send(fresh);
    });
}

}  // namespace tinfoil::handoff_sim
