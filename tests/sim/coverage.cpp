#include "sim/coverage.hpp"

#include "base/assert.hpp"

#include <algorithm>
#include <cstdio>
#include <variant>

namespace tinfoil::sim {
namespace {

using names = std::vector<std::string_view>;

const names times{"times"};
const names fault_names{"connection cut",
                        "cut unnoticed by us",
                        "cut unnoticed by Discord",
                        "connection stalled",
                        "op 7",
                        "op 9 true",
                        "op 9 false",
                        "closed, resumable",
                        "closed, session over",
                        "closed for good",
                        "nonsense payload",
                        "resume URL dead",
                        "dials refused",
                        "dials swallowed",
                        "slow answers",
                        "collection killed",
                        "collection hangs",
                        "collection never begins",
                        "host killed",
                        "stop and start",
                        "end of sessions",
                        "disk full",
                        "power lost",
                        "slow handlers",
                        "slow link",
                        "operator wakes",
                        "machine sleeps",
                        "silence"};
const names session_states{"idle",           "backoff",     "dialing",       "await_hello",
                           "queue_identify", "await_ready", "await_resumed", "active",
                           "closing",        "stopped",     "queue_resume",  "held"};
const names session_inputs{"start",   "connected", "received", "lost",        "permitted",
                           "elapsed", "wake",      "stop",     "resume_turn", "full",
                           "refresh", "slept",     "beat_now"};
// It is started first and once; of an old connection comes only what a process that hung had not
// read; a turn comes to one that waits for it, or late to one that has lost its connection since.
// A refresh is wanted of one that is active, and may come when it has just ceased to be. Only
// handoffs want beats, and tests/handoff has those.
const names session_pairs{"x------------",   // idle
                          "--r-rxxxrrrx-",   // backoff
                          "-xrxrxrxrr-r-",   // dialing
                          "--xxrxrxrr-r-",   // await_hello
                          "--xxxxxxrr-r-",   // queue_identify
                          "--xxrxrxrr-r-",   // await_ready
                          "--xxrxrxrr-r-",   // await_resumed
                          "--xxrxxxrxxx-",   // active
                          "--xxrxrxrrrr-",   // closing
                          "--r-rrxxrrrr-",   // stopped
                          "--r-rrrrxrrr-",   // queue_resume
                          "--r-rxrrrx-r-"};  // held
const names session_actions{
    "open",     "send",         "close",        "drop",         "queue_identify", "leave_queue",
    "id_ended", "deliver",      "established",  "resumed",      "forgotten",      "moved",
    "stopped",  "queue_resume", "leave_resume", "resume_ended", "read",           "own_mistake"};
// A fleet has phases by collection; `replaced` is one whose epoch is over, `all` concerns all.
const names fleet_phases{"starting", "running", "waiting", "stopping", "ended", "replaced", "all"};
const names fleet_inputs{"hello",    "loaded",  "pulse",     "stopped",    "wanted",   "left",
                         "id_ended", "session", "forgotten", "shard_stop", "gone",     "recorded",
                         "stop",     "elapsed", "plan",      "budget",     "not_kept", "released",
                         "refused",  "renewed", "intents"};
// One that starts says nothing of shards before it has got some; what still comes from one that is
// over, or that has been replaced, needs a slow link.
const names fleet_pairs{"xxx-------x-xx-------",   // starting
                        "--x-xxxxxxxxxx-------",   // running
                        "rrrrrrrrrr--xx-------",   // waiting
                        "rrxxrxrrrxxrxx-------",   // stopping
                        "rrxxrrrrrx--xx-------",   // ended
                        "rrrrrrrrrr-----------",   // replaced
                        "--------------xxxxxxx"};  // all
const names fleet_actions{"spawn",         "end_process", "serve",           "turn",
                          "stop",          "stop, end",   "record_identify", "keep, begins",
                          "keep, running", "keep, exact", "forget_session",  "say",
                          "say exhausted", "shard_lost",  "start_refused",   "fleet_ended",
                          "ask_budget",    "ask_intents", "check_token"};
const names life_actions{"close_shards", "close_shards, end", "finished", "finished, cut off"};
const names deliveries{"first time", "redelivered"};

std::size_t place(const names& in, std::string_view name)
{
    const auto found = std::find(in.begin(), in.end(), name);
    TINFOIL_ASSERT(found != in.end());
    return static_cast<std::size_t>(found - in.begin());
}

std::string_view name_of(const link::message& what)
{
    if (std::holds_alternative<link::hello>(what))
        return "hello";
    if (std::holds_alternative<link::loaded>(what))
        return "loaded";
    if (std::holds_alternative<link::pulse>(what))
        return "pulse";
    if (std::holds_alternative<link::stopped>(what))
        return "stopped";
    if (std::holds_alternative<link::identify_wanted>(what))
        return "wanted";
    if (std::holds_alternative<link::identify_left>(what))
        return "left";
    if (std::holds_alternative<link::identify_ended>(what))
        return "id_ended";
    if (std::holds_alternative<link::session_established>(what) ||
        std::holds_alternative<link::session_resumed>(what))
        return "session";
    if (std::holds_alternative<link::session_forgotten>(what))
        return "forgotten";
    TINFOIL_ASSERT(std::holds_alternative<link::shard_stopped>(what));
    return "shard_stop";
}

std::string_view name_of(const host::fleet_action& what)
{
    if (const auto* told = std::get_if<host::tell>(&what)) {
        if (std::holds_alternative<link::serve>(told->what))
            return "serve";
        if (std::holds_alternative<link::turn>(told->what))
            return "turn";
        return std::get<link::stop>(told->what).end_sessions ? "stop, end" : "stop";
    }
    if (const auto* kept = std::get_if<host::keep_sessions>(&what))
        return kept->use == discord::cursor_use::none     ? "keep, exact"
               : kept->use == discord::cursor_use::begins ? "keep, begins"
                                                          : "keep, running";
    if (const auto* words = std::get_if<host::say>(&what))
        return words->text.starts_with("of today's") ? "say exhausted" : "say";
    if (std::holds_alternative<host::spawn>(what))
        return "spawn";
    if (std::holds_alternative<host::end_process>(what))
        return "end_process";
    if (std::holds_alternative<host::record_identify>(what))
        return "record_identify";
    if (std::holds_alternative<host::forget_session>(what))
        return "forget_session";
    if (std::holds_alternative<host::shard_lost>(what))
        return "shard_lost";
    if (std::holds_alternative<host::start_refused>(what))
        return "start_refused";
    if (std::holds_alternative<host::ask_budget>(what))
        return "ask_budget";
    if (std::holds_alternative<host::ask_intents>(what))
        return "ask_intents";
    if (std::holds_alternative<host::check_token>(what))
        return "check_token";
    return "fleet_ended";
}

}  // namespace

std::string_view name_of(fault what)
{
    return fault_names[static_cast<std::size_t>(what)];
}

tally_table::tally_table(std::string_view name, names rows, names columns, names expected)
    : name_(name),
      rows_(std::move(rows)),
      columns_(std::move(columns)),
      cells_(rows_.size() * columns_.size())
{
    for (const std::string_view each : expected)
        expected_ += each;
    if (expected.empty())
        expected_.assign(cells_.size(), 'x');
    TINFOIL_ASSERT(expected_.size() == cells_.size());
}

void tally_table::add(const tally_table& other)
{
    for (std::size_t i = 0; i < cells_.size(); ++i)
        cells_[i] += other.cells_[i];
}

std::string tally_table::print() const
{
    const auto padded = [](std::string_view text, std::size_t width) {
        return std::string(width > text.size() ? width - text.size() : 1, ' ') + std::string(text);
    };
    std::string text = "\n" + std::string(name_) + "\n";
    if (columns_.size() > 1) {
        text += padded("", 24);
        for (const auto& column : columns_)
            text += padded(column, 12);
        text += "\n";
    }
    for (std::size_t row = 0; row < rows_.size(); ++row) {
        text += padded(rows_[row], 24);
        for (std::size_t column = 0; column < columns_.size(); ++column) {
            const std::size_t at = row * columns_.size() + column;
            const bool absent = expected_[at] == '-' && cells_[at] == 0;
            text += padded(absent ? "-" : std::to_string(cells_[at]), 12);
        }
        text += "\n";
    }
    return text;
}

std::string tally_table::gaps() const
{
    std::string text;
    for (std::size_t at = 0; at < cells_.size(); ++at) {
        const bool happened = cells_[at] != 0;
        if (expected_[at] == 'r' || happened == (expected_[at] == 'x'))
            continue;
        const auto row = rows_[at / columns_.size()], column = columns_[at % columns_.size()];
        text += std::string(name_) + ": " + std::string(row) +
                (columns_.size() > 1 ? " x " + std::string(column) : "") +
                (happened ? " happened, which can't be\n" : " never happened\n");
    }
    return text;
}

coverage::coverage()
    : faults_("faults", fault_names, times),
      session_inputs_("session: state x input", session_states, session_inputs, session_pairs),
      session_actions_("session: actions", session_actions, times),
      fleet_inputs_("fleet: phase of a collection x input", fleet_phases, fleet_inputs,
                    fleet_pairs),
      fleet_actions_("fleet: actions", fleet_actions, times),
      life_actions_("life: actions", life_actions, times),
      deliveries_("deliveries", deliveries, times)
{
    TINFOIL_ASSERT(fault_names.size() == fault_kinds);
}

void coverage::on(const host::fleet& of, const host::fleet_input& what)
{
    const auto count = [&](std::string_view row, std::string_view column) {
        fleet_inputs_.count(place(fleet_phases, row), place(fleet_inputs, column));
    };
    const auto of_one = [&](std::uint32_t number, std::uint64_t epoch, std::string_view column) {
        const auto& known = of.collections();
        const bool current = number < known.size() && known[number].epoch == epoch;
        count(current ? fleet_phases[static_cast<std::size_t>(known[number].where)] : "replaced",
              column);
    };
    const auto of_each = [&](std::string_view column, auto concerned) {
        for (const auto& each : of.collections())
            if (concerned(each))
                count(fleet_phases[static_cast<std::size_t>(each.where)], column);
    };
    if (const auto* from = std::get_if<host::heard>(&what))
        of_one(from->number, from->epoch, name_of(from->what));
    else if (const auto* end = std::get_if<host::gone>(&what))
        of_one(end->number, end->epoch, "gone");
    else if (const auto* row = std::get_if<host::identify_recorded>(&what))
        of_each("recorded", [&](const host::fleet::collection& each) {
            return std::find(each.slots.begin(), each.slots.end(), row->slot) != each.slots.end();
        });
    else if (std::holds_alternative<host::fleet_stop>(what))
        of_each("stop", [](const auto&) { return true; });
    else if (std::holds_alternative<host::fleet_elapsed>(what))
        of_each("elapsed", [](const auto&) { return true; });
    else
        count("all", std::holds_alternative<host::fleet_plan>(what)      ? "plan"
                     : std::holds_alternative<host::not_kept>(what)      ? "not_kept"
                     : std::holds_alternative<sharding::released>(what)  ? "released"
                     : std::holds_alternative<host::token_refused>(what) ? "refused"
                     : std::holds_alternative<host::token_renewed>(what) ? "renewed"
                     : std::holds_alternative<host::intents_known>(what) ? "intents"
                                                                         : "budget");
}

void coverage::on(const host::fleet_action& what)
{
    fleet_actions_.count(place(fleet_actions, name_of(what)), 0);
}

void coverage::add(const coverage& other)
{
    faults_.add(other.faults_);
    session_inputs_.add(other.session_inputs_);
    session_actions_.add(other.session_actions_);
    fleet_inputs_.add(other.fleet_inputs_);
    fleet_actions_.add(other.fleet_actions_);
    life_actions_.add(other.life_actions_);
    deliveries_.add(other.deliveries_);
}

std::string coverage::print() const
{
    return faults_.print() + session_inputs_.print() + session_actions_.print() +
           fleet_inputs_.print() + fleet_actions_.print() + life_actions_.print() +
           deliveries_.print();
}

std::string coverage::gaps() const
{
    return faults_.gaps() + session_inputs_.gaps() + session_actions_.gaps() +
           fleet_inputs_.gaps() + fleet_actions_.gaps() + life_actions_.gaps() + deliveries_.gaps();
}

}  // namespace tinfoil::sim
