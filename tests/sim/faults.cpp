#include "sim/faults.hpp"

#include <memory>

namespace tinfoil::sim {
namespace {

using namespace std::chrono_literals;

constexpr unsigned absent_percent = 35;

}  // namespace

faults::faults(world& of, std::set<int> left_out)
    : of_(of),
      left_out_(std::move(left_out)),
      begun_(of.with.time.now())
{
    std::uint64_t all = 0;
    for (auto& each : weights_) {
        each = of.with.chance(absent_percent) ? 0 : std::uint64_t{1} << of.with.random.below(7);
        all += each;
    }
    if (all == 0)
        weights_.front() = 1;
}

fault faults::draw()
{
    std::uint64_t all = 0;
    for (const auto each : weights_)
        all += each;
    std::uint64_t luck = of_.with.random.below(all);
    std::size_t kind = 0;
    while (luck >= weights_[kind])
        luck -= weights_[kind++];
    return static_cast<fault>(kind);
}

void faults::spread_over(duration how_long)
{
    schedule(of_.with.time.now() + how_long);
}

// Every third comes on the heels of the one before.
void faults::schedule(instant until)
{
    auto& with = of_.with;
    const duration wait = with.chance(33) ? with.between(0ms, 2s) : with.between(5s, 100s);
    if (with.time.now() + wait >= until)
        return;
    with.time.after(wait, [this, until] {
        const fault what = draw();
        const int number = drawn_++;
        if (left_out_.contains(number)) {
            ++so_far_;
        } else if (strike(what)) {
            of_.with.seen.on(what);
            ++so_far_;
            const auto at =
                std::chrono::duration_cast<std::chrono::seconds>(of_.with.time.now() - begun_);
            story_.emplace_back(number, "after " + std::to_string(at.count()) + " s " +
                                            std::string(name_of(what)));
        }
        schedule(until);
    });
}

void faults::for_a_while(bool& condition, duration least, duration most)
{
    condition = true;
    of_.with.time.after(of_.with.between(least, most), [&condition] { condition = false; });
}

bool faults::strike(fault what)
{
    auto& now = of_.with.now;
    switch (what) {
    case fault::resume_url_dead:
        return for_a_while(now.resume_url_dead, 5s, 4min), true;
    case fault::dials_refused:
        return for_a_while(now.dials_refused, 5s, of_.with.chance(30) ? 12min : 1min), true;
    case fault::dials_swallowed:
        return for_a_while(now.dials_swallowed, 5s, 1min), true;
    case fault::slow_answers:
        return for_a_while(now.slow_answers, 5s, 3min), true;
    case fault::slow_handlers:
        return for_a_while(now.slow_handlers, 10s, 5min), true;
    case fault::slow_link:
        return for_a_while(now.slow_link, 5s, 1min), true;
    case fault::disk_full:
        return for_a_while(of_.with.state.full, 5s, 3min), true;
    case fault::power_lost:
        return of_.lose_power(), true;
    case fault::machine_sleeps:
        return of_.sleep(of_.with.between(5s, of_.with.chance(50) ? 1min : 20min)), true;
    case fault::collection_killed:
    case fault::collection_hangs:
    case fault::collection_never_begins:
    case fault::host_killed:
    case fault::stop_and_start:
    case fault::end_of_sessions:
    case fault::operator_wakes:
        return strike_process(what);
    default:
        return strike_connection(what);
    }
}

bool faults::strike_process(fault what)
{
    auto& with = of_.with;
    const auto all = of_.collections();
    collection_process* one = all.empty() ? nullptr : all[with.random.below(all.size())];
    // Half of them die at once, the others in the middle of something.
    const auto steps = static_cast<unsigned>(with.random.below(with.chance(50) ? 4 : 60));
    if (what == fault::host_killed || what == fault::stop_and_start ||
        what == fault::end_of_sessions) {
        if (of_.host() == nullptr)
            return false;
        if (what == fault::host_killed)
            return of_.host()->doom(steps), true;
        return of_.stop_host(what == fault::end_of_sessions), true;
    }
    if (one == nullptr)
        return false;
    if (what == fault::operator_wakes)
        return one->wake(with.random.next()), true;
    if (what == fault::collection_hangs)
        return one->hang_for(with.between(100ms, 12s)), true;
    with.now.never_begins = what == fault::collection_never_begins;
    one->doom(steps);
    return true;
}

bool faults::strike_connection(fault what)
{
    auto& with = of_.with;
    const auto all = of_.net.up();
    if (all.empty())
        return false;
    const network::id one = all[with.random.below(all.size())];
    // It answers an IDENTIFY or a RESUME, or ends a session; one that came by itself before the
    // IDENTIFY has arrived would be a proof of something false.
    const bool invalid = what == fault::invalid_resumable || what == fault::invalid_for_good;
    if (invalid && !of_.net.has_session(one))
        return false;
    constexpr std::array resumable{1000, 1001, 1006, 4000, 4001, 4002, 4005, 4008};
    constexpr std::array over{4003, 4007, 4009};
    switch (what) {
    case fault::silence:
        return of_.net.silence(one), true;
    case fault::cut_connection:
        return of_.net.cut(one, network::notices::both), true;
    case fault::cut_unnoticed_by_client:
        return of_.net.cut(one, network::notices::only_discord), true;
    case fault::cut_unnoticed_by_discord:
        return of_.net.cut(one, network::notices::only_client), true;
    case fault::stall_connection:
        return of_.net.cut(one, network::notices::nobody), true;
    case fault::reconnect_asked:
        return of_.net.whim(one, R"({"op":7,"d":null})", false), true;
    case fault::invalid_resumable:
        return of_.net.whim(one, R"({"op":9,"d":true})", false), true;
    case fault::invalid_for_good:
        return of_.net.whim(one, R"({"op":9,"d":false})", true), true;
    case fault::closed_resumable:
        return of_.net.close_by_discord(one, resumable[with.random.below(resumable.size())], false),
               true;
    case fault::closed_session_over:
        return of_.net.close_by_discord(one, over[with.random.below(over.size())], true), true;
    case fault::closed_for_good:
        return close_for_good(one), true;
    default:
        return of_.net.whim(one, R"({"op":)", false), true;
    }
}

// A token that is reset, an intent that is switched off, or nothing that the bot could change.
void faults::close_for_good(network::id which)
{
    constexpr std::array codes{4004, 4004, 4010, 4013, 4014, 4014};
    const int code = codes[of_.with.random.below(codes.size())];
    if (code == 4004 && of_.host() != nullptr && of_.with.chance(50))
        of_.host()->lose_token();
    of_.net.close_by_discord(which, code, true);
}

void faults::end()
{
    of_.with.now = {};
    of_.with.now.calm = true;
    of_.with.state.full = false;
    of_.net.end_silence();
}

}  // namespace tinfoil::sim
