// share/doc/control-api.md against a host that runs: each of its calls is made with curl, as it
// stands there, and what comes back has the fields that it shows, and no others.
#include "cli/typed.hpp"
#include "net/control_message.hpp"
#include "scaling/record.hpp"
#include "state/store.hpp"
#include "support/catch.hpp"

#include <boost/json.hpp>

#include <regex>
#include <set>
#include <sstream>

using namespace tinfoil;

namespace {

namespace json = boost::json;

struct section {
    std::string title;    ///< `GET /v1/status`.
    std::string command;  ///< Its curl.
    std::string example;  ///< Its answer.
    std::string text;     ///< All of it.
};

std::vector<section> read_document()
{
    std::istringstream in(typed::read(TINFOIL_SHARE "/doc/control-api.md"));
    std::vector<section> all;
    std::string line;
    while (std::getline(in, line)) {
        if (line.starts_with("## ")) {
            all.push_back({line.substr(3), "", "", ""});
        } else if (!all.empty()) {
            section& own = all.back();
            own.text += line + "\n";
            if (line.starts_with("    curl ") && own.command.empty())
                own.command = line.substr(4);
            else if (line.starts_with("    ") && !own.command.empty())
                own.example += line.substr(4) + "\n";
        }
    }
    std::erase_if(all, [](const section& each) {
        return !each.title.starts_with("GET ") && !each.title.starts_with("POST ");
    });
    return all;
}

// Whose members have names that are no fields, as states, reasons and headers, or are described
// elsewhere, as reports.
bool is_map(const std::string& key)
{
    return key == "reports" || key == "decision" || key == "by_state" || key == "by_reason" ||
           key == "headers";
}

void collect_keys(const json::value& of, std::set<std::string>& to)
{
    if (of.is_array())
        for (const json::value& each : of.get_array())
            collect_keys(each, to);
    if (!of.is_object())
        return;
    for (const auto& each : of.get_object()) {
        to.insert(std::string(each.key()));
        if (!is_map(std::string(each.key())))
            collect_keys(each.value(), to);
    }
}

json::value parsed(std::string text)
{
    // What it leaves out.
    text = std::regex_replace(text, std::regex(R"(,? ?\.\.\.(?=[\]},]))"), "");
    json::error_code failed;
    const json::value made = json::parse(text, failed);
    INFO(text);
    REQUIRE_FALSE(failed);
    return made;
}

struct host {
    host()
    {
        REQUIRE(it("mkdir plugins; cp " TINFOIL_BUILD_DIR "/plugins/ping.so plugins").code == 0);
        keep_decision();
        it.in_background(
            "$T run --sandbox --shards 3 --collections 2 --plugins plugins --state state",
            "host.out");
        it.await("$T status --state state --json | grep -q \"ready.:3\"");
    }
    // Of an earlier run, so that there is one to tell of.
    void keep_decision() const
    {
        scaling::record made;
        made.number = 1;
        made.what.refusals = {{scaling::aim::split, "0/3", "plan_fixed", "nobody has looked"}};
        const auto store = state::store::open(it.path("state"));
        REQUIRE(store);
        REQUIRE((*store)->keep_decision({1, 1, scaling::to_line(made), ""}));
    }
    // With what the document calls $S.
    typed::outcome run(const std::string& command)
    {
        it.write("call", "S=state/control.sock\n" + command + "\n");
        return it("sh call");
    }

    typed it;
};

void check_call(host& at, const section& each)
{
    INFO(each.title);
    REQUIRE_FALSE(each.command.empty());
    const auto came = at.run(each.command + " -sS --max-time 20");
    INFO(came.out << came.err);
    REQUIRE(came.code == 0);
    const json::value answer = parsed(came.out);
    CHECK(answer.at("api_version") == 1);
    CHECK(answer.as_object().if_contains("error") == nullptr);
    std::set<std::string> keys;
    collect_keys(answer, keys);
    for (const std::string& key : keys) {
        INFO(key << " is not described");
        CHECK(each.text.find("\"" + key + "\":") != std::string::npos);
    }
    const json::value example = parsed(each.example);
    for (const auto& field : example.as_object()) {
        INFO(field.key() << " is described and not there");
        CHECK(answer.as_object().if_contains(field.key()) != nullptr);
    }
}

// The operation 1, which goes on for minutes unless it is cancelled.
void begin_shadow(host& at)
{
    const auto came = at.run(R"(curl -sS --max-time 20 --unix-socket $S -d '{"slot":"0/3",)"
                             R"("dry_run":"shadow"}' http://tinfoil/v1/shards/split)");
    INFO(came.out << came.err);
    CHECK(parsed(came.out).at("operation").at("id") == 1);
}

}  // namespace

