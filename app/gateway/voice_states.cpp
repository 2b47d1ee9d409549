#include "gateway/voice_states.hpp"

#include "discord/opcode.hpp"

#include <boost/json.hpp>

#include <algorithm>

namespace tinfoil::gateway {

void voice_states::make_due(wish& which)
{
    if (which.order == 0) {
        which.order = ++last_order_;
        ++due_;
    }
}

// A wish to be nowhere that has gone out long ago is none any more.
void voice_states::forget_left()
{
    std::erase_if(wishes_, [](const auto& each) {
        return each.second.order == 0 && !each.second.what.channel;
    });
}

bool voice_states::want(const discord::gateway_command& what, std::uint64_t id, instant until)
{
    if (waiting_.size() >= waiting_max)
        return false;
    if (wishes_.size() >= guilds_max && !wishes_.contains(what.guild))
        forget_left();
    if (wishes_.size() >= guilds_max && !wishes_.contains(what.guild))
        return false;
    wish& own = wishes_[what.guild];
    own.what = what;
    make_due(own);
    if (id != 0)
        waiting_.push_back({id, what.guild, until});
    return true;
}

bool voice_states::stop_waiting(std::uint64_t id)
{
    return std::erase_if(waiting_, [&](const waiter& each) { return each.id == id; }) != 0;
}

const discord::gateway_command* voice_states::first_due() const
{
    if (due_ == 0)
        return nullptr;
    const wish* first = nullptr;
    for (const auto& [guild, each] : wishes_)
        if (each.order != 0 && (first == nullptr || each.order < first->order))
            first = &each;
    return &first->what;
}

std::vector<std::uint64_t> voice_states::sent(discord::snowflake guild, instant now)
{
    wish& own = wishes_.at(guild);
    own.order = 0;
    --due_;
    own.sent_at = now;
    std::vector<std::uint64_t> told;
    std::erase_if(waiting_, [&](const waiter& each) {
        if (each.guild != guild)
            return false;
        told.push_back(each.id);
        return true;
    });
    return told;
}

void voice_states::doubt(instant since)
{
    for (auto& [guild, each] : wishes_)
        if (each.sent_at != never && each.sent_at >= since)
            make_due(each);
}

void voice_states::refused(discord::snowflake guild)
{
    if (const auto own = wishes_.find(guild); own != wishes_.end())
        make_due(own->second);
}

void voice_states::session_began()
{
    const auto is_awaited = [&](discord::snowflake guild) {
        return std::any_of(waiting_.begin(), waiting_.end(),
                           [&](const waiter& each) { return each.guild == guild; });
    };
    for (auto at = wishes_.begin(); at != wishes_.end();) {
        wish& each = at->second;
        if (each.what.channel || is_awaited(at->first)) {
            make_due(each);
            ++at;
        } else {
            due_ -= each.order != 0 ? 1 : 0;
            at = wishes_.erase(at);
        }
    }
}

void voice_states::told(discord::snowflake guild, discord::snowflake channel)
{
    const auto own = wishes_.find(guild);
    if (own == wishes_.end() || own->second.order != 0 || own->second.what.channel == channel)
        return;
    if (!channel) {
        wishes_.erase(own);
        return;
    }
    discord::gateway_command& what = own->second.what;
    what.channel = channel;
    auto data = boost::json::parse(what.data).as_object();
    data["channel_id"] = discord::to_string(channel);
    what.data = boost::json::serialize(data);
}

std::vector<std::uint64_t> voice_states::expired(instant now)
{
    std::vector<std::uint64_t> gone;
    std::erase_if(waiting_, [&](const waiter& each) {
        if (each.until > now)
            return false;
        gone.push_back(each.id);
        return true;
    });
    return gone;
}

std::vector<std::uint64_t> voice_states::all_waiting()
{
    return expired(never);
}

instant voice_states::deadline() const
{
    instant first = never;
    for (const waiter& each : waiting_)
        first = std::min(first, each.until);
    return first;
}

}  // namespace tinfoil::gateway
