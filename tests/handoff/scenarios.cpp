#include "handoff/scenarios.hpp"

namespace tinfoil::handoff_sim {
namespace {

std::vector<habit> times(std::initializer_list<std::pair<int, habit>> of)
{
    std::vector<habit> all;
    for (const auto& [count, each] : of)
        all.insert(all.end(), static_cast<std::size_t>(count), each);
    return all;
}

const std::vector<habit> usual = times(
    {{2, dead}, {3, quiet}, {3, normal}, {1, chatty}, {1, ephemeral}, {1, toggle}, {1, mono}});

template <class With>
scenario like(std::string_view name, With with)
{
    scenario made;
    made.name = name;
    made.guilds = usual;
    with(made);
    return made;
}

std::vector<scenario> with_good_assumptions()
{
    return {
        like("calm",
             [](scenario& s) {
                 s.path_stall = 0;
                 s.stalls = {0, 0};
                 s.seconds_median_max = 20;
             }),
        like("base", [](scenario& s) { s.seconds_median_max = 25; }),
        like("stalls",
             [](scenario& s) {
                 s.path_stall = .01;
                 s.stalls = {.03, .03};
             }),
        like("oldlag",
             [](scenario& s) {
                 s.lag = {4, 0};
                 s.seconds_median_max = 75;
             }),
        like("newlag",
             [](scenario& s) {
                 s.lag = {0, 4};
                 s.seconds_median_max = 80;
             }),
        like("burst",
             [](scenario& s) {
                 s.burst = .05;
                 s.stalls = {.02, .02};
             }),
        like("resume",
             [](scenario& s) {
                 s.resumes = {.015, .015};
                 s.seconds_median_max = 40;
             }),
        like("op9new", [](scenario& s) { s.newer_lost = 1; }),
        like("killnew", [](scenario& s) { s.newer_dies = 1; }),
        like("op9old", [](scenario& s) { s.older_lost = 1; }),
        like("outage", [](scenario& s) { s.outage = 1; }),
        like("leavejoin",
             [](scenario& s) {
                 s.leave = 1;
                 s.join = 1;
             }),
        like("snapshots",
             [](scenario& s) {
                 s.second_snapshot = 1;
                 s.path_stall = .01;
             }),
        like("ambiguous",
             [](scenario& s) {
                 s.guilds = times({{3, ephemeral}, {3, toggle}, {3, mono}});
                 s.path_stall = .01;
                 s.stalls = {.02, .02};
             }),
        like("quietstall",
             [](scenario& s) {
                 s.guilds = times({{8, quiet}, {2, dead}});
                 s.path_stall = .25;
                 s.stalls = {.01, .01};
             }),
        like("intents", [](scenario& s) { s.other_intents = true; }),
        like("dms",
             [](scenario& s) {
                 s.guilds = times({{2, quiet}, {2, normal}});
                 s.dms = 6;
             }),
        like("commands",
             [](scenario& s) {
                 s.commands = true;
                 s.asks_sounds = true;
                 s.path_stall = .01;
             }),
        like("voice", [](scenario& s) { s.voice = true; }),
        like("crash",
             [](scenario& s) {
                 s.crash = 1;
                 s.share = 8;
                 s.lag = {0, 1};
                 s.stalls = {.02, .02};
             }),
        like("disk",
             [](scenario& s) {
                 s.journal_fails = 1;
                 s.share = 1;
             }),
        like("cancel",
             [](scenario& s) {
                 s.cancels = 1;
                 s.share = 1;
             }),
        like("op31refused",
             [](scenario& s) {
                 s.op31_refused = true;
                 s.share = 2;
             }),
        like("everything",
             [](scenario& s) {
                 s.path_stall = .01;
                 s.stalls = {.02, .02};
                 s.resumes = {.01, .01};
                 s.newer_lost = .3;
                 s.outage = .5;
                 s.leave = s.join = .3;
                 s.second_snapshot = .3;
                 s.burst = .02;
                 s.dms = 2;
                 s.asks_sounds = s.commands = s.voice = s.other_intents = true;
                 s.crash = .2;
                 s.share = 8;
             }),
        like("large",
             [](scenario& s) {
                 s.guilds = times({{2300, dead},
                                   {150, quiet},
                                   {40, normal},
                                   {4, ephemeral},
                                   {3, toggle},
                                   {3, mono}});
                 s.emit_for = 60;
                 s.share = 0;
             }),
    };
}

std::vector<scenario> with_broken_assumptions()
{
    return {
        like("a2broken",
             [](scenario& s) {
                 s.kept = promise::nothing;
                 s.answers_overtake = 1;
                 s.guilds = times({{6, quiet}, {6, normal}});
                 s.path_stall = .05;
             }),
        like("a2quiet",
             [](scenario& s) {
                 s.kept = promise::nothing;
                 s.answers_overtake = 1;
                 s.guilds = times({{8, quiet}, {2, normal}});
                 s.path_stall = .25;
                 s.stalls = {.01, .01};
             }),
        like("skip",
             [](scenario& s) {
                 s.kept = promise::lasting;
                 s.skip_ephemeral = .02;
             }),
        like("swap",
             [](scenario& s) {
                 s.kept = promise::nothing;
                 s.swap = .02;
                 s.tolerates_violations = true;
             }),
        like("swapstop",
             [](scenario& s) {
                 s.kept = promise::nothing;
                 s.swap = .02;
                 s.share = 2;
             }),
    };
}

}  // namespace

const std::vector<scenario>& scenarios()
{
    static const std::vector<scenario> all = [] {
        auto made = with_good_assumptions();
        for (scenario& each : with_broken_assumptions())
            made.push_back(std::move(each));
        return made;
    }();
    return all;
}

}  // namespace tinfoil::handoff_sim
