#pragma once

namespace tinfoil {

/// Discord Docs/Channel, "Channel Types".
enum class channel_type {
    guild_text = 0,
    dm = 1,
    guild_voice = 2,
    group_dm = 3,
    guild_category = 4,
    guild_announcement = 5,
    announcement_thread = 10,
    public_thread = 11,
    private_thread = 12,
    guild_stage_voice = 13,
    guild_directory = 14,
    guild_forum = 15,
    guild_media = 16
};

constexpr bool is_thread(channel_type which)
{
    return which == channel_type::announcement_thread || which == channel_type::public_thread ||
           which == channel_type::private_thread;
}

}  // namespace tinfoil
