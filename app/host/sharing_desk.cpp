#include "host/sharing_desk.hpp"

#include "base/overloaded.hpp"
#include "net/clock.hpp"

#include <boost/asio/post.hpp>

#include <utility>

namespace tinfoil::host {
namespace {

// Of a state that can't even be read the first group tells.
std::uint64_t revision_of(state::store& store)
{
    const auto known = store.revision();
    return known ? *known : 0;
}

}  // namespace

sharing_desk::sharing_desk(parts with)
    : with_(std::move(with)),
      values_(with_.loop, sharing::values(revision_of(with_.store)),
              [this](const sharing::values_action& what) { perform(what); }),
      letters_(with_.loop, sharing::letters(),
               [this](const sharing::letters_action& what) { perform(what); })
{
    // What expired while nobody ran.
    values_.tell(sharing::values_opened{});
}

bool sharing_desk::on(sharing::client from, link::message& what)
{
    if (auto* asked = std::get_if<link::value_asked>(&what))
        values_.tell(sharing::asked{from, asked->id, std::move(asked->what)});
    else if (const auto* left = std::get_if<link::value_left>(&what))
        values_.tell(sharing::ask_cancelled{from, left->id});
    else if (auto* letter = std::get_if<link::plugin_letter>(&what))
        letters_.tell(sharing::letter_sent{from, letter->id, std::move(letter->what)});
    else if (auto* replies = std::get_if<link::letters_answered>(&what))
        answered(from.number, std::move(*replies));
    else
        return false;
    return true;
}

void sharing_desk::answered(std::uint32_t from, link::letters_answered what)
{
    for (auto& each : what.all)
        if (each.is_returned)
            letters_.tell(sharing::letter_returned{from, each.id});
        else if (!each.all.empty())
            letters_.tell(sharing::letter_answered{from, each.id, std::move(each.all.front())});
}

void sharing_desk::gone(sharing::client who)
{
    values_.tell(sharing::client_gone{who});
    letters_.tell(sharing::letter_client_gone{who});
    replies_.erase(who);
}

void sharing_desk::perform(const sharing::values_action& what)
{
    std::visit(overloaded{
                   [&](const sharing::run_group& group) { run(group); },
                   [&](const sharing::tell_answer& told) {
                       with_.send(told.who, link::value_answered{told.id, told.what});
                   },
               },
               what);
}

void sharing_desk::run(const sharing::run_group& what)
{
    values_.tell(with_.store.run_values(what.what, net::wall_clock_ms()));
}

void sharing_desk::perform(const sharing::letters_action& what)
{
    std::visit(overloaded{
                   [&](const sharing::find_places& asked) {
                       letters_.tell(sharing::places_found{asked.id, with_.find(asked.what)});
                   },
                   [&](const sharing::pass_letter& passed) {
                       link::plugin_letter told{passed.id, *passed.what};
                       told.what.patience = passed.patience;
                       told.what.hops = passed.hops;
                       with_.send_to(passed.to, std::move(told));
                   },
                   [&](const sharing::tell_replies& told) { tell(told); },
               },
               what);
}

// As many as one turn of the loop brings go together.
void sharing_desk::tell(const sharing::tell_replies& what)
{
    if (replies_.empty())
        boost::asio::post(with_.loop, [this, alive = std::weak_ptr(alive_)] {
            if (alive.expired())
                return;
            for (auto& [who, all] : std::exchange(replies_, {}))
                with_.send(who, std::move(all));
        });
    replies_[what.who].all.push_back({what.id, false, what.all});
}

}  // namespace tinfoil::host
