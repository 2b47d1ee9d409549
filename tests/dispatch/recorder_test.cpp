#include "base/random.hpp"
#include "dispatch/recorder.hpp"
#include "support/catch.hpp"

#include <cstdlib>
#include <map>
#include <set>

using namespace tinfoil;
using namespace tinfoil::dispatch;
using namespace std::chrono_literals;

namespace {

constexpr recorder::shape room{.sessions_max = 3, .unfinished_max = 64};

discord::session_record start(std::int64_t received = 10)
{
    return {.which = {0, 2},
            .generation = 1,
            .intents = 1,
            .point = {"abc", "wss://r", received},
            .unfinished = {}};
}

struct world {
    std::vector<std::byte> memory = std::vector<std::byte>(recorder::bytes_for(room));
    recorder it{memory, room};
    instant now{};
    recorder::session session = 0;

    explicit world(const discord::session_record& from = start())
    {
        it.name_plugin("a");
        it.name_plugin("b", "0123456789abcdef");
        it.retire_plugin(it.name_plugin("c"));
        session = it.open(from, now);
    }
    // What the next process would read.
    [[nodiscard]] discord::session_record left() const
    {
        return recorder::read(memory)->sessions.at(0);
    }
};

}  // namespace

TEST_CASE("recorder: an event is unfinished until every plugin has finished it")
{
    world it;
    it.it.begin(it.session, 11, 0b11, it.now);
    it.it.begin(it.session, 12, 0b01, it.now);
    CHECK(it.left().point.sequence == 12);
    CHECK(it.left().resume_from() == 10);
    it.it.finish(it.session, 11, 0);
    REQUIRE(it.left().unfinished.size() == 2);
    CHECK(it.left().unfinished[0].plugin == "b");
    it.it.finish(it.session, 11, 1);
    it.it.finish(it.session, 12, 0);
    it.it.finish(it.session, 12, 0);
    CHECK(it.left().unfinished.empty());
    CHECK(it.left().resume_from() == 12);
}

TEST_CASE("recorder: what an earlier process left is due once, to its plugin only")
{
    auto from = start();
    from.unfinished = {{8, "b"}, {9, "gone"}, {10, "a"}};
    world it(from);
    CHECK(it.it.look(it.session, 8).again == 0b10);
    CHECK(it.it.look(it.session, 9).again == 0);
    CHECK(it.it.look(it.session, 10).again == 0b01);
    CHECK_FALSE(it.it.look(it.session, 10).fresh);
    CHECK(it.it.look(it.session, 11).fresh);
    it.it.begin_again(it.session, 8, 1, it.now);
    CHECK(it.it.look(it.session, 8).again == 0);
    CHECK(it.left().unfinished.size() == 2);
    CHECK(it.it.counts().redelivered == 1);
    CHECK(it.it.counts().given_up == 1);  // Nobody is called "gone" any more.
}

TEST_CASE(
    "recorder: a new session takes the place of the old one whole, and a forgotten one is gone")
{
    world it;
    it.it.begin(it.session, 11, 0b11, it.now);
    it.it.renew(it.session, {"new", "", 1}, 9);
    CHECK(it.left().point.session_id == "new");
    CHECK(it.left().point.sequence == 1);
    CHECK(it.left().intents == 9);
    CHECK(it.left().unfinished.empty());
    it.it.forget(it.session);
    CHECK(it.left().point.session_id.empty());
}

TEST_CASE("recorder: a long task is given up after thirty seconds or a thousand events")
{
    world it;
    it.it.begin(it.session, 11, 0b01, it.now);
    CHECK(it.it.deadline() == it.now + 30s);
    it.it.expire(it.now + 30s - 1ns);
    CHECK(it.it.unfinished() == 1);
    it.it.expire(it.now + 30s);
    CHECK(it.it.unfinished() == 0);
    CHECK(it.it.deadline() == never);
    it.it.begin(it.session, 12, 0b01, it.now);
    it.it.begin(it.session, 1012, 0, it.now);
    CHECK(it.it.unfinished() == 1);
    it.it.begin(it.session, 1013, 0, it.now);
    CHECK(it.it.unfinished() == 0);
    CHECK(it.it.counts().given_up == 2);
}

TEST_CASE("recorder: what is due again waits for its replay, and not for ever behind it")
{
    auto from = start();
    from.unfinished = {{9, "a"}};
    world it(from);
    it.it.expire(it.now + 1h);
    CHECK(it.it.look(it.session, 9).again == 0b01);
    it.now += 1h;
    it.it.begin(it.session, 11, 0, it.now);
    it.it.expire(it.now + 30s - 1ns);
    CHECK(it.it.unfinished() == 1);
    it.it.expire(it.now + 30s);
    CHECK(it.it.unfinished() == 0);
}

