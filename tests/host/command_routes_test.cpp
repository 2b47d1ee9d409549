#include "host/command_routes.hpp"
#include "support/catch.hpp"

using namespace tinfoil;
using namespace tinfoil::host;
using namespace std::chrono_literals;
using discord::command_outcome;

namespace {

link::gateway_command members(std::uint64_t id)
{
    return {id, 8, R"({"guild_id":"4194304"})", 5s};
}

struct world {
    void ask(std::uint32_t from, const link::gateway_command& what)
    {
        const command_routes::target owner{1, is_up};
        routes.on_command(from, what, &owner, todo);
    }
    // The only message: who gets it, the id in it, and how a command ended.
    std::string only()
    {
        REQUIRE(todo.size() == 1);
        const auto [to, what] = std::move(todo[0]);
        todo.clear();
        if (const auto* command = std::get_if<link::gateway_command>(&what)) {
            last = command->id;
            return std::to_string(to) + " asked";
        }
        const auto& answer = std::get<link::gateway_answer>(what);
        return std::to_string(to) + " told " + std::to_string(answer.id) + " " +
               std::to_string(static_cast<int>(answer.what.how));
    }
    command_routes routes;
    command_routes::outgoing todo;
    std::uint64_t last = 0;
    bool is_up = true;
};

}  // namespace

TEST_CASE("command routes: there and back, each once")
{
    world it;
    it.ask(0, members(7));
    CHECK(it.only() == "1 asked");
    it.routes.on_answer(2, {it.last, {}}, it.todo);
    CHECK(it.todo.empty());
    it.routes.on_answer(1, {it.last, {command_outcome::timed_out, "late"}}, it.todo);
    CHECK(it.only() == "0 told 7 6");
    it.routes.on_answer(1, {it.last, {}}, it.todo);
    CHECK(it.todo.empty());
}

TEST_CASE("command routes: nobody serves the guild, whoever does is down, or ends")
{
    world it;
    it.routes.on_command(0, members(7), nullptr, it.todo);
    CHECK(it.only() == "0 told 7 4");
    it.is_up = false;
    it.ask(0, members(8));
    CHECK(it.only() == "0 told 8 7");
    it.is_up = true;
    it.ask(0, members(9));
    CHECK(it.only() == "1 asked");
    it.routes.on_ended(2, it.todo);
    CHECK(it.todo.empty());
    it.routes.on_ended(1, it.todo);
    CHECK(it.only() == "0 told 9 7");
    // Nobody waits any more for what one asked that has ended.
    it.ask(0, members(10));
    CHECK(it.only() == "1 asked");
    it.routes.on_ended(0, it.todo);
    it.routes.on_answer(1, {it.last, {}}, it.todo);
    CHECK(it.todo.empty());
}

TEST_CASE(
    "command routes: few large answers and no more commands than can be remembered are under way")
{
    world it;
    for (std::size_t i = 0; i < command_routes::member_requests_max; ++i)
        it.ask(0, members(i + 1));
    CHECK(it.todo.size() == command_routes::member_requests_max);
    it.todo.clear();
    it.ask(0, members(99));
    CHECK(it.only() == "0 told 99 3");
    while (it.todo.size() < command_routes::commands_max - command_routes::member_requests_max)
        it.ask(0, {1, 43, R"({"guild_id":"4194304"})", 5s});
    it.todo.clear();
    it.ask(0, {100, 43, R"({"guild_id":"4194304"})", 5s});
    CHECK(it.only() == "0 told 100 3");
    CHECK(guild_of(members(1)).value == 4194304);
    CHECK_FALSE(guild_of({1, 8, "{", 5s}));
}

TEST_CASE("command routes: a collection that starts again does not take back the presence")
{
    command_routes routes;
    CHECK(routes.takes_presence({0, 1}, true));
    CHECK(routes.takes_presence({0, 1}, true));
    CHECK_FALSE(routes.takes_presence({1, 2}, true));
    CHECK(routes.takes_presence({1, 2}, false));
    CHECK_FALSE(routes.takes_presence({0, 3}, true));
    CHECK(routes.takes_presence({0, 3}, false));
}
