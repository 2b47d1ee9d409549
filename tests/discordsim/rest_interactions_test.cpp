// Discord Docs/Receiving and Responding.
#include "rest_scene.hpp"

using namespace tinfoil;
using namespace tinfoil::discordsim;
using namespace std::chrono_literals;

TEST_CASE("rest interactions: the first answer is due within three seconds",
          "[rest/interaction-3s]")
{
    for (const bool late : {false, true}) {
        rest_scene it;
        const std::string token = it.called();
        it.now += late ? 3s : 3s - 1ms;
        const auto got =
            it.hurry("POST", it.callback_path(token), R"({"type":4,"data":{"content":"a"}})");
        CHECK(got.status == (late ? 404 : 204));
        CHECK(it.types() == (late ? list{} : list{"MESSAGE_CREATE"}));
        CHECK(it.seen.so_far().commands_answered == (late ? 0 : 1));
    }
}

TEST_CASE("rest interactions: a token lives for fifteen minutes", "[rest/interaction-15min]")
{
    rest_scene it;
    const std::string token = it.called();
    it.hurry("POST", it.callback_path(token), R"({"type":5})");
    it.now += 15min - 1ms;
    CHECK(it.hurry("GET", it.follow_path(token) + "/messages/@original").status == 200);
    it.now += 1ms;
    const auto late = it.hurry("GET", it.follow_path(token) + "/messages/@original");
    CHECK(late.status == 401);
    CHECK(late.at("/code") == 50027);
}

TEST_CASE("rest interactions: there is one first answer", "[rest/interaction]")
{
    rest_scene it;
    const std::string token = it.called();
    const std::string answer = R"({"type":4,"data":{"content":"a"}})";
    CHECK(it.hurry("POST", it.follow_path(token), R"({"content":"early"})").status == 404);
    CHECK(it.hurry("POST", it.callback_path(token), answer).status == 204);
    CHECK(it.hurry("POST", it.callback_path(token), answer).at("/code") == 40060);
    CHECK(it.seen.so_far().answered_twice == 1);
}

TEST_CASE("rest interactions: a deferred answer is a message that waits", "[rest/interaction]")
{
    for (const bool by_edit : {true, false}) {
        rest_scene it;
        const std::string token = it.called();
        it.hurry("POST", it.callback_path(token), R"({"type":5})");
        CHECK(it.types() == list{"MESSAGE_CREATE"});
        CHECK(it.events[0].data.at("flags") == 128);
        CHECK(it.seen.so_far().commands_answered == 0);
        const std::string original = it.follow_path(token) + "/messages/@original";
        const auto got =
            it.hurry(by_edit ? "PATCH" : "POST", by_edit ? original : it.follow_path(token),
                     R"({"content":"done"})");
        CHECK(got.at("/content") == "done");
        CHECK(got.at("/flags") == 0);
        CHECK(it.types() == list{"MESSAGE_UPDATE"});
        CHECK(it.seen.so_far().commands_answered == 1);
        CHECK(it.hurry("GET", original).at("/id") == got.at("/id"));
    }
}

TEST_CASE("rest interactions: with_response tells what came of it", "[rest/interaction]")
{
    rest_scene it;
    const std::string token = it.called();
    const auto got = it.hurry("POST", it.callback_path(token) + "?with_response=true",
                              R"({"type":4,"data":{"content":"a","flags":64}})");
    CHECK(got.status == 200);
    CHECK(got.at("/interaction/type") == 2);
    CHECK(got.at("/interaction/response_message_ephemeral") == true);
    CHECK(got.at("/resource/type") == 4);
    CHECK(got.at("/resource/message/content") == "a");
}

TEST_CASE("rest interactions: an ephemeral answer is seen by who asked alone", "[rest/interaction]")
{
    rest_scene it;
    const std::string token = it.called();
    it.hurry("POST", it.callback_path(token), R"({"type":4,"data":{"content":"a","flags":64}})");
    CHECK(it.types() == list{});
    const auto got = it.hurry("GET", it.follow_path(token) + "/messages/@original");
    CHECK(got.at("/flags") == 64);
    CHECK(it.hurry("GET", it.channel_path() + "/messages/" + rest_scene::id(got)).status == 404);
    CHECK(it.hurry("GET", it.channel_path() + "/messages").body.as_array().empty());
}

TEST_CASE("rest interactions: follow-ups are made, read, edited and deleted", "[rest/followup]")
{
    rest_scene it;
    const std::string token = it.called(), path = it.follow_path(token);
    it.hurry("POST", it.callback_path(token), R"({"type":4,"data":{"content":"a"}})");
    const auto made = it.hurry("POST", path, R"({"content":"more"})");
    CHECK(it.types() == list{"MESSAGE_CREATE"});
    const std::string message = path + "/messages/" + rest_scene::id(made);
    CHECK(it.hurry("PATCH", message, R"({"content":"less"})").at("/content") == "less");
    CHECK(it.hurry("GET", message).at("/content") == "less");
    CHECK(it.hurry("DELETE", message).status == 204);
    CHECK(it.types() == list{"MESSAGE_DELETE"});
    CHECK(it.hurry("GET", message).at("/code") == 10008);
    CHECK(it.hurry("DELETE", path + "/messages/@original").status == 204);
    CHECK(it.hurry("GET", path + "/messages/@original").status == 404);
}

TEST_CASE("rest interactions: each kind of call has its kinds of answer", "[rest/interaction]")
{
    rest_scene it;
    const auto status = [&](int call, const std::string& body, discord::snowflake source = {}) {
        return it.hurry("POST", it.callback_path(it.called(call, source)), body).status;
    };
    const std::string posted = it.message_path();
    const auto source = *discord::parse_snowflake(posted.substr(posted.rfind('/') + 1));
    CHECK(status(1, R"({"type":1})") == 204);
    CHECK(status(2, R"({"type":1})") == 400);
    CHECK(status(2, R"({"type":6})") == 400);
    CHECK(status(2, R"({"type":99})") == 400);
    CHECK(status(3, R"({"type":6})", source) == 204);
    CHECK(status(3, R"({"type":7,"data":{"content":"new"}})", source) == 204);
    CHECK(it.types() == list{"MESSAGE_UPDATE"});
    CHECK(it.hurry("GET", posted).at("/content") == "new");
    CHECK(status(4, R"({"type":8,"data":{"choices":[{"name":"a","value":"b"}]}})") == 204);
    CHECK(status(4, R"({"type":4,"data":{"content":"a"}})") == 400);
    const std::string modal =
        R"({"type":9,"data":{"custom_id":"m","title":"t","components":[{"type":10,"content":"c"}]}})";
    CHECK(status(2, modal) == 204);
    // People see its title.
    const auto told = std::find_if(it.todo.begin(), it.todo.end(), [](const action& each) {
        return std::holds_alternative<discordsim::told>(each);
    });
    REQUIRE(told != it.todo.end());
    CHECK(std::get<discordsim::told>(*told).what.text == "t");
    CHECK(status(2, R"({"type":9,"data":{"title":"t"}})") == 400);
    CHECK(status(5, modal) == 400);
}
