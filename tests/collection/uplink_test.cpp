#include "collection/uplink.hpp"
#include "support/catch.hpp"

using namespace tinfoil;
using namespace tinfoil::collection;

TEST_CASE("uplink: what is too large for the link fails by itself, later, and the link lives on")
{
    std::vector<link::message> sent;
    std::vector<std::function<void()>> posted;
    uplink up([&](link::message what) { sent.push_back(std::move(what)); },
              [&](std::function<void()> what) { posted.push_back(std::move(what)); });
    std::vector<std::string> came;
    const auto done = [&](const result<discord::rest_response>& answer) {
        came.push_back(answer ? "ok" : std::string(name(answer.error().code)));
    };
    discord::rest_request large;
    large.body.resize(uplink::operation_bytes_max + 1);
    up.rest(large, done);
    CHECK(sent.empty());
    CHECK(came.empty());
    REQUIRE(posted.size() == 1);
    posted[0]();
    CHECK(came == std::vector<std::string>{"too_large"});
    // Several that fit, until no more may be under way.
    large.body.resize(uplink::operation_bytes_max - 100);
    const auto first = up.rest(large, done);
    up.rest(large, done);
    up.rest(large, done);
    CHECK(sent.size() == 2);
    CHECK(posted.size() == 2);
    up.cancel_rest(first);
    up.rest(large, done);
    CHECK(posted.size() == 2);
    sharing::question put;
    put.what = sharing::deed::put;
    put.key = "k";
    put.value.resize(sharing::value_bytes_max + 1);
    const auto told = [&](const sharing::answer& what) { came.push_back(what.text); };
    up.ask_value(put, told);
    posted.back()();
    CHECK(came.back().find("1 MiB") != std::string::npos);
}

TEST_CASE("uplink: questions wait within the same bound, and one that is left holds its room")
{
    std::vector<link::message> sent;
    std::vector<std::function<void()>> posted;
    uplink up([&](link::message what) { sent.push_back(std::move(what)); },
              [&](std::function<void()> what) { posted.push_back(std::move(what)); });
    sharing::question put;
    put.what = sharing::deed::put;
    put.key = "k";
    put.value.resize(sharing::value_bytes_max);
    std::size_t answered = 0, busy = 0;
    const auto told = [&](const sharing::answer& what) {
        ++answered;
        busy += what.how == sharing::verdict::busy ? 1 : 0;
    };
    constexpr std::size_t fit = uplink::under_way_max / sharing::value_bytes_max - 1;
    std::vector<std::uint64_t> ids;
    for (std::size_t i = 0; i < fit; ++i)
        ids.push_back(up.ask_value(put, told));
    CHECK(sent.size() == fit);
    up.ask_value(put, told);
    REQUIRE(posted.size() == 1);
    posted[0]();
    CHECK(busy == 1);
    up.leave_value(ids[0]);
    CHECK(std::get<link::value_left>(sent.back()).id == ids[0]);
    up.ask_value(put, told);
    CHECK(posted.size() == 2);
    up.on(link::value_answered{ids[0], {}});
    CHECK(answered == 1);
    up.ask_value(put, told);
    CHECK(posted.size() == 2);
}
