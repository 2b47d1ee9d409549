#include "host/plugin_care.hpp"
#include "support/catch.hpp"

#include <functional>

using namespace tinfoil;
using namespace tinfoil::host;
using namespace std::chrono_literals;

namespace {

const link::event_name event_12{{0, 2}, "abc", 12};
const link::event_name event_13{{0, 2}, "abc", 13};

plugin_ended crash(const std::optional<link::event_name>& event = event_12,
                   const std::string& build = "b1")
{
    plugin_ended made;
    made.plugin = "bad";
    made.version = "1.0.0";
    made.build = build;
    made.how = "killed by signal 11";
    made.event = event;
    made.type = "MESSAGE_CREATE";
    return made;
}

plugin_ended of_worker(const std::optional<link::event_name>& event = event_12)
{
    plugin_ended made = crash(event);
    made.isolated = true;
    made.collection = 3;
    made.epoch = 7;
    return made;
}

plugin_care::settings isolating(const std::string& plugin)
{
    plugin_care::settings made;
    made.isolated = {plugin};
    return made;
}

plugin_care::settings with(on_crash policy)
{
    plugin_care::settings made;
    made.policy = policy;
    return made;
}

struct player {
    explicit player(plugin_care::settings how = {}) : it(std::move(how)) {}

    std::vector<care_action> feed(const care_input& what)
    {
        std::vector<care_action> todo;
        it.on(what, now, todo);
        last.clear();
        for (const auto& each : todo)
            if (const auto* said = std::get_if<care_says>(&each))
                last += said->text + "\n";
        return todo;
    }
    // The orders that are due by then.
    std::vector<link::plugin_terms> orders(duration after)
    {
        now += after;
        std::vector<link::plugin_terms> all;
        for (const auto& each : feed(care_elapsed{}))
            all.push_back(std::get<give_order>(each).terms);
        return all;
    }
    [[nodiscard]] link::plugin_terms terms() const
    {
        const auto all = it.terms();
        REQUIRE(all.size() == 1);
        return all.front();
    }
    [[nodiscard]] bool said(const std::string& text) const
    {
        UNSCOPED_INFO(last);
        return last.find(text) != std::string::npos;
    }

    plugin_care it;
    instant now{};
    std::string last;
};

template <class T>
std::size_t count(const std::vector<care_action>& all)
{
    return static_cast<std::size_t>(std::count_if(
        all.begin(), all.end(), [](const auto& each) { return std::holds_alternative<T>(each); }));
}

constexpr auto process = static_cast<std::uint8_t>(link::plugin_placement::process);

}  // namespace

TEST_CASE("plugin care: who has done nothing is run as the operator says")
{
    CHECK(player().it.terms().empty());
    player chosen(isolating("ping"));
    CHECK(chosen.terms().plugin == "ping");
    CHECK(chosen.terms().build.empty());
    CHECK(chosen.terms().placement == process);
    CHECK(chosen.it.deadline() == never);
}

TEST_CASE("plugin care: the first crash isolates that build and names plugin, event and reason")
{
    player it;
    const auto todo = it.feed(crash());
    CHECK(count<keep_care>(todo) == 1);
    CHECK(count<give_order>(todo) == 0);
    CHECK(it.said("plugin bad 1.0.0 crashed in MESSAGE_CREATE 12 of shard 0/2 (killed by signal "
                  "11); it runs in a process of its own"));
    CHECK(it.terms().plugin == "bad");
    CHECK(it.terms().build == "b1");
    CHECK(it.terms().placement == process);
    CHECK(it.terms().set_aside.empty());
    // One that is neither crashed nor handled an event says what it did.
    plugin_ended starting = crash(std::nullopt, "b2");
    starting.hung = true;
    starting.doing = "it was starting";
    it.feed(starting);
    CHECK(it.said("plugin bad 1.0.0 hung while it was starting"));
    CHECK(it.it.terms().size() == 2);
}

