#include "collection/handover.hpp"

#include "base/assert.hpp"
#include "base/overloaded.hpp"
#include "collection/handover_report.hpp"
#include "handoff/record_text.hpp"
#include "net/clock.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace tinfoil::collection {
namespace {

handoff::settings settings_of(const link::handoff_begin& how)
{
    handoff::settings made;
    made.older = how.older;
    for (const discord::session_record& each : how.newer)
        made.newer.push_back(each.which);
    made.trust_answers = how.trust_answers;
    if (how.observe_for > duration::zero())
        made.observe_for = how.observe_for;
    return made;
}

link::handoff_begin alone(discord::slot slot)
{
    link::handoff_begin made;
    made.older = {slot};
    made.newer = {{.which = slot, .point = {}, .unfinished = {}}};
    return made;
}

}  // namespace

handover::handover(parts with, link::handoff_begin how, std::vector<shard*> older,
                   const maker& make)
    : with_(with),
      how_(std::move(how)),
      machine_(settings_of(how_)),
      older_(std::move(older)),
      newer_(how_.newer.size()),
      acknowledged_(older_.size() + newer_.size(), never),
      timer_(with.loop)
{
    std::uint64_t older_intents = ~std::uint64_t{0}, newer_intents = 0;
    for (const shard* each : older_)
        older_intents &= each->intents();
    for (std::size_t i = 0; i < newer_.size(); ++i) {
        newer_[i].own = make(*this, how_.newer[i]);
        newer_[i].it = newer_[i].own.get();
        newer_intents = newer_[i].it->intents();
    }
    reader_ = {{how_.own_user}, older_intents, newer_intents};
    handoff::begin told;
    told.wall_ms = how_.wall_ms;
    for (shard* each : older_) {
        const guild_census& known = each->census();
        told.are_all = told.are_all && known.is_complete();
        for (const discord::snowflake guild : known.guilds()) {
            const auto voice = known.voices().find(guild);
            told.guilds.push_back(
                {guild, !known.is_unavailable(guild),
                 voice == known.voices().end() ? discord::snowflake{} : voice->second});
        }
    }
    feed(told, net::now());
}

handover::handover(parts with, shard& newer, const handoff::commit_record& from, std::string text)
    : with_(with),
      how_(alone(newer.slot())),
      machine_(settings_of(how_), from, net::now()),
      reader_{newer.census().own_user(), newer.intents(), newer.intents()},
      newer_(1),
      acknowledged_(1, never),
      adopted_(true),
      timer_(with.loop)
{
    newer_[0].it = &newer;
    newer_[0].record = std::move(text);
    arm();
}

handover::~handover() = default;

bool handover::takes(const shard& which) const
{
    return place_of(which).has_value();
}

std::optional<handoff::session> handover::place_of(const shard& which) const
{
    for (std::uint32_t i = 0; i < newer_.size(); ++i)
        if (newer_[i].it == &which)
            return handoff::session{handoff::side::newer, i};
    if (adopted_ || over_)
        return std::nullopt;
    const auto found = std::find(older_.begin(), older_.end(), &which);
    if (found == older_.end())
        return std::nullopt;
    return handoff::session{handoff::side::older,
                            static_cast<std::uint32_t>(found - older_.begin())};
}

shard* handover::shard_of(handoff::session which) const
{
    return which.of == handoff::side::older ? older_.at(which.index) : newer_.at(which.index).it;
}

std::string handover::record_of(const shard& which, std::int64_t from) const
{
    const auto place = place_of(which);
    if (!place || place->of != handoff::side::newer)
        return "";
    auto now = record_now(place->index);
    return now && now->resume_after <= from ? std::move(now->text) : newer_[place->index].record;
}

std::optional<handover::kept_record> handover::record_now(std::uint32_t newer) const
{
    if (const auto now = adopted_ ? machine_.record_now(newer) : std::nullopt)
        return kept_record{now->newer[0].resume_after, handoff::to_text(*now)};
    return std::nullopt;
}

