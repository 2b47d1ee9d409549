#include "link/codec.hpp"
#include "link/samples.hpp"
#include "support/catch.hpp"

#include <array>
#include <cstring>

using namespace tinfoil;
using namespace tinfoil::link;

namespace {

// From the header's first byte to its last: version, kind, id, epoch, deadline, hops, length of
// from; and `node/0`.
constexpr std::size_t head_bytes = 2 + 2 + 8 + 8 + 4 + 2 + 4 + 6;

std::string body_of(const message& what)
{
    return encode(samples::pack(what))->substr(4);
}

// The body with the four bytes that begin there, counted from the end of its head, replaced.
std::string with(const message& what, std::size_t at, std::uint32_t value)
{
    std::string body = body_of(what);
    for (std::size_t i = 0; i < 4; ++i)
        body.at(head_bytes + at + i) = static_cast<char>(value >> (8 * i));
    return body;
}

bool is_refused(const std::string& body)
{
    const auto got = decode(body);
    return !got && got.error().code == errc::malformed && !got.error().detail.empty();
}

bool says(const result<parcel>& got, const char* what)
{
    return !got && got.error().code == errc::malformed &&
           got.error().detail.find(what) != std::string::npos;
}

}  // namespace

TEST_CASE("link: every member of every message comes out as it went in")
{
    const auto all = samples::all();
    REQUIRE(all.size() == std::variant_size_v<any_message>);
    for (std::size_t i = 0; i < all.size(); ++i) {
        INFO("kind " << kind_of(all[i]));
        CHECK(all[i].index() == i);
        CHECK(std::visit([](const auto& each) { return samples::is_filled(each); }, all[i]));
        const auto got = decode(body_of(all[i]));
        REQUIRE(got);
        CHECK(samples::same(got->what, all[i]));
        CHECK(got->id == 0x0102030405060708);
        CHECK(got->from == "node/0");
        CHECK(got->epoch == 7);
        CHECK(got->deadline_ms == 250);
        CHECK(got->hops == 1);
    }
}

TEST_CASE("link: what is absent stays absent")
{
    CHECK(samples::same(decode(body_of(state_given{}))->what, state_given{}));
    CHECK(samples::same(decode(body_of(rest_answer{}))->what, rest_answer{}));
    sharing::question of_none;
    of_none.expected = 0;
    CHECK(samples::same(decode(body_of(value_asked{1, of_none}))->what, value_asked{1, of_none}));
}

TEST_CASE("link: released numbers of messages never change")
{
    std::vector<std::uint16_t> kinds;
    for (const message& each : samples::all())
        kinds.push_back(kind_of(each));
    CHECK(kinds == std::vector<std::uint16_t>{
                       1,   2,   3,   4,   6,   32,  33,  34,  35,  38,  39,  40,  41,  42,
                       43,  44,  45,  46,  47,  48,  49,  64,  65,  10,  60,  61,  55,  56,
                       57,  20,  58,  59,  21,  80,  81,  82,  96,  97,  98,  99,  100, 101,
                       102, 103, 66,  67,  68,  69,  70,  11,  12,  13,  14,  15,  16,  112,
                       113, 114, 115, 116, 117, 118, 119, 120, 121, 122, 123, 104, 105, 106});
}

TEST_CASE("link: released numbers of errors never change")
{
    constexpr std::array<errc, 14> all{errc::invalid_argument,
                                       errc::token_rejected,
                                       errc::gateway_refused,
                                       errc::unreachable,
                                       errc::certificate_untrusted,
                                       errc::certificate_wrong_host,
                                       errc::timed_out,
                                       errc::malformed,
                                       errc::too_large,
                                       errc::http_status,
                                       errc::io,
                                       errc::state_unusable,
                                       errc::plugin_refused,
                                       errc::cancelled};
    for (std::size_t i = 0; i < all.size(); ++i) {
        const state_given told{{}, error{all[i], ""}};
        // Behind the two bytes that say what is there.
        CHECK(body_of(told).substr(head_bytes + 2, 2) == std::string{static_cast<char>(i), '\0'});
        CHECK(std::get<state_given>(decode(body_of(told))->what).failed->code == all[i]);
    }
}

TEST_CASE("link: a frame looks as share/doc/link.md says")
{
    const parcel what{.id = 2,
                      .from = "a/1",
                      .epoch = 3,
                      .deadline_ms = 0x01020304,
                      .hops = 5,
                      .what = gateway_answer{0x1122, {discord::command_outcome::timed_out, "key"}}};
    const char expected[] = "\x31\0\0\0"          // length of what follows
                            "\x01\0\x41\0"        // version 1, kind 65
                            "\x02\0\0\0\0\0\0\0"  // id
                            "\x03\0\0\0\0\0\0\0"  // epoch
                            "\x04\x03\x02\x01"    // deadline_ms
                            "\x05\0"              // hops
                            "\x03\0\0\0a/1"
                            "\x22\x11\0\0\0\0\0\0"
                            "\x06"
                            "\x03\0\0\0key";
    CHECK(*encode(what) == std::string(expected, sizeof expected - 1));
}

