#include "discord/payload.hpp"

#include "base/assert.hpp"
#include "discord/limits.hpp"
#include "discord/opcode.hpp"

#include <boost/json.hpp>

namespace tinfoil::discord {
namespace {

namespace json = boost::json;

std::string payload(int op, json::value data)
{
    std::string text = json::serialize(json::object{{"op", op}, {"d", std::move(data)}});
    // Tokens and session ids are bounded where they come in, so these can't become too large.
    TINFOIL_ASSERT(text.size() <= limits::gateway_payload_bytes_max);
    return text;
}

}  // namespace

std::string identify_payload(const redacted& token, slot which, std::uint64_t intents)
{
    return payload(
        opcode::identify,
        {{"token", token.reveal()},
         {"intents", intents},
         {"shard", {which.id, which.count}},
         {"properties", {{"os", "linux"}, {"browser", "tinfoil"}, {"device", "tinfoil"}}}});
}

std::optional<std::string> with_presence(std::string_view identify, std::string_view presence)
{
    json::value whole = json::parse({identify.data(), identify.size()});
    whole.at("d").as_object()["presence"] = json::parse({presence.data(), presence.size()});
    std::string text = json::serialize(whole);
    if (text.size() > limits::gateway_payload_bytes_max)
        return std::nullopt;
    return text;
}

std::string resume_payload(const redacted& token, std::string_view session_id,
                           std::int64_t sequence)
{
    return payload(opcode::resume,
                   {{"token", token.reveal()},
                    {"session_id", json::string_view(session_id.data(), session_id.size())},
                    {"seq", sequence}});
}

std::string heartbeat_payload(std::optional<std::int64_t> sequence)
{
    return payload(opcode::heartbeat, sequence ? json::value(*sequence) : json::value());
}

}  // namespace tinfoil::discord