// A RESUME in another process begins where the record says, and Discord replays only so much.
void handover::advance_record(std::uint32_t newer)
{
    newer_side& side = newer_[newer];
    if (side.it == nullptr)
        return;
    if (!side.next)
        side.next = record_now(newer);
    if (!side.next ||
        with_.record.record_of(side.it->session()).resume_from() < side.next->resume_after)
        return;
    side.record = std::move(side.next->text);
    side.next.reset();
    with_.up.tell(link::handoff_record{side.it->slot(), side.record});
}

handoff::event handover::read(const plugin::event& what) const
{
    return reader_.read(what.type, what.data);
}

void handover::on_event(shard& of, const plugin::event& what, instant now)
{
    const auto place = place_of(of);
    if (!place)
        return;
    if (place->of == handoff::side::older) {
        if (older_gate_.is_shut())
            return older_gate_.keep({&of, what, std::string(what.type), std::string(what.data)});
        // What comes again after a restart was told before, and says nothing of what comes now.
        if (!with_.record.look(of.session(), what.sequence).fresh)
            return with_.stage.hand_on(of, what, now);
    }
    feed(handoff::arrived{*place, what.sequence, read(what)}, now, &what);
}

void handover::feed(const handoff::input& what, instant now, const plugin::event* at_hand)
{
    std::vector<handoff::action> todo;
    machine_.on(what, now, todo);
    bool handed_on = false;
    for (const handoff::action& each : todo) {
        if (const auto* event = std::get_if<handoff::deliver>(&each))
            handed_on = handed_on || (at_hand != nullptr && event->sequence == at_hand->sequence);
        if (const auto* kept = std::get_if<handoff::hold>(&each))
            handed_on = handed_on || (at_hand != nullptr && kept->sequence == at_hand->sequence);
        perform(each, now, at_hand);
    }
    const auto* event = std::get_if<handoff::arrived>(&what);
    if (event != nullptr && !handed_on)
        if (shard* const of = shard_of(event->from);
            of != nullptr && of->session() != shard::unrecorded)
            with_.stage.pass_over(*of, event->sequence, now);
    arm();
}

void handover::perform(const handoff::action& what, instant now, const plugin::event* at_hand)
{
    std::visit(overloaded{
                   [&](const handoff::open& which) {
                       newer_side& side = newer_.at(which.newer);
                       // After a loss its session identifies again by itself.
                       if (side.it != nullptr && !std::exchange(side.started, true))
                           side.it->start(std::nullopt);
                   },
                   [&](const handoff::deliver& which) { deliver(which, now, at_hand); },
                   [&](const handoff::hold& which) {
                       TINFOIL_ASSERT(at_hand != nullptr);
                       newer_.at(which.newer).held[which.sequence] = {std::string(at_hand->type),
                                                                      std::string(at_hand->data)};
                   },
                   [&](const handoff::discard& which) {
                       newer_.at(which.newer).held.erase(which.sequence);
                   },
                   [&](const handoff::forget& which) { newer_.at(which.newer).held.clear(); },
                   [&](const handoff::ask_sounds& which) { ask_sounds(which); },
                   [&](const handoff::ask_members& which) { ask_members(which); },
                   [&](const handoff::beat& which) {
                       if (shard* const over = shard_of(which.over))
                           over->beat_now();
                   },
                   [&](const handoff::freeze&) { freeze(); },
                   [&](const handoff::thaw&) { thaw(now); },
                   [&](const handoff::journal& which) { journal(which.what); },
                   [&](const handoff::close_older&) { take_place(); },
                   [&](const handoff::close_newer& which) {
                       newer_side& side = newer_.at(which.newer);
                       if (side.it != nullptr && !std::exchange(side.stopping, true))
                           side.it->stop(true);
                   },
                   [&](const handoff::repeat_commands&) {},  // take_place() did.
                   [&](const handoff::rejoin_voice& which) { rejoin(which); },
                   [&](const handoff::tell_gap& which) {
                       for (const newer_side& each : newer_)
                           if (each.it != nullptr &&
                               (which.stream.of == handoff::stream_id::kind::guild
                                    ? each.it->slot().serves(which.stream.id)
                                    : each.it->slot().id == 0))
                               with_.stage.tell_gap(*each.it, which.stream, now);
                   },
                   [&](const handoff::finished& which) { finish(which.how); },
                   [&](const handoff::settled&) { settle(); },
               },
               what);
}

