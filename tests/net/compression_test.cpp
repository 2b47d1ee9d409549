#include "base/random.hpp"
#include "net/compression.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <zstd.h>

using namespace tinfoil;
using namespace tinfoil::net;

namespace {

std::vector<std::string> payloads()
{
    random_source random(1);
    std::vector<std::string> made;
    for (int i = 0; i < 300; ++i) {
        std::string text = R"({"t":"MESSAGE_CREATE","s":)" + std::to_string(i);
        // One in fifty does not fit into the room that payloads usually have.
        const std::uint64_t words = i % 50 == 49 ? 60'000 : random.below(60);
        for (std::uint64_t word = 0; word < words; ++word)
            text += " " + std::to_string(random.below(1'000'000));
        made.push_back(text + "}");
    }
    return made;
}

std::string inflated(inflater& with, const std::string& bytes)
{
    const auto got = with.add(bytes);
    REQUIRE(got);
    return *got ? std::string(**got) : "(not whole)";
}

constexpr std::size_t usual_max = 32U << 20;

}  // namespace

TEST_CASE("compression: one context a connection, each message a payload [zlib-stream] "
          "[zstd-stream]",
          "[zlib-stream][zstd-stream]")
{
    for (const auto how : {gateway::compression::zlib_stream, gateway::compression::zstd_stream}) {
        deflater packs(how), packs_other(how);
        inflater one(how, usual_max), other(how, usual_max);
        for (const std::string& each : payloads()) {
            REQUIRE(inflated(one, packs.add(each)) == each);
            // Two connections share the room, and nothing else.
            REQUIRE(inflated(other, packs_other.add(each + "'")) == each + "'");
        }
        // A new connection has a new context.
        inflater late(how, usual_max);
        CHECK_FALSE(late.add(packs.add("late")));
    }
}

TEST_CASE("compression: a zlib payload may come in several messages [zlib-stream]", "[zlib-stream]")
{
    deflater packs(gateway::compression::zlib_stream),
        packs_other(gateway::compression::zlib_stream);
    inflater one(gateway::compression::zlib_stream, usual_max),
        other(gateway::compression::zlib_stream, usual_max);
    for (const std::string& each : payloads()) {
        const std::string whole = packs.add(each);
        const std::size_t half = whole.size() / 2;
        REQUIRE(inflated(one, whole.substr(0, half)) == "(not whole)");
        REQUIRE(inflated(other, packs_other.add("between")) == "between");
        REQUIRE(inflated(one, whole.substr(half)) == each);
    }
}

TEST_CASE("compression: what is broken or inflates to too much ends the stream")
{
    for (const auto how : {gateway::compression::zlib_stream, gateway::compression::zstd_stream}) {
        constexpr std::size_t max = 1U << 20;
        inflater bounded(how, max);
        deflater packs(how);
        CHECK(inflated(bounded, packs.add(std::string(max / 2, 'a'))).size() == max / 2);
        const auto bomb = bounded.add(packs.add(std::string(3 * max, 'a')));
        REQUIRE_FALSE(bomb);
        CHECK(bomb.error().code == errc::too_large);
        const auto after = bounded.add(packs.add("{}"));
        REQUIRE_FALSE(after);
        CHECK(after.error().code == errc::malformed);

        inflater deaf(how, max);
        const auto noise = deaf.add("no compressed data");
        REQUIRE_FALSE(noise);
        CHECK(noise.error().code == errc::malformed);
    }
}

TEST_CASE("compression: a zstd window larger than every decoder has is refused [zstd-stream]",
          "[zstd-stream]")
{
    ZSTD_CStream* const packs = ZSTD_createCStream();
    ZSTD_CCtx_setParameter(packs, ZSTD_c_windowLog, 27);
    const std::string text(1000, 'a');
    std::string out(4096, '\0');
    ZSTD_inBuffer from{text.data(), text.size(), 0};
    ZSTD_outBuffer to{out.data(), out.size(), 0};
    REQUIRE(ZSTD_isError(ZSTD_compressStream2(packs, &to, &from, ZSTD_e_flush)) == 0);
    ZSTD_freeCStream(packs);
    inflater one(gateway::compression::zstd_stream, usual_max);
    const auto got = one.add(std::string_view(out.data(), to.pos));
    REQUIRE_FALSE(got);
    CHECK(got.error().code == errc::malformed);
}
