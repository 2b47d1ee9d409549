// Playing the people of a sandbox by hand, breaking it, and asking what it saw.
#include "cli/stage_command.hpp"

#include "cli/account.hpp"
#include "cli/surroundings.hpp"
#include "cli/table.hpp"
#include "cli/text.hpp"
#include "host/config.hpp"
#include "host/status_json.hpp"
#include "net/clock.hpp"
#include "sandbox/client.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <cstdlib>
#include <fmt/format.h>

namespace tinfoil::cli {
namespace {

namespace json = boost::json;

constexpr duration look_interval = std::chrono::seconds(5);
// A command has to be answered within three seconds.
constexpr duration answer_patience = std::chrono::milliseconds(3'500);
constexpr std::size_t text_width = 400;

account people()
{
    return account(shows_colours(), net::now, [](const std::string& line) {
        fmt::print("{}\n", line);
        std::fflush(stdout);
    });
}

json::object place(const stage_flags& given)
{
    json::object made;
    for (const auto& [key, value] :
         {std::pair("guild", &given.guild), std::pair("channel", &given.channel),
          std::pair("as", &given.as)})
        if (!value->empty())
            made[key] = *value;
    return made;
}

int say(const sandbox::client& to, const stage_flags& given)
{
    json::object with = place(given);
    with["text"] = given.text;
    const auto said = to.post("/sandbox/say", with);
    if (!said)
        return fail(said.error());
    if (given.json)
        fmt::print("{}\n", json::serialize(*said));
    return EXIT_SUCCESS;
}

// `/greet user:anna`: the name with its subcommands, and what stands before and behind each colon.
json::object command_of(const std::string& typed)
{
    json::object options;
    std::string name, last;
    std::size_t at = 0;
    while (at < typed.size()) {
        const std::size_t end = std::min(typed.find(' ', at), typed.size());
        const std::string word = typed.substr(at, end - at);
        at = end + 1;
        const std::size_t colon = word.find(':');
        if (!name.empty() && colon != std::string::npos && colon != 0) {
            last = word.substr(0, colon);
            options[last] = word.substr(colon + 1);
        } else if (!last.empty() && !word.empty()) {
            options[last] = std::string(options[last].as_string()) + " " + word;
        } else if (!word.empty()) {
            name += (name.empty() ? "" : " ") + word;
        }
    }
    return json::object{{"command", name}, {"options", std::move(options)}};
}

int call(const sandbox::client& to, const stage_flags& given)
{
    std::uint64_t behind = 0;
    const auto before = to.watch(behind, net::now());
    if (!before)
        return fail(before.error());
    json::object with = command_of(given.text);
    if (!given.target.empty())
        with["target"] = given.target;
    if (!given.completes.empty())
        with["complete"] = given.completes;
    for (const auto& each : place(given))
        with[each.key()] = each.value();
    const auto called = to.post("/sandbox/call", with);
    if (!called)
        return fail(called.error());
    const std::string id(called->at("id").as_string());
    account shown = people();
    const instant until = net::now() + answer_patience;
    while (net::now() < until) {
        const auto seen = to.watch(behind, until);
        if (!seen)
            return fail(seen.error());
        for (const auto& each : *seen) {
            if (to_string(each.id) != id)
                continue;
            if (given.json && each.what == sandbox::happening::kind::answered)
                fmt::print("{}\n",
                           json::serialize(json::object{
                               {"id", id}, {"text", each.text}, {"after_ms", each.after_ms}}));
            else if (!given.json)
                shown.happened(each);
            if (each.what == sandbox::happening::kind::answered)
                return EXIT_SUCCESS;
        }
    }
    return fail({errc::timed_out, "the bot did not answer within three seconds"});
}

// With the fields of the sandbox's own control interface.
void print_json(const sandbox::happening& what)
{
    json::object made{{"what", name(what.what)},
                      {"guild", host::valid(what.guild)},
                      {"channel", host::valid(what.channel)},
                      {"who", host::valid(what.who)},
                      {"text", host::valid(what.text)},
                      {"id", to_string(what.id)}};
    if (what.after_ms >= 0)
        made["after_ms"] = what.after_ms;
    fmt::print("{}\n", json::serialize(made));
    std::fflush(stdout);
}

int watch(const sandbox::client& of, const stage_flags& given)
{
    std::uint64_t behind = 0;
    account shown = people();
    for (;;) {
        const auto seen = of.watch(behind, net::now() + look_interval, given.channel);
        if (!seen)
            return fail(seen.error());
        for (const auto& each : *seen)
            if (given.json)
                print_json(each);
            else
                shown.happened(each);
    }
}

int list_faults(const stage_flags& given)
{
    if (given.json) {
        json::array all;
        for (const auto& each : discordsim::fault_names())
            all.push_back({{"fault", each.name}, {"takes", each.takes}, {"means", each.means}});
        fmt::print("{}\n", json::serialize(all));
        return EXIT_SUCCESS;
    }
    std::vector<std::vector<cell>> rows;
    for (const auto& each : discordsim::fault_names())
        rows.push_back(
            {{std::string(each.name)}, {std::string(each.takes)}, {std::string(each.means)}});
    fmt::print("{}", table({{"fault"}, {"takes"}, {"what happens"}}, rows, output_sheet()));
    return EXIT_SUCCESS;
}

int fault(const sandbox::client& to, const stage_flags& given)
{
    json::object with{{"fault", given.text}};
    for (const std::string& each : given.parameters) {
        const auto equals = each.find('=');
        if (equals == std::string::npos || equals == 0)
            return fail({errc::invalid_argument,
                         "\"" + each + "\" is no parameter; write for example for=30s"});
        with[each.substr(0, equals)] = each.substr(equals + 1);
    }
    const auto done = to.post("/sandbox/fault", with);
    if (!done)
        return fail(done.error());
    if (given.json)
        fmt::print("{}\n", json::serialize(*done));
    return EXIT_SUCCESS;
}

double seconds(const json::object& of, const char* key)
{
    return static_cast<double>(of.at(key).as_int64()) / 1000.0;
}

std::uint64_t count(const json::object& verdict, const char* key)
{
    return verdict.at("counts").as_object().at(key).to_number<std::uint64_t>();
}

void show_breaches(const json::object& verdict)
{
    for (const auto& each : verdict.at("breaches").as_array()) {
        const json::object& one = each.as_object();
        fmt::print("{:>10.3f} s  {:<28} {}\n", seconds(one, "at_ms"),
                   printable(one.at("rule").as_string(), text_width),
                   printable(one.at("what").as_string(), text_width));
    }
    const auto all = count(verdict, "breaches");
    if (all == 0)
        fmt::print("no rule of Discord was broken\n");
    else
        fmt::print("{} {} of Discord's rules\n", all, all == 1 ? "breach" : "breaches");
}

void show_left_open(const json::object& verdict)
{
    for (const auto& each : verdict.at("left_open").as_array()) {
        const json::object& one = each.as_object();
        fmt::print("{:>10.3f} s  newer sessions serve the guilds of shard {}, which {} for "
                   "{:.3f} s\n",
                   seconds(one, "at_ms"), printable(one.at("shard").as_string(), text_width),
                   one.at("open").as_bool() ? "has been left open" : "was left open",
                   seconds(one, "for_ms"));
    }
    if (const auto all = count(verdict, "left_open"); all != 0)
        fmt::print("{} {} left open that nobody needs\n", all,
                   all == 1 ? "session was" : "sessions were");
}

int verdict(const sandbox::client& of, const stage_flags& given)
{
    const auto got = of.get("/sandbox/verdict");
    if (!got)
        return fail(got.error());
    if (given.json) {
        fmt::print("{}\n", json::serialize(*got));
    } else {
        show_breaches(*got);
        show_left_open(*got);
    }
    const bool is_clean = count(*got, "breaches") == 0 && count(*got, "left_open") == 0;
    return is_clean ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace

std::string usual_info()
{
    host::flags given;
    given.sandbox = true;
    const auto state = host::state_folder(given, variable);
    return state ? (state->parent_path() / "sandbox.json").string() : "";
}

void add_stage_commands(CLI::App& sandbox, stage_flags& given)
{
    sandbox.require_subcommand(0, 1);
    const auto add = [&](const char* name, const char* means) {
        CLI::App* made = sandbox.add_subcommand(name, means);
        made->add_option(
            "--info", given.info,
            "Info file of the sandbox (default: of the one started last without --info)");
        return made;
    };
    CLI::App* say = add("say", "Somebody writes into a channel");
    say->add_option("guild", given.guild, "Name or id")->required();
    say->add_option("channel", given.channel, "Name or id")->required();
    say->add_option("text", given.text, "What is written")->required();
    say->add_option("--as", given.as, "Who writes; joins the guild if nobody there has this name");
    say->add_flag("--json", given.json, "Print the message as Discord has it");
    CLI::App* call = add("call", "Somebody calls a command, and the answer is shown");
    call->add_option(
            "command", given.text,
            "As people write it: \"/greet user:anna\", \"/config set key:x\", or the name of "
            "a menu's entry")
        ->required();
    call->add_option("--target", given.target,
                     "Of a menu's entry: a person, or a message's id (default: the last message)");
    call->add_option("--complete", given.completes,
                     "Ask for the choices of this option, as while it is typed");
    call->add_option("--guild", given.guild, "Name or id (default: the first)");
    call->add_option("--channel", given.channel, "Name or id, in that guild (default: the first)");
    call->add_option("--as", given.as, "Who calls (default: somebody)");
    call->add_flag("--json", given.json, "Print the answer as a JSON object");
    CLI::App* watch = add("watch", "Follow what happens, until Ctrl-C");
    watch->add_option("channel", given.channel, "Only in channels of this name or id");
    watch->add_flag("--json", given.json, "A JSON object a line");
    CLI::App* fault = add("fault", "Break something; without a name, list what can be broken");
    fault->add_option("name", given.text, "Which fault");
    fault->add_option("parameters", given.parameters, "As for=30s shard=0/2");
    fault->add_flag("--json", given.json, "Print what there is, or what was done, as JSON");
    CLI::App* verdict =
        add("verdict",
            "Which of Discord's rules the bot broke, and sessions that it left open; 1 if any");
    verdict->add_flag("--json", given.json, "Print one JSON object");
}

int run_stage(const CLI::App& sandbox, const stage_flags& given)
{
    const auto typed = sandbox.get_subcommands();
    if (typed.empty())
        return -1;
    const std::string name = typed.front()->get_name();
    if (name == "fault" && given.text.empty())
        return list_faults(given);
    const auto to = sandbox::client::of(given.info.empty() ? usual_info() : given.info);
    if (!to)
        return fail(to.error());
    if (name == "say")
        return say(*to, given);
    if (name == "call")
        return call(*to, given);
    if (name == "watch")
        return watch(*to, given);
    return name == "fault" ? fault(*to, given) : verdict(*to, given);
}

}  // namespace tinfoil::cli
