// Hostile clients of the simulated Discord: any payload, any request.
#include "discordsim/simulator.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    using namespace tinfoil;
    discordsim::settings settings;
    settings.wall_ms = 1'700'000'000'000;
    instant now{};
    discordsim::simulator discord(settings, now);
    std::vector<discordsim::action> todo;
    discord.on(discordsim::opened{1}, now, todo);
    std::string text(reinterpret_cast<const char*>(data), size);
    const bool as_request = !text.empty() && text[0] == '/';
    if (as_request) {
        const auto line = std::min(text.find('\n'), text.size());
        discord.on(discordsim::request{2, "POST", text.substr(0, line),
                                       text.substr(std::min(line + 1, text.size())),
                                       "application/json", "Bot sandbox"},
                   now, todo);
    } else {
        discord.on(discordsim::payload{1, R"({"op":2,"d":{"token":"sandbox","intents":513}})"}, now,
                   todo);
        discord.on(discordsim::payload{1, text}, now, todo);
        discord.on(discordsim::opened{3}, now, todo);
        discord.on(discordsim::payload{3, text}, now, todo);
    }
    discord.on(discordsim::elapsed{}, now + std::chrono::seconds(2), todo);
    return 0;
}
