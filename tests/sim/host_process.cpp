#include "sim/host_process.hpp"

#include "base/assert.hpp"
#include "base/overloaded.hpp"
#include "discord/session_start_limit.hpp"
#include "dispatch/recorder.hpp"
#include "host/reconcile.hpp"

namespace tinfoil::sim {
namespace {

using namespace std::chrono_literals;

// As host::bot has it: from asking the collections to stop to the end by force.
constexpr duration close_patience = 1100ms;
constexpr duration on_the_way_max = 300ms;
constexpr std::uint64_t granted = 2;

}  // namespace

host_process::host_process(surroundings& with, network& net, settings how, ways to)
    : process(with.time),
      with_(with),
      net_(net),
      how_(std::move(how)),
      to_(std::move(to)),
      fleet_(host::fleet(with.random.next(), how_.ledger),
             [this](const host::fleet_action& action) { perform(action); })
{
}

void host_process::begin()
{
    const auto known = earlier_sessions();
    if (is_dead())
        return;
    const auto incarnation = with_.state.begin_incarnation();
    if (!known || !incarnation)
        return die();
    if (known->empty()) {
        run_after(with_.between(20ms, on_the_way_max), [this, number = *incarnation] {
            plan({}, number);
            ask_discord();
        });
        return;
    }
    run_after(with_.between(20ms, on_the_way_max), [this] { ask_discord(); });
    plan(*known, *incarnation);
}

// As host/earlier_sessions.cpp does it.
result<std::vector<discord::session_record>> host_process::earlier_sessions()
{
    const bool was_in_order = std::exchange(with_.state.left_in_order, false);
    std::map<discord::slot, discord::session_record> left;
    for (const auto& [name, file] : with_.state.records) {  // By epoch.
        auto read = dispatch::recorder::read(file->bytes());
        if (!read || !file->trusted)
            continue;
        host::take_in(std::move(read->sessions), left);
    }
    auto stored = with_.state.sessions();
    for (const auto& each : stored) {
        if (each.doubtful && left.empty() && !was_in_order)
            with_.held.may_repeat(each.which);
        else if (each.doubtful)
            with_.held.may_mark(each.which);
    }
    auto found = host::reconcile(std::move(stored), std::move(left));
    for (const auto& each : found.gone) {
        if (!step())
            return error{errc::cancelled, "it has died"};
        if (auto gone = with_.state.forget_session(each.which, each.generation); !gone)
            return gone.error();
    }
    if (auto kept = keep_found(found.newer); !kept)
        return kept.error();
    return std::move(found.all);
}

result<void> host_process::keep_found(const std::vector<discord::session_record>& newer)
{
    const error dead{errc::cancelled, "it has died"};
    if (!step())
        return dead;
    if (auto kept = with_.state.save_sessions(newer, discord::cursor_use::none); !kept)
        return kept;
    if (!step())
        return dead;
    with_.state.records.clear();
    return {};
}

void host_process::ask_discord()
{
    const auto limit = discord::parse_gateway_bot(net_.gateway_bot());
    TINFOIL_ASSERT(limit.has_value());
    tell(sharding::budget{limit->total, limit->remaining, limit->reset_after,
                          limit->max_concurrency, on_the_way_max});
}

void host_process::release()
{
    if (step())
        tell(sharding::released{});
}

void host_process::lose_token()
{
    if (!step())
        return;
    tell(host::token_refused{"401"});
    run_after(with_.between(1s, 90s), [this] { tell(host::token_renewed{}); });
}

void host_process::plan(std::vector<discord::session_record> known, std::uint64_t incarnation)
{
    std::vector<sharding::past_identify> rows;
    for (const auto& each : with_.state.identified)
        if (time_.now() - each.when < sharding::identify_ledger::window)
            rows.push_back({each.slot, each.why, time_.now() - each.when});
    tell(host::fleet_plan{.slots = how_.slots,
                          .known = std::move(known),
                          .rows = std::move(rows),
                          .gateway_url = "wss://main",
                          .granted = granted,
                          .recommended = static_cast<int>(how_.slots.size()),
                          .collections = how_.collections,
                          .epoch = (incarnation << 24) + 1,
                          .in_process = false});
}

void host_process::tell(const host::fleet_input& what)
{
    with_.seen.on(fleet_.machine(), what);
    fleet_.tell(time_, what, [this] { return step(); });
    with_.held.look_at(fleet_.machine());
    if (is_dead())
        return;
    timer_.set(time_, fleet_.machine().deadline(), [weak = weak_from_this(), this] {
        if (const auto self = weak.lock())
            run([this] { tell(host::fleet_elapsed{}); });
    });
}

void host_process::perform(const host::fleet_action& action)
{
    with_.seen.on(action);
    std::visit(overloaded{
                   [&](const host::spawn& what) {
                       members_[what.number] = what.epoch;
                       link::welcome welcome;
                       welcome.sessions_max = static_cast<std::uint32_t>(how_.slots.size());
                       welcome.seed = with_.random.next();
                       welcome.collections =
                           static_cast<std::uint32_t>(fleet_.machine().collections().size());
                       to_.spawn(what, std::move(welcome));
                   },
                   [&](const host::end_process& what) {
                       if (const auto own = members_.find(what.number); own != members_.end())
                           to_.end_process(own->second);
                   },
                   [&](const host::tell& what) {
                       if (const auto own = members_.find(what.number); own != members_.end())
                           to_.send(own->second, what.what);
                   },
                   [&](const host::record_identify& what) {
                       const auto done = with_.state.record_identify(what.slot, what.why);
                       if (done)
                           with_.held.identify_recorded(what.slot,
                                                        what.why == sharding::reason::by_operator);
                       tell(host::identify_recorded{
                           what.slot, done ? std::nullopt : std::optional<error>(done.error())});
                   },
                   [&](const host::keep_sessions& what) { keep(what); },
                   [&](const host::forget_session& what) {
                       note(with_.state.forget_session(what.slot, what.generation));
                   },
                   [&](const host::say&) {},
                   [&](const host::shard_lost&) { to_.shard_lost(); },
                   [&](const host::ask_budget&) {
                       run_after(with_.between(20ms, on_the_way_max), [this] { ask_discord(); });
                   },
                   [&](const host::ask_intents&) {
                       run_after(with_.between(20ms, 20s), [this] {
                           tell(host::intents_known{granted, static_cast<int>(how_.slots.size())});
                       });
                   },
                   [&](const host::check_token& what) {
                       run_after(what.wait + with_.between(20ms, 5s),
                                 [this] { tell(host::token_renewed{}); });
                   },
                   [&](const host::start_refused&) { close(); },
                   // Nobody changes the plan here; tests/fleet/ has a world for that.
                   [&](const host::write_commit&) { TINFOIL_UNREACHABLE("a commit"); },
                   [&](const host::keep_handoff_record&) { TINFOIL_UNREACHABLE("a record"); },
                   [&](const host::drop_handoff_record&) { TINFOIL_UNREACHABLE("a record"); },
                   [&](const host::handoff_over&) { TINFOIL_UNREACHABLE("a handoff"); },
                   [&](const host::move_over&) { TINFOIL_UNREACHABLE("a move"); },
                   [&](const host::collection_over&) { TINFOIL_UNREACHABLE("a collection more"); },
                   [&](const host::restart_changed&) { TINFOIL_UNREACHABLE("a restart"); },
                   [&](const host::fleet_ended&) {
                       with_.state.left_in_order = all_was_kept_;
                       die();
                   },
               },
               action);
}

void host_process::keep(const host::keep_sessions& what)
{
    const auto kept = with_.state.save_sessions(what.what, what.use);
    note(kept);
    host::not_kept lacking;
    for (const auto& each : what.what) {
        with_.held.on_disk(each.which, kept.has_value());
        lacking.slots.push_back(each.which);
    }
    if (!kept)
        tell(lacking);
}

void host_process::note(const result<void>& kept)
{
    all_was_kept_ = all_was_kept_ && kept.has_value();
}

void host_process::got(std::uint32_t number, std::uint64_t epoch, link::message what)
{
    // One of a process that has been replaced goes to the fleet as well, which has to tell.
    if (step())
        tell(host::heard{number, epoch, std::move(what)});
}

void host_process::ended(std::uint32_t number, std::uint64_t epoch)
{
    if (!step())
        return;
    members_.erase(number);
    host::gone told{number, epoch, std::nullopt, "killed by signal 9"};
    const auto file = with_.state.records.find({epoch, number});
    if (file != with_.state.records.end())
        if (auto left = dispatch::recorder::read(file->second->bytes()))
            told.left = std::move(left->sessions);
    if (!told.left)
        for (const discord::slot slot : fleet_.machine().collections()[number].slots)
            with_.held.may_repeat(slot);
    tell(told);
    if (step() && all_was_kept_)
        with_.state.records.erase({epoch, number});
}

void host_process::stop(bool end_sessions)
{
    if (!step())
        return;
    tell(host::fleet_stop{end_sessions});
    if (!is_dead())
        run_after(close_patience, [this] { die(); });
}

void host_process::close()
{
    run_after(0s, [this] { stop(false); });
}

}  // namespace tinfoil::sim
