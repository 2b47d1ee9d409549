// The identify ledger against Discord's rules and shards that do anything, over many seeds.
#include "base/random.hpp"
#include "sharding/identify_ledger.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <map>

using namespace tinfoil;
using namespace tinfoil::sharding;
using namespace std::chrono_literals;
using discord::slot;

namespace {

// Discord's rules and the shards of a bot, written as plainly as can be, to compare with.
class checker {
public:
    checker(std::uint64_t seed, ledger_settings how)
        : random_(seed),
          how_(how),
          it_(how),
          total_(5 + static_cast<int>(random_.below(40))),
          concurrency_(1U << random_.below(4)),
          reset_at_(now_ + 24h)
    {
        for (std::uint32_t id = 0, count = 1 + std::uint32_t(random_.below(9)); id < count; ++id)
            shards_[{id, count}] = {};
        answer();
    }

    void run(int steps)
    {
        for (int i = 0; i < steps; ++i) {
            step();
            // Sometimes a day passes.
            const bool is_long = random_.below(50) == 0;
            if (is_long)
                end_turns();
            is_long_ = is_long;
            pass(is_long ? duration(1h) * (1 + int(random_.below(6)))
                         : duration(1ms) * int(random_.below(4000)));
        }
        settle();
    }

private:
    enum class phase { away, asks, has_turn, up };

    void feed(const identify_ledger_input& what)
    {
        std::vector<identify_ledger_action> todo;
        it_.on(what, now_, todo);
        for (const auto& each : todo) {
            if (const auto* turn = std::get_if<permit>(&each))
                on_permit(*turn);
            else if (std::holds_alternative<refresh>(each) && (calm_ || random_.below(4) != 0))
                answer();
        }
    }
    void answer()
    {
        pass_window();
        feed(budget{total_, total_ - spent_, reset_at_ - now_, int(concurrency_)});
    }
    void pass_window()
    {
        if (now_ < reset_at_)
            return;
        spent_ = 0;
        reset_at_ = now_ + 24h;
    }
    void on_permit(const permit& turn)
    {
        pass_window();
        INFO("shard " << to_string(turn.slot));
        REQUIRE(shards_.at(turn.slot) == phase::asks);
        REQUIRE(now_ - last_[turn.slot.id % concurrency_] >= 5s);
        for (const auto& [slot, at] : shards_)
            REQUIRE(
                (at != phase::has_turn || slot.id % concurrency_ != turn.slot.id % concurrency_));
        REQUIRE(spent_ < total_);
        if (turn.why != reason::by_operator)
            REQUIRE(total_ - spent_ > total_ * how_.reserve_percent / 100);
        shards_[turn.slot] = phase::has_turn;
        pending_.push_back(turn.slot);
    }
    // Nobody has a turn for hours.
    void end_turns()
    {
        for (auto& [which, at] : shards_) {
            if (at != phase::has_turn)
                continue;
            identify_arrives(which);
            at = phase::up;
            feed(ended{which, true});
            write_rows();
        }
    }
    // Rows are written right behind the permit, some can't be.
    void write_rows()
    {
        while (!pending_.empty()) {
            const slot which = pending_.back();
            pending_.pop_back();
            if (!calm_ && random_.below(20) == 0) {
                shards_[which] = phase::away;
                feed(unused{which});
            } else {
                ++spent_;  // At the latest; Discord counts what it gets.
                rows_.emplace_back(now_, which);
                feed(recorded{which});
            }
        }
    }
    void identify_arrives(slot which) { last_[which.id % concurrency_] = now_; }

    void step()
    {
        auto at = shards_.begin();
        std::advance(at, random_.below(shards_.size()));
        const slot which = at->first;
        const auto luck = random_.below(100);
        if (at->second == phase::away) {
            at->second = phase::asks;
            feed(requested{which, random_.below(2) == 0 ? reason::cold_start : reason::session_lost,
                           random_.unit()});
        } else if (at->second == phase::asks && luck < 10) {
            at->second = phase::away;
            feed(left{which});
        } else if (at->second == phase::has_turn && luck < 70) {
            identify_arrives(which);
            at->second = phase::up;
            feed(ended{which, true});
            feed(established{which});
        } else if (at->second == phase::has_turn) {
            at->second = phase::away;
            feed(ended{which, false});
            if (luck < 85 && may_be_on_its_way(which))
                last_[which.id % concurrency_] = now_ + 1s;
        } else if (at->second == phase::up && luck < 30) {
            at->second = phase::away;
        } else if (luck > 97) {
            feed(released{});
        } else if (luck > 95) {
            restart();
        } else if (luck > 93) {
            feed(suspended{"test"});
            suspended_ = true;
        } else if (suspended_) {
            suspended_ = false;
            feed(sharding::resumed{});
        } else {
            feed(elapsed{});
        }
        write_rows();
    }
    // One that has its turn for longer has used it long ago.
    [[nodiscard]] bool may_be_on_its_way(slot which) const
    {
        const auto row = std::find_if(rows_.rbegin(), rows_.rend(),
                                      [&](const auto& each) { return each.second == which; });
        return now_ - row->first < 1min;
    }
    void restart()
    {
        it_ = identify_ledger(how_);
        owned from;
        for (const auto& [when, which] : rows_)
            if (now_ - when < 24h)
                from.rows.push_back({which, reason::cold_start, now_ - when});
        for (auto& [which, at] : shards_) {
            if (at == phase::has_turn && may_be_on_its_way(which))
                last_[which.id % concurrency_] = now_ + 1s;
            if (at != phase::up)
                at = phase::away;
        }
        suspended_ = false;
        feed(from);
        answer();
    }
    void pass(duration length)
    {
        const instant until = now_ + length;
        int turns = 0;
        while (it_.deadline() <= until) {
            REQUIRE(++turns < 10'000);
            now_ = std::max(now_, it_.deadline());
            feed(elapsed{});
            write_rows();
            if (is_long_)
                end_turns();
        }
        now_ = until;
    }
    // Nothing fails any more: everybody who asks gets a turn, within two days.
    void settle()
    {
        calm_ = true;
        feed(sharding::resumed{});
        write_rows();
        for (int i = 0; i < 3000; ++i) {
            for (auto& [which, at] : shards_) {
                if (at == phase::away) {
                    at = phase::asks;
                    feed(requested{which});
                } else if (at == phase::has_turn) {
                    identify_arrives(which);
                    at = phase::up;
                    feed(ended{which, true});
                    feed(established{which});
                }
                write_rows();
            }
            pass(1min);
        }
        for (const auto& [which, at] : shards_)
            REQUIRE(at == phase::up);
    }

    random_source random_;
    ledger_settings how_;
    identify_ledger it_;
    instant now_{1000h};
    int total_, spent_ = 0;
    std::uint32_t concurrency_;
    instant reset_at_;
    bool is_long_ = false, calm_ = false, suspended_ = false;
    std::map<slot, phase> shards_;
    std::map<std::uint32_t, instant> last_;  ///< Arrival of an IDENTIFY, by bucket.
    std::vector<slot> pending_;
    std::vector<std::pair<instant, slot>> rows_;
};

}  // namespace

TEST_CASE("ledger: whatever comes, Discord's rules and the reserve are kept, and everybody starts",
          "[simulation][thread-2]")
{
    for (std::uint64_t seed = 1; seed <= 150; ++seed) {
        CAPTURE(seed);
        const int reserve = seed % 3 == 0 ? 0 : 20;
        checker(seed, {.reserve_percent = reserve, .breaker_per_shard = 3 + seed % 8}).run(300);
    }
}
