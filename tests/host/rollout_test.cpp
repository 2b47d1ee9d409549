#include "dispatch/swap.hpp"
#include "host/rollout.hpp"
#include "support/catch.hpp"

using namespace tinfoil;
using namespace tinfoil::host;
using namespace std::chrono_literals;

namespace {

struct player {
    std::string feed(const rollout_input& what)
    {
        std::vector<rollout_action> todo;
        it.on(what, now, todo);
        std::string seen;
        for (const auto& each : todo) {
            seen += seen.empty() ? "" : " ";
            if (const auto* sent = std::get_if<rollout_send>(&each)) {
                last[sent->number] = sent->ticket;
                seen += std::to_string(sent->number) +
                        (sent->build.empty() ? "-" : "=" + sent->build) +
                        (sent->rollback ? "!" : "");
                continue;
            }
            const auto& end = std::get<rollout_settled>(each);
            seen += std::to_string(end.ticket) +
                    (end.superseded ? ":superseded"
                     : end.done     ? ":done "
                                    : ":failed ") +
                    (end.superseded ? "" : end.build);
            for (const auto& place : end.places)
                seen += " " + std::to_string(place.number) +
                        (place.went_back ? "back"
                         : place.took    ? "took"
                                         : "not");
        }
        return seen;
    }
    std::string up(std::uint32_t number, const std::string& build = "a")
    {
        return feed(collection_up{
            number, build.empty() ? std::map<std::string, std::string>{}
                                  : std::map<std::string, std::string>{{"ping", build}}});
    }
    std::string order(std::uint64_t ticket, const std::string& build)
    {
        return feed(rollout_order{ticket, "ping", build, false});
    }
    std::string answer(std::uint32_t number, dispatch::swap_verdict how)
    {
        link::plugin_changed told;
        told.ticket = last.at(number);
        told.plugin = "ping";
        told.how = static_cast<std::uint8_t>(how);
        if (how == dispatch::swap_verdict::refused)
            told.why = "bad";
        return feed(collection_changed{number, told});
    }
    std::string takes(std::uint32_t number)
    {
        return answer(number, dispatch::swap_verdict::reloaded);
    }
    std::string refuses(std::uint32_t number)
    {
        return answer(number, dispatch::swap_verdict::refused);
    }

    explicit player(std::uint32_t collections = 3)
    {
        feed(rollout_settled_on{"ping", "a"});
        for (std::uint32_t each = 0; each < collections; ++each)
            up(each);
    }
    rollout it;
    instant now{};
    std::map<std::uint32_t, std::uint64_t> last;
};

}  // namespace

TEST_CASE("rollout: one collection first, then the rest at once")
{
    player it;
    CHECK(it.order(1, "b") == "0=b");
    CHECK(it.it.is_busy("ping"));
    CHECK(it.takes(0) == "1=b 2=b");
    CHECK(it.takes(2) == "");
    CHECK(it.takes(1) == "1:done b 0took 1took 2took");
    CHECK(it.it.deadline() == never);
    // Again the same: it starts anew.
    CHECK(it.order(2, "b") == "0=b");
}

TEST_CASE("rollout: where the first refuses nobody else is bothered")
{
    player it;
    it.order(1, "b");
    CHECK(it.refuses(0) == "1:failed a 0not");
    CHECK(it.order(2, "c") == "0=c");
}

TEST_CASE("rollout: where a later one refuses, those that took it go back")
{
    player it;
    it.order(1, "b");
    it.takes(0);
    CHECK(it.refuses(1) == "0=a!");
    // It was at it already, and goes back as soon as it has answered.
    CHECK(it.takes(2) == "2=a!");
    CHECK(it.takes(0) == "");
    CHECK(it.takes(2) == "1:failed a 0back 1not 2back");
}

TEST_CASE("rollout: one that can't go back is told, and not asked for ever")
{
    player it(2);
    it.order(1, "b");
    it.takes(0);
    CHECK(it.refuses(1) == "0=a!");
    CHECK(it.refuses(0) == "1:failed a 0took 1not");
}

TEST_CASE("rollout: a collection that ends while it takes the new one counts against it")
{
    player it;
    it.order(1, "b");
    it.takes(0);
    CHECK(it.feed(collection_down{1}) == "0=a!");
    CHECK(it.takes(2) == "2=a!");
    CHECK(it.up(1) == "");
    it.takes(0);
    CHECK(it.takes(2) == "1:failed a 0back 1not 2back");
}

TEST_CASE("rollout: a collection that begins meanwhile gets it when it is its turn, or afterwards")
{
    player it(2);
    CHECK(it.order(1, "b") == "0=b");
    CHECK(it.feed(collection_down{1}) == "");
    CHECK(it.takes(0) == "1:done b 0took");
    CHECK(it.up(1, "a") == "1=b");
    CHECK(it.takes(1) == "");
    CHECK(it.order(2, "c") == "0=c");
    CHECK(it.takes(0) == "1=c");
    CHECK(it.feed(collection_down{0}) == "");
    CHECK(it.up(0, "b") == "0=c");
    it.takes(0);
    CHECK(it.takes(1) == "2:done c 0took 1took");
    // One that refused at its begin is left alone.
    it.feed(collection_down{0});
    CHECK(it.up(0, "") == "");
}

TEST_CASE("rollout: a silent collection is given up after 20 s", "[plugins/41]")
{
    player it;
    it.order(1, "b");
    it.takes(0);
    it.takes(1);
    CHECK(it.it.deadline() == it.now + 20s);
    it.now += 20s;
    CHECK(it.feed(rollout_elapsed{}) == "0=a! 1=a!");
    it.takes(0);
    CHECK(it.takes(1) == "1:failed a 0back 1back 2not");
}

TEST_CASE("rollout: of orders that follow fast the last one wins everywhere", "[plugins/76]")
{
    player it(2);
    it.order(1, "b");
    CHECK(it.order(2, "c") == "1:superseded");
    CHECK(it.order(3, "d") == "2:superseded");
    CHECK(it.takes(0) == "0=d");
    CHECK(it.takes(0) == "1=d");
    CHECK(it.takes(1) == "3:done d 0took 1took");
}

TEST_CASE("rollout: an unload goes everywhere where it runs, and nowhere else")
{
    player it(2);
    CHECK(it.order(1, "") == "0-");
    CHECK(it.answer(0, dispatch::swap_verdict::unloaded) == "1-");
    CHECK(it.answer(1, dispatch::swap_verdict::unloaded) == "1:done  0took 1took");
    CHECK(it.order(2, "") == "2:done ");
    CHECK(it.order(3, "b") == "0=b");
    CHECK(it.answer(0, dispatch::swap_verdict::loaded) == "1=b");
    CHECK(it.refuses(1) == "0-!");
    CHECK(it.answer(0, dispatch::swap_verdict::unloaded) == "3:failed  0back 1not");
}

TEST_CASE("rollout: with no collection up it is settled for those that begin")
{
    player it(0);
    CHECK(it.order(1, "b") == "1:done b");
    CHECK(it.up(0, "b") == "");
}
