#include "link/reader.hpp"
#include "link/samples.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <cstring>

using namespace tinfoil;
using namespace tinfoil::link;

namespace {

std::string frame(std::string_view body)
{
    std::string made(4, '\0');
    for (std::size_t i = 0; i < 4; ++i)
        made[i] = static_cast<char>((body.size() >> (8 * i)) & 0xFF);
    return made.append(body);
}

// What comes out when the bytes arrive in pieces of at most that size.
std::vector<std::string> read_all(frame_reader& reader, std::string_view bytes, std::size_t piece)
{
    std::vector<std::string> bodies;
    while (!bytes.empty()) {
        const auto space = reader.space();
        REQUIRE_FALSE(space.empty());
        const std::size_t count = std::min({piece, bytes.size(), space.size()});
        std::memcpy(space.data(), bytes.data(), count);
        reader.filled(count);
        bytes.remove_prefix(count);
        for (;;) {
            const auto next = reader.next();
            REQUIRE(next);
            if (!*next)
                break;
            bodies.emplace_back(**next);
        }
    }
    return bodies;
}

}  // namespace

TEST_CASE("frame reader: the same bytes in pieces of any size give the same bodies")
{
    const std::vector<std::string> bodies{"",
                                          "a",
                                          "bc",
                                          std::string(65'531, 'd'),
                                          std::string(300'000, 'e'),
                                          "",
                                          std::string(65'536, 'f'),
                                          "g"};
    std::string wire;
    for (const std::string& each : bodies)
        wire += frame(each);
    for (const std::size_t piece : {1UL, 3UL, 1000UL, 65'536UL, wire.size()}) {
        INFO("pieces of " << piece);
        frame_reader reader;
        CHECK(read_all(reader, wire, piece) == bodies);
    }
}

TEST_CASE("frame reader: every message arrives, and none before its last byte")
{
    for (const message& each : samples::all()) {
        const std::string whole = *encode(samples::pack(each));
        for (std::size_t cut = 0; cut < whole.size(); ++cut) {
            frame_reader reader;
            REQUIRE(read_all(reader, whole.substr(0, cut), whole.size()).empty());
            const auto rest = read_all(reader, whole.substr(cut), whole.size());
            REQUIRE(rest.size() == 1);
            REQUIRE(samples::same(decode(rest[0])->what, each));
        }
    }
}

TEST_CASE("frame reader: a length above 64 MiB is an error for good")
{
    frame_reader reader;
    const auto put = [&](std::string_view bytes) {
        std::memcpy(reader.space().data(), bytes.data(), bytes.size());
        reader.filled(bytes.size());
    };
    put(frame("a"));
    put({"\x01\0\0\x04", 4});
    CHECK(**reader.next() == "a");
    for (int again = 0; again < 3; ++again) {
        const auto next = reader.next();
        REQUIRE_FALSE(next);
        CHECK(next.error().code == errc::malformed);
        put(frame("b"));
    }
}

TEST_CASE("frame reader: a length that is only announced takes no memory")
{
    frame_reader reader;
    CHECK(read_all(reader, {"\0\0\0\x04", 4}, 4).empty());
    (void)reader.space();
    CHECK(reader.capacity() <= 128U << 10);
}

TEST_CASE("frame reader: the memory of a large frame is given back, also amid others")
{
    const std::string large(8U << 20, 'x');
    frame_reader reader;
    CHECK(read_all(reader, frame(large), 1U << 20).size() == 1);
    CHECK(reader.capacity() >= large.size());
    // Never without bytes that wait.
    CHECK(read_all(reader, frame("b") + frame("c").substr(0, 3), 100).size() == 1);
    CHECK(reader.capacity() <= 1U << 20);
    CHECK(read_all(reader, frame("c").substr(3) + frame("d"), 100).size() == 2);
}
