#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <string>
#include <string_view>
#include <tinfoil/percent.hpp>
#include <tinfoil/snowflake.hpp>

namespace tinfoil {

/// How an image is wanted. `automatic` is WebP that moves where the hash says that it can, else
/// PNG.
enum class image_format { automatic, png, jpeg, webp, gif };

/// An image as it is wanted. `size` is in pixels, a power of two from 16 to 4096; others become the
/// next one, and 0 leaves it to Discord. A format that Discord does not have of the thing becomes
/// PNG. Discord Docs/Reference, "Image Formatting".
struct image {
    image_format format = image_format::automatic;
    std::uint32_t size = 0;
};

namespace detail {

inline constexpr std::string_view cdn = "https://cdn.discordapp.com";

/// What Discord has of a thing besides PNG.
enum class offered { png, still, moving };  // still: JPEG, WebP; moving: GIF too.

inline std::string cdn_url(std::string path, offered formats, bool is_moving, image how)
{
    const bool can_move = is_moving && formats == offered::moving;
    const bool animated = can_move && how.format == image_format::automatic;
    std::string_view ending = ".png";
    if (animated)
        ending = ".webp?animated=true";
    else if (can_move && how.format == image_format::gif)
        ending = ".gif";
    else if (formats != offered::png && how.format == image_format::jpeg)
        ending = ".jpg";
    else if (formats != offered::png && how.format == image_format::webp)
        ending = ".webp";
    path += ending;
    if (how.size != 0)
        path += (animated ? "&size=" : "?size=") +
                std::to_string(std::bit_ceil(std::clamp<std::uint32_t>(how.size, 16, 4096)));
    return std::string(cdn) + path;
}

inline std::string path_of(std::string_view folder, snowflake id)
{
    return "/" + std::string(folder) + "/" + std::to_string(id);
}

/// A hash of an image that moves begins so.
inline bool moves(std::string_view hash)
{
    return hash.starts_with("a_");
}

inline std::string hashed(std::string path, std::string_view hash, offered formats, image how)
{
    return cdn_url(path + "/" + percent_encoded(hash), formats, moves(hash), how);
}

}  // namespace detail

// Discord Docs/Reference, "CDN Endpoints". Hashes are those of Discord's objects.

inline std::string emoji_url(snowflake id, bool animated = false, image how = {})
{
    return detail::cdn_url(detail::path_of("emojis", id), detail::offered::moving, animated, how);
}
inline std::string guild_icon_url(snowflake guild, std::string_view icon, image how = {})
{
    return detail::hashed(detail::path_of("icons", guild), icon, detail::offered::moving, how);
}
inline std::string guild_splash_url(snowflake guild, std::string_view splash, image how = {})
{
    return detail::hashed(detail::path_of("splashes", guild), splash, detail::offered::still, how);
}
inline std::string guild_discovery_splash_url(snowflake guild, std::string_view splash,
                                              image how = {})
{
    return detail::hashed(detail::path_of("discovery-splashes", guild), splash,
                          detail::offered::still, how);
}
/// Of a guild or of a user.
inline std::string banner_url(snowflake of, std::string_view banner, image how = {})
{
    return detail::hashed(detail::path_of("banners", of), banner, detail::offered::moving, how);
}
/// Of somebody without an avatar. `discriminator` is 0 for names of the new system, where it is
/// "0".
inline std::string default_avatar_url(snowflake user, std::uint32_t discriminator = 0)
{
    return detail::cdn_url(
        detail::path_of("embed/avatars", discriminator != 0 ? discriminator % 5 : (user >> 22) % 6),
        detail::offered::png, false, {});
}
inline std::string avatar_url(snowflake user, std::string_view avatar, image how = {})
{
    return detail::hashed(detail::path_of("avatars", user), avatar, detail::offered::moving, how);
}
inline std::string member_avatar_url(snowflake guild, snowflake user, std::string_view avatar,
                                     image how = {})
{
    return detail::hashed(detail::path_of("guilds", guild) + detail::path_of("users", user) +
                              "/avatars",
                          avatar, detail::offered::moving, how);
}
inline std::string member_banner_url(snowflake guild, snowflake user, std::string_view banner,
                                     image how = {})
{
    return detail::hashed(detail::path_of("guilds", guild) + detail::path_of("users", user) +
                              "/banners",
                          banner, detail::offered::moving, how);
}
inline std::string avatar_decoration_url(std::string_view asset, image how = {})
{
    return detail::hashed("/avatar-decoration-presets", asset, detail::offered::png, how);
}
/// Also of an application's cover, by its `cover_image`.
inline std::string application_icon_url(snowflake application, std::string_view icon,
                                        image how = {})
{
    return detail::hashed(detail::path_of("app-icons", application), icon, detail::offered::still,
                          how);
}
inline std::string application_asset_url(snowflake application, std::string_view asset,
                                         image how = {})
{
    return detail::hashed(detail::path_of("app-assets", application), asset, detail::offered::still,
                          how);
}
inline std::string achievement_icon_url(snowflake application, snowflake achievement,
                                        std::string_view icon, image how = {})
{
    return detail::hashed(detail::path_of("app-assets", application) +
                              detail::path_of("achievements", achievement) + "/icons",
                          icon, detail::offered::still, how);
}
inline std::string store_asset_url(snowflake application, snowflake asset, image how = {})
{
    return detail::cdn_url(detail::path_of("app-assets", application) +
                               detail::path_of("store", asset),
                           detail::offered::still, false, how);
}
inline std::string sticker_pack_banner_url(snowflake asset, image how = {})
{
    return store_asset_url(710982414301790216, asset, how);
}
inline std::string team_icon_url(snowflake team, std::string_view icon, image how = {})
{
    return detail::hashed(detail::path_of("team-icons", team), icon, detail::offered::still, how);
}
/// `format_type` is the sticker's; of a Lottie it is JSON, and a GIF lies elsewhere.
/// Discord Docs/Sticker, "Sticker Format Types".
inline std::string sticker_url(snowflake sticker, std::int64_t format_type)
{
    constexpr std::int64_t lottie = 3, gif = 4;
    const std::string path = detail::path_of("stickers", sticker);
    return format_type == gif      ? "https://media.discordapp.net" + path + ".gif"
           : format_type == lottie ? std::string(detail::cdn) + path + ".json"
                                   : std::string(detail::cdn) + path + ".png";
}
inline std::string role_icon_url(snowflake role, std::string_view icon, image how = {})
{
    return detail::hashed(detail::path_of("role-icons", role), icon, detail::offered::still, how);
}
inline std::string scheduled_event_cover_url(snowflake scheduled_event, std::string_view cover,
                                             image how = {})
{
    return detail::hashed(detail::path_of("guild-events", scheduled_event), cover,
                          detail::offered::still, how);
}
inline std::string guild_tag_badge_url(snowflake guild, std::string_view badge, image how = {})
{
    return detail::hashed(detail::path_of("guild-tag-badges", guild), badge, detail::offered::still,
                          how);
}

}  // namespace tinfoil
