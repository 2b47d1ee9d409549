// The order of ups and downs, and when the worker of a network manager runs.
#include "host/network_life.hpp"
#include "host/network_turns.hpp"
#include "support/catch.hpp"

#include <fmt/format.h>

using namespace tinfoil;
using namespace tinfoil::host;
using namespace std::chrono_literals;

namespace {

// What they want done, as words in order.
struct turns {
    std::string tell(const turns_input& what, duration later = {})
    {
        now += later;
        std::vector<turns_action> todo;
        it.on(what, now, todo);
        std::string said;
        for (const turns_action& each : todo)
            said += (said.empty() ? "" : "; ") + text_of(each);
        return said;
    }
    std::string text_of(const turns_action& of)
    {
        if (const auto* given = std::get_if<give_turn>(&of)) {
            last = given->id == 0 ? last : given->id;
            const char* const names[] = {"up", "down", "stands"};
            return fmt::format("{} {}", names[static_cast<int>(given->what)], given->epoch);
        }
        if (const auto* failed = std::get_if<up_failed>(&of))
            return fmt::format("failed {} ({})", failed->epoch, failed->why);
        if (const auto* done = std::get_if<process_done>(&of))
            return fmt::format("done {}", done->epoch);
        if (const auto* warning = std::get_if<turns_warning>(&of))
            return "warning: " + warning->text;
        return std::holds_alternative<network_empty>(of) ? "empty" : "overdue";
    }
    std::string ends(std::string failed = "") { return tell(turn_ended{last, std::move(failed)}); }

    network_turns it{"up", "down"};
    instant now{};
    std::uint64_t last = 0;
};

struct life {
    std::string tell(const life_input& what, duration later = {})
    {
        now += later;
        std::vector<life_action> todo;
        it.on(what, now, todo);
        std::string said;
        for (const life_action& each : todo) {
            said += said.empty() ? "" : "; ";
            if (const auto* left = std::get_if<worker_left>(&each))
                said += "left: " + left->why;
            else if (const auto* failed = std::get_if<worker_failed>(&each))
                said += "failed: " + failed->why;
            else
                said += std::holds_alternative<spawn_worker>(each)  ? "spawn"
                        : std::holds_alternative<kill_worker>(each) ? "kill"
                        : std::holds_alternative<worker_came>(each) ? "came"
                                                                    : "warning";
        }
        return said;
    }

    network_life it{7};
    instant now{};
};

}  // namespace

TEST_CASE("network turns: each up is followed by one down, and the next up waits for it")
{
    turns at;
    CHECK(at.tell(process_wanted{0, 10}).empty());  // Nobody is there to do it.
    CHECK(at.tell(crew_came{}) == "up 10");
    CHECK(at.ends().empty());
    CHECK(at.tell(process_wanted{1, 11}) == "up 11");
    CHECK(at.tell(process_dropped{0, 10}) == "down 10");
    CHECK(at.tell(process_dropped{0, 10}).empty());
    const auto down = at.last;
    CHECK(at.tell(process_wanted{0, 12}).empty());
    CHECK(at.tell(turn_ended{down, ""}) == "done 10; up 12");
    CHECK(at.tell(turn_ended{down, ""}).empty());
    // One that waited behind a down was never there.
    CHECK(at.tell(process_dropped{0, 12}) == "down 12");
    CHECK(at.tell(process_wanted{0, 13}).empty());
    CHECK(at.tell(process_dropped{0, 13}) == "done 13");
    CHECK(at.ends() == "done 12");
    CHECK_FALSE(at.it.is_empty());
    CHECK(at.tell(process_dropped{1, 11}) == "down 11");
    CHECK(at.ends() == "done 11");
    CHECK(at.it.is_empty());
}

TEST_CASE("network turns: an up that fails is taken back, and a down that fails is told")
{
    turns at;
    at.tell(crew_came{});
    CHECK(at.tell(process_wanted{2, 10}) == "up 10");
    CHECK(at.ends("no machine") == "failed 10 (up: no machine)");
    CHECK(at.tell(process_dropped{2, 10}) == "down 10");
    CHECK(at.ends("no answer") ==
          "warning: down for collection 2: no answer; what it was to remove may still be there; "
          "done 10");
}

