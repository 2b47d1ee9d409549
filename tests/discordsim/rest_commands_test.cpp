// What Discord's table of types does not say of a command. Discord Docs/Application Commands.
#include "rest_scene.hpp"

using namespace tinfoil;
using namespace tinfoil::discordsim;

namespace {

struct commands_scene : rest_scene {
    [[nodiscard]] std::string path(bool in_guild = false) const
    {
        return "/applications/" + to_string(all.application) +
               (in_guild ? guild_path() : std::string()) + "/commands";
    }
    /// The code of the error at this place; empty when there is none.
    std::string code(const reply& got, const std::string& where)
    {
        boost::json::error_code failed;
        const auto* found = got.body.find_pointer("/errors" + where + "/_errors/0/code", failed);
        if (found != nullptr)
            CHECK(got.status == 400);
        return found == nullptr ? "" : found->as_string().c_str();
    }
    std::string created(const std::string& body, const std::string& where)
    {
        return code(ask("POST", path(), body), where);
    }
    std::string with_options(const std::string& options, const std::string& where)
    {
        return created(R"({"name":"a","description":"d","options":[)" + options + "]}",
                       "/options" + where);
    }
};

std::string option(int type, const std::string& name, const std::string& more = "")
{
    return R"({"type":)" + std::to_string(type) + R"(,"name":")" + name + R"(","description":"d")" +
           more + "}";
}

}  // namespace

TEST_CASE("rest commands: each type has a description or has none", "[rest/command]")
{
    for (const bool in_guild : {false, true}) {
        commands_scene it;
        const auto status = [&](const std::string& body) {
            return it.ask("POST", it.path(in_guild), body).status;
        };
        CHECK(status(R"({"name":"ping"})") == 400);
        CHECK(status(R"({"name":"ping","description":""})") == 400);
        CHECK(status(R"({"name":"ping","description":null})") == 400);
        CHECK(status(R"({"name":"ping","description":"d"})") == 201);
        CHECK(status(R"({"name":"Say hello","type":2,"description":"d"})") == 400);
        CHECK(status(R"({"name":"Say hello","type":2,"description":""})") == 201);
        CHECK(status(R"({"name":"Quote!","type":3})") == 201);
        CHECK(status(R"({"name":"launch","type":4,"handler":2})") == (in_guild ? 400 : 201));
        CHECK(status(R"({"name":"other","type":4})") == 400);
        CHECK(status(R"({"name":"what","type":5,"description":"d"})") == 400);
        CHECK(status(R"({"name":"what","type":"x","description":"d"})") == 400);
    }
    commands_scene it;
    CHECK(it.created(R"({"name":"ping"})", "/description") == "BASE_TYPE_REQUIRED");
    CHECK(it.created(R"({"name":"x","type":3,"description":"d"})", "/description") ==
          "APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION_INVALID");
    CHECK(it.created(R"({"name":"x","type":3,"options":[)" + option(3, "a") + "]}", "/options") ==
          "APPLICATION_COMMAND_CONTEXT_MENU_OPTIONS_INVALID");
    CHECK(it.created(R"({"name":"x","type":9})", "/type") == "BASE_TYPE_CHOICES");
}

// "Application Command Naming".
TEST_CASE("rest commands: names are lower case, without blanks and signs", "[rest/command]")
{
    commands_scene it;
    const auto code = [&](const std::string& name) {
        return it.created(R"({"name":")" + name + R"(","description":"d"})", "/name");
    };
    for (const char* wrong : {"Ping", "a b", "a/b", "a.b", "ping!", "Éte", "Привет", "🎉", "a—b"}) {
        INFO(wrong);
        CHECK(code(wrong) == "APPLICATION_COMMAND_INVALID_NAME");
    }
    for (const char* right : {"ping", "a-b_c'd", "été", "привет", "挨拶", "नमस्ते", "สวัสดี", "9"}) {
        INFO(right);
        CHECK(code(right).empty());
    }
    CHECK(it.created(R"({"name":"a","description":"d","name_localizations":{"de":"Groß"}})",
                     "/name_localizations/de") == "APPLICATION_COMMAND_INVALID_NAME");
    CHECK(it.with_options(option(3, "Who"), "/0/name") == "APPLICATION_COMMAND_INVALID_NAME");
}

TEST_CASE("rest commands: options are of known types, required ones first, each once",
          "[rest/command]")
{
    commands_scene it;
    CHECK(it.with_options(option(12, "a"), "/0/type") == "BASE_TYPE_CHOICES");
    CHECK(it.with_options(option(0, "a"), "/0/type") == "BASE_TYPE_CHOICES");
    CHECK(it.with_options(option(3, "a") + "," + option(4, "a"), "/1/name") ==
          "APPLICATION_COMMAND_OPTIONS_DUPLICATE_NAME");
    const std::string needed = R"(,"required":true)";
    CHECK(it.with_options(option(3, "a") + "," + option(3, "b", needed), "/1") ==
          "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID");
    CHECK(it.with_options(option(3, "b", needed) + "," + option(3, "a"), "").empty());
    std::string many;
    for (int at = 0; at < 26; ++at)
        many += (at == 0 ? "" : ",") + option(3, "a" + std::to_string(at));
    CHECK(it.with_options(many, "") == "BASE_TYPE_MAX_LENGTH");
}

