// Ten hours of mixed requests at twice the rate that Discord permits, against Discord's side of it.
#include "base/random.hpp"
#include "discordsim/simulator.hpp"
#include "rest/limiter.hpp"
#include "rest/retry.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <queue>
#include <utility>

using namespace tinfoil;
using namespace std::chrono_literals;

namespace {

constexpr int owners = 4;
constexpr std::int64_t wall_ms = 1'700'000'000'000;
// Of a month before; it is not there, which matters to no limit.
constexpr std::uint64_t old_message =
    (static_cast<std::uint64_t>(wall_ms - 30LL * 24 * 3600 * 1000) - discord::epoch_ms) << 22;
const std::string user_agent = "DiscordBot (https://example.com, 1)";

/// What is asked for: where, by whom, and what came of it.
struct asked {
    std::string method, path, body, kind;
    int owner = 0;
    instant submitted, deadline;
    bool urgent = false;
    bool is_over = false;  ///< The caller has had an answer, or has been told that there is none.
    int on_the_way = 0;    ///< Times that it or its answer is on the road.
};

struct figures {
    std::uint64_t submitted = 0, sent = 0, counted = 0, done = 0, refused = 0, timed_out = 0;
    std::uint64_t shared = 0, hidden_again = 0, other_429 = 0;
    std::map<std::string, instant> hidden_met;  ///< Hidden limits, and when they showed first.
    std::vector<duration> urgent_waits;
    std::map<int, std::uint64_t> done_of;
};

/// A bot's REST side and Discord's, with a road of changing length between them.
class load {
public:
    load(std::uint64_t seed, double per_second)
        : random_(seed),
          discord_(rules(), now_),
          limiter_(seed),
          between_(
              std::chrono::duration_cast<duration>(std::chrono::duration<double>(1 / per_second)))
    {
        const auto& all = discord_.everything();
        for (const auto& guild : all.guilds) {
            guilds_.push_back(to_string(guild.id));
            for (const auto& channel : guild.channels)
                if (channel.type == 0)
                    channels_.push_back(to_string(channel.id));
        }
    }

    figures run(duration length);

private:
    struct arrival {
        instant at;
        std::uint64_t number;
        std::size_t which;
        bool operator>(const arrival& other) const
        {
            return std::pair(at, number) > std::pair(other.at, other.number);
        }
    };
    struct answer_under_way {
        rest::request_id id = 0;
        discord::rest_response what;
    };

    static discordsim::settings rules()
    {
        discordsim::settings made;
        made.guilds = 30;
        made.acts_per_second = 0;
        made.wall_ms = wall_ms;
        return made;
    }
    duration road()
    {
        return 10ms + duration(static_cast<std::int64_t>(random_.below(15'000'000)));
    }
    void submit();
    void serve(rest::request_id id);
    void meet_hidden(const std::string& path);
    void hear(const answer_under_way& got);
    void perform(const std::vector<rest::action>& todo);
    void time_out(rest::request_id id);
    void forget(rest::request_id id);
    asked draw();

