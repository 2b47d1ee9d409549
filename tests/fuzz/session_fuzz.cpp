// Bytes choose the inputs: whatever comes in whatever order, the session keeps its promises.
#include "base/assert.hpp"
#include "gateway/session.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    using namespace tinfoil;
    using namespace std::chrono_literals;
    gateway::session_settings settings;
    settings.url = "wss://gateway";
    settings.token = redacted("token");
    gateway::session session(settings, 1);
    const char* payloads[] = {
        R"({"op":10,"d":{"heartbeat_interval":41250}})",
        R"({"op":0,"s":1,"t":"READY","d":{"session_id":"a","resume_gateway_url":"wss://r"}})",
        R"({"op":0,"s":2,"t":"RESUMED","d":{}})",
        R"({"op":11})",
        R"({"op":9,"d":false})",
        R"({"op":9,"d":true})",
        R"({"op":7})",
        R"({"op":1})",
        "{"};
    instant now{};
    std::uint32_t generation = 0;
    for (std::size_t at = 0; at + 1 < size; at += 2) {
        std::vector<gateway::action> todo;
        const unsigned value = data[at + 1];
        const auto feed = [&](const gateway::input& what) { session.on(what, now, todo); };
        switch (data[at] % 12) {
        case 0:
            feed(gateway::start{});
            break;
        case 1:
            feed(gateway::connected{generation});
            break;
        case 2:
            feed(gateway::received{generation, payloads[value % std::size(payloads)]});
            break;
        case 3:
            feed(gateway::lost{generation, static_cast<int>(value % 16) + 3999, ""});
            break;
        case 4:
            feed(gateway::permitted{value % 4 == 0 ? generation - 1 : generation});
            break;
        case 5:
            feed(gateway::elapsed{});
            break;
        case 6:
            feed(gateway::wake{});
            break;
        case 7:
            now += std::chrono::seconds(value);
            break;
        case 8:
            feed(gateway::stop{value % 2 == 0});
            break;
        case 9:
            feed(gateway::resume_turn{});
            break;
        case 10:
            feed(gateway::full{value % 2 == 0});
            break;
        case 11:
            if (value % 3 == 0)
                feed(gateway::refresh{"silence"});
            else if (value % 3 == 1)
                feed(gateway::beat_now{});
            else
                feed(gateway::slept{});
            break;
        }
        for (const auto& action : todo)
            if (const auto* open = std::get_if<gateway::open>(&action))
                generation = open->generation;
        const auto state = session.where();
        const bool may_wait = state == gateway::state::idle || state == gateway::state::stopped;
        TINFOIL_ASSERT(may_wait || session.deadline() != never);
    }
    return 0;
}
