#include "host/operations_desk.hpp"

#include "base/assert.hpp"
#include "base/overloaded.hpp"
#include "discord/intents.hpp"
#include "host/operation_json.hpp"
#include "host/own_values.hpp"
#include "net/clock.hpp"

#include <algorithm>

namespace tinfoil::host {
namespace {

constexpr const char* passed = "shadow_passed";
constexpr const char* distrusted = "answers_distrusted";

}  // namespace

operations_desk::operations_desk(ports to)
    : to_(std::move(to)),
      decides_(to_.loop, informed{operations(to_.shards.ledger()), [this] { return now(); }},
               [this](const operations_action& action) { perform(action); })
{
}

result<void> operations_desk::begin(std::uint64_t own_user)
{
    own_user_ = own_user;
    const auto rows = to_.store.operations();
    if (!rows)
        return rows.error();
    operations_known before;
    for (const auto& row : *rows) {
        before.last_id = row.id;
        // One that a later version wrote is only not shown.
        auto view = parse_operation(row.text, row.wall_ms);
        if (!view)
            continue;
        view->id = row.id;
        if (!is_over(view->state)) {
            view->state = operation_state::interrupted;
            view->why = "the host ended without a word";
            view->ended_ms = row.wall_ms;
            view->is_exact = false;
            complain(to_.store.keep_operation(row_of(*view)));
        }
        past_.push_back(std::move(*view));
    }
    const auto learned = to_.store.own_value(handoff_lessons);
    if (!learned)
        return learned.error();
    const std::string words = learned->value_or("");
    before.learned.has_shadow_passed = words.find(passed) != std::string::npos;
    before.learned.trusts_answers = words.find(distrusted) == std::string::npos;
    decides_.tell(before);
    return {};
}

situation operations_desk::now() const
{
    situation made;
    made.wall_ms = net::wall_clock_ms();
    made.own_user = own_user_;
    made.ledger = to_.shards.ledger().look(net::now());
    const auto& collections = to_.shards.collections();
    std::uint64_t granted = ~std::uint64_t{0};
    for (std::uint32_t number = 0; number < collections.size(); ++number) {
        const fleet::collection& each = collections[number];
        if (each.retires)
            continue;
        granted &= each.granted;
        made.places.push_back({number, each.where == fleet::phase::running && !each.condemned,
                               static_cast<double>(each.lag_us)});
        for (const discord::slot slot : each.slots) {
            const discord::session_record& session = to_.shards.sessions().at(slot);
            const link::shard_facts known = facts(slot);
            made.shards.push_back({.slot = slot,
                                   .collection = number,
                                   .has_session = !session.point.session_id.empty(),
                                   .intents = session.intents,
                                   .known = {.slot = slot,
                                             .guilds = known.guilds,
                                             .voice_channels = known.voice_channels}});
        }
    }
    made.intents_wanted = to_.intents_wanted() & (granted | ~discord::privileged_intents);
    return made;
}

result<operation_view> operations_desk::ask(const operation_wish& what)
{
    decides_.tell(operation_asked{++last_ticket_, what});
    return answered();
}

result<operation_view> operations_desk::cancel(std::optional<std::uint64_t> id)
{
    decides_.tell(operation_cancelled{++last_ticket_, id});
    return answered();
}

result<operation_view> operations_desk::answered()
{
    // Nobody asks inside of what another one set off.
    TINFOIL_ASSERT(answer_ && answer_->ticket == last_ticket_);
    return std::move(std::exchange(answer_, std::nullopt)->what);
}

std::vector<operation_view> operations_desk::look() const
{
    auto all = under_way();
    all.insert(all.end(), past_.begin(), past_.end());
    return all;
}

std::vector<discord::slot> operations_desk::plan() const
{
    std::vector<discord::slot> all;
    for (const auto& [slot, session] : to_.shards.sessions())
        all.push_back(slot);
    return all;
}

const handoff_experience& operations_desk::learned() const
{
    return decides_.machine().it.learned();
}

void operations_desk::perform(const write_commit& what)
{
    const operation_view* running = decides_.machine().it.running();
    operation_view view = running == nullptr ? operation_view{} : *running;
    ++view.parts_done;
    const auto& owner = to_.shards.collections();
    // All of them are of the collection that has the older ones.
    std::uint32_t number = 0;
    while (number < owner.size() &&
           std::find(owner[number].slots.begin(), owner[number].slots.end(),
                     what.what.older.front()) == owner[number].slots.end())
        ++number;
    const auto done =
        to_.store.commit_handoff(what.what, to_.store.node() + "/" + std::to_string(number),
                                 number < owner.size() ? owner[number].epoch : 0, row_of(view));
    to_.tell(commit_written{what.id, done ? std::nullopt : std::optional<error>(done.error())});
    if (!done)
        to_.people.warn("a handoff is not committed: " + done.error().detail);
}

void operations_desk::perform(const keep_handoff_record& what)
{
    complain(to_.store.keep_handoff_record(what.what));
}

void operations_desk::perform(const drop_handoff_record& what)
{
    complain(to_.store.drop_handoff_record(what.slot, what.session_id));
}

void operations_desk::perform(const handoff_over& what)
{
    std::erase_if(facts_,
                  [&](const auto& each) { return !to_.shards.sessions().contains(each.first); });
    decides_.tell(what);
}

bool operations_desk::on(const link::message& what)
{
    if (const auto* look = std::get_if<link::handoff_look>(&what)) {
        decides_.tell(*look);
        return true;
    }
    if (const auto* told = std::get_if<link::shard_facts>(&what)) {
        // Also one of a newer session, just before its commit is known to be written.
        facts_[told->slot] = *told;
        return true;
    }
    if (const auto* gap = std::get_if<link::shard_gap>(&what)) {
        to_.people.warn((gap->guild == 0 ? "shard " + to_string(gap->slot) + ": its guilds"
                                         : "shard " + to_string(gap->slot) + ": guild " +
                                               std::to_string(gap->guild)) +
                        " may have missed events: " + gap->why);
        decides_.tell(*gap);
        return true;
    }
    if (std::holds_alternative<link::loaded>(what) ||
        std::holds_alternative<link::plugin_changed>(what))
        decides_.tell(plugins_changed{});
    return false;
}

link::shard_facts operations_desk::facts(discord::slot slot) const
{
    const auto found = facts_.find(slot);
    return found == facts_.end() ? link::shard_facts{.slot = slot} : found->second;
}

void operations_desk::perform(const operations_action& action)
{
    std::visit(overloaded{
                   [&](const operation_answer& what) { answer_ = what; },
                   [&](const operation_changed& what) { to_.changed(what.what); },
                   [&](const keep_operation& what) { keep(what.what); },
                   [&](const keep_experience& what) {
                       const std::string words =
                           std::string(what.what.has_shadow_passed ? passed : "") + " " +
                           (what.what.trusts_answers ? "" : distrusted);
                       complain(to_.store.set_own_value(handoff_lessons, words));
                   },
                   [&](const say& what) {
                       what.warning ? to_.people.warn(what.text) : to_.people.note(what.text);
                   },
                   [&](const begin_handoff& what) { to_.tell(what); },
                   [&](const cancel_handoff& what) { to_.tell(what); },
                   [&](const begin_move& what) { to_.tell(what); },
               },
               action);
}

void operations_desk::keep(const operation_view& what)
{
    complain(to_.store.keep_operation(row_of(what)));
    if (!is_over(what.state))
        return;
    past_.push_back(what);
    if (past_.size() > static_cast<std::size_t>(state::store::operations_max))
        past_.pop_front();
}

void operations_desk::complain(const result<void>& kept) const
{
    if (!kept)
        to_.people.warn("the history of operations lacks something: " + kept.error().detail);
}

state::store::operation_row operations_desk::row_of(const operation_view& what)
{
    const std::int64_t wall_ms = net::wall_clock_ms();
    return {what.id, wall_ms, operation_json(what, operation_detail::all, wall_ms)};
}

}  // namespace tinfoil::host
