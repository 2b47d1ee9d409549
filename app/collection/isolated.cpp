#include "collection/isolated.hpp"

#include "state/record_file.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <filesystem>

namespace tinfoil::collection {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::milliseconds goodbye{100};

}  // namespace

isolated::isolated(asio::io_context& loop, plugin::services& with, how what)
    : loop_(loop),
      with_(with),
      how_(std::move(what))
{
}

isolated::~isolated()
{
    end_worker();
    std::error_code ignored;
    std::filesystem::remove(how_.work.file, ignored);
}

// The worker sees the end of the link, and its plugin may say goodbye. How many events it had
// begun on.
std::uint64_t isolated::end_worker()
{
    take_back();
    if (worker_)
        worker_->process->close(goodbye);
    worker_.reset();
    std::uint64_t begun = 0;
    if (auto left = state::read_record(how_.work.record_file); left && *left)
        begun = (*left)->what.last.what.events;
    std::error_code ignored;
    std::filesystem::remove(how_.work.record_file, ignored);
    return begun;
}

result<void> isolated::begin()
{
    return spawn();
}

result<void> isolated::spawn()
{
    auto process = worker_process::start(
        loop_, {how_.executable, how_.name, how_.name + "/" + how_.about.name, ++processes_},
        {[this](link::message came) { got(std::move(came)); },
         [this](const std::string& end) { on_ended(end); }});
    if (!process)
        return process.error();
    worker_ = std::make_shared<worker>();
    worker_->process = std::move(*process);
    phase_ = phase::starting;
    send(how_.work);
    return {};
}

void isolated::send(link::message what)
{
    worker_->process->send(std::move(what));
}

bool isolated::wants(std::string_view type, std::string_view command) const
{
    const auto has = [](const std::vector<std::string>& list, std::string_view name) {
        return std::find(list.begin(), list.end(), name) != list.end();
    };
    return has(about().events, type) || (!command.empty() && has(about().command_names, command));
}

bool isolated::run(const plugin::event& what, function_view<finished()> later)
{
    if (phase_ == phase::aside)
        return true;
    const std::uint64_t token = ++last_token_;
    kept& own = events_[token];
    own.what = {token,
                what.slot,
                what.sequence,
                std::string(what.type),
                std::string(what.data),
                what.replayed,
                what.redelivered,
                what.delayed};
    own.ids = what.ids;
    own.done = later();
    give_more();
    return false;
}

void isolated::give_more()
{
    if (phase_ != phase::running || rests_)
        return;
    for (auto each = events_.lower_bound(next_); each != events_.end(); ++each) {
        kept& own = each->second;
        const std::size_t bytes = own.what.data.size();
        if (under_way_ >= under_way_max ||
            (under_way_ != 0 && bytes_under_way_ + bytes > bytes_under_way_max))
            return;
        own.place = ++worker_->given;
        ++under_way_;
        bytes_under_way_ += bytes;
        next_ = each->first + 1;
        send(own.what);
    }
}

void isolated::on_done(const link::work_done& what)
{
    for (const std::uint64_t token : what.tokens) {
        auto node = events_.extract(token);
        if (node.empty())
            continue;
        // One that it said when it had ended already was taken back meanwhile.
        if (node.mapped().place != 0) {
            --under_way_;
            bytes_under_way_ -= node.mapped().what.data.size();
        }
        node.mapped().done();
    }
    give_more();
}

void isolated::on_loaded(const link::loaded& what)
{
    if (phase_ != phase::starting)
        return;
    tell_ready(what.failed ? result<void>(*what.failed) : result<void>());
    if (!what.failed) {
        phase_ = phase::running;
        how_.work.reason = 0;
        for (link::work_arrives& each : std::exchange(arriving_, {}))
            send(std::move(each));
        give_letters();
        return give_more();
    }
    how_.tell(link::plugin_refused{about().name, what.failed->detail});
    set_aside();
}

