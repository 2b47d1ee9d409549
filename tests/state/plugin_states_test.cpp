#include "state/plugin_states.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <fstream>
#include <iterator>

using namespace tinfoil;
using namespace tinfoil::state;

TEST_CASE("plugin states: what is kept is read back, any bytes, the newest of each plugin")
{
    const support::temporary_folder folder;
    const auto place = plugin_states(folder.path(), 3);
    CHECK(read_plugin_state(place, "counter")->has_value() == false);
    const std::string bytes("a\0b\n", 4);
    REQUIRE(keep_plugin_state(place, {"counter", "1.0.0", 2, "old"}));
    REQUIRE(keep_plugin_state(place, {"counter", "1.1.0", 3, bytes}));
    REQUIRE(keep_plugin_state(place, {"other", "9", 1, ""}));
    const auto read = read_plugin_state(place, "counter");
    REQUIRE(read);
    REQUIRE(*read);
    CHECK((*read)->by == "1.1.0");
    CHECK((*read)->version == 3);
    CHECK((*read)->bytes == bytes);
    CHECK((*read_plugin_state(place, "other"))->bytes.empty());
}

TEST_CASE("plugin states: a damaged one is told, and a rejected one is kept for people")
{
    const support::temporary_folder folder;
    REQUIRE(keep_plugin_state(folder.path(), {"counter", "1.0.0", 2, "0123456789"}));
    const auto file = folder.path() / "counter";
    std::ifstream in(file, std::ios::binary);
    const std::string whole(std::istreambuf_iterator<char>(in), {});
    for (std::size_t at = 0; at < whole.size(); ++at) {
        std::string other = whole;
        other[at] = static_cast<char>(other[at] ^ 0x10);
        std::ofstream(file, std::ios::binary | std::ios::trunc) << other;
        CHECK(read_plugin_state(folder.path(), "counter").error().code == errc::malformed);
        std::ofstream(file, std::ios::binary | std::ios::trunc) << whole.substr(0, at);
        CHECK(read_plugin_state(folder.path(), "counter").error().code == errc::malformed);
    }
    const auto aside = reject_plugin_state(folder.path(), "counter");
    CHECK(aside.filename() == "counter.rejected");
    CHECK(std::filesystem::exists(aside));
    CHECK(read_plugin_state(folder.path(), "counter")->has_value() == false);
}
