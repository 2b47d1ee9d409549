#include "cli/shards_change_command.hpp"

#include "base/duration_text.hpp"
#include "cli/asking.hpp"
#include "cli/operation_following.hpp"
#include "cli/operation_text.hpp"
#include "cli/streams.hpp"
#include "cli/surroundings.hpp"
#include "cli/table.hpp"
#include "cli/text.hpp"
#include "host/operations_control.hpp"
#include "net/clock.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace tinfoil::cli {
namespace {

using host::operation_kind;
using host::operation_mode;
using host::operation_state;
using host::operation_view;

constexpr std::size_t text_width = 80;

struct verb {
    const char* name;
    operation_kind kind;
    const char* what;
};
constexpr std::array verbs{
    verb{"split", operation_kind::split, "Divide a shard while it serves"},
    verb{"merge", operation_kind::merge, "Make one of several shards while they serve"},
    verb{"reshard", operation_kind::reshard, "Change how many shards there are, while they serve"},
    verb{"renew", operation_kind::renew, "Give shards new sessions while they serve"},
    verb{"move", operation_kind::move, "Take shards to another collection, without an IDENTIFY"}};

error invalid(const std::string& why)
{
    return {errc::invalid_argument, why};
}

result<std::vector<discord::slot>> slots_of(const std::vector<std::string>& typed)
{
    std::vector<discord::slot> made;
    for (const std::string& each : typed) {
        const auto slot = discord::parse_slot(each);
        if (!slot)
            return invalid(fmt::format("\"{}\" is no shard; write it as tinfoil shards list has "
                                       "it, for example 3/16",
                                       printable(each, text_width)));
        if (std::find(made.begin(), made.end(), *slot) != made.end())
            return invalid("shard " + each + " is named twice");
        made.push_back(*slot);
    }
    return made;
}

std::size_t stderr_width()
{
    constexpr std::size_t usual = 80;
    winsize size{};
    return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col : usual;
}

// One line that is written over on a terminal, and otherwise a line for each change of more than
// numbers.
class live_line {
public:
    void show(const operation_view& what)
    {
        if (rewrites_error_line()) {
            shown_ = progress_line(what, stderr_width() - 1);
            fmt::print(stderr, "\r\x1b[K{}", shown_);
            return;
        }
        const std::string stage = fmt::format("{} {} {} {}", name(what.state), what.phase,
                                              what.parts_done, what.moves_done);
        if (stage == shown_)
            return;
        shown_ = stage;
        fmt::print(stderr, "{}\n", progress_line(what, std::size_t{1} << 16));
    }
    void end()
    {
        if (rewrites_error_line() && !shown_.empty())
            fmt::print(stderr, "\r\x1b[K");
        shown_.clear();
    }

private:
    std::string shown_;
};

// A day has few IDENTIFYs, so they are not spent without somebody having seen how many.
result<void> consent(const operation_view& quote, const shards_change_flags& given)
{
    if (given.yes || quote.quote.identifies == 0)
        return {};
    return ask_to_go_on(fmt::format(
        "it costs {} {}, and there is nobody to ask here; say --yes to have it done, or --dry-run "
        "to see only what it costs",
        quote.quote.identifies, quote.quote.identifies == 1 ? "IDENTIFY" : "IDENTIFYs"));
}

result<operation_view> ask(const net::control_client& host, const host::operation_wish& what,
                           std::string& answered)
{
    const host::operation_call call = host::call_of(what);
    const auto answer = host.call("POST", call.path, call.body);
    if (!answer)
        return answer.error();
    answered = answer->json;
    return host::parse_operation_answer(answer->json, net::wall_clock_ms());
}

int left_alone(std::uint64_t id)
{
    fmt::print(stderr,
               "operation {0} goes on\n  tinfoil shards operations   shows how far it is\n"
               "  tinfoil shards cancel {0}    ends it, until it commits\n",
               id);
    return shards_left_running;
}

int follow(const net::control_client& host, std::uint64_t id, bool as_json)
{
    live_line line;
    const auto ended = follow_operation(
        host, id, [&](const operation_view& now) { line.show(now); }, is_interrupted);
    line.end();
    if (!ended && ended.error().code == errc::cancelled)
        return left_alone(id);
    if (!ended)
        return fail({ended.error().code,
                     fmt::format("{};\noperation {} is not followed any more: tinfoil shards "
                                 "history tells what became of it",
                                 ended.error().detail, id)});
    if (as_json)
        fmt::print("{}\n", host::operation_answer_json(*ended, net::wall_clock_ms()));
    else
        fmt::print("{}", outcome_text(*ended, shows_colours()));
    return ended->state == operation_state::done ? EXIT_SUCCESS : shards_not_done;
}

int cancel(const net::control_client& host, const shards_change_flags& given)
{
    const auto answer =
        host.call("POST", "/v1/shards/cancel",
                  given.id ? fmt::format(R"({{"id":{}}})", *given.id) : std::string("{}"));
    if (!answer)
        return fail_of(answer.error());
    if (given.json) {
        fmt::print("{}\n", answer->json);
        return EXIT_SUCCESS;
    }
    const auto ended = host::parse_operation_answer(answer->json, net::wall_clock_ms());
    if (!ended)
        return fail(ended.error());
    fmt::print("operation {}, {}, {}\n", ended->id, operation_title(ended->wish),
               is_over(ended->state) ? "is cancelled: the shards are as they were"
                                     : "is being cancelled");
    return EXIT_SUCCESS;
}

int change(const net::control_client& host, host::operation_wish what,
           const shards_change_flags& given)
{
    const operation_mode wanted = std::exchange(what.mode, operation_mode::quote);
    std::string answered;
    auto quote = ask(host, what, answered);
    if (!quote)
        return fail_of(quote.error());
    what.mode = quote->wish.mode = wanted;
    const bool only_quote = wanted == operation_mode::quote, may_go = quote->quote.may_go();
    // What was asked for goes to stdout.
    if (given.json && (only_quote || !may_go))
        fmt::print("{}\n", answered);
    else
        fmt::print(only_quote ? stdout : stderr, "{}",
                   quote_text(*quote, only_quote ? shows_colours()
                                                 : rewrites_error_line() && !variable("NO_COLOR")));
    if (!may_go)
        return shards_not_done;
    if (only_quote)
        return EXIT_SUCCESS;
    if (const auto may = consent(*quote, given); !may)
        return fail(may.error());
    const auto begun = ask(host, what, answered);
    if (!begun)
        return fail_of(begun.error());
    if (!given.no_wait) {
        listen_for_interrupt();
        return follow(host, begun->id, given.json);
    }
    if (given.json)
        fmt::print("{}\n", answered);
    else
        fmt::print("operation {} is {}; tinfoil shards operations shows how far it is\n", begun->id,
                   name(begun->state));
    return EXIT_SUCCESS;
}

void add_how(CLI::App& command, shards_change_flags& given, bool has_shadow)
{
    command
        .add_flag("--dry-run{quote}", given.dry_run,
                  has_shadow ? "Only say what it would cost; =shadow opens the newer sessions, "
                               "watches whether all fits, and changes nothing"
                             : "Only say what it would do")
        ->check(has_shadow ? CLI::IsMember({"quote", "shadow"}) : CLI::IsMember({"quote"}));
    if (has_shadow)
        command.add_option("--observe", given.observe,
                           "With --dry-run=shadow: how long it watches, 10s to 1h (default: 3m)");
    command.add_flag("--force", given.force, "Also where only an operator may say so");
    command.add_flag("--yes,-y", given.yes, "Do not ask whether IDENTIFYs may be spent");
    command.add_flag("--no-wait", given.no_wait, "Do not wait until it is done");
    command.add_flag("--json", given.json, "As JSON (share/doc/control-api.md)");
}

}  // namespace

