#include "collection/loads.hpp"
#include "support/catch.hpp"

using namespace tinfoil;
using namespace std::chrono_literals;

namespace {

std::string of_guild(std::uint64_t guild, std::size_t bytes)
{
    std::string text = R"({"guild_id":")" + std::to_string(guild) + R"(","content":")";
    return text + std::string(bytes - text.size() - 2, 'x') + "\"}";
}

void bring(collection::loads& to, const std::optional<collection::loads::place>& of,
           const std::string& data, std::uint64_t plugins = 0, duration waited = {})
{
    to.begin_event(of, data, waited);
    to.delivered(plugins);
    to.end_event();
}

}  // namespace

TEST_CASE("loads: what the thread takes beside handling is decoding, shared out by bytes")
{
    collection::loads it(1);
    std::optional<collection::loads::place> big, small;
    big.emplace(it, discord::slot{0, 2});
    small.emplace(it, discord::slot{1, 2});
    duration cpu{};
    instant now{1h};
    scaling::load_sample last;
    for (int second = 0; second < 30; ++second) {
        for (int i = 0; i < 300; ++i)
            bring(it, big, of_guild(2ULL << 22U, 1000));
        for (int i = 0; i < 100; ++i)
            bring(it, small, of_guild(3ULL << 22U, 1000));
        cpu += 4ms;
        now += 1s;
        last = it.take(now, cpu, 7us);
    }
    REQUIRE(last.shards.size() == 2);
    CHECK(last.span_us == 1'000'000);
    CHECK(last.lag_us == 7);
    CHECK(last.shards[0].events == 300);
    CHECK(last.shards[0].bytes == 300'000);
    // Handling nothing takes next to nothing here, though this machine may be held up.
    CHECK(last.shards[0].decoding_us > 1'000);
    CHECK(last.shards[0].decoding_us < 3'300);
    CHECK(last.shards[0].decoding_us / 2 > last.shards[1].decoding_us);
    CHECK(last.busy_us >= last.shards[0].busy_us + last.shards[1].busy_us);
}

TEST_CASE("loads: guilds of some events stand for all of them")
{
    collection::loads it(5);
    std::optional<collection::loads::place> own;
    own.emplace(it, discord::slot{0, 1});
    own->has(12, 1);
    duration cpu{};
    for (int second = 0; second < 10; ++second) {
        for (int i = 0; i < 4000; ++i)
            bring(it, own, of_guild(i % 4 == 0 ? 1ULL << 22U : 2ULL << 22U, 500));
        cpu += 80ms;
        (void)it.take(instant{1h} + std::chrono::seconds(second), cpu, {});
    }
    for (int i = 0; i < 4000; ++i)
        bring(it, own, of_guild(i % 4 == 0 ? 1ULL << 22U : 2ULL << 22U, 500));
    const auto got = it.take(instant{2h}, cpu + 80ms, {}).shards.at(0);
    CHECK(got.guilds == 12);
    CHECK(got.voice_channels == 1);
    const double all = static_cast<double>(got.halves_us[0] + got.halves_us[1]);
    CHECK(all > 0.7 * static_cast<double>(got.busy_us));
    CHECK(all < 1.4 * static_cast<double>(got.busy_us));
    CHECK(static_cast<double>(got.halves_us[1]) / all == Approx(0.25).margin(0.08));
    REQUIRE(got.heaviest.size() == 2);
    CHECK(got.heaviest[0].guild.value == 2ULL << 22U);
}

TEST_CASE("loads: what is of no shard, or of one that has retired, is the collection's alone")
{
    collection::loads it(1);
    std::optional<collection::loads::place> none, own;
    own.emplace(it, discord::slot{0, 1});
    bring(it, none, of_guild(1, 400));
    bring(it, own, of_guild(1, 400), 0, 3ms);
    auto got = it.take(instant{1h}, 10ms, {});
    CHECK(got.span_us == 0);
    REQUIRE(got.shards.size() == 1);
    CHECK(got.shards[0].events == 1);
    CHECK(got.shards[0].lag_us == 3'000);
    // Nothing is known of prices yet, so all of it is nobody's.
    CHECK(got.busy_us >= 9'900);
    CHECK(got.shards[0].busy_us < 5'000);
    own.reset();
    got = it.take(instant{1h} + 1s, 20ms, {});
    CHECK(got.shards.empty());
    CHECK(got.busy_us >= 9'900);
}
