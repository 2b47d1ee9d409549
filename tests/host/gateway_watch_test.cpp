#include "host/gateway_watch.hpp"
#include "support/catch.hpp"

using namespace tinfoil;
using namespace tinfoil::host;
using namespace std::chrono_literals;

namespace {

link::pulse pulse(std::uint32_t waiting, std::uint64_t ms, std::uint64_t dropped)
{
    link::pulse made;
    made.resumes_waiting = waiting;
    made.resumes_ms = ms;
    made.dropped = dropped;
    return made;
}

}  // namespace

TEST_CASE("gateway watch: what is known of a shard grows older", "[thread-13]")
{
    gateway_watch it;
    const instant told = instant{} + 1h;
    CHECK(it.of({0, 1}, told).latency_age_ms == link::shard_gauge::no_age);
    it.on(1, link::gauges{{{.slot = {0, 1}, .latency_us = 42, .latency_age_ms = 100}}}, told);
    const auto later = it.of({0, 1}, told + 9s);
    CHECK(later.latency_us == 42);
    CHECK(later.latency_age_ms == 9'100);
    CHECK(later.event_age_ms == link::shard_gauge::no_age);
}

TEST_CASE("gateway watch: all collections together, and what a process counted outlives it")
{
    gateway_watch it;
    it.on(1, pulse(10, 2'000, 5));
    it.on(2, pulse(30, 1'000, 7));
    CHECK(it.all().waiting_to_resume == 40);
    CHECK(it.all().all_up_in_ms == 2'000);
    CHECK(it.all().dropped == 12);
    it.gone(1);
    CHECK(it.all().waiting_to_resume == 30);
    CHECK(it.all().dropped == 12);
    it.on(link::shard_noticed{{0, 1}, static_cast<std::uint8_t>(link::notice::silent), "x"});
    it.on(link::shard_noticed{{0, 1}, static_cast<std::uint8_t>(link::notice::own_mistake), "x"});
    it.on(link::shard_noticed{{0, 1}, 200, "of a newer collection"});
    CHECK(it.all().silences == 1);
    CHECK(it.all().own_mistakes == 1);
    CHECK(it.all().suspensions == 0);
}
