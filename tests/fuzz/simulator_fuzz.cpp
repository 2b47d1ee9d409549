// Hostile clients of the simulated Discord: any payload, any request, any end of a connection. Each
// line is one step; its first letter says which.
#include "base/assert.hpp"
#include "discordsim/simulator.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    using namespace tinfoil;
    discordsim::settings settings;
    settings.wall_ms = 1'700'000'000'000;
    settings.replay_events = 4;
    settings.tells_events = settings.tells_exchange = true;
    settings.life = {true, 1.1, 0.5, true};
    discordsim::set_rate(settings, 100);
    instant now{};
    discordsim::simulator discord(settings, now);
    std::vector<discordsim::action> todo;
    const auto feed = [&](const discordsim::input& what) { discord.on(what, now, todo); };
    discordsim::connection_id newest = 1;
    feed(discordsim::opened{newest});
    feed(discordsim::payload{newest, R"({"op":2,"d":{"token":"sandbox","intents":36607}})"});
    std::string_view left(reinterpret_cast<const char*>(data), size);
    for (int steps = 0; !left.empty() && steps < 64; ++steps) {
        const std::string line(left.substr(0, left.find('\n')));
        left.remove_prefix(std::min(line.size() + 1, left.size()));
        const char kind = line.empty() ? '\0' : line[0];
        const std::size_t end = std::min(line.find(' '), line.size());
        const std::string rest = line.substr(std::min(end + 1, line.size()));
        if (const auto method = std::string_view("GPUAD").find(kind);
            line.starts_with("/") || (line.size() > 1 && line[1] == '/' && method < 5)) {
            constexpr const char* methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};
            const bool named = !line.starts_with("/");
            feed(discordsim::request{2, named ? methods[method] : "POST",
                                     line.substr(named ? 1 : 0, end - (named ? 1 : 0)), rest,
                                     (line.size() & 2) != 0 ? "multipart/form-data; boundary=x"
                                                            : "application/json",
                                     "Bot sandbox", (line.size() & 1) != 0});
        } else if (kind == '!') {
            feed(discordsim::direct{3, rest.empty() ? "GET" : "POST",
                                    "/sandbox/" + line.substr(1, end - 1), rest});
        } else if (kind == 'o') {
            feed(discordsim::opened{++newest, line.size() > 1});
        } else if (kind == 'c') {
            feed(discordsim::closed{newest, 1000 + static_cast<int>(line.size())});
        } else if (kind == 't') {
            now += std::chrono::seconds(line.size());
            feed(discordsim::elapsed{});
        } else if (kind == 'r') {
            // Session ids are not to be guessed, and the fuzzer would not.
            for (const auto& each : todo)
                if (const auto* to = std::get_if<discordsim::send>(&each))
                    if (const auto at = to->text.find("session1x"); at != std::string::npos) {
                        const std::string id = to->text.substr(at, to->text.find('"', at) - at);
                        feed(discordsim::opened{++newest});
                        feed(discordsim::payload{
                            newest, R"({"op":6,"d":{"token":"sandbox","session_id":")" + id +
                                        R"(","seq":)" + std::to_string(line.size() - 1) + "}}"});
                        break;
                    }
        } else {
            feed(discordsim::payload{newest, line});
        }
        const discordsim::counts seen = discord.so_far();
        TINFOIL_ASSERT(seen.identifies <= 1 || now >= instant{} + std::chrono::seconds(5));
        TINFOIL_ASSERT(seen.sessions <= seen.identifies);
    }
    return 0;
}
