// A session and the identify ledger against a gateway that breaks in every way, over many seeds.
#include "base/random.hpp"
#include "gateway/session.hpp"
#include "sharding/identify_ledger.hpp"
#include "support/catch.hpp"

#include <cstdlib>

using namespace tinfoil;
using namespace std::chrono_literals;

namespace {

struct world {
    explicit world(std::uint64_t seed) : random(seed), shard(settings(), seed)
    {
        std::vector<sharding::identify_ledger_action> todo;
        queue.on(sharding::budget{1000, 1000, 24h, 1}, now, todo);
        feed(gateway::start{});
    }
    static gateway::session_settings settings()
    {
        gateway::session_settings made;
        made.url = "wss://main";
        made.token = redacted("token");
        return made;
    }

    void ask(const sharding::identify_ledger_input& what)
    {
        std::vector<sharding::identify_ledger_action> todo;
        queue.on(what, now, todo);
        for (const auto& each : todo)
            if (std::holds_alternative<sharding::permit>(each))
                granted = true;
    }

    void feed(const gateway::input& what)
    {
        std::vector<gateway::action> todo;
        shard.on(what, now, todo);
        for (const auto& each : todo) {
            if (const auto* to = std::get_if<gateway::open>(&each)) {
                generation = to->generation;
            } else if (const auto* text = std::get_if<gateway::send>(&each)) {
                if (text->payload.starts_with(R"({"op":2)")) {
                    // The promise: never two IDENTIFYs within five seconds.
                    if (last_identify != never && now - last_identify < 5s)
                        broken = "two IDENTIFYs within five seconds";
                    last_identify = now;
                }
            } else if (const auto* event = std::get_if<gateway::deliver>(&each)) {
                if (event->sequence <= delivered)
                    broken = "an event was delivered twice";
                if (delivered != 0 && event->sequence != delivered + 1)
                    broken = "an event was left out";
                delivered = event->sequence;
            } else if (std::holds_alternative<gateway::established>(each)) {
                delivered = 0;
            } else if (std::holds_alternative<gateway::queue_identify>(each)) {
                ask(sharding::requested{{0, 1}, sharding::reason::session_lost});
            } else if (std::holds_alternative<gateway::leave_queue>(each)) {
                ask(sharding::left{{0, 1}});
                granted = false;
            } else if (std::holds_alternative<gateway::queue_resume>(each)) {
                resume_asked = true;
            } else if (std::holds_alternative<gateway::leave_resume_queue>(each)) {
                resume_asked = false;
            } else if (const auto* how = std::get_if<gateway::identify_ended>(&each)) {
                ask(sharding::ended{{0, 1}, how->received});
            }
        }
    }

    void step(bool faults)
    {
        now = std::min({now + 1s, shard.deadline(), queue.deadline()});
        if (now >= queue.deadline())
            ask(sharding::elapsed{});
        if (now >= shard.deadline())
            feed(gateway::elapsed{});
        if (granted) {
            granted = false;
            feed(gateway::permitted{generation});
        }
        const std::uint64_t luck = random.below(100);
        if (faults && luck < 4)
            return feed(gateway::lost{generation, luck == 0 ? 4009 : 1006, ""});
        if (faults && luck < 6)
            return feed(
                gateway::received{generation, luck == 4 ? R"({"op":7})" : R"({"op":9,"d":false})"});
        if (faults && luck < 20)
            return;  // Silence.
        answer();
    }

    void answer()
    {
        using gateway::state;
        switch (shard.where()) {
        case state::dialing:
            return feed(gateway::connected{generation});
        case state::queue_resume:
            return std::exchange(resume_asked, false) ? feed(gateway::resume_turn{}) : void();
        case state::closing:
            return feed(gateway::lost{generation, 4000, ""});
        case state::await_hello:
            return feed(
                gateway::received{generation, R"({"op":10,"d":{"heartbeat_interval":40000}})"});
        case state::await_ready:
            sequence = 1;
            return feed(gateway::received{generation,
                                          R"({"op":0,"s":1,"t":"READY","d":{"session_id":"a"}})"});
        case state::await_resumed: {
            for (std::int64_t at = shard.point()->sequence + 1; at <= sequence; ++at)
                dispatch(at, "A");
            return dispatch(++sequence, "RESUMED");
        }
        case state::active:
            feed(gateway::received{generation, R"({"op":11})"});
            return dispatch(++sequence, "A");
        default:
            return;
        }
    }

    void dispatch(std::int64_t number, const std::string& type)
    {
        const std::string text =
            R"({"op":0,"s":)" + std::to_string(number) + R"(,"t":")" + type + R"(","d":{}})";
        feed(gateway::received{generation, text});
    }

    random_source random;
    instant now{};
    gateway::session shard;
    sharding::identify_ledger queue;
    std::uint32_t generation = 0;
    bool granted = false, resume_asked = false;
    std::int64_t sequence = 0, delivered = 0;
    instant last_identify = never;
    std::string broken;
};

}  // namespace

TEST_CASE("session: keeps its promises whatever the gateway does", "[simulation]")
{
    const char* given = std::getenv("TINFOIL_SEEDS");
    const std::uint64_t seeds = given != nullptr ? std::strtoull(given, nullptr, 10) : 300;
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        world it(seed);
        for (int i = 0; i < 400 && it.broken.empty(); ++i)
            it.step(true);
        // Then all faults end, and within bounded time the shard is up.
        const instant calm = it.now;
        while (it.shard.where() != gateway::state::active && it.now - calm < 20min)
            it.step(false);
        if (it.shard.where() != gateway::state::active)
            it.broken = "it did not come back";
        INFO("seed " << seed);
        REQUIRE(it.broken == "");
    }
}