    instant now_{};
    random_source random_;
    discordsim::simulator discord_;
    rest::limiter limiter_;
    duration between_;
    std::vector<std::string> guilds_, channels_;
    std::map<rest::request_id, asked> open_;
    std::map<rest::request_id, discord::rest_response> answers_;
    std::vector<answer_under_way> under_way_;
    std::priority_queue<arrival, std::vector<arrival>, std::greater<>> to_discord_, to_bot_, late_;
    std::uint64_t last_ = 0, last_number_ = 0, last_interaction_ = 0;
    figures seen_;
};

asked load::draw()
{
    asked made;
    made.owner = static_cast<int>(random_.below(owners));
    const std::string& channel = channels_[random_.below(channels_.size())];
    const std::string& guild = guilds_[random_.below(guilds_.size())];
    const auto set = [&](const char* method, std::string path, const char* body = "") {
        made.method = method;
        made.path = std::move(path);
        made.body = body;
    };
    const auto what = random_.below(1000);
    if (what < 20)
        set("POST", "/channels/" + channels_[0] + "/messages", R"({"content":"hot"})");
    else if (what < 300)
        set("POST", "/channels/" + channel + "/messages", R"({"content":"hello"})");
    else if (what < 450)
        set("GET", "/channels/" + channel + "/messages?limit=1");
    else if (what < 600)
        set("GET", "/channels/" + channel);
    else if (what < 750)
        set("GET", "/guilds/" + guild + "/roles");
    else if (what < 900)
        set("GET", "/guilds/" + guild + "/channels");
    else if (what < 940)
        set("GET", "/users/@me");
    else if (what < 960)
        set("GET", "/guilds/" + guild + "/emojis");
    else if (what < 975)
        set("GET", "/guilds/" + guild);
    else if (what < 990)
        set("DELETE", "/channels/" + channels_[6 + random_.below(2)] + "/messages/" +
                          std::to_string(old_message + random_.below(1'000'000)));
    else if (what < 993)
        set("PATCH", "/channels/" + channels_[1 + random_.below(5)], R"({"topic":"news"})");
    else {
        // Nobody waits for it here: it is the first answer to an interaction.
        set("POST", "/interactions/" + std::to_string(++last_interaction_) + "/unknown/callback",
            R"({"type":5})");
        made.urgent = true;
    }
    made.submitted = now_;
    return made;
}

void load::submit()
{
    const rest::request_id id = ++last_;
    asked made = draw();
    ++seen_.submitted;
    made.kind = discord::kind_of(made.method, made.path, made.body, wall_ms);
    const instant deadline = made.deadline = now_ + (made.urgent ? duration(3s) : duration(60s));
    const rest::submitted input{id,
                                discord::route_of(made.method, made.path),
                                deadline,
                                made.urgent,
                                std::to_string(made.owner),
                                made.kind,
                                rest::is_idempotent(made.method)};
    open_.emplace(id, std::move(made));
    std::vector<rest::action> todo;
    limiter_.on(input, now_, todo);
    perform(todo);
}

void load::perform(const std::vector<rest::action>& todo)
{
    for (const auto& each : todo) {
        if (const auto* go = std::get_if<rest::dispatch>(&each)) {
            asked& what = open_.at(go->id);
            ++what.on_the_way;
            // Now and then a connection ends under it, on whichever part of its way it is.
            late_.push({random_.below(300) == 0 ? now_ + 2 * road() : what.deadline, ++last_number_,
                        go->id});
            if (what.urgent)
                seen_.urgent_waits.push_back(now_ - what.submitted);
            ++seen_.sent;
            to_discord_.push({now_ + road(), ++last_number_, go->id});
        } else if (const auto* no = std::get_if<rest::refuse>(&each)) {
            ++seen_.refused;
            open_.at(no->id).is_over = true;
            forget(no->id);
        } else if (const auto* end = std::get_if<rest::complete>(&each)) {
            ++seen_.done;
            ++seen_.done_of[open_.at(end->id).owner];
            REQUIRE_FALSE(std::exchange(open_.at(end->id).is_over, true));
            forget(end->id);
        }
    }
}

// Its connection or its time has ended; it arrives all the same.
void load::time_out(rest::request_id id)
{
    const auto found = open_.find(id);
    if (found == open_.end() || found->second.is_over || found->second.on_the_way == 0)
        return;
    ++seen_.timed_out;
    std::vector<rest::action> todo;
    limiter_.on(rest::failed{id, true, false}, now_, todo);
    perform(todo);
}

void load::forget(rest::request_id id)
{
    const asked& what = open_.at(id);
    if (what.is_over && what.on_the_way == 0)
        open_.erase(id);
}

// The request has reached Discord.
void load::serve(rest::request_id id)
{
    const asked& what = open_.at(id);
    std::vector<discordsim::action> todo;
    discord_.on(discordsim::request{id, what.method, what.path, what.body, "application/json",
                                    what.urgent ? "" : "Bot sandbox", false, user_agent},
                now_, todo);
    for (const auto& each : todo) {
        const auto* got = std::get_if<discordsim::answer>(&each);
        if (got == nullptr)
            continue;
        discord::rest_response made;
        made.status = got->status;
        for (const auto& [name, value] : got->headers) {
            std::string lower = name;
            std::transform(lower.begin(), lower.end(), lower.begin(),
                           [](char c) { return static_cast<char>(std::tolower(c)); });
            made.headers[lower] = value;
        }
        made.body = got->status < 400 ? "" : got->body;
        seen_.counted += !what.urgent && got->status != 429 ? 1 : 0;
        under_way_.push_back({id, std::move(made)});
        to_bot_.push({now_ + road(), ++last_number_, under_way_.size() - 1});
    }
}

// Those that were in flight when it showed could not know.
void load::meet_hidden(const std::string& path)
{
    const auto [met, first] = seen_.hidden_met.try_emplace(path, now_);
    seen_.hidden_again += now_ - met->second > 1s ? 1 : 0;
}

void load::hear(const answer_under_way& got)
{
    asked& what = open_.at(got.id);
    --what.on_the_way;
    const auto said = discord::parse_rate_limits(got.what);
    if (got.what.status == 429) {
        if (said.scope == discord::limit_scope::shared)
            ++seen_.shared;
        else if (what.kind == "name" || what.kind == "old")
            meet_hidden(what.path.substr(0, what.path.find("/messages")));
        else
            ++seen_.other_429;
    }
    if (what.is_over)
        return forget(got.id);
    std::vector<rest::action> todo;
    limiter_.on(rest::answered{got.id, got.what.status, said, discord::error_code_of(got.what)},
                now_, todo);
    perform(todo);
}

figures load::run(duration length)
{
    const instant end = now_ + length;
    instant next_request = now_;
    while (now_ < end) {
        instant next = std::min(next_request, limiter_.deadline());
        if (!to_discord_.empty())
            next = std::min(next, to_discord_.top().at);
        if (!to_bot_.empty())
            next = std::min(next, to_bot_.top().at);
        if (!late_.empty())
            next = std::min(next, late_.top().at);
        now_ = std::max(now_, next);
        while (!to_discord_.empty() && to_discord_.top().at <= now_) {
            const auto id = to_discord_.top().which;
            to_discord_.pop();
            serve(id);
        }
        while (!to_bot_.empty() && to_bot_.top().at <= now_) {
            const auto which = to_bot_.top().which;
            to_bot_.pop();
            hear(under_way_[which]);
            if (to_bot_.empty() && to_discord_.empty())
                under_way_.clear();
        }
        while (!late_.empty() && late_.top().at <= now_) {
            const auto id = late_.top().which;
            late_.pop();
            time_out(id);
        }
        if (limiter_.deadline() <= now_) {
            std::vector<rest::action> todo;
            limiter_.on(rest::elapsed{}, now_, todo);
            perform(todo);
            REQUIRE(limiter_.deadline() > now_);
        }
        if (next_request <= now_) {
            submit();
            next_request += between_;
        }
    }
    for (const auto& each : discord_.seen().breaches())
        UNSCOPED_INFO(each.rule << ": " << each.what);
    CHECK(discord_.so_far().breaches == 0);
    return seen_;
}

}  // namespace

