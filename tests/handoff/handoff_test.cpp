// The handoff machine step by step: what it does and what it never does.
#include "handoff/handoff.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <string>
#include <vector>

using namespace tinfoil;
using namespace tinfoil::handoff;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t guild = (1U << 22) + 1, other_guild = (2U << 22) + 1;
constexpr std::uint64_t noon_ms = 1'750'000'000'000;

std::string id_at(std::uint64_t ms, std::uint64_t number)
{
    return std::to_string(((ms - discord::epoch_ms) << 22) + number);
}

/// One session by one, of two guilds.
class story {
public:
    explicit story(settings how = {{{0, 1}}, {{0, 1}}}) : machine(std::move(how))
    {
        tell(begin{{{{guild}}, {{other_guild}}}, noon_ms});
        pass(15s);
        REQUIRE(has<open>());
    }

    std::vector<action>& tell(const input& what)
    {
        todo.clear();
        machine.on(what, now, todo);
        return todo;
    }
    std::vector<action>& pass(duration time)
    {
        std::vector<action> all;
        for (const instant end = now + time; now < end;) {
            now = std::min(end, std::max(machine.deadline(), now + 1ms));
            tell(elapsed{});
            all.insert(all.end(), todo.begin(), todo.end());
            if (answers)
                answer();
        }
        return todo = all;
    }
    std::vector<action>& comes(side of, std::string_view type, const std::string& data,
                               std::uint32_t index = 0)
    {
        static_cast<void>(reader);
        sequence = ++last[of == side::older ? 0 : 1];
        return tell(arrived{{of, index}, sequence, reader.read(type, data)});
    }
    std::vector<action>& message(side of, std::uint64_t number)
    {
        return comes(of, "MESSAGE_CREATE",
                     R"({"guild_id":")" + std::to_string(guild) + R"(","id":")" +
                         std::to_string(number) + R"("})");
    }
    std::vector<action>& reaction(side of)
    {
        return comes(of, "MESSAGE_REACTION_ADD",
                     R"({"guild_id":")" + std::to_string(guild) + R"(","message_id":"5"})");
    }
    std::vector<action>& snapshot(side of, std::uint64_t which,
                                  const std::string& last_message = "1")
    {
        return comes(of, "GUILD_CREATE",
                     R"({"id":")" + std::to_string(which) +
                         R"(","channels":[{"last_message_id":")" + last_message + R"("}]})");
    }
    void ready()
    {
        tell(handoff::ready{0});
        snapshot(side::newer, guild);
        snapshot(side::newer, other_guild);
    }
    // Every request that goes out is answered at once, and every heartbeat.
    void answer()
    {
        const auto asked = todo;
        for (const action& each : asked) {
            if (const auto* sounds = std::get_if<ask_sounds>(&each); sounds && !only_beats)
                for (const auto which : sounds->guilds)
                    comes(sounds->over.of, "SOUNDBOARD_SOUNDS",
                          R"({"guild_id":")" + discord::to_string(which) + R"("})");
            if (const auto* members = std::get_if<ask_members>(&each); members && !only_beats)
                comes(members->over.of, "GUILD_MEMBERS_CHUNK",
                      R"({"guild_id":")" + discord::to_string(members->guild) +
                          R"(","nonce":"handoff-)" + std::to_string(members->nonce) + R"("})");
            if (const auto* to = std::get_if<beat>(&each))
                tell(acknowledged{to->over});
        }
    }
    /// Up to `freeze`.
    void until_freeze()
    {
        answers = true;
        for (int i = 0; i < 400; ++i) {
            pass(250ms);
            if (has<freeze>())
                return;
        }
        FAIL("no commit");
    }
    template <class Action>
    [[nodiscard]] bool has() const
    {
        return std::any_of(todo.begin(), todo.end(),
                           [](const action& each) { return std::holds_alternative<Action>(each); });
    }
    template <class Action>
    [[nodiscard]] Action get() const
    {
        for (const action& each : todo)
            if (const auto* found = std::get_if<Action>(&each))
                return *found;
        FAIL("the action is not there");
        return {};
    }
    [[nodiscard]] std::vector<std::int64_t> delivered(side of) const
    {
        std::vector<std::int64_t> all;
        for (const action& each : todo)
            if (const auto* found = std::get_if<deliver>(&each); found && found->from.of == of)
                all.push_back(found->sequence);
        return all;
    }

    handoff::handoff machine;
    event_reader reader{{77}, 0, 0};
    instant now{1h};
    std::vector<action> todo;
    std::int64_t last[2] = {0, 0}, sequence = 0;
    bool answers = false, only_beats = false;
};

}  // namespace

