#include "discord/close_code.hpp"

namespace tinfoil::discord {
namespace {

struct row {
    int code;
    after_close then;
    std::string_view text;
};

constexpr row rows[] = {
    // Not in Discord's table when it is the one who closes: the session may well be there, and
    // where it is not, op 9 says so.
    {1000, after_close::resume, "Discord ended the connection"},
    {1001, after_close::resume, "Discord ended the connection, going away"},
    {1006, after_close::resume, "the connection broke"},
    {4000, after_close::resume, "unknown error on Discord's side"},
    {4001, after_close::resume, "Discord did not know an opcode that we sent"},
    {4002, after_close::resume, "Discord could not decode what we sent"},
    {4003, after_close::resume_once,
     "something was sent before the session was identified, or the session is no longer valid"},
    {4004, after_close::give_up,
     "Discord does not accept the bot token; copy it again from the Developer Portal, Bot, Reset "
     "Token"},
    {4005, after_close::resume, "the session was identified twice"},
    // In no list of Discord's, but seen: a session that is not valid, or of another token.
    {4006, after_close::identify, "the session is not valid"},
    {4007, after_close::identify, "the sequence to resume from was not valid"},
    {4008, after_close::resume, "more was sent than Discord permits"},
    {4009, after_close::identify, "the session timed out"},
    {4010, after_close::give_up,
     "Discord refuses this shard; check --shards, which for a large bot has to be a multiple of "
     "the "
     "number that Discord assigned"},
    {4011, after_close::give_up,
     "Discord requires more shards for this many guilds; start with --shards set to its "
     "recommendation"},
    {4012, after_close::give_up, "Discord has retired this gateway version; update tinfoil"},
    {4013, after_close::give_up,
     "the intents are not valid; update tinfoil or the plugin that asks for them"},
    {4014, after_close::give_up,
     "an intent is not switched on for this application: Developer Portal, Bot, Privileged Gateway "
     "Intents"},
};

const row* find(int close_code)
{
    for (const row& each : rows)
        if (each.code == close_code)
            return &each;
    return nullptr;
}

}  // namespace

after_close meaning_of(int close_code)
{
    const row* known = find(close_code);
    return known == nullptr ? after_close::resume : known->then;
}

bool is_own_mistake(int close_code)
{
    return close_code == 4001 || close_code == 4002 || close_code == 4005 || close_code == 4008;
}

std::string_view describe_close(int close_code)
{
    const row* known = find(close_code);
    return known == nullptr ? "the connection was closed" : known->text;
}

}  // namespace tinfoil::discord