result<std::uint32_t> collection_of(const std::string& typed)
{
    const char* begin = typed.data() + (typed.starts_with('c') ? 1 : 0);
    const char* end = typed.data() + typed.size();
    std::uint32_t number = 0;
    const auto [stopped, failed] = std::from_chars(begin, end, number);
    if (failed != std::errc{} || stopped != end)
        return invalid(fmt::format("\"{}\" is no collection; write for example c1, tinfoil status "
                                   "has those that there are",
                                   printable(typed, text_width)));
    return number;
}

result<host::operation_wish> wish_of(const shards_change_flags& given)
{
    host::operation_wish made;
    const auto typed = std::find_if(verbs.begin(), verbs.end(),
                                    [&](const verb& each) { return each.name == given.typed; });
    if (typed == verbs.end())
        return invalid("\"" + given.typed + "\" is nothing that is done with shards");
    made.kind = typed->kind;
    made.mode = given.dry_run.empty()       ? operation_mode::perform
                : given.dry_run == "shadow" ? operation_mode::shadow
                                            : operation_mode::quote;
    made.forced = given.force;
    std::vector<std::string> words = given.words;
    if (made.kind == operation_kind::move) {
        if (words.size() < 2)
            return invalid("a move needs shards and the collection they go to, as 3/16 c1");
        const auto to = collection_of(words.back());
        if (!to)
            return to.error();
        made.to = *to;
        words.pop_back();
    }
    auto slots = slots_of(words);
    if (!slots)
        return slots.error();
    made.slots = std::move(*slots);
    if (made.kind == operation_kind::split || made.kind == operation_kind::reshard)
        made.count = given.count;
    if (made.kind == operation_kind::merge && made.slots.size() < 2)
        return invalid("a merge needs two shards or more, as 3/32 19/32");
    if (made.kind == operation_kind::renew && made.slots.empty() != given.all)
        return invalid("name the shards that get new sessions, as 3/16, or say --all");
    if (!given.observe.empty()) {
        const auto length = parse_duration(given.observe);
        if (made.mode != operation_mode::shadow || !length ||
            *length < host::operations_control::observe_min ||
            *length > host::operations_control::observe_max)
            return invalid("--observe takes 10s to 1h, and goes with --dry-run=shadow");
        made.observe_for = *length;
    }
    return made;
}