TEST_CASE("plugin care: an event comes again once, and is a poison when it kills twice")
{
    player it;
    CHECK(count<keep_poison>(it.feed(crash())) == 0);
    CHECK(it.terms().poisons.empty());
    it.feed(crash(event_13, "b1"));
    CHECK(it.terms().poisons.empty());
    it.now += 11min;  // However long after.
    const auto todo = it.feed(of_worker());
    REQUIRE(count<keep_poison>(todo) == 1);
    const auto& kept = std::get<keep_poison>(todo.front());
    CHECK_FALSE(kept.has_data);
    CHECK(kept.what.plugin == "bad");
    CHECK(kept.what.event.sequence == 12);
    CHECK(kept.why.find("killed by signal 11") != std::string::npos);
    REQUIRE(it.terms().poisons.size() == 1);
    CHECK(it.terms().poisons[0].sequence == 12);

    // Another plugin, session or slot is another matter.
    player other;
    other.feed(crash());
    plugin_ended elsewhere = crash();
    elsewhere.plugin = "good";
    CHECK(count<keep_poison>(other.feed(elsewhere)) == 0);
    CHECK(count<keep_poison>(other.feed(crash(link::event_name{{1, 2}, "abc", 12}))) == 0);
    CHECK(count<keep_poison>(other.feed(crash(link::event_name{{0, 2}, "xyz", 12}))) == 0);
}

TEST_CASE("plugin care: a poison is skipped until it has come, and kept with its data")
{
    player it;
    it.feed(crash());
    it.now += 11min;
    it.feed(crash());
    const link::plugin_poisoned came{"bad", "1.0.0", "b1", event_12, "MESSAGE_CREATE", "{}"};
    const auto todo = it.feed(poison_came{came});
    REQUIRE(count<keep_poison>(todo) == 1);
    CHECK(std::get<keep_poison>(todo.front()).has_data);
    CHECK(std::get<keep_poison>(todo.front()).what.data == "{}");
    CHECK(it.terms().poisons.empty());
}

TEST_CASE("plugin care: a worker waits longer each time, and skips what it may not get")
{
    player it;
    it.feed(crash());
    it.now += 9min;
    auto todo = it.feed(of_worker());
    CHECK(count<give_order>(todo) == 0);
    CHECK(it.it.deadline() == it.now + 1s);
    CHECK(it.said("starts again in 1 s"));
    CHECK(it.orders(999ms).empty());
    const auto orders = it.orders(1ms);
    REQUIRE(orders.size() == 1);
    CHECK(orders[0].set_aside.empty());
    CHECK(orders[0].placement == process);
    REQUIRE(orders[0].poisons.size() == 1);
    CHECK(it.it.deadline() == never);
    // The first is too long ago to count now, so there is no quarantine.
    it.now += 2min;
    it.feed(of_worker(event_13));
    CHECK(it.it.deadline() == it.now + 1s);
    // A collection that ends takes its workers along.
    it.feed(collection_left{3, 8});
    CHECK(it.it.deadline() != never);
    it.feed(collection_left{3, 7});
    CHECK(it.it.deadline() == never);
}

TEST_CASE("plugin care: a worker that ends for the first time in a while starts at once")
{
    player it(isolating("bad"));
    const auto todo = it.feed(of_worker());
    CHECK(count<give_order>(todo) == 1);
    CHECK(it.said("its process starts again"));
}

TEST_CASE("plugin care: three in ten minutes are quarantine, until somebody enables it",
          "[plugins/86]")
{
    player it;
    it.feed(crash());
    it.now += 4min;
    it.feed(of_worker(event_13));
    CHECK(it.orders(1s).size() == 1);
    it.now += 5min;
    const auto todo = it.feed(of_worker(std::nullopt));
    CHECK(it.said("3 times within 10 minutes; this build is in quarantine"));
    CHECK(it.said("tinfoil plugins enable bad"));
    REQUIRE(count<give_order>(todo) == 1);
    CHECK(it.terms().set_aside.find("crashed") != std::string::npos);
    // A new build has no past.
    REQUIRE(it.it.look().size() == 1);
    CHECK(it.it.look()[0].build == "b1");
    CHECK(it.it.look()[0].quarantined == it.terms().set_aside);
    CHECK(count<keep_care>(it.feed(plugin_enabled{"other"})) == 1);
    CHECK_FALSE(it.terms().set_aside.empty());
    it.feed(plugin_enabled{"bad"});
    CHECK(it.it.terms().empty());
}

