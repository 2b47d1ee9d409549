#include "handoff/client.hpp"

#include "base/overloaded.hpp"
#include "handoff/record_text.hpp"

#include <algorithm>
#include <charconv>

namespace tinfoil::handoff_sim {
namespace {

using handoff::side;

// The machine begins so long after the world.
constexpr double begin_at = 5;
constexpr duration settled_by = handoff::parameters{}.settle_max + std::chrono::seconds(5);
constexpr std::string_view plugin_nonce = "plugin-";

std::uint64_t number_behind(std::string_view text, std::string_view prefix)
{
    const auto at = text.find(prefix);
    if (at == std::string_view::npos)
        return 0;
    std::uint64_t number = 0;
    const char* digits = text.data() + at + prefix.size();
    std::from_chars(digits, text.data() + text.size(), number);
    return number;
}

}  // namespace

client::client(world& around) : around_(around), got_(around.streams())
{
    reader_.own_user = {world::own_user};
    reader_.older_intents = reader_.newer_intents = ~std::uint64_t{0};
    if (around_.how().other_intents)
        reader_.newer_intents &= ~(std::uint64_t{1} << 15);
    settings_.older = around_.slots().older;
    settings_.newer = around_.slots().newer;
    if (around_.how().tolerates_violations)
        settings_.with.violations_max = 1'000'000;
    cursors_.assign(settings_.older.size(), 0);
    machine_ = std::make_unique<handoff::handoff>(settings_);
    journal_fails_ = around_.chance(around_.how().journal_fails);
    if (around_.chance(around_.how().crash)) {
        crashes_left_ = 1 + static_cast<int>(around_.random().below(2));
        // Half of them around the commit, step by step, the others at any time.
        if (around_.chance(.6))
            crash_in_ = static_cast<int>(around_.random().below(30));
        for (int i = crash_in_ >= 0 ? 1 : 0; i < crashes_left_; ++i)
            around_.after(seconds(around_.between(10, 100)), [this] { crash(); });
    }
    around_.after(seconds(begin_at), [this] {
        handoff::begin what;
        what.wall_ms = around_.wall_ms();
        for (std::size_t i = 0; i < around_.streams(); ++i) {
            const auto id = around_.id_of(i);
            if (id.of != handoff::stream_id::kind::guild)
                continue;
            handoff::known_guild known{id.id, around_.is_member(i), {}};
            if (around_.how().voice && i == around_.voice_stream())
                known.voice = around_.voice_channel();
            what.guilds.push_back(known);
        }
        feed(what);
    });
    if (around_.chance(around_.how().cancels))
        around_.after(seconds(around_.between(6, 40)),
                      [this] { feed(handoff::cancel{"cancelled"}); });
    plan_plugin();
}

handoff::session client::session_of(std::size_t index) const
{
    const std::size_t older = settings_.older.size();
    if (index < older)
        return {side::older, static_cast<std::uint32_t>(index)};
    return {side::newer, static_cast<std::uint32_t>(index - older)};
}

std::size_t client::index_of(handoff::session which) const
{
    return which.index + (which.of == side::newer ? settings_.older.size() : 0);
}

void client::feed(const handoff::input& what)
{
    if (!is_running_ || machine_ == nullptr)
        return;
    std::vector<handoff::action> todo;
    machine_->on(what, around_.now(), todo);
    const std::uint32_t life = life_;
    for (const handoff::action& each : todo) {
        act(each);
        if (life != life_ || !is_running_)
            return;
    }
    if (machine_ != nullptr)
        late_ = machine_->count();
    arm();
}

void client::arm()
{
    if (machine_ == nullptr || machine_->deadline() == never || armed_ == machine_->deadline())
        return;
    armed_ = machine_->deadline();
    around_.after(*armed_ - around_.now(), [this, life = life_, due = *armed_] {
        if (life != life_ || armed_ != due)
            return;
        armed_.reset();
        feed(handoff::elapsed{});
    });
}

void client::on_delivery(const delivery& what)
{
    if (!is_running_)
        return;
    const handoff::session from = session_of(what.session);
    if (what.sequence == 0) {
        feed(handoff::acknowledged{from});
        return;
    }
    if (from.of == side::older) {
        if (is_frozen_)
            return;  // It is not read any more.
    }
    current_ = what;
    is_passed_ = false;
    if (machine_ == nullptr) {
        if (from.of == side::older || handled_.insert({from.index, what.sequence}).second)
            deliver_to_plugins(what.what, from.of == side::newer);
        if (from.of == side::older)
            cursors_[from.index] = what.sequence;
        return;
    }
    handoff::arrived event{from, what.sequence, {}};
    event.what = reader_.read(what.what->type, what.what->data[from.of == side::older ? 0 : 1]);
    feed(event);
    // Before the commit whatever the older side brings is passed on at once, but for the answers to
    // the machine's own questions.
    if (from.of == side::older && is_running_ && !is_passed_ && what.what->letter != 'S')
        breach("an event of the older side was not delivered at once");
    if (from.of == side::older && is_running_)
        cursors_[from.index] = what.sequence;
    current_ = {};
}

void client::on_ready(std::size_t session)
{
    feed(handoff::ready{session_of(session).index});
}
void client::on_interrupted(std::size_t session)
{
    feed(handoff::interrupted{session_of(session)});
}
void client::on_resumed(std::size_t session)
{
    feed(handoff::resumed{session_of(session)});
}
void client::on_lost(std::size_t session, bool is_final)
{
    feed(handoff::lost{session_of(session), "op 9", is_final});
}

void client::act(const handoff::action& what)
{
    std::visit(
        overloaded{
            [&](const handoff::open& to) {
                opened_at_ = opened_at_.value_or(around_.now());
                around_.identify(index_of({side::newer, to.newer}));
            },
            [&](const handoff::deliver& given) { on_deliver(given); },
            [&](const handoff::hold& given) {
                const handoff::session from = session_of(current_.session);
                if (from != handoff::session{side::newer, given.newer} ||
                    current_.sequence != given.sequence)
                    breach("what is to be held is not what has come");
                held_[{given.newer, given.sequence}] = current_.what;
            },
            [&](const handoff::discard& given) {
                if (held_.erase({given.newer, given.sequence}) == 0)
                    breach("what is to be discarded was not held");
            },
            [&](const handoff::forget& given) {
                std::erase_if(held_,
                              [&](const auto& each) { return each.first.first == given.newer; });
            },
            [&](const handoff::ask_sounds& ask) {
                around_.count_send(index_of(ask.over));
                around_.ask_sounds(index_of(ask.over), ask.guilds);
            },
            [&](const handoff::ask_members& ask) {
                around_.count_send(index_of(ask.over));
                around_.ask_members(index_of(ask.over), ask.guild,
                                    std::string(handoff::nonce_prefix) + std::to_string(ask.nonce));
            },
            [&](const handoff::beat& to) { around_.beat(index_of(to.over)); },
            [&](const handoff::freeze&) {
                step();
                if (is_running_)
                    around_.after(seconds(around_.between(0, .01)), [this, life = life_] {
                        if (life != life_)
                            return;
                        is_frozen_ = true;
                        step();
                        feed(handoff::frozen{});
                    });
            },
            [&](const handoff::thaw&) {
                // What was not read in the meantime comes now.
                is_frozen_ = false;
                for (std::size_t i = 0; i < cursors_.size(); ++i)
                    around_.resume_from(i, cursors_[i]);
            },
            [&](const handoff::journal& given) { write_record(given.what); },
            [&](const handoff::close_older&) { close_older(); },
            [&](const handoff::close_newer& which) {
                around_.close(index_of({side::newer, which.newer}));
            },
            [&](const handoff::repeat_commands&) { repeat_commands(); },
            [&](const handoff::rejoin_voice& to) {
                ++rejoined_;
                around_.join_voice(index_of({side::newer, to.newer}), to.guild, to.channel);
            },
            [&](const handoff::tell_gap& of) { gaps_.insert(of.stream); },
            [&](const handoff::finished& how) { on_report(how.how); },
            [&](const handoff::settled&) { is_settled_ = true; },
        },
        what);
}

void client::on_deliver(const handoff::deliver& what)
{
    step();
    if (!is_running_)
        return;
    const handoff::session from = what.from;
    if (from.of == side::newer && !machine_->is_committed() && !machine_->is_over())
        breach("an event of the newer side was delivered before the commit");
    if (from.of == side::older && is_frozen_)
        breach("an event of the older side was delivered after it was frozen");
    if (current_.what && from == session_of(current_.session) &&
        what.sequence == current_.sequence) {
        is_passed_ = true;
        if (from.of == side::newer && !handled_.insert({from.index, what.sequence}).second)
            return;
        deliver_to_plugins(current_.what, from.of == side::newer);
        if (from.of == side::older)
            cursors_[from.index] = what.sequence;
        return;
    }
    const auto found = held_.find({from.index, what.sequence});
    if (from.of != side::newer || found == held_.end()) {
        breach("what is to be delivered is not there");
        return;
    }
    if (handled_.insert({from.index, what.sequence}).second)
        deliver_to_plugins(found->second, true);
    held_.erase(found);
}

void client::deliver_to_plugins(const deed_of& what, bool from_newer)
{
    got_[what->stream].push_back({what, around_.now(), from_newer});
    if (const auto id = number_behind(what->data[0], plugin_nonce); id != 0) {
        commands_[id].is_answered = true;
        std::size_t open = 0;
        for (const auto& [number, each] : commands_)
            open += !each.is_answered && !each.is_on_newer ? 1 : 0;
        around_.after({}, [this, open] { feed(handoff::commands{open}); });
    }
}

void client::on_report(const handoff::report& what)
{
    report_ = what;
    if (what.committed)
        return;
    if (!held_.empty())
        breach("payloads are held for a handoff that was given up");
}

// As it comes back from the disk, where each newer session has its own.
handoff::commit_record client::kept(const handoff::commit_record& what) const
{
    handoff::commit_record made;
    for (const auto& each : handoff::split_record(what, settings_.newer)) {
        const auto read = handoff::read_record(handoff::to_text(each));
        made.newer.push_back(read->newer.at(0));
        made.streams.insert(made.streams.end(), read->streams.begin(), read->streams.end());
    }
    return made;
}

void client::write_record(const handoff::commit_record& what)
{
    around_.no_more_losses();
    step();
    if (!is_running_)
        return;
    if (journal_fails_) {
        around_.after(seconds(.01), [this] {
            feed(handoff::journalled{false, "the disk is full"});
        });
        return;
    }
    const auto write = seconds(around_.between(.001, .3));
    around_.after(write, [this, what, life = life_] {
        if (life != life_)
            return;
        step();
        if (!is_running_)
            return;
        record_ = kept(what);
        step();
        if (is_running_)
            feed(handoff::journalled{});
        advance_record_soon();
    });
}

// Handlers take no time here, so what the machine has seen is done.
void client::advance_record_soon()
{
    around_.after(seconds(around_.between(.1, 5)), [this, life = life_] {
        if (life != life_ || !is_running_ || is_settled_)
            return;
        handoff::commit_record all;
        for (std::uint32_t i = 0; machine_ && i < settings_.newer.size(); ++i)
            if (const auto own = machine_->record_now(i)) {
                all.newer.push_back(own->newer[0]);
                all.streams.insert(all.streams.end(), own->streams.begin(), own->streams.end());
            }
        // The machine that is made of it has them all.
        if (all.newer.size() == settings_.newer.size()) {
            ++records_advanced_;
            record_ = kept(all);
        }
        advance_record_soon();
    });
}

std::set<handoff::stream_id> client::guessed() const
{
    std::set<handoff::stream_id> all;
    if (record_)
        for (const handoff::stream_record& each : record_->streams)
            if (each.is_guessed)
                all.insert(each.stream);
    return all;
}

void client::close_older()
{
    step();
    if (!is_running_)
        return;
    if (!record_)
        breach("the older side was closed without a record on the disk");
    closed_at_ = closed_at_.value_or(around_.now());
    for (std::size_t i = 0; i < settings_.older.size(); ++i)
        around_.close(i);
    around_.after(seconds(around_.between(.01, .3)), [this, life = life_] {
        if (life == life_)
            feed(handoff::closed{});
    });
}

void client::step()
{
    if (crash_in_ < 0 || !is_running_)
        return;
    const bool is_at_commit = is_frozen_ || (machine_ && machine_->is_committed()) ||
                              (machine_ && machine_->look(around_.now()).phase == "freezing");
    if (is_at_commit && crash_in_-- == 0)
        crash();
}

void client::crash()
{
    if (!is_running_ || crashes_left_ == 0)
        return;
    --crashes_left_;
    ++crashes_;
    ++life_;
    is_running_ = false;
    machine_.reset();
    armed_.reset();
    held_.clear();
    current_ = {};
    around_.after(seconds(around_.between(.2, 3)), [this] { restart(); });
}

// As whoever starts next does: with a record the newer sessions go on, without one the older.
void client::restart()
{
    is_running_ = true;
    is_frozen_ = false;
    for (std::uint32_t i = 0; i < settings_.newer.size(); ++i) {
        const std::size_t index = index_of({side::newer, i});
        if (record_) {
            std::int64_t after = record_->newer[i].resume_after;
            if (is_settled_ && !handled_.empty())
                for (const auto& [newer, sequence] : handled_)
                    after = newer == i ? std::max(after, sequence) : after;
            around_.resume_from(index, after);
        } else {
            around_.close(index);
        }
    }
    if (record_) {
        closed_at_ = closed_at_.value_or(around_.now());
        for (std::size_t i = 0; i < settings_.older.size(); ++i)
            around_.close(i);
        if (!is_settled_)
            machine_ = std::make_unique<handoff::handoff>(settings_, *record_, around_.now());
        advance_record_soon();
        arm();
        return;
    }
    for (std::size_t i = 0; i < settings_.older.size(); ++i)
        around_.resume_from(i, cursors_[i]);
}

// Plugins ask for members, and now and then for sounds, whose answer has no nonce.
void client::plan_plugin()
{
    const auto any_guild = [&] {
        return around_.id_of(around_.random().below(around_.how().guilds.size())).id;
    };
    if (around_.how().commands)
        for (std::uint64_t i = 1; i <= 12; ++i) {
            const discord::snowflake guild = any_guild();
            around_.after(seconds(around_.between(6, 60)), [this, i, guild] {
                commands_[i].guild = guild;
                ask_for_plugin(i, closed_at_.has_value());
            });
        }
    if (around_.how().asks_sounds)
        for (int i = 0; i < 12; ++i) {
            const discord::snowflake guild = any_guild();
            around_.after(seconds(around_.between(18, 60)), [this, guild] {
                if (closed_at_ || !is_running_)
                    return;
                const auto stream = static_cast<std::size_t>((guild.value >> 22) - 1);
                const std::size_t over = around_.session_of(stream, false);
                feed(handoff::asked_elsewhere{session_of(over), guild});
                around_.ask_sounds(over, {guild});
            });
        }
}

void client::ask_for_plugin(std::uint64_t number, bool newer)
{
    command& which = commands_[number];
    const auto stream = static_cast<std::size_t>((which.guild.value >> 22) - 1);
    which.is_on_newer = newer;
    around_.ask_members(around_.session_of(stream, newer), which.guild,
                        std::string(plugin_nonce) + std::to_string(number));
    std::size_t open = 0;
    for (const auto& [id, each] : commands_)
        open += !each.is_answered && !each.is_on_newer ? 1 : 0;
    feed(handoff::commands{open});
}

void client::repeat_commands()
{
    for (auto& [number, each] : commands_)
        if (!each.is_answered && !each.is_on_newer)
            around_.after({}, [this, number = number] { ask_for_plugin(number, true); });
}

void client::end()
{
    const bool is_all_there = !report_ || !report_->committed || crashes_ > 0;
    for (const auto& [number, each] : commands_)
        if (!each.is_answered && !is_all_there && around_.is_member((each.guild.value >> 22) - 1) &&
            around_.how().outage + around_.how().leave + around_.how().resumes[0] == 0)
            breach("a command of a plugin was never answered");
    if (is_committed() && !held_.empty())
        breach("payloads are held after the commit");
    if (machine_ && !machine_->is_over() && !report_)
        breach("the handoff neither committed nor was given up: " +
               std::string(machine_->look(around_.now()).phase));
    const bool is_late = is_committed() && around_.now() - *closed_at_ > settled_by;
    if (machine_ && is_late && !machine_->is_over() && !is_settled_)
        breach("the handoff is not over long after its commit");
    if (around_.how().voice && is_committed() && crashes_ == 0) {
        if (around_.voice_channel() != discord::snowflake{4242} || rejoined_ != 1)
            breach("the bot is not in its voice channel after the commit");
    }
}

}  // namespace tinfoil::handoff_sim