TEST_CASE("handoff: a quiet guild is proven by one answer over each side, and committed")
{
    story it;
    it.ready();
    it.until_freeze();
    CHECK(it.machine.look(it.now).proven == 2);
    it.tell(frozen{});
    const auto record = it.get<journal>().what;
    REQUIRE(record.streams.size() == 2);
    CHECK_FALSE(it.has<close_older>());
    it.tell(journalled{});
    CHECK(std::holds_alternative<close_older>(it.todo.front()));
    const auto how = it.get<finished>().how;
    CHECK(how.committed);
    CHECK(how.exact);
    CHECK(how.lasting[static_cast<std::size_t>(proof::count)] == 2);
    it.pass(61s);
    CHECK(it.has<settled>());
    CHECK(it.machine.is_over());
}

TEST_CASE("handoff: the older side is delivered at once, the newer one held, and dropped when both "
          "had it")
{
    story it;
    it.ready();
    CHECK(it.message(side::newer, 9).size() == 1);
    CHECK(it.has<hold>());
    it.message(side::older, 9);
    CHECK(it.delivered(side::older) == std::vector<std::int64_t>{1});
    CHECK(it.has<discard>());
    CHECK(it.delivered(side::newer).empty());
}

TEST_CASE("handoff: what only the newer side has brought by the commit comes then, in order, once")
{
    story it;
    it.ready();
    it.message(side::older, 7);
    it.message(side::newer, 7);
    it.until_freeze();
    it.message(side::newer, 8);
    const auto held = it.sequence;
    it.reaction(side::newer);
    it.tell(frozen{});
    // What comes while the record is written waits too.
    it.reaction(side::newer);
    CHECK(it.has<hold>());
    it.tell(journalled{});
    CHECK(it.delivered(side::newer) == std::vector<std::int64_t>{held, held + 1, held + 2});
    // And what the older side still says is nobody's any more.
    it.message(side::older, 8);
    CHECK(it.todo.empty());
    it.message(side::newer, 10);
    CHECK(it.delivered(side::newer).size() == 1);
}

TEST_CASE(
    "handoff: a newer side that is behind at the commit is passed over as far as plugins have it")
{
    story it;
    it.ready();
    it.message(side::older, 7);
    it.message(side::newer, 7);
    it.until_freeze();
    it.reaction(side::older);
    it.message(side::older, 8);
    it.tell(frozen{});
    const auto record = it.get<journal>().what;
    CHECK(record.streams.front().lanes[0].skip == 2);
    it.tell(journalled{});
    CHECK(it.reaction(side::newer).empty());
    CHECK(it.message(side::newer, 8).empty());
    it.reaction(side::newer);
    CHECK(it.delivered(side::newer).size() == 1);
}

TEST_CASE("handoff: from its record another process goes on at the same place")
{
    story it;
    it.ready();
    it.message(side::older, 7);
    it.message(side::newer, 7);
    it.comes(side::older, "INTERACTION_CREATE",
             R"({"id":"50","guild_id":")" + std::to_string(guild) + "\"}");
    it.until_freeze();
    it.message(side::newer, 8);
    const auto held = it.sequence;
    it.tell(frozen{});
    const auto record = it.get<journal>().what;
    CHECK(record.newer.front().resume_after == held - 1);
    handoff::handoff next({{{0, 1}}, {{0, 1}}}, record, it.now);
    CHECK(next.is_committed());
    std::vector<action> todo;
    const auto comes = [&](std::int64_t sequence, std::string_view type, const std::string& rest) {
        todo.clear();
        next.on(arrived{{side::newer, 0},
                        sequence,
                        it.reader.read(type, R"({"guild_id":")" + std::to_string(guild) + "\"," +
                                                 rest + "}")},
                it.now, todo);
        return !todo.empty();
    };
    CHECK(comes(held, "MESSAGE_CREATE", R"("id":"8")"));
    CHECK_FALSE(comes(held + 1, "INTERACTION_CREATE", R"("id":"50")"));
    CHECK(comes(held + 2, "INTERACTION_CREATE", R"("id":"51")"));
}