TEST_CASE("plugin care: three that are further apart are none")
{
    player it;
    for (int i = 0; i < 20; ++i) {
        it.feed(crash(link::event_name{{0, 2}, "abc", 100 + i}));
        CHECK(it.terms().set_aside.empty());
        it.now += 5min;
    }
}

TEST_CASE("plugin care: an operator may want quarantine at once, or a restart where it was")
{
    player strict(with(on_crash::quarantine));
    strict.feed(crash());
    CHECK_FALSE(strict.terms().set_aside.empty());
    player kind(with(on_crash::restart));
    kind.feed(crash());
    CHECK(kind.it.terms().empty());
    kind.feed(crash());
    CHECK(kind.terms().placement == 0);
    CHECK(kind.terms().poisons.size() == 1);
    kind.feed(crash(event_13));
    CHECK_FALSE(kind.terms().set_aside.empty());
}

TEST_CASE("plugin care: what it knows outlives the host, and ages meanwhile")
{
    player first;
    first.feed(crash());
    first.now += 1min;
    first.feed(crash(event_13));
    first.feed(crash(std::nullopt, "b2"));
    const std::string text = first.it.remember(first.now, 1'000'000);

    player second;
    second.now += 3h;
    REQUIRE(second.it.recall(text, second.now, 1'000'000 + 60'000));
    CHECK(second.it.look().size() == 2);
    CHECK(second.it.look()[0].last == first.it.look()[0].last);
    // Suspicion and crashes go on where they were: the third within ten minutes, and a poison.
    const auto todo = second.feed(crash(event_13));
    CHECK(count<keep_poison>(todo) == 1);
    CHECK(second.it.terms()[0].poisons.size() == 1);
    CHECK(second.it.terms()[1].poisons.size() == 1);  // An event is a poison for every build.
    player third;
    REQUIRE(third.it.recall(second.it.remember(second.now, 5), third.now, 5));
    CHECK(third.it.terms()[1].poisons.size() == 1);
    CHECK(second.said("quarantine"));

    player later;
    REQUIRE(later.it.recall(text, later.now, 1'000'000 + 3'600'000));
    later.feed(crash(event_13));
    CHECK_FALSE(later.said("quarantine"));
    CHECK(later.it.terms().size() == 2);  // Isolated they stay.

    player back;  // A wall clock that was set back makes nothing younger than it is.
    REQUIRE(back.it.recall(text, back.now, 0));
    back.feed(crash(event_13));
    CHECK(back.said("quarantine"));
}

TEST_CASE("plugin care: a state that is damaged is said and does no harm")
{
    player it;
    it.feed(crash());
    const std::string text = it.it.remember(it.now, 1);
    for (std::size_t size = 0; size < text.size(); ++size) {
        player other;
        CHECK_FALSE(other.it.recall(text.substr(0, size), other.now, 1));
        CHECK(other.it.terms().empty());
    }
    player other;
    CHECK(other.it.recall("[]", other.now, 1).error().code == errc::malformed);
    CHECK(other.it.recall(R"({"wall_ms":1,"builds":[{}],"suspects":[]})", other.now, 1)
              .error()
              .code == errc::malformed);
}

TEST_CASE("plugin care: what it keeps is bounded")
{
    player it;
    for (int i = 0; i < 2'500; ++i)
        it.feed(crash(link::event_name{{0, 2}, "abc", i + 1}, "b" + std::to_string(i)));
    CHECK(it.it.look().size() == plugin_care::builds_max);
    // The oldest are gone, the newest are known.
    CHECK(count<keep_poison>(it.feed(crash(link::event_name{{0, 2}, "abc", 1}))) == 0);
    CHECK(count<keep_poison>(it.feed(crash(link::event_name{{0, 2}, "abc", 2500}))) == 1);
}
