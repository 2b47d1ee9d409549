// Bytes choose the inputs, and are what Discord says: no answer is given twice, nothing is sent
// that may not be, and every deadline moves.
#include "base/assert.hpp"
#include "discord/intents.hpp"
#include "gateway/outbox.hpp"

#include <set>

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    using namespace tinfoil;
    using namespace std::chrono_literals;
    const char* commands[] = {R"({"guild_id":"1"})", R"({"guild_id":"1","query":"a","limit":9})",
                              R"({"guild_ids":["1"]})", R"({"guild_id":"1","channel_id":"2"})",
                              "{}"};
    const int opcodes[] = {8, 8, 31, 4, 3};
    const char* types[] = {"GUILD_MEMBERS_CHUNK", "SOUNDBOARD_SOUNDS",  "CHANNEL_INFO",
                           "RATE_LIMITED",        "VOICE_STATE_UPDATE", "READY"};
    gateway::outbox box({0, 1}, discord::privileged_intents, 1);
    std::set<std::uint64_t> open;
    std::uint64_t last_id = 0;
    bool is_active = false;
    instant now = instant{} + 1h;
    const auto feed = [&](const gateway::outbox_input& what) {
        std::vector<gateway::outbox_action> todo;
        box.on(what, now, todo);
        for (const auto& each : todo) {
            if (const auto* told = std::get_if<gateway::answered>(&each))
                TINFOIL_ASSERT(open.erase(told->id) == 1);
            else
                TINFOIL_ASSERT(is_active &&
                               std::get<gateway::transmit>(each).payload.size() <= 4096);
        }
    };
    for (std::size_t at = 0; at + 1 < size; at += 2) {
        const unsigned value = data[at + 1];
        switch (data[at] % 6) {
        case 0:
            is_active = true;
            feed(gateway::connection_began{});
            feed(gateway::greeted{1s * value});
            feed(gateway::session_active{value % 2 == 0});
            break;
        case 1:
            is_active = false;
            feed(gateway::connection_ended{});
            break;
        case 2: {
            const auto kind = value % std::size(commands);
            open.insert(++last_id);
            feed(gateway::submit{last_id, *discord::read_command(opcodes[kind], commands[kind]),
                                 1s * (value / 2)});
            break;
        }
        case 3: {
            const std::size_t bytes = std::min<std::size_t>(data[at] / 6 * 8, size - at - 2);
            const std::string_view text(reinterpret_cast<const char*>(data) + at + 2, bytes);
            feed(gateway::dispatched{types[value % std::size(types)], text});
            at += bytes;
            break;
        }
        case 4:
            now += 100ms * value;
            for (int i = 0; box.deadline() <= now; ++i) {
                TINFOIL_ASSERT(i < 3000);
                feed(gateway::outbox_elapsed{});
            }
            break;
        default:
            if (open.erase(value) == 1)
                feed(gateway::cancel{value});
            break;
        }
    }
    if (is_active || size % 2 == 0)
        feed(gateway::session_over{""});
    return 0;
}
