#include "sharing/letters.hpp"

#include "base/overloaded.hpp"

#include <algorithm>
#include <string>

namespace tinfoil::sharing {
namespace {

std::string collection(std::uint32_t number)
{
    return "collection " + std::to_string(number);
}

}  // namespace

void letters::on(letters_input what, instant now, std::vector<letters_action>& todo)
{
    std::visit(
        overloaded{
            [&](letter_sent& one) { send(std::move(one), now, todo); },
            [&](const places_found& one) { found(one, now, todo); },
            [&](letter_answered& one) { answered(one.from, one.id, std::move(one.what), todo); },
            [&](const letter_returned& one) { returned(one, now, todo); },
            [&](const letter_client_gone& one) { gone(one.who, todo); },
            [&](const letters_elapsed&) { elapsed(now, todo); },
        },
        what);
}

void letters::send(letter_sent what, instant now, std::vector<letters_action>& todo)
{
    if (auto fault = fault_of(what.what)) {
        todo.emplace_back(tell_replies{
            what.who, what.id, {{no_collection, delivery::refused, std::move(*fault)}}});
        return;
    }
    const auto own = routes_.emplace(++last_id_, route{}).first;
    route& made = own->second;
    made.who = what.who;
    made.asked_as = what.id;
    made.due = now + what.what.patience;
    what.what.from = what.who.number;
    made.what = std::make_shared<const letter>(std::move(what.what));
    made.next = made.due;
    dues_.emplace(made.next, own->first);
    todo.emplace_back(find_places{own->first, made.what->to});
}

void letters::found(const places_found& what, instant now, std::vector<letters_action>& todo)
{
    const auto own = routes_.find(what.id);
    if (own == routes_.end() || !own->second.waiting.empty())
        return;
    route& of = own->second;
    const bool is_one = of.what->to.what == addressee::guild || of.what->to.what == addressee::slot;
    // It has left there, and has not come to anybody yet, or it stays after all, which nobody says.
    const bool is_away = is_one && of.came_from != no_collection && what.all.empty();
    const bool is_back = is_one && !what.all.empty() && what.all.front().number == of.came_from;
    if (is_away || (is_back && ++of.looks < looks_max))
        return wake_at(own, std::min(of.due, now + look_again));
    of.looks = 0;
    if (what.all.empty())
        of.replies.push_back({no_collection, delivery::refused,
                              is_one ? "no collection of this bot serves " + to_string(of.what->to)
                                     : "there is no " + to_string(of.what->to)});
    for (const place& each : what.all)
        pass(own, each, now, todo);
    if (of.waiting.empty())
        finish(own, &todo);
    else
        wake_at(own, of.due);
}

void letters::pass(routes::iterator which, const place& to, instant now,
                   std::vector<letters_action>& todo)
{
    route& of = which->second;
    if (!to.is_up) {
        of.replies.push_back(
            {to.number, delivery::down, collection(to.number) + " does not run just now"});
        return;
    }
    load& has = loads_[to.number];
    const std::size_t bytes = of.what->body.size();
    std::size_t& waits = reply_room_[of.who.number];
    if (has.letters >= letters_each || has.bytes + bytes > bytes_each) {
        of.replies.push_back({to.number, delivery::refused,
                              "more messages are under way to " + collection(to.number) +
                                  " than it takes: send them slower"});
        return;
    }
    if (of.what->wants_reply && waits >= replies_each) {
        of.replies.push_back({to.number, delivery::refused,
                              "1024 replies are waited for already: ask for fewer at a time"});
        return;
    }
    ++has.letters;
    has.bytes += bytes;
    waits += of.what->wants_reply ? 1 : 0;
    of.waiting.push_back(to.number);
    todo.emplace_back(pass_letter{to.number, which->first, of.what,
                                  std::max<duration>(of.due - now, std::chrono::milliseconds(1)),
                                  of.hops});
}

// False when that one was not waited for.
bool letters::take_from(route& of, std::uint32_t number)
{
    const auto at = std::find(of.waiting.begin(), of.waiting.end(), number);
    if (at == of.waiting.end())
        return false;
    of.waiting.erase(at);
    load& has = loads_[number];
    --has.letters;
    has.bytes -= of.what->body.size();
    if (has.letters == 0)
        loads_.erase(number);
    if (of.what->wants_reply && --reply_room_[of.who.number] == 0)
        reply_room_.erase(of.who.number);
    return true;
}

void letters::answered(std::uint32_t from, std::uint64_t id, reply what,
                       std::vector<letters_action>& todo)
{
    const auto own = routes_.find(id);
    if (own == routes_.end() || !take_from(own->second, from))
        return;
    what.collection = from;
    own->second.replies.push_back(std::move(what));
    if (own->second.waiting.empty())
        finish(own, &todo);
}

void letters::returned(const letter_returned& what, instant now, std::vector<letters_action>& todo)
{
    const auto own = routes_.find(what.id);
    if (own == routes_.end() || !take_from(own->second, what.from))
        return;
    route& of = own->second;
    of.came_from = what.from;
    if (++of.hops < hops_max) {
        todo.emplace_back(find_places{own->first, of.what->to});
        return wake_at(own, std::min(of.due, now + look_again));
    }
    of.replies.push_back({no_collection, delivery::refused,
                          to_string(of.what->to) + " was never where it was said to be, after " +
                              std::to_string(hops_max) + " attempts"});
    finish(own, &todo);
}

void letters::gone(const client& who, std::vector<letters_action>& todo)
{
    for (auto own = routes_.begin(); own != routes_.end();) {
        route& of = own->second;
        if (of.who == who) {
            own = finish(own, nullptr);
            continue;
        }
        if (!take_from(of, who.number)) {
            ++own;
            continue;
        }
        of.replies.push_back(
            {who.number, delivery::down, collection(who.number) + " ended before it answered"});
        own = of.waiting.empty() ? finish(own, &todo) : std::next(own);
    }
}

void letters::elapsed(instant now, std::vector<letters_action>& todo)
{
    while (!dues_.empty() && dues_.begin()->first <= now) {
        const auto own = routes_.find(dues_.begin()->second);
        route& of = own->second;
        if (now < of.due) {
            wake_at(own, std::min(of.due, now + look_again));
            todo.emplace_back(find_places{own->first, of.what->to});
            continue;
        }
        for (const std::uint32_t each : of.waiting)
            of.replies.push_back({each, delivery::timed_out, "no answer came in time"});
        if (of.replies.empty())
            of.replies.push_back({no_collection, delivery::timed_out,
                                  to_string(of.what->to) + " was on its way all the time"});
        finish(own, &todo);
    }
}

void letters::wake_at(routes::iterator which, instant when)
{
    if (which->second.next == when)
        return;
    dues_.erase({which->second.next, which->first});
    which->second.next = when;
    dues_.emplace(when, which->first);
}

// `todo`: nothing when nobody waits for the replies.
letters::routes::iterator letters::finish(routes::iterator which, std::vector<letters_action>* todo)
{
    route& of = which->second;
    while (!of.waiting.empty())
        take_from(of, of.waiting.back());
    dues_.erase({of.next, which->first});
    if (todo != nullptr)
        todo->emplace_back(tell_replies{of.who, of.asked_as, std::move(of.replies)});
    return routes_.erase(which);
}

}  // namespace tinfoil::sharing
