#include "host/exposition.hpp"
#include "host/metrics.hpp"
#include "host/metrics_endpoint.hpp"
#include "support/catch.hpp"

#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

using namespace tinfoil;
using namespace tinfoil::host;

namespace {

measured all_there_is()
{
    measured made;
    made.now.version = "0.1.0";
    made.now.phase = "running";
    made.now.identifies = 3;
    made.now.shard_counts = {{gateway::state::active, 2}, {gateway::state::queue_resume, 1}};
    made.now.shards.resize(3);
    for (std::size_t at = 0; at < 3; ++at) {
        made.now.shards[at].state = gateway::state::active;
        made.now.shards[at].gauge.latency_us = 10'000 * (at + 1);
        made.now.shards[at].unfinished = 4;
    }
    made.now.starts_left = {true, 1000, 990, 200, 60'500, 2, "a token"};
    made.now.collections = {{0, "running", 42, 1, 7, 1500, 2, 8},
                            {1, "waiting", 0, 3, 12, 0, 0, 8}};
    made.collections = {net::process_facts{1.5, 4096, 0, 0, 0}, std::nullopt};
    made.now.network = {"local_pool", "1.0.0", "running", 0, 43, 2, ""};
    made.now.plugins = {{"ping.so", "ping", "1.0.0", {}},
                        {"bad.so", "", "", error{errc::plugin_refused, "no"}}};
    made.now.plugin_health.resize(1);
    made.now.plugin_health[0].name = "ping";
    made.now.plugin_health[0].gauge.busy_us = 2'500'000;
    made.events.events = {{"MESSAGE_CREATE", 5}};
    made.rest_answers = {{200, 9}, {429, 1}};
    made.rest.emplace();
    made.rest->owners.resize(2);
    made.rest->owners[0].seen.sent = 4;
    made.rest->owners[1].seen.sent = 6;
    return made;
}

bool has(const std::string& page, const std::string& line)
{
    return page.find("\n" + line + "\n") != std::string::npos;
}

// The rows of the table as the exposition has them: name, kind, labels, what it holds.
std::set<std::string> documented()
{
    std::ifstream in(TINFOIL_SCENARIOS "/../doc/metrics.md");
    std::set<std::string> all;
    for (std::string line; std::getline(in, line);)
        if (line.starts_with("| `"))
            all.insert(line);
    return all;
}

std::string row_of(const std::string& name, const std::string& kind,
                   const std::vector<std::string>& labels, const std::string& help)
{
    return fmt::format("| `{}` | {} | {} | {} |", name, kind,
                       labels.empty() ? "-" : fmt::format("`{}`", fmt::join(labels, "`, `")), help);
}

std::set<std::string> exposed(const std::string& page)
{
    std::set<std::string> all;
    std::string name, kind, help;
    std::vector<std::string> labels;
    const auto end = [&] {
        if (!name.empty())
            all.insert(row_of(name, kind, labels, help));
    };
    std::istringstream in(page);
    for (std::string line; std::getline(in, line);) {
        std::istringstream words(line);
        std::string hash, word;
        words >> hash;
        if (line.starts_with("# HELP ")) {
            end();
            labels.clear();
            words >> word >> name;
            help = line.substr(line.find(name) + name.size() + 1);
        } else if (line.starts_with("# TYPE ")) {
            words >> word >> word >> kind;
        } else if (const std::size_t open = line.find('{'); open != line.npos) {
            CHECK(line.substr(0, open) == name);
            labels.clear();
            for (std::size_t at = open; line[at] != '}';) {
                const std::size_t equals = line.find('=', at);
                labels.push_back(line.substr(at + 1, equals - at - 1));
                at = line.find('"', equals + 2) + 1;
            }
        }
    }
    end();
    return all;
}

}  // namespace

TEST_CASE("metrics: the table of the docs is what is exposed")
{
    const auto there = exposed(metrics_text(all_there_is())), told = documented();
    CHECK(there.size() > 50);
    for (const std::string& each : there)
        CHECK((told.contains(each) || each.empty() ||
               (UNSCOPED_INFO("not in metrics.md: " << each), false)));
    for (const std::string& each : told)
        CHECK((there.contains(each) || (UNSCOPED_INFO("not exposed: " << each), false)));
}

TEST_CASE("metrics: every state of a shard has its sample, also those that no shard is in")
{
    const std::string page = metrics_text(all_there_is());
    CHECK(has(page, R"(tinfoil_shards{state="ready"} 2)"));
    CHECK(has(page, R"(tinfoil_shards{state="queued_resume"} 1)"));
    CHECK(has(page, R"(tinfoil_shards{state="stopped"} 0)"));
}

TEST_CASE("metrics: lengths are in seconds, sums are sums")
{
    const std::string page = metrics_text(all_there_is());
    CHECK(has(page, "tinfoil_heartbeat_latency_median_seconds 0.02"));
    CHECK(has(page, "tinfoil_heartbeat_latency_max_seconds 0.03"));
    CHECK(has(page, "tinfoil_session_starts_reset_seconds 60.5"));
    CHECK(has(page, R"(tinfoil_plugin_busy_seconds_total{plugin="ping"} 2.5)"));
    CHECK(has(page, R"(tinfoil_collection_lag_seconds{collection="0"} 0.0015)"));
    CHECK(has(page, R"(tinfoil_collection_restarts_total{collection="1"} 12)"));
    CHECK(has(page, R"(tinfoil_plugins{state="refused"} 1)"));
    CHECK(has(page, "tinfoil_events_unfinished 12"));
    CHECK(has(page, "tinfoil_rest_sent_total 10"));
    CHECK(has(page, "tinfoil_session_starts_suspended 1"));
}

TEST_CASE("metrics: what is not known has no sample")
{
    const std::string page = metrics_text({});
    CHECK(page.find("\ntinfoil_session_starts_remaining ") == std::string::npos);
    CHECK(page.find("\ntinfoil_heartbeat_latency_max_seconds ") == std::string::npos);
    CHECK(page.find("# TYPE tinfoil_session_starts_remaining gauge\n") != std::string::npos);
}

TEST_CASE("metrics: names of plugins and types of events have a bound, and nothing is lost in it")
{
    measured many = all_there_is();
    many.now.plugin_health.resize(metric_plugins_max + 5);
    for (std::size_t at = 0; at < many.now.plugin_health.size(); ++at) {
        many.now.plugin_health[at].name = "p" + std::to_string(at);
        many.now.plugin_health[at].gauge.events = 2;
    }
    for (std::size_t at = 0; at < metric_event_types_max + 9; ++at)
        many.events.events["T" + std::to_string(at)] = 1;
    const std::string page = metrics_text(many);
    CHECK(has(page, "tinfoil_plugin_events_total{plugin=\"(others)\"} 10"));
    CHECK(has(page, R"(tinfoil_plugin_events_total{plugin="p199"} 2)"));
    CHECK(page.find("p200") == std::string::npos);
    // One more than the bound was there already.
    CHECK(has(page, "tinfoil_events_total{type=\"(others)\"} 10"));
}

TEST_CASE("exposition: values of labels are escaped, and are UTF-8 whatever was given")
{
    exposition page;
    page.gauge("x", "X.").sample({{"a", "q\"b\\c\nd"}, {"e", "\xff é"}}, 1.0);
    CHECK(page.take() == "# HELP x X.\n# TYPE x gauge\nx{a=\"q\\\"b\\\\c\\nd\",e=\"? ??\"} 1\n");
}

TEST_CASE("metrics: they are served on loopback only")
{
    CHECK(parse_metrics_address("9464").value()->port == 9464);
    CHECK(parse_metrics_address("[::1]:0").value()->address == "::1");
    CHECK(parse_metrics_address("localhost:1").value()->address == "127.0.0.1");
    CHECK(!parse_metrics_address("off").value());
    CHECK(
        parse_metrics_address("0.0.0.0:9464").error().detail ==
        "metrics are served on this machine only, and \"0.0.0.0\" is no address of loopback; write "
        "127.0.0.1:9464, and put a proxy that checks who asks in front of it");
    for (const char* bad : {"", "x", "70000", "127.0.0.1:", "127.0.0.1:9x", "-1"})
        CHECK(!parse_metrics_address(bad));
}

TEST_CASE("process facts: this process has memory, files and a beginning; one that is not has none")
{
    const auto self = net::process_facts_of(::getpid());
    REQUIRE(self);
    CHECK(self->resident_bytes > 1'000'000);
    CHECK(self->open_fds >= 3);
    CHECK(self->max_fds >= self->open_fds);
    CHECK(self->started > 1.6e9);
    CHECK(!net::process_facts_of(0));
}
