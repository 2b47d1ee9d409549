#include "host/rest_control.hpp"
#include "support/catch.hpp"

#include <boost/json.hpp>

using namespace tinfoil;
using namespace tinfoil::host;
using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

/// What a client asks, what went to Discord, and what came back.
struct desk {
    json::value ask(const std::string& method, const std::string& path, const std::string& body)
    {
        net::control_request asked;
        asked.method = method;
        asked.path = path;
        asked.body = body;
        answer.reset();
        control.on_request(asked,
                           [this](net::control_answer got) { answer.emplace(std::move(got)); });
        return answer ? json::parse(answer->json) : json::value();
    }
    json::value arrive(result<discord::rest_response> what)
    {
        then(std::move(what));
        REQUIRE(answer);
        return json::parse(answer->json);
    }

    rest::view seen;
    std::vector<discord::rest_request> sent;
    rest_control::done then;
    std::optional<net::control_answer> answer;
    rest_control control{{[this] { return seen; },
                          [this](discord::rest_request asked, rest_control::done done) {
                              sent.push_back(std::move(asked));
                              then = std::move(done);
                          }}};
};

}  // namespace

TEST_CASE("rest control: a call goes out as it was asked for, and its answer comes back")
{
    desk it;
    discord::rest_request call;
    call.method = "POST";
    call.path = "/channels/1/messages";
    call.body = R"({"content":"hi"})";
    call.audit_log_reason = "because";
    call.timeout = 5s;
    call.files = {{"files[0]", "a.bin", "text/plain", std::string("x\0y\xff", 4)}};
    CHECK(it.ask("POST", "/v1/rest", rest_call_json(call)).is_null());
    REQUIRE(it.sent.size() == 1);
    CHECK(it.sent[0].method == call.method);
    CHECK(it.sent[0].path == call.path);
    CHECK(it.sent[0].body == call.body);
    CHECK(it.sent[0].audit_log_reason == call.audit_log_reason);
    CHECK(it.sent[0].timeout == call.timeout);
    REQUIRE(it.sent[0].files.size() == 1);
    CHECK(it.sent[0].files[0].bytes == call.files[0].bytes);
    CHECK(it.sent[0].files[0].filename == "a.bin");

    it.arrive(discord::rest_response{404, {{"x-a", "1"}}, R"({"code":10003})", 7ms});
    CHECK(it.answer->status == 200);
    const auto back = parse_rest_answer(it.answer->json);
    REQUIRE(back);
    CHECK(back->status == 404);
    CHECK(back->body == R"({"code":10003})");
}

TEST_CASE("rest control: a call that failed says how, and one that makes no sense never goes out")
{
    desk it;
    it.ask("POST", "/v1/rest", R"({"method":"GET","path":"/users/@me"})");
    it.arrive(error{errc::timed_out, "its time was up"});
    CHECK(it.answer->status == 504);
    it.ask("POST", "/v1/rest", R"({"method":"GET","path":"/users/@me"})");
    it.arrive(error{errc::unreachable, "nobody is there"});
    CHECK(it.answer->status == 502);
    CHECK(it.sent.size() == 2);

    for (const char* wrong : {"", "[]", "{", R"({"method":1,"path":"/a"})", R"({"method":"GET"})",
                              R"({"path":"/a"})", R"({"method":"GET","path":"/a","more":1})",
                              R"({"method":"GET","path":"/a","timeout_ms":0})",
                              R"({"method":"GET","path":"/a","timeout_ms":25001})",
                              R"({"method":"GET","path":"/a","files":{}})",
                              R"({"method":"GET","path":"/a","files":[{"base64":"?"}]})"}) {
        INFO(wrong);
        it.ask("POST", "/v1/rest", wrong);
        REQUIRE(it.answer);
        CHECK(it.answer->status == 400);
    }
    it.ask("GET", "/v1/rest", "");
    REQUIRE(it.answer);
    CHECK(it.answer->status == 405);
    CHECK(it.sent.size() == 2);
}

TEST_CASE("rest control: the limiter as people look at it")
{
    desk it;
    it.seen.waiting = 3;
    it.seen.global_limit = 50;
    it.seen.invalid = 2;
    it.seen.owners.push_back({});
    it.seen.owners[0].name = "ping";
    it.seen.owners[0].seen.sent = 4;
    rest::bucket_view bucket;
    bucket.routes = {"GET /users/@me"};
    bucket.remaining = 19;
    bucket.reset_after = 3200us;
    it.seen.buckets.push_back(bucket);
    const json::value told = it.ask("GET", "/v1/rest/limits", "");
    CHECK(told.at("waiting").to_number<int>() == 3);
    const auto& first = told.at("buckets").at(0);
    CHECK(first.at("remaining").to_number<int>() == 19);
    CHECK(first.at("bucket").is_null());
    CHECK(first.at("reset_after_ms").to_number<int>() == 4);
    CHECK(json::serialize(told).find(R"("plugin":"ping")") != std::string::npos);
}
