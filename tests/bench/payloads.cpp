// The mix and the sizes of a large bot's events, with ids, names and texts that differ from one to
// the next as much as real ones do, so that they compress to about a seventh.
#include "base/random.hpp"
#include "stream.hpp"

#include <array>
#include <utility>

namespace bench {
namespace {

using tinfoil::random_source;

constexpr std::array words{"the",   "raid",  "starts", "at",    "nine", "who",   "has",  "seen",
                           "my",    "cat",   "today",  "lol",   "ok",   "good",  "game", "link",
                           "is",    "here",  "please", "read",  "new",  "rules", "and",  "vote",
                           "never", "again", "maybe",  "later", "wow",  "nice",  "one",  "friend"};

class writer {
public:
    explicit writer(std::uint64_t seed) : random_(seed) {}

    [[nodiscard]] std::uint64_t below(std::uint64_t bound) { return random_.next() % bound; }

    // A snowflake of one of so many things.
    std::string id(std::uint64_t of, std::uint64_t things)
    {
        const std::uint64_t which = below(things);
        return "\"" + std::to_string((which * 0x9e3779b97f4a7c15ULL >> 6) / 2 + of) + "\"";
    }
    std::string guild() { return id(1, 300); }
    std::string channel() { return id(2, 3000); }
    std::string person() { return id(3, 20'000); }
    std::string time()
    {
        const auto two = [&](std::uint64_t bound) {
            const std::uint64_t value = below(bound);
            return (value < 10 ? "0" : "") + std::to_string(value);
        };
        return "\"2026-11-2" + std::to_string(below(9)) + "T" + two(24) + ":" + two(60) + ":" +
               two(60) + "." + std::to_string(100'000 + below(900'000)) + "+00:00\"";
    }
    std::string hash()
    {
        constexpr char digits[] = "0123456789abcdef";
        std::string made = "\"";
        for (int i = 0; i < 32; ++i)
            made += digits[below(16)];
        return made + "\"";
    }
    std::string text(std::uint64_t count)
    {
        std::string made = "\"";
        for (std::uint64_t i = 0; i < count; ++i)
            made += std::string(i == 0 ? "" : " ") + words[below(words.size())];
        return made + "\"";
    }
    std::string user()
    {
        return R"({"id":)" + person() + R"(,"username":)" + text(1) +
               R"(,"discriminator":"0","global_name":)" + text(2) + R"(,"avatar":)" + hash() +
               R"(,"avatar_decoration_data":null,"collectibles":null,"primary_guild":null,"public_flags":)" +
               std::to_string(below(4) * 64) + "}";
    }
    std::string member(bool with_user)
    {
        std::string made = R"({"roles":[)";
        for (std::uint64_t i = 0, count = below(5); i < count; ++i)
            made += (i == 0 ? "" : ",") + id(4, 500);
        made +=
            R"(],"premium_since":null,"pending":false,"nick":null,"mute":false,"joined_at":)" +
            time() +
            R"(,"flags":0,"deaf":false,"communication_disabled_until":null,"banner":null,"avatar":null)";
        return made + (with_user ? R"(,"user":)" + user() : "") + "}";
    }

    std::string presence()
    {
        return R"({"user":{"id":)" + person() + R"(},"status":"online","processed_at_timestamp":)" +
               std::to_string(1'790'000'000'000 + below(86'400'000)) + R"(,"guild_id":)" + guild() +
               R"(,"client_status":{"desktop":"online"},"broadcast":null,"activities":[{"type":0,"timestamps":{"start":)" +
               std::to_string(1'790'000'000'000 + below(86'400'000)) + R"(},"name":)" + text(2) +
               R"(,"id":)" + hash() + R"(,"created_at":)" +
               std::to_string(1'790'000'000'000 + below(86'400'000)) + R"(,"application_id":)" +
               id(5, 50) + "}]}";
    }
    std::string message()
    {
        return R"({"type":0,"tts":false,"timestamp":)" + time() + R"(,"pinned":false,"nonce":")" +
               std::to_string(random_.next() >> 4) +
               R"(","mentions":[],"mention_roles":[],"mention_everyone":false,"member":)" +
               member(false) + R"(,"id":)" + id(6, 1U << 30) +
               R"(,"flags":0,"embeds":[],"edited_timestamp":null,"content":)" +
               text(4 + below(60)) + R"(,"components":[],"channel_type":0,"channel_id":)" +
               channel() + R"(,"author":)" + user() + R"(,"attachments":[],"guild_id":)" + guild() +
               "}";
    }
    std::string typing()
    {
        return R"({"user_id":)" + person() + R"(,"timestamp":)" +
               std::to_string(1'790'000'000 + below(86'400)) + R"(,"member":)" + member(true) +
               R"(,"channel_id":)" + channel() + R"(,"guild_id":)" + guild() + "}";
    }
    std::string reaction()
    {
        return R"({"user_id":)" + person() + R"(,"type":0,"message_id":)" + id(6, 1U << 20) +
               R"(,"message_author_id":)" + person() + R"(,"member":)" + member(true) +
               R"(,"emoji":{"name":)" + text(1) + R"(,"id":)" + id(7, 900) + R"(},"channel_id":)" +
               channel() + R"(,"burst":false,"guild_id":)" + guild() + "}";
    }
    std::string member_update()
    {
        std::string made = member(true);
        made.insert(1, R"("guild_id":)" + guild() + ",");
        return made;
    }
    std::string voice()
    {
        return R"({"member":)" + member(true) + R"(,"user_id":)" + person() +
               R"(,"suppress":false,"session_id":)" + hash() +
               R"(,"self_video":false,"self_mute":true,"self_deaf":false,"request_to_speak_timestamp":null,"mute":false,"guild_id":)" +
               guild() + R"(,"deaf":false,"channel_id":)" + channel() + "}";
    }
    std::string interaction()
    {
        std::string who = member(true);
        who.insert(1, R"("permissions":"2248473465835073",)");
        return R"({"version":1,"type":2,"token":")" + token() + R"(","member":)" + who +
               R"(,"locale":"en-US","id":)" + id(8, 1U << 30) +
               R"(,"guild_locale":"en-US","guild_id":)" + guild() +
               R"(,"guild":{"locale":"en-US","id":)" + guild() +
               R"(,"features":["COMMUNITY","NEWS"]},"entitlements":[],"data":{"type":1,"options":[{"value":)" +
               text(12) + R"(,"type":3,"name":"text"}],"name":"echo","id":)" + id(9, 40) +
               R"(},"context":0,"channel_id":)" + channel() + R"(,"channel":{"type":0,"topic":)" +
               text(20) + R"(,"position":3,"parent_id":)" + channel() + R"(,"name":)" + text(1) +
               R"(,"id":)" + channel() +
               R"(},"attachment_size_limit":10485760,"authorizing_integration_owners":{"0":)" +
               guild() + R"(},"application_id":"1","app_permissions":"2248473465835073"})";
    }
    std::string guild_create()
    {
        std::string made = R"({"id":)" + guild() + R"(,"name":)" + text(3) + R"(,"members":[)";
        for (int i = 0; i < 200; ++i)
            made += (i == 0 ? "" : ",") + member(true);
        // What clients of others look for in each guild.
        return made +
               R"(],"roles":[],"emojis":[],"stickers":[],"channels":[],"threads":[],"voice_states":[],)"
               R"("presences":[],"stage_instances":[],"guild_scheduled_events":[],"soundboard_sounds":[],)"
               R"("features":[],"member_count":200,"large":false,"unavailable":false,"owner_id":)" +
               person() + R"(,"joined_at":)" + time() +
               R"(,"premium_tier":0,"nsfw_level":0,"verification_level":0,"mfa_level":0,"afk_timeout":300})";
    }

private:
    std::string token()
    {
        std::string made;
        for (int i = 0; i < 12; ++i)
            made += std::to_string(random_.next());
        return made;
    }

