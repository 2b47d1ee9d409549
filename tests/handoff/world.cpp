#include "handoff/world.hpp"

#include "base/assert.hpp"
#include "handoff/deeds.hpp"

#include <algorithm>
#include <cmath>

namespace tinfoil::handoff_sim {
namespace {

constexpr instant beginning{std::chrono::seconds(1000)};
constexpr std::uint64_t beginning_ms = 1'750'000'000'000;
/// When the machine identifies, from the beginning; faults are planned around it.
constexpr double identify_at = 20;

using kind = handoff::stream_id::kind;

}  // namespace

world::world(const scenario& how, shape slots, std::uint64_t seed)
    : how_(how),
      slots_(std::move(slots)),
      random_(seed),
      now_(beginning)
{
    for (const auto* each : {&slots_.older, &slots_.newer})
        for (const discord::slot slot : *each) {
            session_state made;
            made.is_older = each == &slots_.older;
            made.slot = slot;
            made.is_alive = made.is_older;
            made.last_arrival = made.down_until = made.deaf_until = now_;
            sessions_.push_back(made);
        }
    make_streams();
    plan_faults();
}

void world::make_streams()
{
    const auto add = [&](handoff::stream_id id, const habit& as) {
        stream_state made;
        made.id = id;
        made.how = as;
        made.attached.assign(sessions_.size(), false);
        made.path_free.assign(sessions_.size(), now_);
        streams_.push_back(std::move(made));
        for (std::size_t i = 0; i < slots_.older.size(); ++i)
            streams_.back().attached[i] = serves(i, streams_.size() - 1);
    };
    for (std::size_t i = 0; i < how_.guilds.size(); ++i)
        add({kind::guild, {((i + 1) << 22) + 5}}, how_.guilds[i]);
    for (int i = 0; i < how_.dms; ++i)
        add({kind::dm, {900'000 + static_cast<std::uint64_t>(i)}}, talk);
    for (std::size_t i = 0; i < streams_.size(); ++i)
        plan_emission(i);
}

void world::plan_faults()
{
    const auto any_guild = [&] { return random_.below(how_.guilds.size()); };
    if (chance(how_.join)) {
        const auto which = any_guild();
        streams_[which].is_member = false;
        streams_[which].attached.assign(sessions_.size(), false);
        after(seconds(identify_at + between(-2, 15)), [this, which] { join(which); });
    }
    for (std::size_t i = 0; i < sessions_.size(); ++i) {
        const std::size_t of = sessions_[i].is_older ? 0 : 1;
        const auto spread = [&](double rate, void (world::*what)(std::size_t)) {
            for (double t = 0; rate > 0;) {
                t += exponential(rate);
                if (t > identify_at + how_.emit_for)
                    return;
                after(seconds(t), [this, what, i] { (this->*what)(i); });
            }
        };
        spread(how_.stalls[of], &world::stall);
        spread(how_.resumes[of], &world::interrupt);
    }
    overtaking_ = chance(how_.answers_overtake);
    const auto lose_one = [&](double share, bool older, bool is_final) {
        if (!chance(share))
            return;
        const std::size_t which = older ? random_.below(slots_.older.size())
                                        : slots_.older.size() + random_.below(slots_.newer.size());
        after(seconds(identify_at + between(1, 40)),
              [this, which, is_final] { lose(which, is_final); });
    };
    lose_one(how_.newer_lost, false, false);
    lose_one(how_.newer_dies, false, true);
    lose_one(how_.older_lost, true, false);
    const auto at_one_guild = [&](double share, void (world::*what)(std::size_t), double from) {
        if (!chance(share))
            return;
        const auto which = any_guild();
        after(seconds(identify_at + between(from, 25)),
              [this, what, which] { (this->*what)(which); });
    };
    at_one_guild(how_.outage, &world::outage, -5);
    at_one_guild(how_.leave, &world::leave, -2);
    for (int i = 0; i < 6; ++i)
        at_one_guild(how_.second_snapshot, &world::again, 1);
    if (how_.voice) {
        voice_stream_ = any_guild();
        voice_session_ = session_of(voice_stream_, false);
        voice_channel_ = {4242};
    }
}

std::uint64_t world::wall_ms() const
{
    return beginning_ms + static_cast<std::uint64_t>((now_ - beginning).count() / 1'000'000);
}

double world::exponential(double rate)
{
    return -std::log(1 - random_.unit()) / rate;
}

double world::pareto(double alpha)
{
    return std::pow(1 - random_.unit(), -1 / alpha);
}

double world::log_normal(double median, double sigma)
{
    const double turn = 2 * 3.14159265358979 * random_.unit();
    const double normal = std::sqrt(-2 * std::log(1 - random_.unit())) * std::cos(turn);
    return median * std::exp(sigma * normal);
}

void world::at(instant when, std::function<void()> then)
{
    queue_.push({std::max(when, now_), ++number_, std::move(then)});
}

void world::after(duration wait, std::function<void()> then)
{
    at(now_ + wait, std::move(then));
}

void world::run(owner& client, instant until)
{
    client_ = &client;
    while (!queue_.empty() && queue_.top().at <= until) {
        const later next = queue_.top();
        queue_.pop();
        now_ = next.at;
        next.then();
    }
    now_ = until;
}

bool world::serves(std::size_t session, std::size_t stream) const
{
    const handoff::stream_id id = streams_[stream].id;
    const discord::slot slot = sessions_[session].slot;
    return id.of == kind::guild ? slot.serves(id.id) : slot.id == 0;
}

std::size_t world::session_of(std::size_t stream, bool newer) const
{
    for (std::size_t i = 0; i < sessions_.size(); ++i)
        if (sessions_[i].is_older != newer && serves(i, stream))
            return i;
    TINFOIL_UNREACHABLE("no session serves that stream");
}

std::size_t world::stream_of(discord::snowflake guild) const
{
    return static_cast<std::size_t>((guild.value >> 22) - 1);
}

// Guilds and the two stages of the way.

void world::plan_emission(std::size_t stream)
{
    const double rate = streams_[stream].how.rate;
    if (rate == 0)
        return;
    const instant next = now_ + seconds(exponential(rate));
    if (next < beginning + seconds(identify_at + how_.emit_for))
        at(next, [this, stream] { emit(stream, true); });
}

std::shared_ptr<deed> world::made(std::size_t stream, char letter)
{
    auto fresh = std::make_shared<deed>();
    fresh->stream = stream;
    fresh->letter = letter;
    fresh->at = now_;
    return fresh;
}

void world::emit(std::size_t stream, bool goes_on)
{
    stream_state& of = streams_[stream];
    if (goes_on)
        plan_emission(stream);
    if (!of.is_member || !of.is_up)
        return;
    const double x = random_.unit();
    const bool differs = how_.other_intents;
    auto fresh = made(stream, 'E');
    if (x < of.how.unique + of.how.interaction) {
        fresh->letter = x < of.how.unique ? 'U' : 'I';
        fresh->id = ((wall_ms() - discord::epoch_ms) << 22) + (++last_id_ & 0x3fffff);
        if (fresh->letter == 'U')
            of.last_message = fresh->id;
        fresh->letter == 'U' ? write_message(*fresh, of.id, differs)
                             : write_interaction(*fresh, of.id);
    } else if (x < of.how.unique + of.how.interaction + of.how.positional) {
        fresh->letter = 'P';
        const auto payloads = static_cast<std::uint64_t>(of.how.positional_payloads);
        const std::uint64_t which =
            of.how.toggles ? ++of.toggles % payloads : random_.below(payloads);
        of.how.toggles ? write_reaction(*fresh, of.id, which)
                       : write_update(*fresh, of.id, which, differs);
    } else {
        write_typing(*fresh, of.id,
                     random_.below(static_cast<std::uint64_t>(of.how.ephemeral_payloads)));
    }
    send(fresh);
    if (goes_on && chance(how_.burst))
        for (std::uint64_t i = 20 + random_.below(60); i > 0; --i)
            emit(stream, false);
}

void world::send(const std::shared_ptr<deed>& what)
{
    stream_state& of = streams_[what->stream];
    if (what->letter != 'S')
        what->serial = ++of.serial;
    ++emitted_;
    of.truth.all.push_back(what);
    for (std::size_t i = 0; i < sessions_.size(); ++i) {
        if (!serves(i, what->stream))
            continue;
        const bool is_older = sessions_[i].is_older;
        if (!of.attached[i]) {
            if (!is_older)
                of.truth.newer_missed.insert(what->serial);
            continue;
        }
        if (!is_older && what->letter == 'E' && chance(how_.skip_ephemeral)) {
            of.truth.skipped.insert(what->serial);
            continue;
        }
        if (is_older)
            of.truth.older.push_back(what);
        on_path(i, what);
    }
}

duration world::path_delay(std::size_t session)
{
    double delay = log_normal(.03, .6);
    delay += how_.lag[sessions_[session].is_older ? 0 : 1] * between(.5, 1.2);
    if (chance(how_.path_stall))
        delay += std::min(40.0, pareto(1.1));
    return seconds(delay);
}

void world::on_path(std::size_t session, const deed_of& what, bool overtakes)
{
    instant& free = streams_[what->stream].path_free[session];
    instant arrives = now_ + path_delay(session);
    if (what->letter != 'I' && !overtakes) {
        if (what->letter != 'S' && chance(how_.swap)) {
            arrives = now_ + seconds(.001 + how_.lag[sessions_[session].is_older ? 0 : 1] * .5);
        } else {
            arrives = free = std::max(arrives, free);
        }
    } else if (overtakes) {
        arrives = now_ + seconds(.01);
    }
    at(arrives,
       [this, session, what, life = sessions_[session].life] { enter(session, what, life); });
}

// The session gives it a number, and it goes to the client; nothing for the ACK of a heartbeat.
void world::enter(std::size_t session, const deed_of& what, std::uint32_t life)
{
    session_state& of = sessions_[session];
    if (life != of.life || !of.is_alive)
        return;
    std::int64_t sequence = 0;
    if (what) {
        of.sent.push_back(what);
        sequence = static_cast<std::int64_t>(of.sent.size());
    }
    bring(session, sequence, life);
}

void world::bring(std::size_t session, std::int64_t sequence, std::uint32_t life)
{
    session_state& of = sessions_[session];
    of.last_arrival = std::max({of.last_arrival + std::chrono::microseconds(1),
                                now_ + seconds(.01 + exponential(200)), of.down_until});
    at(of.last_arrival, [this, session, sequence, life, connection = of.connection] {
        session_state& from = sessions_[session];
        if (life != from.life || !from.is_alive)
            return;
        const deed_of what =
            sequence == 0 ? nullptr : from.sent[static_cast<std::size_t>(sequence - 1)];
        if (from.is_older && what)
            note_arrival(*what);
        if (what && losses_end_ && what->type == "GUILD_CREATE" && streams_[what->stream].was_cut)
            streams_[what->stream].is_cut_late = true;
        if (connection == from.connection && !from.is_closed)
            client_->on_delivery({session, sequence, what});
    });
}

void world::note_arrival(const deed& what)
{
    auto& arrivals = streams_[what.stream].older_arrivals;
    if (arrivals.size() <= what.serial)
        arrivals.resize(what.serial + 1);
    if (arrivals[what.serial] == instant{})
        arrivals[what.serial] = now_;
}

std::optional<instant> world::older_arrival(std::size_t stream, std::uint64_t serial) const
{
    const auto& arrivals = streams_[stream].older_arrivals;
    if (serial >= arrivals.size() || arrivals[serial] == instant{})
        return std::nullopt;
    return arrivals[serial];
}

std::optional<instant> world::older_lost_at(std::size_t stream) const
{
    return sessions_[session_of(stream, false)].lost_at;
}

}  // namespace tinfoil::handoff_sim