TEST_CASE("link: a message cut anywhere is refused, one with more at its end is not")
{
    for (const message& each : samples::all()) {
        INFO("kind " << kind_of(each));
        const std::string whole = body_of(each);
        for (std::size_t size = 0; size < whole.size(); ++size)
            REQUIRE(is_refused(whole.substr(0, size)));
        const auto longer = decode(whole + "what a later version appends");
        REQUIRE(longer);
        CHECK(samples::same(longer->what, each));
    }
}

TEST_CASE("link: another version is refused by both numbers")
{
    std::string body = body_of(stop{});
    body[0] = 9;
    CHECK(says(decode(body), "version 9, this one 1; run the same tinfoil on both sides"));
    // Its head may look different.
    CHECK(says(decode(body.substr(0, 2)), "version 9"));
}

TEST_CASE("link: an unknown kind is refused by its number")
{
    std::string body = body_of(stop{});
    for (const char kind : {'\0', '\x07', '\x1f', '\x32'}) {
        body[2] = kind;
        CHECK(says(decode(body), ("unknown kind " + std::to_string(kind) + ";").c_str()));
    }
}

TEST_CASE("link: a length or count beyond what is there is refused")
{
    for (const std::uint32_t much : {200U, 0x0400'0000U, 0xFFFF'FFFFU}) {
        CHECK(is_refused(with(hello{"0.1.0"}, 0, much)));
        CHECK(is_refused(with(serve{"", {samples::record()}}, 4, much)));
        CHECK(is_refused(with(loaded{}, 0, much)));
        CHECK(is_refused(with(rest_answer{}, 12, much)));  // Of its headers.
        std::string body = body_of(hello{});
        for (std::size_t i = 0; i < 4; ++i)
            body.at(head_bytes - 10 + i) = static_cast<char>(much >> (8 * i));
        CHECK(is_refused(body));  // Of who sent it.
    }
}

TEST_CASE("link: what makes no sense is refused")
{
    for (const discord::slot slot : {discord::slot{2, 2}, discord::slot{0, 0}}) {
        CHECK(is_refused(body_of(turn{slot})));
        CHECK(is_refused(body_of(shard_moved{slot, 0, ""})));
        CHECK(is_refused(body_of(serve{"", {{.which = slot, .point = {}, .unfinished = {}}}})));
    }
    CHECK(is_refused(body_of(session_established{{}, 0, {"abc", "", -1}})));
    CHECK(is_refused(body_of(session_established{{}, 0, {std::string(257, 'x'), "", 1}})));
    CHECK(decode(body_of(session_established{{}, 0, {std::string(256, 'x'), "", 0}})));
    auto record = samples::record();
    record.unfinished[0].sequence = 0;
    CHECK(is_refused(body_of(serve{"", {record}})));
    auto request = samples::request();
    request.timeout = duration(-1);
    CHECK(is_refused(body_of(rest{1, request})));
    request.timeout = duration::max();
    CHECK(is_refused(body_of(rest{1, request})));
    std::string flag = body_of(stop{});
    flag.back() = 2;
    CHECK(is_refused(flag));
    CHECK(is_refused(body_of(state_given{{}, error{static_cast<errc>(14), ""}})));
    value_asked asked;
    asked.what.what = static_cast<sharing::deed>(6);
    CHECK(is_refused(body_of(asked)));
    value_answered answered;
    answered.what.how = static_cast<sharing::verdict>(6);
    CHECK(is_refused(body_of(answered)));
    plugin_letter letter;
    letter.what.patience = sharing::letter_patience_max + std::chrono::nanoseconds(1);
    CHECK(is_refused(body_of(letter)));
    letter.what.patience = {};
    letter.what.to.what = static_cast<sharing::addressee>(4);
    CHECK(is_refused(body_of(letter)));
}

TEST_CASE("link: a message above 64 MiB is not written")
{
    const auto refused =
        encode(samples::pack(plugin_logged{"", 0, std::string(frame_bytes_max, 'x')}));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == errc::too_large);
    // Besides the text: the head, two lengths and the level.
    const std::size_t most = frame_bytes_max - head_bytes - 4 - 1 - 4;
    CHECK(encode(samples::pack(plugin_logged{"", 0, std::string(most, 'x')})));
    CHECK_FALSE(encode(samples::pack(plugin_logged{"", 0, std::string(most + 1, 'x')})));
}
