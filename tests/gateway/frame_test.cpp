#include "gateway/frame.hpp"
#include "support/catch.hpp"

#include <cstring>

using namespace tinfoil;
using namespace tinfoil::gateway;

namespace {

void put(frame_reader& into, std::string_view bytes)
{
    std::memcpy(into.space(bytes.size() + 1).data(), bytes.data(), bytes.size());
    into.filled(bytes.size());
}

}  // namespace

TEST_CASE("frame: what one side writes the other reads, whatever the length")
{
    for (const std::size_t length : {0UL, 1UL, 125UL, 126UL, 65'535UL, 65'536UL, 200'000UL}) {
        const std::string body(length, 'x');
        std::string wire;
        write_frame(wire, message_kind::text, body, 0x01020304U);
        frame_reader reader(role::server, 1U << 20);
        put(reader, wire);
        const auto got = reader.next();
        REQUIRE(got);
        REQUIRE(*got);
        CHECK((*got)->bytes == body);
        CHECK_FALSE(*reader.next());
    }
}

TEST_CASE("frame: a fragmented message is put together, with a ping in between")
{
    std::string wire{"\x01\x02"
                     "ab",
                     4};
    write_frame(wire, message_kind::ping, "hi", std::nullopt);
    wire += std::string{"\x80\x01"
                        "c",
                        3};
    frame_reader reader(role::client, 100);
    put(reader, wire);
    CHECK((**reader.next()).kind == message_kind::ping);
    CHECK((**reader.next()).bytes == "abc");
}

TEST_CASE("frame: breaking RFC 6455 ends the stream with the right code")
{
    struct broken {
        std::string bytes;
        int code;
    };
    const broken all[] = {
        {std::string("\xC1\x00", 2), 1002},              // an extension bit
        {std::string("\x83\x00", 2), 1002},              // unknown opcode
        {std::string("\x81\x80", 2), 1002},              // masked by a server
        {std::string("\x09\x00", 2), 1002},              // fragmented ping
        {std::string("\x80\x00", 2), 1002},              // continues nothing
        {std::string("\x81\x7E\x00\x01", 4), 1002},      // length not shortest
        {std::string("\x88\x01\x03", 3), 1002},          // half a close code
        {std::string("\x88\x02\x03\xED", 4), 1002},      // 1005 may not be sent
        {std::string("\x88\x03\x03\xE8\xFF", 5), 1007},  // reason no UTF-8
        {std::string("\x81\x7E\x01\x00", 4), 1009},      // 256 bytes, 100 permitted
    };
    for (const broken& each : all) {
        frame_reader reader(role::client, 100);
        put(reader, each.bytes);
        CHECK_FALSE(reader.next());
        CHECK(reader.close_code() == each.code);
        CHECK_FALSE(reader.next());
    }
}

TEST_CASE("frame: fragments together stay below the bound")
{
    frame_reader reader(role::client, 10);
    put(reader, std::string("\x01\x06"
                            "abcdef",
                            8) +
                    std::string("\x80\x06"
                                "abcdef",
                                8));
    CHECK(reader.next().error().code == errc::too_large);
}