void handover::deliver(const handoff::deliver& what, instant now, const plugin::event* at_hand)
{
    shard* const of = shard_of(what.from);
    if (of == nullptr)
        return;
    if (at_hand != nullptr && at_hand->sequence == what.sequence && place_of(*of) == what.from)
        return with_.stage.hand_on(*of, *at_hand, now);
    auto node = newer_.at(what.from.index).held.extract(what.sequence);
    TINFOIL_ASSERT(what.from.of == handoff::side::newer && !node.empty());
    plugin::event event;
    event.slot = of->slot();
    event.sequence = what.sequence;
    event.type = node.mapped().type;
    event.data = node.mapped().data;
    event.delayed = true;
    with_.stage.hand_on(*of, event, now);
}

// Discord Docs/Gateway Events, "Request Soundboard Sounds".
void handover::ask_sounds(const handoff::ask_sounds& what)
{
    std::string text = R"({"op":31,"d":{"guild_ids":[)";
    for (const discord::snowflake each : what.guilds)
        text += (text.back() == '[' ? "\"" : ",\"") + discord::to_string(each) + '"';
    if (shard* const over = shard_of(what.over))
        over->probe(text + "]}}");
}

// Discord Docs/Gateway Events, "Request Guild Members".
void handover::ask_members(const handoff::ask_members& what)
{
    if (shard* const over = shard_of(what.over))
        over->probe(R"({"op":8,"d":{"guild_id":")" + discord::to_string(what.guild) +
                    R"(","user_ids":[")" + discord::to_string(reader_.own_user) +
                    R"("],"limit":1,"nonce":")" + std::string(handoff::nonce_prefix) +
                    std::to_string(what.nonce) + R"("}})");
}

void handover::freeze()
{
    for (shard* each : older_)
        each->freeze(true);
    // What a shard is told it does before this; afterwards no event of it comes.
    boost::asio::post(with_.loop,
                      [this, alive = std::weak_ptr(alive_), which = older_gate_.freeze()] {
                          if (!alive.expired() && !over_ && older_gate_.took_effect(which))
                              feed(handoff::frozen{}, net::now());
                      });
}

void handover::thaw(instant now)
{
    std::vector<stashed> kept = older_gate_.thaw();
    for (shard* each : older_)
        each->freeze(false);
    for (stashed& each : kept) {
        each.what.type = each.type;
        each.what.data = each.data;
        on_event(*each.of, each.what, now);
    }
}

void handover::journal(const handoff::commit_record& what)
{
    const auto single = handoff::split_record(what, settings_of(how_).newer);
    link::handoff_commit told;
    told.id = how_.id;
    for (std::size_t i = 0; i < newer_.size(); ++i) {
        discord::session_record session = how_.newer[i];
        session.intents = newer_[i].intents;
        session.point = newer_[i].point;
        session.point.sequence = what.newer[i].resume_after;
        newer_[i].record = handoff::to_text(single[i]);
        told.newer.push_back(session);
        told.records.push_back(newer_[i].record);
    }
    committed_ = told.newer;
    with_.up.tell(std::move(told));
}

void handover::take_place()
{
    adopted_ = true;
    older_gate_.drop();
    std::vector<std::unique_ptr<shard>> newer;
    for (newer_side& each : newer_)
        newer.push_back(std::move(each.own));
    with_.stage.adopt(std::move(newer), committed_, older_);
    // A turn that was asked for in the handoff's name will not come.
    for (newer_side& each : newer_)
        if (each.it != nullptr && each.wants)
            with_.up.tell(link::identify_wanted{each.it->slot(), *each.wants});
}

void handover::rejoin(const handoff::rejoin_voice& what)
{
    shard* const of = newer_.at(what.newer).it;
    std::string data = with_.wanted.voice_wish(what.guild);
    if (data.empty())
        data = R"({"guild_id":")" + discord::to_string(what.guild) + R"(","channel_id":")" +
               discord::to_string(what.channel) + R"(","self_mute":false,"self_deaf":false})";
    auto made = discord::read_command(4, data);
    if (of != nullptr && made)
        of->give({0, std::move(*made), {}});
}

