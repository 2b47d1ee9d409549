#include "sim/network.hpp"

#include "discord/envelope.hpp"
#include "discord/opcode.hpp"

namespace tinfoil::sim {
namespace {

using namespace std::chrono_literals;

constexpr duration pace_least = 1ms, pace_most = 120ms;
// To look at the clocks, of a process that hangs, and to close.
constexpr duration awake_after = 15s;
// Two heartbeats, the way, and a process that hangs: nobody may miss for longer that the other end
// is silent.
constexpr duration silence_max = 2 * 41'250ms + 10s;

bool is_event(const network::arrival& what)
{
    if (what.what != network::arrival::kind::received)
        return false;
    const auto found = discord::scan_envelope(what.text);
    return found && found->op == discord::opcode::dispatch;
}

}  // namespace

network::network(surroundings& with, discordsim::settings how)
    : with_(with),
      discord_(std::move(how), with.time.now())
{
    feed(discordsim::request{
        1, "PUT", "/applications/" + to_string(discord_.everything().application) + "/commands",
        R"([{"name":")" + std::string(command_name) + R"("}])", "application/json", "Bot sandbox"});
}

std::string network::gateway_bot()
{
    feed(discordsim::request{2, "GET", "/gateway/bot", "", "", "Bot sandbox"});
    return request_answer_;
}

void network::feed(const discordsim::input& what)
{
    std::vector<discordsim::action> todo;
    discord_.on(what, discord_time(), todo);
    for (const auto& each : todo)
        perform(each);
    if (discord_.so_far().identifies_refused != 0)
        with_.held.broken("Discord refused an IDENTIFY");
    const instant due = discord_.deadline();
    alarm_.set(with_.time, due == never ? never : due - ahead_,
               [this] { feed(discordsim::elapsed{}); });
}

void network::perform(const discordsim::action& action)
{
    if (const auto* said = std::get_if<discordsim::send>(&action)) {
        on_said(said->id, said->text);
    } else if (const auto* end = std::get_if<discordsim::close>(&action)) {
        // These are the answers to what no rule permits.
        if (end->code != 4000 && end->code != 4009)
            with_.held.broken("Discord closed a connection with " + std::to_string(end->code) +
                              ": " + end->why);
        on_closed(end->id, end->code);
    } else if (const auto* news = std::get_if<discordsim::session_news>(&action)) {
        if (news->what == discordsim::session_news::kind::resumed) {
            // Whose process has died meanwhile resumes nothing: the next one does, from its own
            // cursor.
            const connection& own = connections_.at(last_resumed_);
            if (own.client)
                with_.held.resume_accepted(own.session, news->sequence);
        }
    } else if (const auto* answer = std::get_if<discordsim::answer>(&action)) {
        request_answer_ = answer->body;
    }
}

// What Discord's own rules make it say.
void network::on_said(id which, const std::string& text)
{
    connection& own = connections_.at(which);
    const auto found = discord::scan_envelope(text);
    if (found->op == discord::opcode::dispatch && found->type == "READY") {
        own.session = discord::find_member(found->data, "session_id");
        with_.held.session_began(own.who.slot, own.session);
    } else if (found->op == discord::opcode::dispatch) {
        with_.held.event_sent(own.session, *found->sequence, found->type);
    } else if (found->op == discord::opcode::invalid_session) {
        with_.held.session_over(own.who.slot, own.session);
    }
    to_client(which, {arrival::kind::received, text});
}

void network::on_closed(id which, int code)
{
    connection& own = connections_.at(which);
    if (code != 4000 && own.client && !own.mute)
        with_.held.session_over(own.who.slot, own.session);
    own.discord = false;
    to_client(which, {arrival::kind::lost, "", code});
}

void network::to_client(id which, arrival what)
{
    connection& own = connections_.at(which);
    if (own.silent && is_event(what))
        return;
    const instant now = with_.time.now();
    const duration late =
        what.what == arrival::kind::received ? own.answers_late : duration::zero();
    own.last_in = std::max(own.last_in, now + with_.between(pace_least, own.pace) + late);
    with_.time.at(own.last_in, [this, which, what = std::move(what)] {
        const auto found = connections_.find(which);
        if (found == connections_.end() || !found->second.client || found->second.mute)
            return;
        if (found->second.reads && found->second.unread.empty())
            arrive(which, what);
        else
            found->second.unread.push_back(what);
    });
}

void network::arrive(id which, const arrival& what)
{
    connection& own = connections_.at(which);
    if (what.what == arrival::kind::lost)
        own.client = false;
    const auto to = own.who.to;
    to(what);
}

void network::read(id which, bool on)
{
    const auto found = connections_.find(which);
    if (found == connections_.end())
        return;
    found->second.reads = on;
    found->second.was_paused = true;
    if (!on)
        return;
    // One after the other, since each may stop the reading, or end the connection.
    with_.time.after(0s, [this, which] {
        for (;;) {
            const auto own = connections_.find(which);
            if (own == connections_.end() || !own->second.client || !own->second.reads ||
                own->second.unread.empty())
                return;
            const arrival next = std::move(own->second.unread.front());
            own->second.unread.pop_front();
            arrive(which, next);
        }
    });
}

void network::sleep_through(duration how_long)
{
    ahead_ += how_long;
    std::vector<id> gone;
    for (auto& [which, each] : connections_)
        if (each.client && each.discord) {
            each.mute = true;
            gone.push_back(which);
        }
    for (const id which : gone)
        tell_discord(which, 1006);
    feed(discordsim::elapsed{});
    with_.time.after(awake_after, [this, gone] {
        for (const id which : gone)
            if (const auto own = connections_.find(which);
                own != connections_.end() && own->second.client)
                with_.held.broken("shard " + to_string(own->second.who.slot) +
                                  " trusts a connection from before the machine slept");
    });
}

void network::to_discord(id which, std::function<void()> then)
{
    connection& own = connections_.at(which);
    own.last_out = std::max(own.last_out, with_.time.now() + with_.between(pace_least, own.pace));
    with_.time.at(own.last_out, [this, which, then = std::move(then)] {
        const auto found = connections_.find(which);
        if (found != connections_.end() && !found->second.mute)
            then();
    });
}

network::id network::dial(caller who, const std::string& url)
{
    const id which = ++last_;
    connection& made = connections_[which];
    made.who = std::move(who);
    made.pace = with_.between(pace_least, pace_most);
    made.answers_late = with_.now.slow_answers ? with_.between(0s, 70s) : duration::zero();
    if (with_.now.dials_swallowed)
        return which;
    if (with_.now.dials_refused || (with_.now.resume_url_dead && url != "wss://main")) {
        to_client(which, {arrival::kind::lost, "connection refused", 1006});
        return which;
    }
    to_discord(which, [this, which] {
        connections_.at(which).discord = true;
        to_client(which, {arrival::kind::connected, ""});
        feed(discordsim::opened{which});
    });
    return which;
}

void network::send(id which, std::string payload)
{
    if (!connections_.contains(which))
        return;
    to_discord(which, [this, which, payload = std::move(payload)] {
        if (connections_.at(which).discord)
            on_client_said(which, payload);
    });
}

void network::on_client_said(id which, const std::string& payload)
{
    connection& own = connections_.at(which);
    const auto found = discord::scan_envelope(payload);
    if (found->op == discord::opcode::identify) {
        with_.held.identify_arrived(own.who.slot, with_.state.ledger[own.who.slot]);
    } else if (found->op == discord::opcode::resume) {
        own.session = discord::find_member(found->data, "session_id");
        last_resumed_ = which;
        with_.held.resume_arrived(own.who.slot, own.session);
    }
    feed(discordsim::payload{which, payload});
}

// The end of a connection, however Discord learns of it.
void network::tell_discord(id which, int code)
{
    connection& own = connections_.at(which);
    if (!std::exchange(own.discord, false))
        return;
    if (code == 1000)
        with_.held.session_over(own.who.slot, own.session);
    feed(discordsim::closed{which, code});
}

void network::close(id which, int code)
{
    if (!connections_.contains(which))
        return;
    to_discord(which, [this, which, code] {
        tell_discord(which, code);
        to_client(which, {arrival::kind::lost, "", code});
    });
}

void network::drop(id which)
{
    const auto found = connections_.find(which);
    if (found == connections_.end() || !std::exchange(found->second.client, false))
        return;
    to_discord(which, [this, which] { tell_discord(which, 1006); });
}

void network::orphan(std::uint64_t epoch)
{
    for (auto& [which, each] : connections_)
        if (each.who.epoch == epoch)
            drop(which);
    std::erase_if(connections_, [&](const auto& each) {
        return !each.second.client && !each.second.discord &&
               each.second.last_out < with_.time.now() && each.second.last_in < with_.time.now();
    });
}

void network::cut(id which, notices who)
{
    // Whatever is under way is lost.
    connections_.at(which).mute = true;
    const auto later = [&](std::function<void()> what) {
        with_.time.after(with_.between(0ms, 200ms), std::move(what));
    };
    if (who == notices::both || who == notices::only_discord)
        later([this, which] {
            if (connections_.contains(which))
                tell_discord(which, 1006);
        });
    if (who == notices::only_discord || who == notices::nobody)
        return watch_silence(which);
    later([this, which] {
        const auto found = connections_.find(which);
        if (found == connections_.end() || !std::exchange(found->second.client, false))
            return;
        const auto to = found->second.who.to;
        to({arrival::kind::lost, "", 1006});
    });
}

void network::watch_silence(id which)
{
    with_.time.after(silence_max, [this, which] {
        const auto found = connections_.find(which);
        if (found == connections_.end() || !found->second.client)
            return;
        // What is not read says nothing, for so long.
        if (std::exchange(found->second.was_paused, false))
            return with_.time.after(gateway::session::full_patience,
                                    [this, which] { watch_silence(which); });
        with_.held.broken("shard " + to_string(found->second.who.slot) +
                          " does not notice that its connection is dead");
    });
}

void network::end_silence()
{
    for (const id which : up())
        if (connections_.at(which).silent)
            cut(which, notices::both);
}

void network::whim(id which, const std::string& payload, bool session_over)
{
    if (session_over) {
        connection& own = connections_.at(which);
        with_.held.session_over(own.who.slot, own.session);
        // For Discord's rules the connection has ended, and the session with it.
        tell_discord(which, 1000);
    }
    to_client(which, {arrival::kind::received, payload});
}

void network::close_by_discord(id which, int code, bool session_over)
{
    tell_discord(which, session_over ? 1000 : 4000);
    to_client(which, {arrival::kind::lost, "", code});
}

std::vector<network::id> network::up() const
{
    std::vector<id> all;
    for (const auto& [which, each] : connections_)
        if (each.client && each.discord && !each.mute)
            all.push_back(which);
    return all;
}

bool network::has_session(id which) const
{
    return !connections_.at(which).session.empty();
}

}  // namespace tinfoil::sim