TEST_CASE("recorder: without room the oldest is given up")
{
    world it;
    for (std::int64_t sequence = 11; sequence < 11 + 65; ++sequence) {
        it.it.begin(it.session, sequence, 0b01, it.now);
        it.now += 1ms;
    }
    CHECK(it.it.unfinished() == 64);
    CHECK(it.left().unfinished.front().sequence == 12);
}

TEST_CASE("recorder: who ran, and the counts, are there afterwards")
{
    world it;
    it.it.in_charge().begin(1, {charge::part::event, {0, 2}, 11, "MESSAGE_CREATE"});
    for (int i = 0; i < 200; ++i)
        it.it.count_event("TYPE_" + std::to_string(i));
    it.it.count_event("TYPE_0");
    it.it.count_command();
    const auto left = *recorder::read(it.memory);
    CHECK(left.last.plugin == "b");
    CHECK(left.last.build == "0123456789abcdef");
    CHECK(left.last.what.what == charge::part::event);
    CHECK(left.last.what.type == "MESSAGE_CREATE");
    CHECK(left.last.what.sequence == 11);
    CHECK(left.last.what.slot == discord::slot{0, 2});
    CHECK(left.last.session_id == "abc");
    std::map<std::string, std::uint64_t> counts(left.counts.by_type.begin(),
                                                left.counts.by_type.end());
    CHECK(counts.at("TYPE_0") == 2);
    CHECK(counts.at("OTHER") == 200 - 127);
    CHECK(left.counts.commands_seen == 1);
    it.it.in_charge().end();
    CHECK(recorder::read(it.memory)->last.plugin.empty());
}

TEST_CASE("recorder: the last words name the one in charge, or another that is to blame")
{
    using ending = charge::ending;
    world it;
    const auto last = [&] { return recorder::read(it.memory)->last; };
    charge& marker = it.it.in_charge();
    marker.begin(0, {charge::part::completion});
    marker.say(ending::signal, 11, "at 0x0");
    marker.say(ending::exception, 0, "too late");
    CHECK(last().plugin == "a");
    CHECK(last().what.what == charge::part::completion);
    CHECK(last().what.how == ending::signal);
    CHECK(last().what.detail == 11);
    CHECK(last().what.text == "at 0x0");
    CHECK_FALSE(last().what.slot);

    world other;
    other.it.in_charge().begin(0, {charge::part::event, {0, 2}, 11, "MESSAGE_CREATE"});
    other.it.in_charge().say(ending::exception, 0, std::string(1000, 'x'), 1);
    const auto left = recorder::read(other.memory)->last;
    CHECK(left.plugin == "b");
    CHECK(left.what.what == charge::part::nobody);
    CHECK_FALSE(left.what.slot);
    CHECK(left.what.text.size() == 192);

    world third;
    third.it.in_charge().begin(0, {charge::part::start});
    const auto before = third.it.in_charge().turn();
    CHECK(before % 2 == 1);
    third.it.in_charge().end();
    CHECK(third.it.in_charge().turn() % 2 == 0);
    third.it.in_charge().begin(0, {charge::part::stop});
    CHECK(third.it.in_charge().turn() > before);
}

TEST_CASE("recorder: doubt stays until it is taken away, also over a process")
{
    auto from = start();
    from.doubtful = true;
    world it(from);
    CHECK(it.it.is_doubtful(it.session));
    CHECK(it.left().doubtful);
    it.it.trust(it.session);
    CHECK_FALSE(it.left().doubtful);
}

TEST_CASE("recorder: each loss of a session makes its generation grow")
{
    world it;
    it.it.forget(it.session);
    CHECK(it.left().generation == 2);
    it.it.forget(it.session);  // There is none to lose.
    it.it.renew(it.session, {"def", "wss://r", 1}, 1);
    CHECK(it.left().generation == 2);
    CHECK(it.it.record_of(it.session).generation == 2);
    it.it.renew(it.session, {"ghi", "wss://r", 1}, 1);
    CHECK(it.left().generation == 3);
}

