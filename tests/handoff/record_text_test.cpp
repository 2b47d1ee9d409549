#include "handoff/record_text.hpp"
#include "support/catch.hpp"

using namespace tinfoil;
using namespace tinfoil::handoff;

namespace {

constexpr std::uint64_t guild_of_key(std::uint64_t key)
{
    return key << 22;
}

commit_record sample()
{
    commit_record made;
    made.newer = {{.resume_after = 7, .seen = 9}, {.resume_after = 0, .seen = 300'000}};
    for (std::uint64_t key = 0; key < 4; ++key) {
        stream_record each;
        each.stream = {stream_id::kind::guild, {guild_of_key(key)}};
        each.lanes[0] = {.from = 8 + static_cast<std::int64_t>(key), .skip = 3};
        each.lanes[1] = {.from = std::int64_t{1} << 53, .skip = -1};
        each.snapshot = 5;
        each.interactions = {UINT64_MAX, 1};
        each.uniques = {4};
        each.is_gap = key == 1;
        each.is_guessed = key == 2;
        made.streams.push_back(each);
    }
    stream_record other;
    other.stream = {stream_id::kind::dm, {77}};
    made.streams.push_back(other);
    other.stream = {};
    made.streams.push_back(other);
    return made;
}

bool is_refused(std::string_view text)
{
    const auto got = read_record(text);
    return !got && got.error().code == errc::malformed;
}

}  // namespace

TEST_CASE("record of a handoff: comes back from its text as it was")
{
    const commit_record before = sample();
    const auto after = read_record(to_text(before));
    REQUIRE(after);
    REQUIRE(after->newer.size() == 2);
    CHECK(after->newer[0].resume_after == 7);
    CHECK(after->newer[1].seen == 300'000);
    REQUIRE(after->streams.size() == before.streams.size());
    for (std::size_t i = 0; i < before.streams.size(); ++i) {
        const stream_record &one = before.streams[i], &other = after->streams[i];
        CHECK(one.stream == other.stream);
        for (std::size_t lane = 0; lane < 2; ++lane) {
            CHECK(one.lanes.at(lane).from == other.lanes.at(lane).from);
            CHECK(one.lanes.at(lane).skip == other.lanes.at(lane).skip);
        }
        CHECK(one.snapshot == other.snapshot);
        CHECK(one.interactions == other.interactions);
        CHECK(one.uniques == other.uniques);
        CHECK(one.is_gap == other.is_gap);
        CHECK(one.is_guessed == other.is_guessed);
    }
}

TEST_CASE("record of a handoff: each newer session gets the streams that it serves")
{
    const auto parts = split_record(sample(), {{0, 2}, {1, 2}});
    REQUIRE(parts.size() == 2);
    REQUIRE(parts[0].newer.size() == 1);
    CHECK(parts[0].newer[0].seen == 9);
    REQUIRE(parts[0].streams.size() == 4);  // Guilds 0 and 2, and what belongs to no guild.
    CHECK(parts[0].streams[1].stream.id.value == guild_of_key(2));
    REQUIRE(parts[1].streams.size() == 2);
    CHECK(parts[1].streams[0].is_gap);
    CHECK(parts[1].newer[0].seen == 300'000);
}

TEST_CASE("record of a handoff: text that is cut, longer or of another kind is refused")
{
    const std::string whole = to_text(sample());
    for (std::size_t length = 0; length < whole.size(); ++length)
        CHECK(is_refused(std::string_view(whole).substr(0, length)));
    CHECK(is_refused(whole + "x"));
    std::string other = whole;
    other[0] = 'x';
    CHECK(is_refused(other));
    commit_record wrong = sample();
    wrong.newer[0].resume_after = 10;  // Behind what was seen.
    CHECK(is_refused(to_text(wrong)));
    wrong = sample();
    wrong.streams[0].lanes[0].skip = INT64_MAX;
    CHECK(is_refused(to_text(wrong)));
}