    random_source random_;
};

struct share {
    int of_ten_thousand;
    std::string_view type;
    std::string (writer::*make)();
};
constexpr share shares[] = {{4000, "PRESENCE_UPDATE", &writer::presence},
                            {2995, "MESSAGE_CREATE", &writer::message},
                            {900, "TYPING_START", &writer::typing},
                            {700, "MESSAGE_REACTION_ADD", &writer::reaction},
                            {600, "GUILD_MEMBER_UPDATE", &writer::member_update},
                            {400, "VOICE_STATE_UPDATE", &writer::voice},
                            {400, "INTERACTION_CREATE", &writer::interaction},
                            {5, "GUILD_CREATE", &writer::guild_create}};

}  // namespace

std::vector<std::string> session_payloads(std::size_t count)
{
    writer from(1);
    std::vector<std::string> made{
        R"({"t":"READY","s":1,"op":0,"d":{"v":10,"user":{"id":"1","username":"bot"},"guilds":[],"session_id":"bench","resume_gateway_url":"","shard":[0,1],"application":{"id":"1","flags":0}}})"};
    while (made.size() < count) {
        auto lot = static_cast<int>(from.below(10'000));
        const share* what = shares;
        while (lot >= what->of_ten_thousand)
            lot -= (what++)->of_ten_thousand;
        made.push_back(R"({"t":")" + std::string(what->type) + R"(","s":)" +
                       std::to_string(made.size() + 1) + R"(,"op":0,"d":)" + (from.*what->make)() +
                       "}");
    }
    return made;
}

}  // namespace bench