TEST_CASE("rest commands: choices fit their option", "[rest/command]")
{
    commands_scene it;
    const auto choices = [&](int type, const std::string& all, const std::string& where) {
        return it.with_options(option(type, "a", R"(,"choices":[)" + all + "]"), "/0" + where);
    };
    CHECK(choices(3, R"({"name":"x","value":"y"})", "").empty());
    CHECK(choices(4, R"({"name":"x","value":5})", "").empty());
    CHECK(choices(4, R"({"name":"x","value":0.5})", "/choices/0/value") == "NUMBER_TYPE_COERCE");
    CHECK(choices(10, R"({"name":"x","value":0.5})", "").empty());
    CHECK(choices(3, R"({"name":"x","value":")" + std::string(101, 'x') + "\"}",
                  "/choices/0/value") == "BASE_TYPE_MAX_LENGTH");
    CHECK(choices(3, R"({"name":"x","value":"y"},{"name":"x","value":"z"})", "/choices/1/name") ==
          "APPLICATION_COMMAND_OPTIONS_DUPLICATE_CHOICE");
    CHECK(choices(6, R"({"name":"x","value":"y"})", "") ==
          "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID");
    CHECK(it.with_options(
              option(3, "a", R"(,"autocomplete":true,"choices":[{"name":"x","value":"y"}])"),
              "/0") == "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_INVALID");
}

// "Subcommands and Subcommand Groups".
TEST_CASE("rest commands: subcommands are not mixed with values, and two levels deep at most",
          "[rest/command]")
{
    commands_scene it;
    const auto inside = [](const std::string& options) {
        return R"(,"options":[)" + options + "]";
    };
    const char* mixed = "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID";
    CHECK(it.with_options(option(1, "a") + "," + option(3, "b"), "") == mixed);
    CHECK(it.with_options(option(2, "a", inside(option(3, "b"))), "/0/options") == mixed);
    CHECK(it.with_options(option(1, "a", inside(option(1, "b"))), "/0/options/0/type") == mixed);
    CHECK(it.with_options(option(2, "a", inside(option(2, "b"))), "/0/options/0/type") == mixed);
    CHECK(it.with_options(option(3, "a", inside(option(3, "b"))), "/0/options") == mixed);
    CHECK(it.with_options(option(2, "a", inside(option(1, "b", inside(option(3, "c"))))) + "," +
                              option(1, "d"),
                          "")
              .empty());
}

TEST_CASE("rest commands: a command has 8000 characters at most", "[rest/command]")
{
    commands_scene it;
    const auto options = [](int size) {
        std::string all;
        for (int at = 0; at < 25; ++at) {
            std::string choices;
            for (int one = 0; one < 4; ++one)
                choices += std::string(one == 0 ? "" : ",") + R"({"name":"n)" +
                           std::to_string(one) + R"(","value":")" +
                           std::string(static_cast<std::size_t>(size), 'x') + "\"}";
            all += (at == 0 ? "" : ",") +
                   option(3, "a" + std::to_string(at), R"(,"choices":[)" + choices + "]");
        }
        return R"({"name":"a","description":"d","options":[)" + all + "]}";
    };
    CHECK(it.created(options(75), "").empty());
    CHECK(it.created(options(78), "") == "APPLICATION_COMMAND_TOO_LARGE");
}

TEST_CASE("rest commands: a change and an overwrite are held to the same", "[rest/command]")
{
    for (const bool in_guild : {false, true}) {
        commands_scene it;
        const std::string path = it.path(in_guild);
        const auto made = it.ask("POST", path, R"({"name":"ping","description":"d"})");
        const std::string one = path + "/" + rest_scene::id(made);
        CHECK(it.code(it.ask("PATCH", one, R"({"name":"Ping"})"), "/name") ==
              "APPLICATION_COMMAND_INVALID_NAME");
        CHECK(it.code(it.ask("PATCH", one, R"({"description":""})"), "/description") ==
              "BASE_TYPE_REQUIRED");
        it.ask("POST", path, R"({"name":"pong","description":"d"})");
        CHECK(it.code(it.ask("PATCH", one, R"({"name":"pong"})"), "/name") ==
              "APPLICATION_COMMANDS_DUPLICATE_NAME");
        CHECK(it.ask("GET", one).at("/name") == "ping");
        CHECK(it.code(it.ask("PUT", path, R"([{"name":"a","description":"d"},{"name":"b"}])"),
                      "/1/description") == "BASE_TYPE_REQUIRED");
        CHECK(it.ask("GET", path).body.as_array().size() == 2);
    }
}