TEST_CASE("recorder: any bytes are read or refused")
{
    world it;
    it.it.begin(it.session, 11, 0b11, it.now);
    CHECK_FALSE(recorder::read({}));
    for (std::size_t size = 0; size < it.memory.size(); size += 997)
        CHECK_FALSE(recorder::read(std::span(it.memory).first(size)));
    random_source random(1);
    for (int i = 0; i < 2000; ++i) {
        auto damaged = it.memory;
        for (int j = 0; j < 4; ++j)
            damaged[random.below(damaged.size())] = static_cast<std::byte>(random.below(256));
        (void)recorder::read(damaged);
    }
}

TEST_CASE(
    "recorder: over many processes nothing unfinished is lost and nothing finished comes again",
    "[simulation]")
{
    const char* given = std::getenv("TINFOIL_SEEDS");
    const std::uint64_t seeds = given != nullptr ? std::strtoull(given, nullptr, 10) : 200;
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        INFO("seed " << seed);
        random_source random(seed);
        auto known = start();
        std::set<std::pair<std::int64_t, std::size_t>> open;  // The model.
        std::int64_t sequence = known.point.sequence;
        instant now{};
        for (int process = 0; process < 6; ++process) {
            world it(known);
            std::set<std::pair<std::int64_t, std::size_t>> again;
            for (std::int64_t at = known.resume_from() + 1; at <= sequence; ++at)
                for (std::size_t plugin = 0; plugin < 2; ++plugin)
                    if ((it.it.look(it.session, at).again >> plugin & 1U) != 0)
                        again.emplace(at, plugin);
            REQUIRE(again == open);
            for (const auto& [at, plugin] : again)
                if (random.below(3) != 0)
                    it.it.begin_again(it.session, at, plugin, now);
            for (std::uint64_t step = random.below(40); step > 0; --step) {
                if (random.below(2) == 0 && open.size() < 30) {
                    const std::uint64_t plugins = random.below(4);
                    it.it.begin(it.session, ++sequence, plugins, now);
                    for (std::size_t plugin = 0; plugin < 2; ++plugin)
                        if ((plugins >> plugin & 1U) != 0)
                            open.emplace(sequence, plugin);
                } else if (!open.empty()) {
                    const auto which = std::next(
                        open.begin(), static_cast<std::ptrdiff_t>(random.below(open.size())));
                    it.it.finish(it.session, which->first, which->second);
                    open.erase(which);
                }
            }
            known = it.left();
            REQUIRE(known.point.sequence == sequence);
        }
    }
}

TEST_CASE("recorder: a plugin that has gone gives up what it had not finished, and its number")
{
    auto from = start();
    from.unfinished = {{9, "a"}, {10, "b"}};
    world it(from);
    it.it.begin(it.session, 11, 0b11, it.now);
    it.it.retire_plugin(0);
    CHECK(it.it.look(it.session, 9).again == 0);
    REQUIRE(it.left().unfinished.size() == 2);
    for (const auto& each : it.left().unfinished)
        CHECK(each.plugin == "b");
    CHECK(it.it.name_plugin("c") == 0);
    CHECK(it.it.name_plugin("d") == 2);
    it.it.begin(it.session, 12, 0b101, it.now);
    CHECK(it.left().unfinished.size() == 4);
    CHECK(it.left().unfinished.back().plugin == "d");
    it.it.retire_plugin(2);
    it.it.retire_plugin(0);
    it.it.finish(it.session, 10, 1);
    it.it.finish(it.session, 11, 1);
    CHECK(it.left().unfinished.empty());
    CHECK(it.it.unfinished() == 0);
    CHECK(it.it.counts().given_up == 4);
}

TEST_CASE("recorder: a slot that is closed leaves its place to another, and nothing behind")
{
    world it;
    it.it.begin(it.session, 11, 0b11, it.now);
    CHECK(it.it.room() == 2);
    const auto life = it.it.life(it.session);
    it.it.close(it.session);
    CHECK(it.it.room() == 3);
    CHECK(it.it.unfinished() == 0);
    CHECK(it.it.counts().given_up == 2);
    CHECK(recorder::read(it.memory)->sessions.empty());

    discord::session_record other = start(4);
    other.which = {1, 4};
    const auto second = it.it.open(other, it.now);
    CHECK(second == it.session);
    CHECK(it.it.life(second) != life);
    it.it.begin(second, 5, 0b01, it.now);
    it.it.open(start(), it.now);
    it.it.open(start(), it.now);
    CHECK(it.it.room() == 0);
    const auto left = recorder::read(it.memory)->sessions;
    REQUIRE(left.size() == 3);
    CHECK(left[0].which == discord::slot{1, 4});
    CHECK(left[0].point.sequence == 5);
    REQUIRE(left[0].unfinished.size() == 1);
    CHECK(left[0].unfinished[0].plugin == "a");
}
