// What the SDK's book calls right is right: each way to pass arguments to what is awaited, to its
// end and ended where it waits. Built without and with the optimiser, as g++ 12 fails by either.
#include "coroutines/virtual_host.hpp"
#include "support/catch.hpp"

#include <optional>
#include <string_view>

namespace tinfoil {
namespace {

// Knows how many there are, and whether one is destroyed twice.
class counted {
public:
    counted(const char* text) : text_(text) { ++alive; }
    explicit counted(std::string text) : text_(std::move(text)) { ++alive; }
    counted(const counted& other) : text_(other.text_) { ++alive; }
    counted(counted&& other) noexcept : text_(std::move(other.text_)) { ++alive; }
    counted& operator=(const counted&) = default;
    counted& operator=(counted&&) = default;
    ~counted()
    {
        destroyed_twice += mark_ != here ? 1 : 0;
        mark_ = 0;
        --alive;
    }
    counted& more(const counted& other)
    {
        text_ += other.text_;
        return *this;
    }
    [[nodiscard]] const std::string& text() const { return text_; }

    static inline int alive = 0, destroyed_twice = 0;

private:
    static constexpr int here = 0x5afe;
    std::string text_;
    int mark_ = here;
};

// All of it can be forgotten without a destructor, so braces are right.
struct look {
    std::string_view text;
    bool loud = false;
};

struct made_of_two {
    counted one, two;
};

const char* a = "the first text, which is longer than a string can hold by itself; ";
const char* b = "the second text, which is longer than a string can hold by itself; ";

struct scene {
    virtual_host host;
    std::string told;

    task<> take(counted what)
    {
        co_await host.sleep(1);
        told += what.text();
    }
    task<> refer(const counted& what)
    {
        co_await host.sleep(1);
        told += what.text();
    }
    task<> shown(look how)
    {
        const std::string kept(how.text);
        co_await host.sleep(1);
        told += kept + (how.loud ? "!" : "");
    }
    task<counted> give(counted what)
    {
        co_await host.sleep(1);
        co_return what;
    }
    task<made_of_two> give_two()
    {
        co_await host.sleep(1);
        co_return made_of_two{a, b};
    }
    task<std::string> maybe(std::optional<counted> one, std::pair<counted, int> two)
    {
        co_await host.sleep(1);
        co_return (one ? one->text() : "nothing; ") + two.first.text();
    }
    task<> usual(counted what = a)
    {
        co_await host.sleep(1);
        told += what.text();
    }

    // One way to write it each, and what it tells.
    task<> temporary() { co_await take(counted(a)); }
    task<> implicit() { co_await take(a); }
    task<> referred() { co_await refer(counted(std::string(a) + b)); }
    task<> built() { co_await take(counted(a).more(counted(b)).more(b)); }
    task<> named()
    {
        counted what(a);
        co_await take(std::move(what));
    }
    task<> in_two_steps()
    {
        auto first = take(counted(a));
        co_await first;
    }
    task<> braces_of_views() { co_await shown({.text = a, .loud = true}); }
    task<> joined_view() { co_await shown({.text = std::string(a) + b}); }
    task<> defaulted() { co_await usual(); }
    task<> optionals()
    {
        const std::string both = co_await maybe(counted(a), {counted(b), 1});
        told += both;
        const std::string one = co_await maybe(std::nullopt, {b, 2});
        told += one;
    }
    task<> results()
    {
        const counted one = co_await give(a);
        const made_of_two two = co_await give_two();
        told += one.text() + two.two.text();
    }
    task<> chosen_before()
    {
        // The conditional operator inside of the co_await is wrong.
        const counted what = told.empty() ? counted(a) : counted(b);
        co_await take(what);
    }
    task<> kept_before_it_is_asked()
    {
        const counted one = co_await give(a);
        if (one.text() == a)
            told += one.text();
    }
    task<> lambda_without_captures()
    {
        co_await [](scene& in) -> task<> { co_await in.take(counted(a)); }(*this);
    }
    task<> lambda_by_reference()
    {
        const counted what(a);
        const auto inner = [&]() -> task<> {
            co_await host.sleep(1);
            told += what.text();
        };
        co_await inner();
    }
    task<> lambda_with_a_name()
    {
        const auto inner = [this, what = counted(a)]() -> task<> {
            co_await host.sleep(1);
            told += what.text();
        };
        co_await inner();
    }
    task<> loop()
    {
        for (int i = 0; i < 2; ++i)
            co_await take(counted(a));
    }
    task<> caught()
    {
        std::string why;
        try {
            co_await take(counted(a));
            throw std::runtime_error(b);
        } catch (const std::runtime_error& thrown) {
            why = thrown.what();
        }
        told += why;
    }
    task<> several() { co_await when_all(take(counted(a)), take(b)); }
};

using pattern = task<> (scene::*)();
constexpr pattern patterns[] = {&scene::temporary,
                                &scene::implicit,
                                &scene::referred,
                                &scene::built,
                                &scene::named,
                                &scene::in_two_steps,
                                &scene::braces_of_views,
                                &scene::joined_view,
                                &scene::defaulted,
                                &scene::optionals,
                                &scene::results,
                                &scene::chosen_before,
                                &scene::kept_before_it_is_asked,
                                &scene::lambda_without_captures,
                                &scene::lambda_by_reference,
                                &scene::lambda_with_a_name,
                                &scene::loop,
                                &scene::caught,
                                &scene::several};

}  // namespace

TEST_CASE("sdk: each pattern of the book tells what it should")
{
    const std::string one(a), two(b);
    const std::string told[] = {one,       one,
                                one + two, one + two + two,
                                one,       one,
                                one + "!", one + two,
                                one,       one + two + "nothing; " + two,
                                one + two, one,
                                one,       one,
                                one,       one,
                                one + one, one + two,
                                one + two};
    static_assert(std::size(patterns) == std::size(told));
    for (std::size_t at = 0; at < std::size(patterns); ++at) {
        CAPTURE(at);
        counted::alive = counted::destroyed_twice = 0;
        scene here;
        here.host.start((here.*patterns[at])());
        here.host.advance(10);
        CHECK(here.told == told[at]);
        CHECK(here.host.own.pending() == 0);
        CHECK(here.host.logged.empty());
        CHECK(counted::alive == 0);
        CHECK(counted::destroyed_twice == 0);
    }
}

TEST_CASE("sdk: each pattern of the book can be ended where it waits")
{
    for (std::size_t at = 0; at < std::size(patterns); ++at)
        for (std::uint64_t after = 0; after < 3; ++after) {
            CAPTURE(at, after);
            counted::alive = counted::destroyed_twice = 0;
            scene here;
            here.host.start((here.*patterns[at])());
            here.host.advance(after);
            here.host.own.cancel_all();
            CHECK(here.host.waiting() == 0);
            CHECK(counted::alive == 0);
            CHECK(counted::destroyed_twice == 0);
        }
}

}  // namespace tinfoil