TEST_CASE("control document: every call of it works as it stands there, on a host that runs")
{
    host at;
    std::set<std::string> seen;
    section last, changes;
    std::vector<section> all = read_document();
    const auto decisions = std::find_if(all.begin(), all.end(), [](const section& each) {
        return each.title == "GET /v1/scaler/decisions";
    });
    REQUIRE(decisions != all.end());
    const std::string of_decisions = decisions->text;
    for (section& each : all) {
        seen.insert(each.title);
        // What a decision has is described once.
        if (each.title == "GET /v1/status" || each.title == "GET /v1/scaler")
            each.text += of_decisions;
        if (each.title.starts_with("POST /v1/shards/split"))
            changes = each;
        // What an operation has is described once.
        if (each.title == "POST /v1/shards/cancel" || each.title == "GET /v1/operations")
            each.text += changes.text;
        if (each.title == "POST /v1/shards/cancel")
            begin_shadow(at);
        if (each.title == "POST /v1/stop")
            last = each;
        else if (each.title != "GET /v1/events")
            check_call(at, each);
    }
    CHECK(seen == std::set<std::string>{"GET /v1/status",
                                        "GET /v1/shards",
                                        "GET /v1/collections",
                                        "POST /v1/collections/restart",
                                        "GET /v1/collections/restart",
                                        "POST /v1/collections/restart/cancel",
                                        "POST /v1/shards/rebalance",
                                        "GET /v1/shards/rebalance",
                                        "POST /v1/shards/rebalance/cancel",
                                        "POST /v1/collections/drain",
                                        "GET /v1/scaler",
                                        "GET /v1/scaler/decisions",
                                        "GET /v1/scaler/decision",
                                        "POST /v1/shards/wake",
                                        "POST /v1/shards/split, merge, reshard, renew, move",
                                        "POST /v1/shards/cancel",
                                        "GET /v1/operations",
                                        "GET /v1/plugins",
                                        "POST /v1/plugins/reload, rollback, load, unload, enable, "
                                        "disable",
                                        "GET /v1/budget",
                                        "POST /v1/budget/release",
                                        "GET /v1/config",
                                        "POST /v1/config/reload",
                                        "POST /v1/stop",
                                        "POST /v1/rest",
                                        "GET /v1/rest/limits",
                                        "GET /v1/logs",
                                        "GET and POST /v1/logs/levels",
                                        "GET /v1/events"});
    check_call(at, last);
}

TEST_CASE("control document: events are told as it says")
{
    host at;
    at.it.in_background("curl -sN --unix-socket state/control.sock http://tinfoil/v1/events",
                        "events");
    at.it.await("[ $(grep -c \"^event: status\" events) -ge 2 ]");
    REQUIRE(at.it("$T stop --state state").code == 0);
    at.it.await("grep -q \"^event: end\" events");
    const std::string text = typed::read(at.it.path("events"));
    CHECK(text.starts_with("event: status\ndata: {"));
    CHECK(text.find("event: shard\ndata: {\"slot\":") != std::string::npos);
    CHECK(text.ends_with("event: end\ndata: {}\n\n"));
    std::set<std::string> told;
    const std::regex name("event: ([a-z]+)\n");
    for (std::sregex_iterator at_event(text.begin(), text.end(), name), none; at_event != none;
         ++at_event)
        told.insert((*at_event)[1]);
    const std::string document = typed::read(TINFOIL_SHARE "/doc/control-api.md");
    for (const std::string& each : told)
        CHECK(document.find("| `" + each + "` |") != std::string::npos);
}

TEST_CASE("control document: its bounds are those of the code, and hold")
{
    const net::control_bounds is;
    const std::string document = typed::read(TINFOIL_SHARE "/doc/control-api.md");
    const auto says = [&](const std::string& what, const std::string& most) {
        INFO(what);
        CHECK(document.find("| " + what + " | " + most) != std::string::npos);
    };
    const auto seconds = [](duration length) {
        return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(length).count()) +
               " s";
    };
    const auto kib = [](std::size_t bytes) { return std::to_string(bytes >> 10) + " KiB"; };
    says("connections at once, event streams among them", std::to_string(is.connections));
    says("header, body of a request", kib(is.header_bytes) + ", " + kib(is.body_bytes));
    says("until a request has arrived, also on an idle connection", seconds(is.request));
    says("until the host has an answer", seconds(is.handling));
    says("until an answer has been taken", seconds(is.answer));
    says("events that wait for one reader", kib(is.stream_bytes));

    host at;
    const std::string curl = "curl -sS --max-time 20 --unix-socket $S http://tinfoil/v1/";
    const auto refused = [&](const std::string& rest, const char* code) {
        const auto came = at.run(curl + rest);
        INFO(came.out << came.err);
        CHECK(std::string(parsed(came.out).at("error").at("code").as_string()) == code);
    };
    refused("stop -d \"$(head -c 70000 /dev/zero | tr \"\\0\" x)\"", "too_large");
    refused("status -H \"X: $(head -c 9000 /dev/zero | tr \"\\0\" x)\"", "too_large");
    refused("status -X DELETE", "wrong_method");
    refused("nothing", "unknown_path");
    refused("stop -d \"{\\\"end\\\":true}\"", "bad_request");
    // As many streams as there may be connections, and one request more.
    for (std::size_t count = 0; count < is.connections; ++count)
        at.it.in_background("curl -sN --unix-socket state/control.sock http://tinfoil/v1/events",
                            "stream" + std::to_string(count));
    at.it.await("[ $(grep -l \"^event: status\" stream* | wc -l) -eq " +
                std::to_string(is.connections) + " ]");
    refused("status", "busy");
}