void handover::finish(const handoff::report& how)
{
    link::handoff_ended told;
    told.id = how_.id;
    told.committed = how.committed;
    told.exact = how.exact;
    told.why = how.why;
    told.report = report_json(how);
    if (how_.id != 0)
        with_.up.tell(std::move(told));
    if (how.committed)
        return;
    over_ = true;
    end_if_nothing_lives();
}

void handover::settle()
{
    for (newer_side& each : newer_)
        if (shard* const of = std::exchange(each.it, nullptr))
            with_.up.tell(link::handoff_settled{of->slot()});
    over_ = true;
    end_if_nothing_lives();
}

void handover::end_if_nothing_lives()
{
    if (over_ && live_shards() == 0 && !std::exchange(told_over_, true))
        with_.stage.handover_over();
}

std::size_t handover::live_shards() const
{
    return static_cast<std::size_t>(std::count_if(
        newer_.begin(), newer_.end(), [](const auto& it) { return it.own != nullptr; }));
}

void handover::cancel(const std::string& why)
{
    feed(handoff::cancel{why}, net::now());
}

void handover::stop()
{
    cancel("the collection stops");
    // Once the commit is under way nobody here knows which side goes on, so both keep their
    // sessions.
    for (newer_side& each : newer_)
        if (each.own && !std::exchange(each.stopping, true))
            each.own->stop(false);
}

void handover::slept(duration how_long)
{
    for (newer_side& each : newer_)
        if (each.own)
            each.own->slept(how_long);
}

void handover::pulse(instant now)
{
    for (std::uint32_t i = 0; adopted_ && !over_ && i < newer_.size(); ++i)
        advance_record(i);
    if (how_.id == 0 || over_ || adopted_)
        return;
    const handoff::progress at = machine_.look(now);
    link::handoff_look told;
    told.id = how_.id;
    told.phase = at.phase;
    told.waits_for = at.waits_for ? in_words(*at.waits_for) : "";
    told.streams = at.streams;
    told.proven = at.proven;
    told.held = at.held;
    told.held_bytes = at.held_bytes;
    if (at.age)
        told.age_ms = static_cast<std::uint64_t>(
            std::chrono::duration_cast<std::chrono::milliseconds>(*at.age).count());
    with_.up.tell(std::move(told));
}

void handover::on(const link::handoff_turn& what)
{
    if (what.newer >= newer_.size() || newer_[what.newer].it == nullptr)
        return;
    newer_[what.newer].wants.reset();
    newer_[what.newer].it->permit(what.generation);
}

void handover::on(const link::handoff_journalled& what)
{
    feed(handoff::journalled{what.ok, what.why}, net::now());
}

void handover::on_moved(shard& of, gateway::state to, const std::string&)
{
    const auto place = place_of(of);
    // What has just become active has said so by READY or RESUMED.
    if (place && to != gateway::state::active)
        feed(handoff::interrupted{*place}, net::now());
}

void handover::on_session_back(shard& of)
{
    if (const auto place = place_of(of))
        feed(handoff::resumed{*place}, net::now());
}

void handover::on_session_lost(shard& of, const std::string& why, bool is_final)
{
    const auto place = place_of(of);
    if (!place)
        return;
    feed(handoff::lost{*place, why, is_final}, net::now());
    if (!adopted_ || place->of == handoff::side::older)
        return;
    // What a new session brings has nothing to do with the record any more.
    newer_[place->index].it = nullptr;
    with_.up.tell(link::handoff_settled{of.slot()});
    const bool is_any_left = std::any_of(newer_.begin(), newer_.end(),
                                         [](const auto& each) { return each.it != nullptr; });
    if (!is_any_left) {
        over_ = true;
        end_if_nothing_lives();
    }
}

void handover::on_older_closed()
{
    feed(handoff::closed{}, net::now());
}

