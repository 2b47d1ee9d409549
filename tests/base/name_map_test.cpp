#include "base/function_view.hpp"
#include "base/name_map.hpp"
#include "support/catch.hpp"

#include <memory>
#include <string>

using namespace tinfoil;

TEST_CASE("name map: tells names apart that have the same ends and length")
{
    name_map<int> it;
    it["GUILD_SCHEDULED_EVENT_USER_ADD"] = 1;
    it["GUILD_SCHEDULED_OTHER_USER_ADD"] = 2;
    it["READY"] = 3;
    it[""] = 4;
    REQUIRE(it.find("GUILD_SCHEDULED_EVENT_USER_ADD") != nullptr);
    CHECK(*it.find("GUILD_SCHEDULED_EVENT_USER_ADD") == 1);
    CHECK(*it.find("GUILD_SCHEDULED_OTHER_USER_ADD") == 2);
    CHECK(*it.find("READY") == 3);
    CHECK(*it.find("") == 4);
    CHECK(it.find("GUILD_SCHEDULED_THIRD_USER_ADD") == nullptr);
    CHECK(it.find("READ") == nullptr);
    CHECK(it.find("MESSAGE_CREATE") == nullptr);
    it["READY"] = 5;
    CHECK(*it.find("READY") == 5);
}

TEST_CASE("name map: values stay where they are while it grows, and nothing is found after clear()")
{
    name_map<std::size_t> it;
    CHECK(it.find("NAME_0") == nullptr);
    std::size_t* const first = &it["NAME_0"];
    for (std::size_t i = 1; i < 500; ++i)
        it["NAME_" + std::to_string(i)] = i;
    for (std::size_t i = 0; i < 500; ++i) {
        const std::size_t* const found = it.find("NAME_" + std::to_string(i));
        REQUIRE(found != nullptr);
        CHECK(*found == i);
    }
    CHECK(it.find("NAME_0") == first);
    it.clear();
    CHECK(it.find("NAME_0") == nullptr);
    it["NAME_1"] = 7;
    CHECK(*it.find("NAME_1") == 7);
}

TEST_CASE("function view: calls what it was made of, with what it is given")
{
    int calls = 0;
    const auto add = [&calls](std::unique_ptr<int> what, int& to) {
        to += *what;
        return ++calls;
    };
    const auto twice = [](function_view<int(std::unique_ptr<int>, int&)> call) {
        int sum = 0;
        call(std::make_unique<int>(3), sum);
        call(std::make_unique<int>(4), sum);
        return sum;
    };
    CHECK(twice(add) == 7);
    CHECK(calls == 2);
}
