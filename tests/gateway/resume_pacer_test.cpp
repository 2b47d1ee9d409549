#include "gateway/resume_pacer.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <set>

using namespace tinfoil;
using namespace tinfoil::gateway;
using namespace std::chrono_literals;

namespace {

struct paced {
    explicit paced(std::uint32_t collections = 1) : it(collections, 7) {}

    resume_pacer it;
    instant now = instant{} + 1h;
    std::vector<std::pair<instant, discord::slot>> went;

    void tell(const pacer_input& what)
    {
        std::vector<pacer_action> todo;
        it.on(what, now, todo);
        for (const auto& each : todo)
            went.emplace_back(now, std::get<resume_go>(each).which);
    }
    void want(std::uint32_t id, duration ago = 0s)
    {
        tell(resume_wanted{{id, 100'000}, now - ago});
    }
    /// Lets time pass; who goes is answered after `answer`, as `fails` says.
    void run_for(duration how_long, bool fails = false, duration answer = 50ms)
    {
        const instant until = now + how_long;
        std::size_t answered = went.size();
        for (;;) {
            const instant due = it.deadline();
            const instant result =
                answered < went.size() ? went[answered].first + answer : instant::max();
            if (std::min(due, result) > until)
                break;
            now = std::max(now, std::min(due, result));
            if (result <= due) {
                ++answered;
                tell(resume_result{fails});
            } else {
                tell(pacer_elapsed{});
            }
        }
        now = until;
    }
    [[nodiscard]] std::size_t between(duration from, duration to, instant began) const
    {
        return static_cast<std::size_t>(std::count_if(went.begin(), went.end(), [&](auto& each) {
            return each.first - began >= from && each.first - began < to;
        }));
    }
};

}  // namespace

TEST_CASE("resume pacer: one that is alone goes at once")
{
    paced it;
    for (int i = 0; i < 20; ++i) {
        it.want(static_cast<std::uint32_t>(i));
        REQUIRE(it.went.size() == static_cast<std::size_t>(i + 1));
        CHECK(it.it.waiting() == 0);
        CHECK(it.it.deadline() == never);
        it.now += 1s;
    }
}

TEST_CASE("resume pacer: of many the one that has been away for longest goes first", "[thread-11]")
{
    paced it;
    for (std::uint32_t id = 0; id < 100; ++id)
        it.want(id, std::chrono::seconds(id));
    const std::size_t early = it.went.size();
    CHECK(early <= 6);
    it.run_for(10s);
    REQUIRE(it.went.size() == 100);
    for (std::size_t i = early + 1; i < it.went.size(); ++i)
        CHECK(it.went[i].second.id < it.went[i - 1].second.id);
}

TEST_CASE("resume pacer: from 50 a second, doubling while nothing fails", "[thread-11]")
{
    paced it;
    const instant began = it.now;
    for (std::uint32_t id = 0; id < 1'000; ++id)
        it.want(id);
    const duration promised = it.it.estimate();
    it.run_for(20s);
    CHECK(it.between(0s, 1s, began) >= 40);
    CHECK(it.between(0s, 1s, began) <= 62);
    CHECK(it.between(1s, 2s, began) >= 80);
    CHECK(it.between(2s, 3s, began) >= 160);
    REQUIRE(it.went.size() == 1'000);
    const duration took = it.went.back().first - began;
    CHECK(took < 6s);
    CHECK(promised > took * 8 / 10);
    CHECK(promised < took * 12 / 10);
    std::set<discord::slot> each;
    for (const auto& [when, who] : it.went)
        each.insert(who);
    CHECK(each.size() == 1'000);
}

TEST_CASE("resume pacer: gaps are jittered")
{
    paced it;
    for (std::uint32_t id = 0; id < 50; ++id)
        it.want(id);
    it.run_for(900ms);
    std::set<duration> gaps;
    for (std::size_t i = 10; i < it.went.size(); ++i)
        gaps.insert(it.went[i].first - it.went[i - 1].first);
    CHECK(gaps.size() > 20);
}

TEST_CASE("resume pacer: failure halves the rate, once a second, and the first answers raise it")
{
    paced it;
    for (std::uint32_t id = 0; id < 2'000; ++id)
        it.want(id);
    it.run_for(3s, true);
    CHECK(it.it.rate() < 50.0 / 4 + 1);
    it.run_for(30s, true);
    CHECK(it.it.rate() == resume_pacer::least_rate);
    const std::size_t so_far = it.went.size();
    CHECK(so_far < 150);
    it.run_for(15s);
    CHECK(it.went.size() == 2'000);
}

TEST_CASE("resume pacer: without any answer it does not go faster")
{
    paced it;
    for (std::uint32_t id = 0; id < 1'000; ++id)
        it.want(id);
    it.run_for(5s, false, 1h);
    CHECK(it.it.rate() == resume_pacer::start_rate);
}

TEST_CASE("resume pacer: collections share the rate")
{
    paced it(10);
    const instant began = it.now;
    for (std::uint32_t id = 0; id < 100; ++id)
        it.want(id);
    it.run_for(20s);
    CHECK(it.between(0s, 1s, began) <= 9);
    CHECK(it.went.size() == 100);
    CHECK(it.went.back().first - began < 6s);
}

TEST_CASE("resume pacer: who has left does not go, and who asks twice goes once")
{
    paced it;
    for (std::uint32_t id = 0; id < 40; ++id)
        it.want(id);
    it.want(30);
    it.tell(resume_left{{31, 100'000}});
    it.tell(resume_left{{99, 100'000}});
    it.run_for(10s);
    CHECK(it.went.size() == 39);
    CHECK(it.it.deadline() == never);
    CHECK(it.it.estimate() == 0s);
}

TEST_CASE("resume pacer: the pace begins anew after a quiet time")
{
    paced it;
    for (std::uint32_t id = 0; id < 1'000; ++id)
        it.want(id);
    it.run_for(8s);
    CHECK(it.it.rate() > 200);
    it.now += resume_pacer::quiet;
    for (std::uint32_t id = 0; id < 100; ++id)
        it.want(id);
    CHECK(it.it.rate() == resume_pacer::start_rate);
}
