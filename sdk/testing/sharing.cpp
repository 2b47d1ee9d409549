#include "base/overloaded.hpp"
#include "inside.hpp"

#include <algorithm>

/// What the plugin on the stage shares: its values, and messages from and to other collections.
namespace tinfoil::testing {
namespace {

constexpr sharing::client itself{0, 1}, elsewhere{1, 1};

}  // namespace

tinfoil_op stage::inside::begin_operation(kind what)
{
    shared_ops_.emplace(++last_op_, std::pair(what, std::uint64_t{0}));
    return last_op_;
}

void stage::inside::is_known_as(tinfoil_op op, std::uint64_t service_id)
{
    if (const auto own = shared_ops_.find(op); own != shared_ops_.end())
        own->second.second = service_id;
}

void stage::inside::complete(tinfoil_op op, std::uint64_t tag, int what, int32_t status,
                             int http_status, std::string_view body)
{
    if (shared_ops_.erase(op) != 0)
        completions_.push_back(
            {op, tag, static_cast<std::uint32_t>(what), status, http_status, std::string(body)});
}

void stage::inside::leave(tinfoil_op op)
{
    const auto node = shared_ops_.extract(op);
    if (node.empty())
        return;
    if (node.mapped().first == kind::value)
        leave_value(node.mapped().second);
    else
        leave_letter(node.mapped().second);
}

std::int64_t stage::inside::wall_ms() const
{
    return wall_began_ms_ +
           std::chrono::duration_cast<std::chrono::milliseconds>(now - instant{}).count();
}

instant stage::inside::next_due() const
{
    const instant timers = timers_.empty() ? never : timers_.begin()->first;
    return std::min({timers, values_.deadline(), letters_.deadline()});
}

bool stage::inside::step_sharing()
{
    if (!passed_.empty()) {
        const sharing::pass_letter next = std::move(passed_.front());
        passed_.pop_front();
        perform(next);
        return true;
    }
    if (values_.deadline() <= now) {
        tell(sharing::values_elapsed{});
        return true;
    }
    if (letters_.deadline() <= now) {
        tell(sharing::letters_elapsed{});
        return true;
    }
    return false;
}

void stage::inside::tell(sharing::values_input what)
{
    std::vector<sharing::values_action> todo;
    values_.on(std::move(what), now, todo);
    for (const auto& each : todo)
        if (const auto* group = std::get_if<sharing::run_group>(&each)) {
            tell(state_.run(group->what, wall_ms()));
        } else {
            const auto& told = std::get<sharing::tell_answer>(each);
            if (const auto node = values_done_.extract(told.id); !node.empty())
                node.mapped()(told.what);
        }
}

void stage::inside::tell(sharing::letters_input what)
{
    std::vector<sharing::letters_action> todo;
    letters_.on(std::move(what), now, todo);
    for (const auto& each : todo)
        std::visit(overloaded{
                       [&](const sharing::find_places& asked) { perform(asked); },
                       [&](const sharing::pass_letter& passed) { passed_.push_back(passed); },
                       [&](const sharing::tell_replies& told) {
                           if (const auto node = letters_done_.extract(told.id); !node.empty())
                               node.mapped()(told.all);
                       },
                   },
                   each);
}

std::uint64_t stage::inside::ask_value(sharing::question what, value_done done)
{
    if (what.scope.empty())
        what.scope = manifest_.name;
    const std::uint64_t id = ++last_id_;
    values_done_.emplace(id, std::move(done));
    // In its own time, as the answer must not come inside this call.
    tell(sharing::asked{itself, id, std::move(what)});
    return id;
}

void stage::inside::leave_value(std::uint64_t id)
{
    if (values_done_.erase(id) != 0)
        tell(sharing::ask_cancelled{itself, id});
}

std::uint64_t stage::inside::send_letter(sharing::letter what, letter_done done)
{
    what.plugin = manifest_.name;
    const std::uint64_t id = ++last_id_;
    letters_done_.emplace(id, std::move(done));
    tell(sharing::letter_sent{itself, id, std::move(what)});
    return id;
}

bool stage::inside::post_letter(sharing::letter what)
{
    send_letter(std::move(what), [](const std::vector<sharing::reply>&) {});
    return true;
}

// The guild of the stage is the plugin's own; any other is the first stand-in's.
void stage::inside::perform(const sharing::find_places& what)
{
    const auto count = static_cast<std::uint32_t>(others_.size() + 1);
    sharing::places_found found{what.id, {}};
    const bool is_own = std::any_of(world.guilds.begin(), world.guilds.end(),
                                    [&](const auto& each) { return each.id == what.what.guild; });
    for (std::uint32_t each = 0; each < count; ++each) {
        const bool is_meant =
            what.what.what == sharing::addressee::all ||
            (what.what.what == sharing::addressee::collection ? what.what.collection == each
             : what.what.what == sharing::addressee::slot     ? each == 0
                                                              : each == (is_own ? 0U : 1U));
        if (is_meant)
            found.all.push_back({each, each != 0 || runs});
    }
    tell(std::move(found));
}

void stage::inside::perform(const sharing::pass_letter& what)
{
    if (what.to == 0) {
        if (!runs)
            return tell(sharing::letter_answered{
                0, what.id, {0, sharing::delivery::down, "the plugin does not run"}});
        return receive(*what.what, [this, id = what.id](sharing::reply said) {
            tell(sharing::letter_answered{0, id, std::move(said)});
        });
    }
    const message_reply said =
        others_.at(what.to - 1)({what.what->name, what.what->body, what.what->wants_reply});
    if (said.how() != delivery::timed_out)
        tell(sharing::letter_answered{
            what.to, what.id, {0, static_cast<sharing::delivery>(said.how()), said.text()}});
}

std::uint32_t stage::inside::add_collection(collection_stand_in who)
{
    others_.push_back(std::move(who));
    return static_cast<std::uint32_t>(others_.size());
}

message_reply stage::inside::message(std::string_view name, std::string_view text,
                                     std::chrono::milliseconds time)
{
    sharing::letter made;
    made.plugin = manifest_.name;
    made.to.what = sharing::addressee::collection;
    made.name = name;
    made.body = text;
    made.wants_reply = true;
    made.patience = time;
    std::vector<sharing::reply> came;
    const std::uint64_t id = ++last_id_;
    letters_done_.emplace(id, [&](const std::vector<sharing::reply>& all) { came = all; });
    tell(sharing::letter_sent{elsewhere, id, std::move(made)});
    settle();
    if (came.empty())
        advance(time);
    if (came.empty())
        throw failure("the message " + std::string(name) + " was lost");
    return {0, static_cast<delivery>(came.front().how), came.front().body};
}

std::string stage::inside::shard_leaves()
{
    settle();
    const auto part = leaving({0, 1});
    if (!part)
        throw failure(part.error().detail);
    settle();
    return *part;
}

void stage::inside::shard_arrives(std::string_view part)
{
    if (const auto taken = arrived({0, 1}, part); !taken)
        throw failure(taken.error().detail);
    settle();
}

std::vector<std::pair<std::string, std::string>>
stage::inside::values(const std::string& scope) const
{
    std::vector<std::pair<std::string, std::string>> all;
    for (const auto& each : state_.rows(scope))
        all.emplace_back(each.key, each.value);
    return all;
}

void stage::inside::put_shared(std::string_view key, std::string_view value)
{
    sharing::question made;
    made.what = sharing::deed::put;
    made.scope = sharing::shared_scope;
    made.key = key;
    made.value = value;
    tell(sharing::asked{elsewhere, ++last_id_, std::move(made)});
    settle();
}

}  // namespace tinfoil::testing
