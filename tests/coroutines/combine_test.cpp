// Tasks that wait for each other and for time, end early, and are ended.
#include "coroutines/virtual_host.hpp"
#include "support/catch.hpp"

#include <optional>
#include <stdexcept>

namespace tinfoil {
namespace {

// Counts those that are alive.
struct guard {
    explicit guard(int& of) : alive(of) { ++alive; }
    guard(const guard&) = delete;
    guard& operator=(const guard&) = delete;
    ~guard() { --alive; }
    int& alive;
};

struct story {
    virtual_host host;
    int alive = 0;
    std::string told;

    task<int> number(std::uint64_t after, int what)
    {
        const guard here(alive);
        co_await host.sleep(after);
        co_return what;
    }
    task<std::string> text(std::string what) { co_return what; }
    task<> fail(std::uint64_t after)
    {
        const guard here(alive);
        co_await host.sleep(after);
        throw std::runtime_error("it failed");
    }
    template <class Work>
    task<detail::within_result<Work>> within(std::uint64_t ms, Work work)
    {
        return detail::within<Work>(host.sleep(ms), std::move(work));
    }
};

const char* long_text = "a text that is longer than what fits into a string itself";

}  // namespace

TEST_CASE("sdk: when_all waits for all, runs them at a time, and keeps their order")
{
    story it;
    const auto play = [](story& in) -> task<> {
        const auto [slow, text, fast] =
            co_await when_all(in.number(50, 1), in.text(long_text), in.number(20, 2));
        in.told = std::to_string(slow) + text + std::to_string(fast);
    };
    it.host.start(play(it));
    CHECK(it.alive == 2);
    it.host.advance(49);
    CHECK(it.told.empty());
    it.host.advance(1);
    CHECK(it.told == "1" + std::string(long_text) + "2");
    CHECK(it.alive == 0);
    CHECK(it.host.own.pending() == 0);
}

TEST_CASE("sdk: when_all of a vector gives a vector, of nothing at once")
{
    story it;
    const auto play = [](story& in) -> task<> {
        std::vector<task<int>> works;
        for (int each = 0; each < 4; ++each)
            works.push_back(in.number(static_cast<std::uint64_t>(10 - each), each));
        const std::vector<int> all = co_await when_all(std::move(works));
        for (const int each : all)
            in.told += std::to_string(each);
        std::vector<task<>> none;
        co_await when_all(std::move(none));
        in.told += "!";
    };
    it.host.start(play(it));
    it.host.advance(10);
    CHECK(it.told == "0123!");
}

TEST_CASE("sdk: when_all lets the others end before an exception comes out")
{
    story it;
    const auto play = [](story& in) -> task<> {
        std::string why;
        try {
            co_await when_all(in.fail(1), in.number(5, 1));
        } catch (const std::runtime_error& thrown) {
            why = thrown.what();
        }
        in.told = why + " at " + std::to_string(in.host.now);
    };
    it.host.start(play(it));
    it.host.advance(10);
    CHECK(it.told == "it failed at 5");
    CHECK(it.alive == 0);
}

TEST_CASE("sdk: a timeout gives what came in time, and ends what did not")
{
    story it;
    const auto play = [](story& in) -> task<> {
        // Its frame lives on, so it is the timeout that ends the work.
        auto race = in.within(5, in.number(6, 1));
        const std::optional<int> late = co_await race;
        in.told += late ? "late" : "none";
        CHECK(in.alive == 0);
        CHECK(in.host.waiting() == 0);
        const std::optional<int> fine = co_await in.within(5, in.number(4, 2));
        in.told += std::to_string(fine.value_or(0));
        const std::optional<std::string> now = co_await in.within(5, in.text(long_text));
        in.told += now.value_or("");
        const bool ended = co_await in.within(5, in.fail(9));
        in.told += ended ? "ended" : "not";
        std::string why;
        try {
            (void)co_await in.within(5, in.fail(1));
        } catch (const std::runtime_error& thrown) {
            why = thrown.what();
        }
        in.told += why;
    };
    it.host.start(play(it));
    it.host.advance(100);
    CHECK(it.told == "none2" + std::string(long_text) + "notit failed");
    CHECK(it.host.waiting() == 0);
    CHECK(it.host.own.pending() == 0);
}

TEST_CASE("sdk: a timeout whose timer is refused says so, and leaves nothing running")
{
    story it;
    const auto play = [](story& in) -> task<> {
        in.host.timers_left = 1;
        (void)co_await in.within(5, in.number(50, 1));
    };
    it.host.start(play(it));
    CHECK(it.host.logged == std::vector<std::string>{
                                "a story threw: timer refused: too many operations are under way"});
    CHECK(it.alive == 0);
}

TEST_CASE("sdk: cancelling ends a task and all that it waits for, with their destructors")
{
    story it;
    const auto play = [](story& in) -> task<> {
        const guard here(in.alive);
        co_await when_all(in.number(5, 1), in.within(9, in.number(50, 1)));
        in.told = "reached";
    };
    const auto fate = it.host.start(play(it));
    CHECK(it.alive == 3);
    CHECK(fate->how == detail::outcome::running);
    it.host.own.cancel(*fate);
    CHECK(fate->how == detail::outcome::cancelled);
    CHECK(it.alive == 0);
    CHECK(it.host.waiting() == 0);
    CHECK(it.host.own.pending() == 0);
    it.host.own.cancel(*fate);
    CHECK(it.told.empty());
}

TEST_CASE("sdk: a task that cancels itself goes on until it waits")
{
    story it;
    std::shared_ptr<detail::fate> own;
    const auto play = [](story& in, std::shared_ptr<detail::fate>& self) -> task<> {
        const guard here(in.alive);
        co_await in.host.sleep(1);
        in.host.own.cancel(*self);
        in.host.own.cancel(*self);
        in.told = "still here";
        co_await in.host.sleep(1);
        in.told = "too far";
    };
    own = it.host.start(play(it, own));
    it.host.advance(10);
    CHECK(it.told == "still here");
    CHECK(own->how == detail::outcome::cancelled);
    CHECK(it.alive == 0);
}

TEST_CASE("sdk: the end of the plugin ends every task, and each says so")
{
    story it;
    const auto play = [](story& in) -> task<> {
        const guard here(in.alive);
        co_await in.host.sleep(1'000);
    };
    const auto fail = [](story& in) -> task<> { co_await in.fail(1); };
    const auto one = it.host.start(play(it)), two = it.host.start(play(it));
    const auto failed = it.host.start(fail(it)), fine = it.host.start(play(it));
    it.host.advance(1);
    CHECK(failed->how == detail::outcome::failed);
    it.host.own.cancel_all();
    CHECK(one->how == detail::outcome::cancelled);
    CHECK(two->how == detail::outcome::cancelled);
    CHECK(fine->how == detail::outcome::cancelled);
    CHECK(it.alive == 0);
    CHECK(it.host.own.pending() == 0);
}

TEST_CASE("sdk: an event is done when its last handler has ended, by whatever end")
{
    story it;
    const auto play = [](story& in) -> task<> { co_await in.host.sleep(5); };
    const auto name = [] { return std::string("a handler"); };
    it.host.own.open(7);
    it.host.own.spawn(play(it), detail::core::part_of::event, name);
    const auto fate = it.host.own.spawn(play(it), detail::core::part_of::event, name,
                                        std::make_shared<detail::fate>());
    CHECK_FALSE(it.host.own.close());
    it.host.advance(4);
    it.host.own.cancel(*fate);
    CHECK(it.host.done.empty());
    it.host.advance(1);
    CHECK(it.host.done == std::vector<std::uint64_t>{7});
}

}  // namespace tinfoil
