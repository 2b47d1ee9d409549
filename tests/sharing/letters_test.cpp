#include "sharing/letters.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <map>
#include <string>

using namespace tinfoil;
using namespace tinfoil::sharing;
using namespace std::chrono_literals;

namespace {

constexpr client one{0, 10}, other{1, 11}, third{2, 12};

letter to(addressee what, bool wants_reply = true, duration patience = 2s)
{
    letter made;
    made.plugin = "p";
    made.to.what = what;
    made.to.guild = {1};
    made.to.collection = 1;
    made.name = "n";
    made.body = "b";
    made.wants_reply = wants_reply;
    made.patience = patience;
    return made;
}

// The machine, where collections serve what `owners` says.
struct scene {
    scene()
    {
        all.push_back({0, true});
        all.push_back({1, true});
        all.push_back({2, true});
    }
    void tell(letters_input what)
    {
        std::vector<letters_action> todo;
        it.on(std::move(what), now, todo);
        for (auto& each : todo) {
            if (const auto* asked = std::get_if<find_places>(&each)) {
                ++looks;
                tell(places_found{asked->id, places(asked->what)});
            } else if (const auto* passed = std::get_if<pass_letter>(&each)) {
                passes.push_back(*passed);
            } else {
                auto& told = std::get<tell_replies>(each);
                CHECK(replies.emplace(std::pair(told.who, told.id), told.all).second);
            }
        }
    }
    [[nodiscard]] std::vector<place> places(const address& what) const
    {
        std::vector<place> found;
        for (const place& each : all)
            if (what.what == addressee::all ||
                (what.what == addressee::collection ? each.number == what.collection
                                                    : owner && each.number == *owner))
                found.push_back(each);
        return found;
    }
    void send(client who, std::uint64_t id, letter what)
    {
        tell(letter_sent{who, id, std::move(what)});
    }
    void reply(std::uint32_t from, std::uint64_t id, std::string text)
    {
        tell(letter_answered{from, id, {0, delivery::ok, std::move(text)}});
    }
    void pass(duration time)
    {
        const instant until = now + time;
        while (it.deadline() <= until) {
            now = std::max(now, it.deadline());
            tell(letters_elapsed{});
        }
        now = until;
    }
    // As `0 ok text`, in order.
    [[nodiscard]] std::string told(client who, std::uint64_t id) const
    {
        const auto found = replies.find({who, id});
        if (found == replies.end())
            return "nothing";
        std::vector<std::string> lines;
        constexpr const char* names[] = {"ok", "down", "timed out", "refused"};
        for (const auto& each : found->second)
            lines.push_back(
                (each.collection == no_collection ? "-" : std::to_string(each.collection)) + " " +
                names[static_cast<int>(each.how)] +
                (each.how == delivery::ok ? " " + each.body : ""));
        std::sort(lines.begin(), lines.end());
        std::string made;
        for (const auto& line : lines)
            made += (made.empty() ? "" : ", ") + line;
        return made;
    }

    letters it;
    instant now{1h};
    std::vector<place> all;
    std::optional<std::uint32_t> owner = 1;
    int looks = 0;
    std::vector<pass_letter> passes;
    std::map<std::pair<client, std::uint64_t>, std::vector<sharing::reply>> replies;
};

}  // namespace

TEST_CASE("letters: to the owner of a guild, and the reply back")
{
    scene it;
    it.send(one, 5, to(addressee::guild));
    REQUIRE(it.passes.size() == 1);
    CHECK(it.passes[0].to == 1);
    CHECK(it.passes[0].what->from == 0);
    CHECK(it.passes[0].patience == 2s);
    it.reply(1, it.passes[0].id, "hello");
    CHECK(it.told(one, 5) == "1 ok hello");
    // Once is enough.
    it.reply(1, it.passes[0].id, "again");
    CHECK(it.it.under_way() == 0);
    CHECK(it.it.deadline() == never);
}

TEST_CASE("letters: to all, each with a result of its own", "[thread-19]")
{
    scene it;
    it.all[2].is_up = false;
    it.send(one, 1, to(addressee::all));
    REQUIRE(it.passes.size() == 2);
    it.reply(0, it.passes[0].id, "a");
    CHECK(it.told(one, 1) == "nothing");
    it.pass(1999ms);
    CHECK(it.told(one, 1) == "nothing");
    it.pass(1ms);
    CHECK(it.told(one, 1) == "0 ok a, 1 timed out, 2 down");
    // Too late.
    it.reply(1, it.passes[1].id, "b");
    CHECK(it.told(one, 1) == "0 ok a, 1 timed out, 2 down");
}