void isolated::got(link::message what)
{
    if (const auto* done = std::get_if<link::work_done>(&what))
        on_done(*done);
    else if (auto* request = std::get_if<link::rest>(&what))
        on_rest(std::move(*request));
    else if (const auto* cancelled = std::get_if<link::rest_cancel>(&what)) {
        if (const auto node = worker_->requests.extract(cancelled->id); !node.empty())
            with_.cancel_rest(node.mapped());
    } else if (auto* question = std::get_if<link::value_asked>(&what))
        on_value(std::move(*question));
    else if (const auto* left = std::get_if<link::value_left>(&what)) {
        if (const auto node = worker_->values.extract(left->id); !node.empty()) {
            with_.leave_value(node.mapped());
            // It counts what is under way until that is answered.
            send(link::value_answered{left->id, {}});
        }
    } else if (auto* letter = std::get_if<link::plugin_letter>(&what))
        on_letter(std::move(*letter));
    else if (auto* replies = std::get_if<link::letters_answered>(&what))
        on_replies(std::move(*replies));
    else if (const auto* command = std::get_if<link::gateway_command>(&what))
        on_command(*command);
    else if (const auto* logged = std::get_if<link::plugin_logged>(&what))
        with_.log(static_cast<plugin::log_level>(std::min<std::uint8_t>(logged->level, 3)),
                  logged->text);
    else if (auto* slow = std::get_if<link::plugin_slow>(&what)) {
        slow->plugin = about().name;
        how_.tell(std::move(*slow));
    } else if (auto* gauges = std::get_if<link::plugin_gauges>(&what)) {
        if (!gauges->plugins.empty())
            told_ = std::move(gauges->plugins.front());
    } else if (auto* state = std::get_if<link::plugin_state>(&what)) {
        state->plugin = about().name;
        how_.work.state = *state;
        how_.tell(std::move(*state));
    } else if (auto* rejected = std::get_if<link::plugin_state_rejected>(&what)) {
        rejected->plugin = about().name;
        how_.work.state.reset();
        how_.tell(std::move(*rejected));
    } else if (auto* given = std::get_if<link::state_given>(&what)) {
        // Of those that were asked for meanwhile the last one counts.
        if (worker_->saves == 0 || --worker_->saves != 0)
            return;
        if (given->failed)
            return tell_saved(*given->failed);
        if (given->state)
            how_.work.state = std::move(given->state);
        tell_saved(last_state());
    } else if (auto* part = std::get_if<link::work_left>(&what)) {
        on_left(std::move(*part));
    } else if (const auto* begun = std::get_if<link::loaded>(&what))
        on_loaded(*begun);
}

// One that does not run has what it had when it did.
void isolated::save_by(saved done)
{
    if (phase_ != phase::running)
        return done(last_state());
    tell_saved(error{errc::cancelled, "another save was asked for"});
    saving_ = std::move(done);
    ++worker_->saves;
    send(link::state_wanted{});
}

std::optional<plugin::saved_state> isolated::last_state() const
{
    if (!how_.work.state)
        return std::nullopt;
    return plugin::saved_state{how_.work.state->by, how_.work.state->version,
                               how_.work.state->bytes};
}

void isolated::rest(bool does)
{
    rests_ = does;
    give_letters();
    give_more();
}

void isolated::tell_saved(result<std::optional<plugin::saved_state>> what)
{
    if (const auto done = std::exchange(saving_, {}))
        done(std::move(what));
}

void isolated::tell_ready(const result<void>& begun)
{
    if (auto ready = std::exchange(how_.ready, {}))
        boost::asio::post(loop_, [ready = std::move(ready), begun] { ready(begun); });
}

plugin::instance::remains isolated::end()
{
    phase_ = phase::aside;
    const std::uint64_t begun = end_worker();
    end_letters(true, "the plugin ended before it replied");
    end_parts("the plugin ended");
    remains left;
    for (auto& [token, own] : std::exchange(events_, {})) {
        if (own.place != 0 && own.place <= begun) {
            ++left.cut_off;
            own.done();
            continue;
        }
        plugin::event what{.slot = own.what.slot,
                           .sequence = own.what.sequence,
                           .type = {},
                           .data = {},
                           .replayed = own.what.replayed,
                           .redelivered = own.what.redelivered,
                           .ids = own.ids,
                           .delayed = true};
        left.left.push_back(
            {what, std::move(own.what.type), std::move(own.what.data), std::move(own.done)});
    }
    under_way_ = bytes_under_way_ = 0;
    return left;
}

void isolated::on_rest(link::rest what)
{
    const std::uint64_t id = what.id;
    worker_->requests[id] = with_.rest(
        std::move(what.request),
        [this, id, weak = std::weak_ptr(worker_)](result<discord::rest_response> answer) {
            const auto own = weak.lock();
            if (!own || own != worker_)
                return;
            own->requests.erase(id);
            link::rest_answer told{id, {}, {}};
            if (answer)
                told.response = std::move(*answer);
            else
                told.failed = answer.error();
            send(std::move(told));
        });
}

void isolated::on_command(const link::gateway_command& what)
{
    const std::uint64_t id = what.id;
    worker_->commands[id] =
        with_.give_command(what.op, what.data, what.patience,
                           [this, id, weak = std::weak_ptr(worker_)](discord::command_answer said) {
                               const auto own = weak.lock();
                               if (!own || own != worker_)
                                   return;
                               own->commands.erase(id);
                               send(link::gateway_answer{id, std::move(said)});
                           });
}