TEST_CASE("handoff: what a process that takes over has to have replayed gets less with every event")
{
    story it;
    it.ready();
    it.comes(side::older, "INTERACTION_CREATE",
             R"({"id":"50","guild_id":")" + std::to_string(guild) + "\"}");
    it.until_freeze();
    CHECK_FALSE(it.machine.record_now(0));
    for (int i = 0; i < 3; ++i)
        it.reaction(side::older);
    it.tell(frozen{});
    const auto first = it.get<journal>().what;
    const auto asked = first.streams.front().interactions;
    CHECK(asked.size() == 1);
    CHECK_FALSE(it.machine.record_now(0));
    it.tell(journalled{});
    CHECK(it.machine.record_now(0)->newer[0].resume_after == first.newer[0].resume_after);
    CHECK(it.reaction(side::newer).empty());
    CHECK(it.reaction(side::newer).empty());
    const auto later = it.machine.record_now(0);
    REQUIRE(later);
    CHECK(later->newer[0].resume_after == it.sequence);
    CHECK(later->newer[0].seen == it.sequence);
    CHECK(later->streams.front().lanes[0].skip + later->streams.front().lanes[1].skip == 1);
    CHECK(later->streams.front().interactions == asked);

    for (const auto& from : {first, *later}) {
        handoff::handoff next({{{0, 1}}, {{0, 1}}}, from, it.now);
        std::vector<action> todo;
        next.on(elapsed{}, it.now, todo);
        const std::string reaction =
            R"({"guild_id":")" + std::to_string(guild) + R"(","message_id":"5"})";
        const std::int64_t begins = from.newer[0].resume_after + 1;
        std::vector<std::int64_t> passed;
        for (std::int64_t at = begins; at < it.sequence + 3; ++at) {
            todo.clear();
            next.on(arrived{{side::newer, 0}, at, it.reader.read("MESSAGE_REACTION_ADD", reaction)},
                    it.now, todo);
            if (!todo.empty())
                passed.push_back(at);
            // Not before it is where the last process was: it knows nothing of what is between.
            CHECK(next.record_now(0).has_value() == (at >= from.newer[0].seen));
        }
        CHECK(passed == std::vector<std::int64_t>{it.sequence + 2});
        CHECK(next.record_now(0)->streams.front().interactions == asked);
    }
}

TEST_CASE("handoff: a gap is told once, and its ids are kept for whoever takes over later")
{
    commit_record from;
    from.newer = {{4, 6}};
    from.streams.resize(1);
    from.streams[0].stream = {stream_id::kind::guild, {guild}};
    from.streams[0].lanes = {{{7, 0}, {7, 0}}};
    from.streams[0].uniques = {8, 9};
    from.streams[0].is_gap = true;
    handoff::handoff machine({{{0, 1}}, {{0, 1}}}, from, instant{1h});
    CHECK_FALSE(machine.record_now(0));
    std::vector<action> todo;
    machine.on(elapsed{}, instant{1h}, todo);
    REQUIRE(todo.size() == 1);
    CHECK(std::holds_alternative<tell_gap>(todo[0]));
    CHECK_FALSE(machine.record_now(0));  // 5 and 6 have not come again yet.
    const event_reader reader{{77}, 0, 0};
    for (const std::int64_t at : {5, 6})
        machine.on(arrived{{side::newer, 0}, at, reader.read("PRESENCE_UPDATE", "{}")}, instant{1h},
                   todo);
    const auto later = machine.record_now(0);
    REQUIRE(later);
    CHECK(later->newer[0].resume_after == 6);
    CHECK_FALSE(later->streams[0].is_gap);
    CHECK(later->streams[0].uniques == std::vector<std::uint64_t>{8, 9});
}

