#include "state/store.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

using namespace tinfoil;
using namespace tinfoil::state;

TEST_CASE("store: what was kept is there the next time, for its owner only")
{
    const support::temporary_folder folder;
    {
        const auto it = *store::open(folder.path() / "new");
        CHECK(*it->plan() == std::nullopt);
        CHECK(it->set_plan("0/1"));
        CHECK(it->set_value("a", "key", "value"));
        CHECK(it->record_identify({0, 1}, 1'700'000'000'000));
    }
    struct stat info {};
    REQUIRE(::stat((folder.path() / "new/state.db").c_str(), &info) == 0);
    CHECK((info.st_mode & 0777) == 0600);
    const auto again = *store::open(folder.path() / "new");
    CHECK(*again->plan() == "0/1");
    CHECK(*again->value("a", "key") == "value");
    CHECK(*again->value("b", "key") == std::nullopt);
    CHECK(again->set_value("a", "key", std::nullopt));
    CHECK(*again->value("a", "key") == std::nullopt);
}

TEST_CASE("store: a second process is refused with the first one's pid")
{
    const support::temporary_folder folder;
    const auto first = store::open(folder.path());
    REQUIRE(first);
    const auto second = store::open(folder.path());
    REQUIRE_FALSE(second);
    CHECK(second.error().code == errc::state_unusable);
    CHECK(second.error().detail.find(std::to_string(::getpid())) != std::string::npos);
}

TEST_CASE("store: another bot or API is refused, naming both")
{
    const support::temporary_folder folder;
    const auto it = *store::open(folder.path());
    CHECK(it->bind({11}, "https://one"));
    CHECK(it->bind({11}, "https://one"));
    const auto other = it->bind({22}, "https://one");
    CHECK(other.error().detail.find("11") != std::string::npos);
    CHECK(other.error().detail.find("22") != std::string::npos);
    CHECK_FALSE(it->bind({11}, "https://two"));
}

TEST_CASE("store: a file that is no database is refused and left alone")
{
    const support::temporary_folder folder;
    const auto file = folder.path() / "state.db";
    std::ofstream(file) << std::string(5000, 'x');
    const auto opened = store::open(folder.path());
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == errc::state_unusable);
    CHECK(opened.error().detail.find("state.db") != std::string::npos);
    CHECK(std::filesystem::file_size(file) == 5000);
}

TEST_CASE("store: keys and values have bounds")
{
    const support::temporary_folder folder;
    const auto it = *store::open(folder.path());
    CHECK(it->set_value("a", "", "x").error().code == errc::invalid_argument);
    CHECK(it->set_value("a", std::string(513, 'k'), "x").error().code == errc::invalid_argument);
    CHECK(it->set_value("a", "k", std::string((1U << 20) + 1, 'v')).error().code ==
          errc::too_large);
    CHECK(it->set_value("a", std::string(512, 'k'), std::string(1U << 20, 'v')));
}
