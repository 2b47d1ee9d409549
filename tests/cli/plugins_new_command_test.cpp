#include "cli/plugins_new_command.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <fstream>
#include <iterator>

using namespace tinfoil;
using namespace tinfoil::cli;

namespace fs = std::filesystem;

TEST_CASE("plugins new: writes what builds, under the plugin's name")
{
    const support::temporary_folder temporary;
    const fs::path folder = temporary.path() / "deep" / "tea-time";
    REQUIRE(write_new_plugin("tea-time", folder));
    for (const char* each : {"CMakeLists.txt", "tea-time.cpp", "tea-time_test.cpp", "README.md"}) {
        std::ifstream from(folder / each);
        const std::string text{std::istreambuf_iterator<char>(from), {}};
        CHECK(text.find("tea-time") != std::string::npos);
        for (const char* word : {"@NAME@", "@COMMAND@", "@CLASS@"})
            CHECK(text.find(word) == std::string::npos);
    }
    std::ifstream from(folder / "tea-time.cpp");
    const std::string text{std::istreambuf_iterator<char>(from), {}};
    CHECK(text.find("class tea_time_plugin : public plugin") != std::string::npos);
}

TEST_CASE("plugins new: overwrites nothing, and refuses names that no plugin can have")
{
    const support::temporary_folder temporary;
    REQUIRE(write_new_plugin("tea", temporary.path() / "tea"));
    const auto again = write_new_plugin("tea", temporary.path() / "tea");
    REQUIRE_FALSE(again);
    CHECK(again.error().detail.find("is not empty; name another by --folder") != std::string::npos);
    for (const char* each :
         {"", "Tea", "a b", "../x", "a.b", "a23456789012345678901234567890123"}) {
        const auto refused = write_new_plugin(each, temporary.path() / "other");
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == errc::invalid_argument);
        CHECK_FALSE(fs::exists(temporary.path() / "other"));
    }
}
