#include "cli/shards_change_command.hpp"
#include "cli/shards_command.hpp"
#include "support/catch.hpp"

#include <CLI/CLI.hpp>

using namespace tinfoil;
using namespace tinfoil::cli;
using namespace std::chrono_literals;
using host::operation_kind;
using host::operation_mode;

namespace {

// As `tinfoil shards ...` is read.
result<host::operation_wish> typed(const std::string& line)
{
    CLI::App app;
    shards_flags given;
    add_shards_flags(app, given);
    app.parse(line);
    return wish_of(given.change);
}

std::string wrong(const std::string& line)
{
    const auto wish = typed(line);
    REQUIRE_FALSE(wish);
    CHECK(wish.error().code == errc::invalid_argument);
    return wish.error().detail;
}

}  // namespace

TEST_CASE("shards: what is typed is what is wanted")
{
    auto wish = typed("split 3/16");
    REQUIRE(wish);
    CHECK(wish->kind == operation_kind::split);
    CHECK(wish->mode == operation_mode::perform);
    CHECK(wish->slots == std::vector<discord::slot>{{3, 16}});
    CHECK(wish->count == 2);
    CHECK_FALSE(wish->forced);

    wish = typed("split 3/16 --parts 4 --force --dry-run");
    REQUIRE(wish);
    CHECK(wish->count == 4);
    CHECK(wish->forced);
    CHECK(wish->mode == operation_mode::quote);

    wish = typed("merge 3/32 19/32 --dry-run=shadow --observe 90s");
    REQUIRE(wish);
    CHECK(wish->kind == operation_kind::merge);
    CHECK(wish->mode == operation_mode::shadow);
    CHECK(wish->observe_for == duration(90s));
    CHECK(wish->slots.size() == 2);

    CHECK(typed("reshard 24")->count == 24);
    CHECK(typed("renew --all")->slots.empty());
    CHECK(typed("renew 3/16 4/16")->slots.size() == 2);
    for (const char* to : {"move 3/16 4/16 c1", "move 3/16 4/16 1"}) {
        wish = typed(to);
        REQUIRE(wish);
        CHECK(wish->to == 1);
        CHECK(wish->slots.size() == 2);
    }
}

TEST_CASE("shards: what makes no sense is refused with what to write")
{
    CHECK(wrong("split 16/16").find("\"16/16\" is no shard") == 0);
    CHECK(wrong("merge 3/32").find("two shards or more") != std::string::npos);
    CHECK(wrong("merge 3/32 3/32").find("named twice") != std::string::npos);
    CHECK(wrong("renew").find("--all") != std::string::npos);
    CHECK(wrong("renew 3/16 --all").find("--all") != std::string::npos);
    CHECK(wrong("move 3/16").find("3/16 c1") != std::string::npos);
    CHECK(wrong("move 3/16 4/16").find("\"4/16\" is no collection") == 0);
    CHECK(wrong("split 3/16 --observe 90s").find("goes with --dry-run=shadow") !=
          std::string::npos);
    CHECK(wrong("split 3/16 --dry-run=shadow --observe 2h").find("10s to 1h") != std::string::npos);
    for (const char* line :
         {"split", "split 1/2 3/4", "split 3/16 --parts 1", "reshard", "reshard 0",
          "split 3/16 --dry-run=maybe", "move 3/16 c1 --dry-run=shadow", "cancel -1",
          "history --last 0", "fold 3/16"})
        CHECK_THROWS_AS(typed(line), CLI::ParseError);
}