// Nobody waits for its operations any more.
void isolated::take_back()
{
    if (!worker_)
        return;
    for (const auto& [id, own] : worker_->requests)
        with_.cancel_rest(own);
    for (const auto& [id, own] : worker_->commands)
        with_.cancel_command(own);
    for (const auto& [id, own] : worker_->values)
        with_.leave_value(own);
    for (const auto& [id, own] : worker_->letters)
        with_.leave_letter(own);
    worker_->values.clear();
    worker_->letters.clear();
    worker_->requests.clear();
    worker_->commands.clear();
}

link::event_name isolated::name_of(const link::work_event& what) const
{
    return {what.slot, how_.session_of(what.slot), what.sequence};
}

// What it had begun on comes again marked, the rest as if it had never been given.
void isolated::on_ended(const std::string& end)
{
    take_back();
    end_letters(false, "the plugin's process ended before it replied: " + end);
    end_parts("its process ended: " + end);
    link::plugin_died told{
        about().name, about().version, how_.work.build, end, 0, 0, 0, "", "", {}};
    std::uint64_t begun = 0;
    if (auto left = state::read_record(how_.work.record_file); left && *left) {
        const auto& last = (*left)->what.last.what;
        begun = last.events;
        told.ending = static_cast<std::uint8_t>(last.how);
        told.entry =
            static_cast<std::uint8_t>(last.runs ? last.what : dispatch::charge::part::nobody);
        told.detail = last.detail;
        told.text = last.text;
        if (last.runs && last.slot && last.sequence > 0) {
            told.type = last.type;
            told.event = link::event_name{*last.slot, how_.session_of(*last.slot), last.sequence};
        }
    }
    for (auto& [token, own] : events_) {
        if (own.place == 0)
            continue;
        own.what.redelivered = own.what.redelivered || own.place <= begun;
        if (own.place <= begun)
            how_.again();
        own.place = 0;
    }
    next_ = events_.empty() ? last_token_ + 1 : events_.begin()->first;
    under_way_ = bytes_under_way_ = 0;
    ++before_.restarts;
    for (auto member :
         {&link::plugin_gauge::events, &link::plugin_gauge::errors, &link::plugin_gauge::slow,
          &link::plugin_gauge::calls, &link::plugin_gauge::busy_us})
        before_.*member += told_.*member;
    told_ = {};
    std::error_code ignored;
    std::filesystem::remove(how_.work.record_file, ignored);
    if (phase_ != phase::aside) {
        phase_ = phase::waiting;
        how_.tell(std::move(told));
    }
    tell_ready(error{errc::plugin_refused, "its process ended while it started: " + end});
    // Whoever waits for it may end this.
    tell_saved(error{errc::plugin_refused, "its process ended while it saved its state: " + end});
}

void isolated::on(const link::plugin_order& what)
{
    if (phase_ != phase::waiting)
        return;
    if (!what.terms.set_aside.empty())
        return set_aside();
    poisons_ = what.terms.poisons;
    for (auto each = events_.begin(); each != events_.end();) {
        const link::event_name name = name_of(each->second.what);
        const bool is_poison =
            std::any_of(poisons_.begin(), poisons_.end(), [&](const link::event_name& poison) {
                return poison.slot == name.slot && poison.sequence == name.sequence &&
                       poison.session_id == name.session_id;
            });
        auto node = is_poison ? events_.extract(each++) : decltype(events_)::node_type();
        if (!is_poison)
            ++each;
        else
            finish_poison(node.mapped());
    }
    next_ = events_.empty() ? last_token_ + 1 : events_.begin()->first;
    if (auto begun = spawn(); !begun) {
        how_.tell(link::plugin_refused{about().name, begun.error().detail});
        set_aside();
    }
}

void isolated::finish_poison(kept& what)
{
    how_.tell(link::plugin_poisoned{about().name, about().version, how_.work.build,
                                    name_of(what.what), what.what.type, what.what.data});
    what.done();
}

void isolated::set_aside()
{
    phase_ = phase::aside;
    if (worker_)
        worker_->process->kill();
    const auto all = std::exchange(events_, {});
    under_way_ = bytes_under_way_ = 0;
    end_letters(true, "the plugin does not run in this collection");
    end_parts("the plugin does not run in this collection");
    arriving_.clear();
    for (const auto& [token, own] : all)
        own.done();
}

link::plugin_gauge isolated::gauge() const
{
    link::plugin_gauge made = told_;
    made.plugin = about().name;
    made.placement = static_cast<std::uint8_t>(link::plugin_placement::process);
    made.restarts = before_.restarts;
    made.queued = events_.size();
    for (auto member :
         {&link::plugin_gauge::events, &link::plugin_gauge::errors, &link::plugin_gauge::slow,
          &link::plugin_gauge::calls, &link::plugin_gauge::busy_us})
        made.*member += before_.*member;
    return made;
}

}  // namespace tinfoil::collection