void handover::on_command(discord::slot to, const discord::gateway_command& what)
{
    if (what.op != 31)
        return;
    const auto tell = [&](handoff::session which) {
        if (const shard* const of = shard_of(which); of != nullptr && of->slot() == to)
            feed(handoff::asked_elsewhere{which, what.guild}, net::now());
    };
    for (std::uint32_t i = 0; !adopted_ && i < older_.size(); ++i)
        tell({handoff::side::older, i});
    for (std::uint32_t i = 0; adopted_ && i < newer_.size(); ++i)
        tell({handoff::side::newer, i});
}

void handover::on_established(shard& of, const discord::resume_point& point)
{
    const auto place = place_of(of);
    if (!place)
        return;
    newer_side& side = newer_[place->index];
    side.point = point;
    side.intents = of.intents();
    with_.up.tell(link::handoff_session{how_.id, place->index, side.intents, point.session_id});
    feed(handoff::ready{place->index}, net::now());
}

void handover::on_forgotten(shard& of, const std::string& why)
{
    if (const auto place = place_of(of))
        with_.up.tell(link::handoff_session{how_.id, place->index, 0, ""});
    on_session_lost(of, why, false);
}

void handover::on_stopped(shard& of, int close_code, const std::string& why)
{
    const auto side = std::find_if(newer_.begin(), newer_.end(),
                                   [&](const newer_side& each) { return each.own.get() == &of; });
    if (side == newer_.end())
        return;
    if (close_code != 0)
        on_session_lost(of, why, true);
    side->it = nullptr;
    // Its driver is in the middle of this call.
    boost::asio::post(with_.loop, [last = std::shared_ptr<shard>(std::move(side->own))] {});
    with_.stage.newer_stopped();
    end_if_nothing_lives();
}

// Few at once: the pacer's pace is for many.
void handover::on_queue_resume(shard& of, instant)
{
    of.resume_turn();
}

void handover::on_queue_identify(shard& of, std::uint32_t generation)
{
    const auto place = place_of(of);
    if (!place)
        return;
    newer_[place->index].wants = generation;
    with_.up.tell(link::handoff_turn_wanted{how_.id, place->index, generation, true});
}

void handover::on_leave_queue(shard& of)
{
    const auto place = place_of(of);
    if (!place)
        return;
    newer_[place->index].wants.reset();
    with_.up.tell(link::handoff_turn_wanted{how_.id, place->index, 0, false});
}

void handover::on_identify_ended(shard& of, bool received)
{
    if (const auto place = place_of(of))
        with_.up.tell(link::handoff_turn_ended{how_.id, place->index, received});
}

void handover::notice_acknowledgements(instant now)
{
    for (std::size_t i = 0; i < acknowledged_.size(); ++i) {
        const bool is_older = i < older_.size();
        if (is_older && adopted_)
            continue;
        const handoff::session which =
            is_older ? handoff::session{handoff::side::older, static_cast<std::uint32_t>(i)}
                     : handoff::session{handoff::side::newer,
                                        static_cast<std::uint32_t>(i - older_.size())};
        const shard* const of = shard_of(which);
        const auto measured = of == nullptr ? std::nullopt : of->latency();
        if (!measured || measured->when == acknowledged_[i])
            continue;
        acknowledged_[i] = measured->when;
        feed(handoff::acknowledged{which}, now);
    }
}

void handover::on_time()
{
    const instant now = net::now();
    notice_acknowledgements(now);
    if (!adopted_) {
        const std::size_t under_way = with_.wanted.under_way(how_.older);
        if (std::exchange(commands_, under_way) != under_way)
            feed(handoff::commands{under_way}, now);
    }
    feed(handoff::elapsed{}, now);
}

void handover::arm()
{
    const instant due = over_ ? never : machine_.deadline();
    if (due == armed_)
        return;
    armed_ = due;
    timer_.cancel();
    if (due == never)
        return;
    timer_.expires_after(std::max(due - net::now(), duration::zero()));
    timer_.async_wait([this, alive = std::weak_ptr(alive_)](boost::system::error_code failed) {
        if (failed || alive.expired())
            return;
        armed_ = never;
        on_time();
    });
}

}  // namespace tinfoil::collection