TEST_CASE("letters: a collection that ends answers no more, and is waited for no longer",
          "[thread-19]")
{
    scene it;
    it.send(one, 1, to(addressee::collection));
    it.send(other, 1, to(addressee::all, false));
    it.tell(letter_client_gone{other});
    CHECK(it.told(one, 1) == "1 down");
    CHECK(it.told(other, 1) == "nothing");
    CHECK(it.it.under_way() == 0);
}

TEST_CASE("letters: what nobody serves and what is no letter is refused at once")
{
    scene it;
    it.owner.reset();
    it.send(one, 1, to(addressee::guild));
    CHECK(it.told(one, 1) == "- refused");
    letter wrong = to(addressee::collection);
    wrong.to.collection = 9;
    it.send(one, 2, wrong);
    CHECK(it.told(one, 2) == "- refused");
    letter large = to(addressee::all);
    large.body.resize(letter_bytes_max + 1);
    it.send(one, 3, large);
    CHECK(it.told(one, 3) == "- refused");
    it.send(one, 4, to(addressee::all, true, letter_patience_max + 1ms));
    CHECK(it.told(one, 4) == "- refused");
    letter slot = to(addressee::slot);
    slot.to.slot = {3, 3};
    it.send(one, 5, slot);
    CHECK(it.told(one, 5) == "- refused");
    CHECK(it.passes.empty());
}

TEST_CASE("letters: a guild that has left is waited for and followed")
{
    scene it;
    it.send(one, 1, to(addressee::guild));
    it.tell(letter_returned{1, it.passes[0].id});
    // As far as anybody knows it is still there.
    CHECK(it.passes.size() == 1);
    it.pass(100ms);
    CHECK(it.looks > 2);
    it.owner = 2;
    it.pass(letters::look_again);
    REQUIRE(it.passes.size() == 2);
    CHECK(it.passes[1].to == 2);
    CHECK(it.passes[1].hops == 1);
    CHECK(it.passes[1].patience < 2s);
    it.reply(2, it.passes[1].id, "found");
    CHECK(it.told(one, 1) == "2 ok found");
}

TEST_CASE("letters: to a guild that stays where it was is passed there again")
{
    scene it;
    it.send(one, 1, to(addressee::guild));
    // Its move came to nothing, so the owner never changes.
    it.tell(letter_returned{1, it.passes[0].id});
    it.pass(letters::look_again * (letters::looks_max - 1) - 1ms);
    CHECK(it.passes.size() == 1);
    it.pass(letters::look_again);
    REQUIRE(it.passes.size() == 2);
    CHECK(it.passes[1].to == 1);
    CHECK(it.passes[1].hops == 1);
    it.reply(1, it.passes[1].id, "here");
    CHECK(it.told(one, 1) == "1 ok here");
}

TEST_CASE("letters: following ends with the deadline, and with the hops")
{
    scene it;
    it.send(one, 1, to(addressee::guild));
    it.owner.reset();
    it.tell(letter_returned{1, it.passes[0].id});
    it.pass(3s);
    CHECK(it.told(one, 1) == "- timed out");
    CHECK(it.it.deadline() == never);

    scene wild;
    wild.send(one, 1, to(addressee::guild));
    while (wild.told(one, 1) == "nothing") {
        REQUIRE(wild.passes.size() <= hops_max);
        const pass_letter last = wild.passes.back();
        wild.owner = last.to == 1 ? 2 : 1;
        wild.tell(letter_returned{last.to, last.id});
    }
    CHECK(wild.told(one, 1) == "- refused");
    CHECK(wild.passes.size() == hops_max);
}

TEST_CASE("letters: only so much is under way to one collection, and so many replies to one")
{
    scene it;
    letter large = to(addressee::collection, false);
    large.body.resize(letter_bytes_max);
    const std::size_t fit = letters::bytes_each / letter_bytes_max;
    for (std::uint64_t id = 1; id <= fit + 1; ++id)
        it.send(one, id, large);
    CHECK(it.passes.size() == fit);
    CHECK(it.told(one, fit + 1) == "1 refused");
    // Room comes back with the answer; another collection has its own.
    it.reply(1, it.passes[0].id, "");
    it.send(one, 9000, large);
    CHECK(it.passes.size() == fit + 1);
    large.to.collection = 2;
    it.send(one, 9001, large);
    CHECK(it.passes.size() == fit + 2);

    scene asks;
    for (std::uint64_t id = 1; id <= letters::replies_each + 1; ++id)
        asks.send(one, id, to(addressee::collection));
    CHECK(asks.told(one, letters::replies_each + 1) == "1 refused");
    asks.send(third, 1, to(addressee::collection));
    CHECK(asks.told(third, 1) == "nothing");
    asks.pass(3s);
    asks.send(one, 9000, to(addressee::collection));
    CHECK(asks.told(one, 9000) == "nothing");
}
