#include "collection/collection_impl.hpp"
#include "collection/handover_report.hpp"
#include "discord/opcode.hpp"
#include "handoff/record_text.hpp"

namespace tinfoil::collection {
namespace {

// Of a shard that moves away: so long its handlers may take to end before its connection does.
constexpr duration drain_patience = std::chrono::milliseconds(100);
// So long a handoff may wait for the end of the one before.
constexpr duration settling_max = std::chrono::minutes(6);
// So much of what a shard has besides fits into the message that brings it along.
constexpr std::size_t baggage_bytes_max = 32U << 20;

link::handoff_ended refusal(std::uint64_t id, std::string why)
{
    link::handoff_ended told;
    told.id = id;
    told.why = std::move(why);
    told.report = "{}";
    return told;
}

}  // namespace

std::unique_ptr<shard> collection::impl::make_shard(shard_owner& owner,
                                                    const discord::session_record& of,
                                                    dispatch::recorder::session session,
                                                    const std::string& url)
{
    std::optional<gateway::compression> compression;
    if (settings->compression != 0)
        compression = static_cast<gateway::compression>(settings->compression - 1);
    gateway::session_settings how;
    how.slot = of.which;
    how.token = settings->token;
    how.intents = intents();
    how.url = url;
    how.transport = gateway::transport_for(compression, std::max(expected, shards.size() + 1));
    how.resume_patience = settings->resume_patience;
    auto made = std::make_unique<shard>(shard::place{loop, *tls, up, owner, *load_of},
                                        std::move(how), seeds.next(), session);
    made->census().begin({settings->application});
    life_pump.tell(shards_opened{1});
    return made;
}

void collection::impl::open(const discord::session_record& known, const std::string& url,
                            const link::shard_baggage& baggage, const std::string& handoff,
                            bool is_moved)
{
    auto made = make_shard(*this, known, record->open(known, net::now()), url);
    shard& of = *made;
    of.census().load(baggage);
    shards.push_back(std::move(made));
    std::optional<discord::resume_point> from;
    if (!known.point.session_id.empty())
        from = {known.point.session_id, known.point.resume_url,
                is_moved ? known.point.sequence : known.resume_from()};
    if (!handoff.empty() && from) {
        auto read = handoff::read_record(handoff);
        if (read && read->newer.size() == 1) {
            from->sequence = std::min(from->sequence, read->newer[0].resume_after);
            handovers.push_back(std::make_unique<handover>(
                handover::parts{loop, up, *record, wanted, *this}, of, *read, handoff));
        } else {
            say_gap(of, {},
                    "its handoff's record is of no use: " +
                        (read ? "it is of several sessions" : read.error().detail));
        }
    }
    of.start(std::move(from));
}

void collection::impl::shards_changed()
{
    std::vector<command_taker*> takers;
    std::vector<discord::slot> slots;
    for (const auto& each : shards) {
        takers.push_back(each.get());
        slots.push_back(each->slot());
    }
    wanted.serve(std::move(takers));
    guilds->serve(std::move(slots));
    tell_facts();
}

void collection::impl::load(const link::shard_load& what)
{
    if (!serves || find(what.what.which) != nullptr || record->room() == 0)
        return;
    plugins->take_in(what.what.which, what.baggage.parts);
    open(what.what, what.gateway_url, what.baggage, what.handoff, what.is_moved);
    shards_changed();
    for (const auto& [guild, copy] : what.baggage.views)
        guilds->take_over({guild}, copy);
    if (what.is_moved && what.what.point.session_id.empty())
        say_gap(*shards.back(), {}, "it had no session when it moved");
}

// Nothing more is read of it. Handlers that end in time are done with here; the connection ends
// afterwards, and the host is told where it goes on.
void collection::impl::unload(discord::slot slot)
{
    const auto refuse = [&](const std::string& why) {
        up.tell(link::shard_left{slot, {}, "", {}, error{errc::invalid_argument, why}});
    };
    shard* const own = find(slot);
    if (own == nullptr)
        return refuse("shard " + to_string(slot) + " is not here");
    if (handover* const through = handover_of(*own); through != nullptr && !through->is_committed())
        return refuse("shard " + to_string(slot) + " takes part in a handoff");
    if (!leaving.insert(slot).second)
        return;
    own->freeze(true);
    const instant until = net::now() + drain_patience;
    auto& timer = drains[slot] = std::make_shared<asio::steady_timer>(loop);
    const auto look = std::make_shared<std::function<void()>>();
    *look = [this, slot, until, timer = std::weak_ptr(timer), again = std::weak_ptr(look)] {
        const auto clock = timer.lock();
        const auto next = again.lock();
        shard* const it = find(slot);
        if (!clock || !next || it == nullptr)
            return;
        if (record->record_of(it->session()).unfinished.empty() || net::now() >= until)
            return part(slot);
        clock->expires_after(std::chrono::milliseconds(5));
        clock->async_wait([next](boost::system::error_code failed) {
            if (!failed)
                (*next)();
        });
    };
    timer->expires_after(duration::zero());
    timer->async_wait([look](boost::system::error_code failed) {
        if (!failed)
            (*look)();
    });
}

// Its plugins say what goes along; it is not read meanwhile.
void collection::impl::part(discord::slot slot)
{
    drains.erase(slot);
    plugins->part_with(slot, [this, slot](residents::parts given) {
        parts[slot] = std::move(given);
        leave(slot);
    });
}

void collection::impl::leave(discord::slot slot)
{
    const auto own = std::find_if(shards.begin(), shards.end(),
                                  [&](const auto& each) { return each->slot() == slot; });
    std::unique_ptr<shard> gone = std::move(*own);
    shards.erase(own);
    shards_changed();
    // One that has stopped by itself does not say so again.
    if (gone->where() == gateway::state::stopped)
        return left(std::move(gone));
    gone->stop(false);
    gone->retire();
    closing.push_back(std::move(gone));
}

// Its connection is gone; its handlers may still run, and nobody else repeats them unless somebody
// dies meanwhile.
void collection::impl::left(std::unique_ptr<shard> gone)
{
    const discord::slot slot = gone->slot();
    if (leaving.erase(slot) != 0) {
        link::shard_left told;
        told.slot = slot;
        told.what = record->record_of(gone->session());
        gone->census().save(told.baggage);
        if (handover* const through = handover_of(*gone)) {
            told.handoff = through->record_of(*gone, told.what.point.sequence);
            through->on_session_lost(*gone, "it moves", false);
        }
        if (auto given = parts.extract(slot); !given.empty())
            told.baggage.parts = std::move(given.mapped());
        std::size_t bytes = 0;
        for (const auto& each : told.baggage.parts)
            bytes += each.second.size();
        for (const discord::snowflake each : gone->census().guilds())
            if (auto text = guilds->copy_of(each);
                text && (bytes += text->size()) < baggage_bytes_max)
                told.baggage.views.emplace_back(each.value, std::move(*text));
        up.tell(std::move(told));
    }
    record->close(gone->session());
    told_facts.erase(slot);
    asio::post(loop, [last = std::shared_ptr<shard>(std::move(gone))] {});
    const bool is_any_older = std::any_of(closing.begin(), closing.end(), [&](const auto& each) {
        return !leaving.contains(each->slot());
    });
    if (!is_any_older)
        for (const auto& each : handovers)
            if (each->is_committed())
                each->on_older_closed();
}

void collection::impl::begin_handoff(link::handoff_begin what, std::optional<instant> until)
{
    const auto refuse = [&](std::string why) { up.tell(refusal(what.id, std::move(why))); };
    if (!serves)
        return refuse("the collection has not begun");
    std::vector<shard*> older;
    for (const discord::slot slot : what.older) {
        shard* const own = find(slot);
        if (own == nullptr || leaving.contains(slot))
            return refuse("shard " + to_string(slot) + " is not in this collection");
        if (const handover* const last = handover_of(*own)) {
            if (!last->is_committed())
                return refuse("shard " + to_string(slot) + " takes part in another handoff");
            up.tell(link::handoff_look{.id = what.id, .phase = "settling", .waits_for = ""});
            settling.emplace_back(until.value_or(net::now() + settling_max), std::move(what));
            return;
        }
        if (own->where() != gateway::state::active)
            return refuse("shard " + to_string(slot) + " is not connected");
        older.push_back(own);
    }
    if (record->room() < what.newer.size())
        return refuse("the collection's record has no room for " +
                      std::to_string(what.newer.size()) +
                      " more sessions; restart it, and it gets more");
    wanted.listen([this](discord::slot to, const discord::gateway_command& command) {
        for (const auto& each : handovers)
            each->on_command(to, command);
    });
    const std::string url = what.gateway_url;
    handovers.push_back(std::make_unique<handover>(
        handover::parts{loop, up, *record, wanted, *this}, std::move(what), std::move(older),
        [&](shard_owner& owner, const discord::session_record& of) {
            auto made = make_shard(owner, of, shard::unrecorded, url);
            if (const auto presence =
                    discord::read_command(discord::opcode::presence_update, wanted.presence()))
                made->give({0, *presence, {}});
            return made;
        }));
}

// Those that wait for the handoff before: once a second.
void collection::impl::try_settling(instant now)
{
    for (auto& [until, what] : std::exchange(settling, {})) {
        if (now < until)
            begin_handoff(std::move(what), until);
        else
            up.tell(refusal(what.id, "the last handoff of its shards did not settle in time"));
    }
}

template <>
void collection::impl::tell_handover(const link::handoff_cancel& what)
{
    for (auto each = settling.begin(); each != settling.end(); ++each)
        if (each->second.id == what.id) {
            settling.erase(each);
            return up.tell(refusal(what.id, what.why));
        }
    for (const auto& each : handovers)
        if (each->id() == what.id)
            return each->cancel(what.why);
}

template <class Message>
void collection::impl::tell_handover(const Message& what)
{
    for (const auto& each : handovers)
        if (each->id() == what.id)
            return each->on(what);
    // A turn that comes after the commit is the shard's own.
}
template void collection::impl::tell_handover(const link::handoff_turn&);
template void collection::impl::tell_handover(const link::handoff_journalled&);

handover* collection::impl::handover_of(const shard& which) const
{
    for (const auto& each : handovers)
        if (each->takes(which))
            return each.get();
    return nullptr;
}

void collection::impl::on_moved(shard& of, gateway::state to, const std::string& why)
{
    if (handover* const own = handover_of(of))
        own->on_moved(of, to);
    if (find(of.slot()) == &of)
        up.tell(link::shard_moved{of.slot(), static_cast<std::uint8_t>(to), why});
}

void collection::impl::pass_over(shard& of, std::int64_t sequence, instant now)
{
    if (record->look(of.session(), sequence).fresh)
        record->begin(of.session(), sequence, 0, now);
}

void collection::impl::adopt(std::vector<std::unique_ptr<shard>> newer,
                             const std::vector<discord::session_record>& sessions,
                             const std::vector<shard*>& older)
{
    for (std::size_t i = 0; i < newer.size(); ++i)
        newer[i]->belong(*this, record->open(sessions[i], net::now()));
    for (shard* const each : older) {
        const auto own = std::find_if(shards.begin(), shards.end(),
                                      [&](const auto& one) { return one.get() == each; });
        each->stop(true);
        each->retire();
        closing.push_back(std::move(*own));
        shards.erase(own);
    }
    for (auto& each : newer) {
        up.tell(link::shard_moved{each->slot(), static_cast<std::uint8_t>(each->where()), ""});
        shards.push_back(std::move(each));
    }
    shards_changed();
}

void collection::impl::tell_gap(shard& of, const handoff::stream_id& stream, instant)
{
    const bool is_guild = stream.of == handoff::stream_id::kind::guild;
    say_gap(of, is_guild ? std::optional(stream.id) : std::nullopt,
            "events of " + in_words(stream) + " may be missing");
}

// An event of tinfoil's own: it has no number, so nobody repeats it.
void collection::impl::say_gap(shard& of, std::optional<discord::snowflake> guild,
                               const std::string& why)
{
    const discord::slot slot = of.slot();
    const std::string data =
        "{\"guild_id\":" + (guild ? '"' + discord::to_string(*guild) + '"' : "null") +
        ",\"shard\":[" + std::to_string(slot.id) + "," + std::to_string(slot.count) + "]}";
    plugin::event told;
    told.slot = slot;
    told.type = plugin::gap_event;
    told.data = data;
    deliveries.clear();
    work->on_notice(of.session(), told.type, told.data, deliveries);
    deliver(told, of);
    up.tell(link::shard_gap{slot, guild ? guild->value : 0, why});
}

void collection::impl::handover_over()
{
    asio::post(loop, [this] {
        std::erase_if(handovers, [](const auto& each) { return each->is_over(); });
    });
}

void collection::impl::tell_facts()
{
    for (const auto& each : shards) {
        const guild_census& known = each->census();
        link::shard_facts told{each->slot(), static_cast<std::uint32_t>(known.count()),
                               known.is_complete(),
                               static_cast<std::uint32_t>(known.voices().size())};
        link::shard_facts& before = told_facts[told.slot];
        if (before.guilds == told.guilds && before.counted == told.counted &&
            before.voice_channels == told.voice_channels && before.slot == told.slot)
            continue;
        before = told;
        up.tell(std::move(told));
    }
}

}  // namespace tinfoil::collection
