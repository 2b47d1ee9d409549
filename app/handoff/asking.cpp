#include "handoff/asking.hpp"

#include <utility>

namespace tinfoil::handoff {

void asking::want(discord::snowflake guild)
{
    if (is_wanted_.insert(guild).second)
        wanted_.push_back(guild);
}

void asking::forget()
{
    wanted_.clear();
    is_wanted_.clear();
    first_plain_ = never;
    is_plain_answered_ = false;
}

bool asking::is_plain_refused(instant now, common& all)
{
    const bool is =
        !is_plain_answered_ && first_plain_ != never && now - first_plain_ > plain_patience;
    if (is && !std::exchange(is_refusal_told_, true))
        ++all.count.plain_unanswered;
    return is;
}

void asking::forget_sent(instant now)
{
    for (auto* each : {&sent_, &sent_members_})
        while (!each->empty() && now - each->front() >= window)
            each->pop_front();
}

void asking::send(session over, std::map<stream_id, stream>& streams, std::uint64_t& nonce,
                  instant now, common& all)
{
    forget_sent(now);
    const bool members_only = is_plain_refused(now, all);
    const std::size_t members_max = members_only ? all.how.sends_max : all.how.member_sends_max;
    std::vector<discord::snowflake> plain;
    const auto send_plain = [&] {
        if (plain.empty())
            return;
        sent_.push_back(now);
        if (first_plain_ == never)
            first_plain_ = now;
        ++all.count.sounds_sent;
        all.todo->push_back(ask_sounds{over, std::exchange(plain, {})});
    };
    // One place stays for the plain request that is being filled.
    while (!wanted_.empty() && sent_.size() + (plain.empty() ? 0 : 1) < all.how.sends_max) {
        const discord::snowflake guild = wanted_.front();
        const auto found = streams.find({stream_id::kind::guild, guild});
        const bool is_asked = found != streams.end() && found->second.is_followed() &&
                              found->second.unanswered(over.of) < all.how.unanswered_max;
        const bool by_members = is_asked &&
                                (members_only || found->second.has_unanswered_plain(over.of)) &&
                                sent_members_.size() < members_max;
        if (is_asked && members_only && !by_members)
            break;
        wanted_.pop_front();
        is_wanted_.erase(guild);
        if (!is_asked)
            continue;
        if (by_members) {
            found->second.asked(over.of, ++nonce, now);
            sent_.push_back(now);
            sent_members_.push_back(now);
            ++all.count.members_sent;
            all.todo->push_back(ask_members{over, guild, nonce});
            continue;
        }
        found->second.asked(over.of, 0, now);
        plain.push_back(guild);
        if (plain.size() == all.how.guilds_per_send)
            send_plain();
    }
    send_plain();
}

}  // namespace tinfoil::handoff