// discord.md, thread 20: one limiter that never asks for more than is permitted
TEST_CASE("limiter: ten hours at twice the permitted rate cost no 429 that could be known of",
          "[simulation][rest/too-many-requests][thread-20]")
{
    const char* full = std::getenv("TINFOIL_LONG");
    // The limits are the same in each second; what an hour adds is drawn anew, and windows of ten
    // minutes come round.
    const duration length = full != nullptr ? duration(10h) : duration(15min);
    load bot(7, 100);
    const figures seen = bot.run(length);
    const double permitted =
        50 * std::chrono::duration_cast<std::chrono::duration<double>>(length).count();
    INFO("submitted " << seen.submitted << ", sent " << seen.sent << ", refused " << seen.refused
                      << ", shared " << seen.shared << ", hidden " << seen.hidden_met.size());
    CHECK(seen.other_429 == 0);
    CHECK(seen.timed_out > 50);
    // Five channels that are renamed, and two whose old messages are deleted.
    CHECK(seen.hidden_met.size() == 7);
    CHECK(seen.hidden_again == 0);
    CHECK(static_cast<double>(seen.counted) >= 0.95 * permitted);
    // Nobody starves: the four ask for the same.
    for (int each = 0; each < owners; ++each)
        CHECK(static_cast<double>(seen.done_of.at(each)) >=
              0.9 * static_cast<double>(seen.done) / owners);
    auto waits = seen.urgent_waits;
    REQUIRE(waits.size() > 100);
    std::sort(waits.begin(), waits.end());
    CHECK(waits[waits.size() * 99 / 100] < 50ms);
}
