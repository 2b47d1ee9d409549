#include "dispatch/router.hpp"
#include "support/catch.hpp"

using namespace tinfoil::dispatch;

namespace {

std::vector<std::size_t> route(const router& with, std::string_view type, std::string_view data)
{
    const auto found = with.route(type, data);
    return {found.begin(), found.end()};
}

}  // namespace

TEST_CASE("router: an event goes to those that list it, a command to its owner only")
{
    router it;
    it.add({"a", {"MESSAGE_CREATE", "INTERACTION_CREATE"}, {"ping"}});
    it.add({"b", {"MESSAGE_CREATE"}, {"greet"}});
    using list = std::vector<std::size_t>;
    CHECK(route(it, "MESSAGE_CREATE", "{}") == list{0, 1});
    CHECK(route(it, "TYPING_START", "{}") == list{});
    CHECK(route(it, "INTERACTION_CREATE", R"({"type":2,"data":{"name":"greet"}})") == list{1});
    CHECK(route(it, "INTERACTION_CREATE", R"({"type":3,"data":{"custom_id":"b:yes"}})") == list{1});
    CHECK(route(it, "INTERACTION_CREATE", R"({"type":3,"data":{"custom_id":"else"}})") == list{0});
}

TEST_CASE("router: a taken name or command is refused, naming the owner")
{
    router it;
    it.add({"a", {}, {"ping"}});
    CHECK_FALSE(it.check({"a", {}, {}}));
    CHECK(it.check({"b", {}, {"ping"}}).error().detail.find("belongs to a") != std::string::npos);
    CHECK(it.check({"b", {}, {"pong"}}));
}

TEST_CASE("router: a subscriber is replaced under its number, and leaves it to the next")
{
    router it;
    it.add({"a", {"MESSAGE_CREATE"}, {"ping"}});
    it.add({"b", {"MESSAGE_CREATE"}, {"greet"}});
    using list = std::vector<std::size_t>;
    CHECK(it.check({"a", {}, {"ping", "pong"}}, 0));
    CHECK(it.check({"a", {}, {"greet"}}, 0).error().detail.find("belongs to b") !=
          std::string::npos);
    it.replace(0, {"a", {"TYPING_START"}, {"pong"}});
    CHECK(route(it, "MESSAGE_CREATE", "{}") == list{1});
    CHECK(route(it, "TYPING_START", "{}") == list{0});
    CHECK(route(it, "INTERACTION_CREATE", R"({"type":2,"data":{"name":"ping"}})") == list{});
    CHECK(route(it, "INTERACTION_CREATE", R"({"type":2,"data":{"name":"pong"}})") == list{0});
    it.remove(0);
    CHECK(route(it, "TYPING_START", "{}") == list{});
    CHECK(it.check({"c", {}, {"pong"}}));
    CHECK(it.add({"c", {"MESSAGE_CREATE"}, {"pong"}}) == 0);
    CHECK(route(it, "MESSAGE_CREATE", "{}") == list{0, 1});
    CHECK(it.add({"d", {}, {}}) == 2);
}
