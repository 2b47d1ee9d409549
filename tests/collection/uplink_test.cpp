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
    up.write_value("p", "k", std::string(uplink::operation_bytes_max + 1, 'v'),
                   [&](const result<void>& written) { came.push_back(written ? "ok" : "no"); });
    posted.back()();
    CHECK(came.back() == "no");
}