TEST_CASE("network turns: a down that takes too long is ended, once")
{
    turns at;
    at.tell(crew_came{});
    at.tell(process_wanted{0, 10});
    at.tell(process_dropped{0, 10});
    CHECK(at.it.deadline() == at.now + 20s);
    CHECK(at.tell(turns_elapsed{}, 19s).empty());
    CHECK(at.tell(turns_elapsed{}, 1s) == "overdue");
    CHECK(at.it.deadline() == never);
    CHECK(at.tell(turns_elapsed{}, 1h).empty());
    CHECK(at.ends("killed").ends_with("done 10"));
}

TEST_CASE("network turns: whoever begins anew hears what stands, and does again what was cut off")
{
    turns at;
    at.tell(crew_came{});
    at.tell(process_wanted{0, 10});
    at.ends();
    at.tell(process_wanted{1, 11});
    at.ends();
    at.tell(process_wanted{2, 12});
    CHECK(at.tell(process_dropped{1, 11}) == "down 11");
    const auto late = at.last;
    CHECK(at.tell(crew_left{"it died"}) == "failed 12 (up: it died)");
    CHECK(at.it.deadline() == never);
    CHECK(at.tell(turn_ended{late, ""}).empty());
    CHECK(at.tell(process_dropped{2, 12}).empty());
    CHECK(at.tell(process_wanted{3, 13}).empty());
    CHECK(at.tell(crew_came{}) == "stands 10; down 11; down 12; up 13");
    CHECK(at.it.deadline() == at.now + 20s);
}

TEST_CASE("network turns: at the end all is brought down, as far as anybody waits")
{
    turns at;
    at.tell(crew_came{});
    at.tell(process_wanted{0, 10});
    at.ends();
    const bool answers = GENERATE(true, false);
    CHECK(at.tell(network_closed{}) == "down 10");
    CHECK(at.tell(process_wanted{1, 11}) == "failed 11 (the host ends); done 11");
    CHECK(at.it.deadline() == at.now + 5s);
    if (answers) {
        CHECK(at.ends() == "done 10; empty");
    } else {
        CHECK(at.tell(turns_elapsed{}, 4s).empty());
        CHECK(at.tell(turns_elapsed{}, 1s) == "empty");
        CHECK(at.ends() == "done 10");
    }
    CHECK(at.tell(network_closed{}).empty());
}

TEST_CASE("network life: a worker that has run once is begun again, after a wait that grows")
{
    life at;
    CHECK(at.tell(life_begin{}) == "spawn");
    CHECK(at.it.state() == "starting");
    CHECK(at.tell(life_ready{}) == "came");
    CHECK(at.it.state() == "running");
    CHECK(at.it.away_since() == never);
    CHECK(at.it.deadline() == never);
    duration before{};
    for (int times = 0; times < 3; ++times) {
        CHECK(at.tell(life_ended{"signal 9"}) == "left: its process has ended: signal 9; warning");
        const duration wait = at.it.deadline() - at.now;
        const instant left = at.now;
        CHECK(at.it.state() == "waiting");
        CHECK(wait > before);
        before = wait;
        CHECK(at.tell(life_elapsed{}, wait) == "spawn");
        CHECK(at.it.away_since() == left);
        CHECK(at.tell(life_ready{}) == "came");
        CHECK(at.it.restarts() == static_cast<std::uint64_t>(times) + 1);
        CHECK(at.it.last_end() == "its process has ended: signal 9");
    }
    CHECK(at.tell(life_ended{"signal 9"}, 1min).starts_with("left"));
    CHECK(at.it.deadline() - at.now <= network_life::wait_least);
    CHECK(at.tell(life_stop{}).empty());
    CHECK(at.it.deadline() == never);
}

TEST_CASE("network life: the first has to come up, and each within its time")
{
    life at;
    at.tell(life_begin{});
    const int how = GENERATE(0, 1, 2);
    if (how == 0)
        CHECK(at.tell(life_ended{"exit code 1"}) == "failed: its process has ended: exit code 1");
    if (how == 1) {
        CHECK(at.tell(life_refused{"no"}) == "kill");
        CHECK(at.tell(life_ready{}).empty());
        CHECK(at.tell(life_ended{"signal 9"}) == "failed: no");
    }
    if (how == 2) {
        CHECK(at.it.deadline() == at.now + 30s);
        CHECK(at.tell(life_elapsed{}, 30s) == "kill");
        CHECK(at.tell(life_ended{"signal 9"}) == "failed: it has not started within 30 s");
    }
    CHECK(at.it.deadline() == never);
    CHECK(at.tell(life_begin{}).empty());
}