void add_shards_change(CLI::App& shards, host::flags& where, shards_change_flags& given)
{
    const auto add = [&](const char* name, const char* what) {
        CLI::App* made = shards.add_subcommand(name, what);
        add_host_flags(*made, where);
        made->callback([&given, name] { given.typed = name; });
        return made;
    };
    for (const verb& each : verbs) {
        CLI::App* made = add(each.name, each.what);
        const char* slot = "As shards list has it: 3/16";
        switch (each.kind) {
        case operation_kind::split:
            made->add_option("shard", given.words, slot)->required()->expected(1);
            made->add_option("--parts", given.count, "Into how many (default: 2)")
                ->check(CLI::Range(2U, host::operations_control::shards_max));
            break;
        case operation_kind::merge:
            made->add_option("shards", given.words, "Two or more that make up one: 3/32 19/32")
                ->required();
            break;
        case operation_kind::reshard:
            made->add_option("count", given.count, "How many shards there are to be")
                ->required()
                ->check(CLI::Range(1U, host::operations_control::shards_max));
            break;
        case operation_kind::renew:
            made->add_option("shards", given.words, slot);
            made->add_flag("--all", given.all, "Every shard, one after another");
            break;
        case operation_kind::move:
            made->add_option("shards", given.words,
                             "Shards, and the collection they go to: 3/16 c1")
                ->required();
            break;
        }
        add_how(*made, given, each.kind != operation_kind::move);
    }
    CLI::App* ends =
        add("cancel", "End an operation that has not committed; nothing has changed then");
    ends->add_option("id", given.id, "Its number (default: the one that runs)")
        ->check(CLI::PositiveNumber);
    ends->add_flag("--json", given.json, "As JSON (share/doc/control-api.md)");
}

int run_shards_change(const std::filesystem::path& state, const shards_change_flags& given)
{
    const net::control_client host(state);
    if (given.typed == "cancel")
        return cancel(host, given);
    const auto wish = wish_of(given);
    if (!wish)
        return fail(wish.error());
    return change(host, *wish, given);
}

}  // namespace tinfoil::cli