TEST_CASE(
    "handoff: a message that the newer side's guild names and the older side owes is waited for")
{
    const auto owes = [](bool comes) {
        story it;
        it.tell(handoff::ready{0});
        it.snapshot(side::newer, guild, id_at(noon_ms + 10'000, 3));
        it.snapshot(side::newer, other_guild);
        if (comes)
            it.message(side::older, std::stoull(id_at(noon_ms + 10'000, 3)));
        it.answers = true;
        it.pass(32s);
        return it.machine.look(it.now).phase == "following";
    };
    CHECK(owes(false));
    CHECK_FALSE(owes(true));
}

TEST_CASE(
    "handoff: an answer belongs to the first question that is open, and to none of before a reset")
{
    story it;
    it.ready();
    it.pass(2s);  // The first round: nobody answers yet.
    it.reaction(side::newer);
    it.reaction(side::newer);
    it.pass(2s);  // The second round; by op 8, since the first is open.
    CHECK(it.machine.count().members_sent > 0);
    // The answer to the first: the newer side had nothing then, so it says nothing of the two.
    const std::string sounds = R"({"guild_id":")" + std::to_string(guild) + R"("})";
    it.comes(side::older, "SOUNDBOARD_SOUNDS", sounds);
    CHECK(it.todo.empty());
    it.comes(side::newer, "SOUNDBOARD_SOUNDS", sounds);
    CHECK(it.machine.look(it.now).proven == 0);
    // A new life of the guild: what was asked before it counts no more.
    it.snapshot(side::newer, guild);
    it.comes(side::older, "GUILD_MEMBERS_CHUNK",
             R"({"nonce":"handoff-1","guild_id":")" + std::to_string(guild) + R"("})");
    CHECK(it.machine.look(it.now).proven == 0);
}

TEST_CASE("handoff: an answer that somebody else asked for is theirs")
{
    story it;
    it.ready();
    const std::string sounds = R"({"guild_id":")" + std::to_string(guild) + R"("})";
    it.tell(asked_elsewhere{{side::older, 0}, {guild}});
    it.comes(side::older, "SOUNDBOARD_SOUNDS", sounds);
    CHECK(it.delivered(side::older).size() == 1);
    it.comes(side::older, "GUILD_MEMBERS_CHUNK",
             R"({"nonce":"mine","guild_id":")" + std::to_string(guild) + R"("})");
    CHECK(it.delivered(side::older).size() == 1);
}

TEST_CASE("handoff: answers that events refute take back all that answers proved")
{
    story it;
    it.ready();
    it.pass(2s);
    const auto answers = [&](side over, std::uint64_t which) {
        it.comes(over, "SOUNDBOARD_SOUNDS", R"({"guild_id":")" + std::to_string(which) + R"("})");
    };
    answers(side::older, other_guild);
    answers(side::newer, other_guild);
    answers(side::older, guild);  // So nothing is on its way to the older side.
    REQUIRE(it.machine.look(it.now).proven == 1);
    it.message(side::older, 7);
    it.message(side::older, 8);
    it.message(side::newer, 8);  // But 7 was.
    CHECK(it.machine.count().answers_contradicted == 1);
    CHECK(it.machine.look(it.now).proven == 1);
    CHECK(it.machine.look(it.now).streams == 2);
    // The other guild is proven no more: only the event is to be trusted.
    it.message(side::older, 9);
    CHECK(it.message(side::newer, 9).empty());
}

TEST_CASE("handoff: a newer session that is lost is forgotten and opened once more, then given up")
{
    story it;
    it.ready();
    it.message(side::newer, 9);
    it.tell(lost{{side::newer, 0}, "op 9"});
    CHECK(it.has<forget>());
    CHECK(it.has<open>());
    it.ready();
    it.message(side::older, 9);
    CHECK(it.delivered(side::older).size() == 1);
    it.tell(lost{{side::newer, 0}, "op 9"});
    CHECK_FALSE(it.get<finished>().how.committed);
    CHECK(it.has<close_newer>());
    it.message(side::older, 10);
    CHECK(it.delivered(side::older).size() == 1);
}

TEST_CASE("handoff: an older session that is lost is replaced at once; what is unproven gets the "
          "gap notice")
{
    story it;
    it.ready();
    it.message(side::older, 7);
    it.message(side::newer, 7);
    it.tell(lost{{side::older, 0}, "op 9"});
    REQUIRE(it.has<freeze>());
    it.tell(frozen{});
    it.tell(journalled{});
    CHECK(it.get<tell_gap>().stream.id.value == other_guild);
    const auto how = it.get<finished>().how;
    CHECK(how.gaps.size() == 1);
    CHECK_FALSE(how.exact);
}

TEST_CASE("handoff: the decision is looked at again once the older side is frozen")
{
    story it;
    it.ready();
    it.until_freeze();
    it.comes(side::older, "GUILD_DELETE", R"({"id":")" + std::to_string(guild) + R"("})");
    CHECK(it.delivered(side::older).size() == 1);
    it.tell(frozen{});
    CHECK(it.has<thaw>());
    CHECK_FALSE(it.has<journal>());
}

TEST_CASE(
    "handoff: a side that does not freeze, and a disk that does not write, cost the handoff only")
{
    story it;
    it.ready();
    it.until_freeze();
    SECTION("no frozen")
    {
        it.answers = false;
        it.pass(6s);
    }
    SECTION("no record")
    {
        it.tell(frozen{});
        it.tell(journalled{false, "the disk is full"});
    }
    CHECK(it.has<thaw>());
    CHECK(it.has<close_newer>());
    CHECK_FALSE(it.has<close_older>());
    it.message(side::older, 10);
    CHECK(it.delivered(side::older).size() == 1);
}

TEST_CASE("handoff: a cancel counts until the record is under way")
{
    story it;
    it.ready();
    it.until_freeze();
    it.tell(frozen{});
    CHECK(it.tell(cancel{"by hand"}).empty());
    it.tell(journalled{});
    CHECK(it.has<close_older>());
    story early;
    early.ready();
    early.tell(cancel{"by hand"});
    CHECK(early.get<finished>().how.why == "by hand");
}

TEST_CASE(
    "handoff: held events over the bound cost the proof, and the commit waits for the older side")
{
    settings how{{{0, 1}}, {{0, 1}}};
    how.with.held_max = 2;
    story it(how);
    it.ready();
    it.answers = true;
    it.pass(3s);
    it.only_beats = true;
    for (std::uint64_t number = 7; number <= 10; ++number)
        it.message(side::newer, number);
    CHECK(it.machine.count().overflow == 2);
    // The shift is proven again, but 8 is held by nobody.
    it.message(side::older, 7);
    CHECK(it.machine.look(it.now).proven == 2);
    it.pass(30s);
    CHECK(it.machine.look(it.now).phase == "following");
    for (std::uint64_t number = 8; number <= 10; ++number)
        it.message(side::older, number);
    it.until_freeze();
    it.tell(frozen{});
    it.tell(journalled{});
    CHECK(it.delivered(side::newer).empty());
}

TEST_CASE("handoff: an interaction that finds no room is waited for on the older side")
{
    settings how{{{0, 1}}, {{0, 1}}};
    how.with.interactions_max = 1;
    story it(how);
    it.ready();
    const auto interaction = [&](side of, int number) {
        it.comes(of, "INTERACTION_CREATE",
                 R"({"id":")" + std::to_string(number) + R"(","guild_id":")" +
                     std::to_string(guild) + "\"}");
    };
    for (int number = 50; number < 52; ++number)
        interaction(side::newer, number);
    it.answers = true;
    it.pass(20s);
    CHECK(it.machine.look(it.now).phase == "following");
    interaction(side::older, 51);
    it.until_freeze();
    it.tell(frozen{});
    it.tell(journalled{});
    CHECK(it.delivered(side::newer) == std::vector<std::int64_t>{3});
}

TEST_CASE("handoff: after the commit ids have the last word, and set the count right")
{
    story it;
    it.ready();
    it.until_freeze();
    it.message(side::older, 7);
    it.message(side::older, 8);
    it.tell(frozen{});
    it.tell(journalled{});
    // The newer side never brings 7: its count is behind by one from then on.
    CHECK(it.message(side::newer, 8).empty());
    it.reaction(side::newer);
    CHECK(it.delivered(side::newer).size() == 1);
    CHECK(it.machine.look(it.now).phase == "committed");
}

TEST_CASE(
    "handoff: after the commit a GUILD_CREATE over a live guild interrupts no count, a return does")
{
    const auto passes_second = [](bool is_gone) {
        story it;
        it.ready();
        it.until_freeze();
        it.reaction(side::older);
        it.reaction(side::older);
        it.tell(frozen{});
        it.tell(journalled{});
        it.reaction(side::newer);
        if (is_gone)
            it.comes(side::newer, "GUILD_DELETE", R"({"id":")" + std::to_string(guild) + R"("})");
        it.snapshot(side::newer, guild);
        CHECK(it.delivered(side::newer).size() == 1);
        return !it.reaction(side::newer).empty();
    };
    CHECK_FALSE(passes_second(false));
    CHECK(passes_second(true));
}

TEST_CASE("handoff: commands in flight are waited for, and asked again where that takes too long")
{
    story it;
    it.ready();
    it.tell(commands{1});
    it.answers = true;
    it.pass(15s);
    CHECK(it.machine.look(it.now).phase == "following");
    it.until_freeze();
    it.tell(frozen{});
    it.tell(journalled{});
    CHECK(it.has<repeat_commands>());
}

TEST_CASE("handoff: the bot is back in its voice channel once the older side is closed")
{
    story it;
    it.comes(side::older, "VOICE_STATE_UPDATE",
             R"({"user_id":"77","channel_id":"5","guild_id":")" + std::to_string(guild) + R"("})");
    it.ready();
    it.until_freeze();
    it.tell(frozen{});
    it.tell(journalled{});
    CHECK_FALSE(it.has<rejoin_voice>());
    it.tell(closed{});
    CHECK(it.get<rejoin_voice>().channel.value == 5);
    CHECK(it.tell(closed{}).empty());
}

TEST_CASE("handoff: observed, it never commits and says what it saw")
{
    settings how{{{0, 1}}, {{0, 1}}};
    how.observe_for = 30s;
    story it(how);
    it.ready();
    it.answers = true;
    it.pass(31s);
    const auto seen = it.get<finished>().how;
    CHECK_FALSE(seen.committed);
    CHECK(seen.count.sounds_sent > 0);
    CHECK(it.has<close_newer>());
    CHECK_FALSE(it.has<freeze>());
}

TEST_CASE("handoff: it is observed as long as somebody wants, not as long as a handoff may take")
{
    settings how{{{0, 1}}, {{0, 1}}};
    how.observe_for = how.with.total_max + 60s;
    story it(how);
    it.ready();
    it.answers = true;
    it.pass(how.with.total_max + 30s);
    CHECK_FALSE(it.machine.is_over());
    it.pass(31s);
    CHECK(it.get<finished>().how.why == observed);
}

TEST_CASE("handoff: sides that bring different events end it, with the older one untouched")
{
    story it;
    it.ready();
    it.answers = true;
    std::uint64_t number = 100;
    for (int i = 0; i < 5; ++i) {
        // The newer side lacks one now and then, so each event that both have says another shift.
        it.message(side::older, ++number);
        it.message(side::newer, number);
        it.message(side::older, ++number);
        it.pass(300ms);
    }
    it.pass(1s);
    CHECK(it.machine.is_over());
    CHECK(it.machine.count().violations() > 3);
}

TEST_CASE("handoff: a type whose payload differs between the sides is compared by its name only")
{
    story it;
    it.ready();
    it.message(side::older, 7);
    it.message(side::newer, 7);
    const auto update = [&](side of, int says) {
        it.comes(of, "MESSAGE_UPDATE",
                 R"({"id":"5","experiment":)" + std::to_string(says) + R"(,"guild_id":")" +
                     std::to_string(guild) + R"("})");
    };
    std::uint64_t number = 8;
    for (int i = 0; i < 6; ++i) {
        update(side::older, 1);
        update(side::newer, 2);
        it.message(side::older, number);
        it.message(side::newer, number++);
    }
    CHECK(it.machine.count().loose_types == 1);
    CHECK(it.machine.count().mismatch_lasting == 3);
}
