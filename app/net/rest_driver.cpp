#include "net/rest_driver.hpp"

#include "base/assert.hpp"
#include "discord/nonce.hpp"
#include "discord/route.hpp"
#include "discord/url.hpp"
#include "net/clock.hpp"
#include "net/http_client.hpp"
#include "net/multipart.hpp"
#include "net/permit.hpp"
#include "net/pump.hpp"
#include "rest/limiter.hpp"
#include "rest/retry.hpp"
#include "version.hpp"

#include <boost/asio/post.hpp>

#include <unordered_map>
#include <unordered_set>

namespace tinfoil::net {
namespace {

namespace asio = boost::asio;

error error_of(rest::refusal why, const std::string& what)
{
    switch (why) {
    case rest::refusal::deadline:
        return {
            errc::timed_out,
            what + ": its turn would come after its deadline; Discord's rate limits allow no more"};
    case rest::refusal::queue_full:
        return {errc::too_large, what + ": too many requests wait already"};
    case rest::refusal::token_rejected:
        return {errc::token_rejected,
                what + ": Discord has rejected the bot token; nothing more is sent with it"};
    case rest::refusal::invalid_requests:
        return {errc::http_status,
                what + ": too many requests were answered with 401, 403 or 429 in ten minutes; "
                       "sending more would get this address banned"};
    case rest::refusal::webhook_gone:
        return {errc::http_status,
                what + ": Discord has answered before that this webhook is gone (404); forget it"};
    case rest::refusal::owner_queue_full:
        return {errc::too_large, what + ": too many requests of this plugin wait already"};
    case rest::refusal::owner_invalid_requests:
        return {errc::http_status,
                what + ": too many requests of this plugin were answered with 401, 403 or 429 in "
                       "ten minutes; what is left of Discord's ten thousand is for the others"};
    }
    TINFOIL_UNREACHABLE("a refusal outside its list");
}

// Of an attempt, which has less time than the request.
bool is_transient(errc why)
{
    return why == errc::unreachable || why == errc::timed_out;
}

// Tokens of webhooks and interactions are secrets, too.
std::string shown(const std::string& path)
{
    const auto route = discord::route_of("", path);
    return route.bot_token ? path : route.name.substr(1);
}

}  // namespace

struct rest_driver::impl : std::enable_shared_from_this<rest_driver::impl> {
    struct pending {
        std::shared_ptr<const discord::rest_request> request;  // An attempt may outlive this.
        done then;
        instant submitted, deadline;
        std::optional<result<discord::rest_response>> outcome;  // Of the last attempt.
    };

    impl(asio::io_context& on, tls_context& tls, rest_settings what, const discord::url& base)
        : loop(on),
          settings(std::move(what)),
          prefix(base.path),
          http(on, tls, base, settings.within),
          limiter(on,
                  rest::limiter{entropy(), {settings.connections_max, settings.connections_urgent}},
                  [this](const rest::action& action) { perform(action); })
    {
        limiter.tell(rest::global_limit_changed{settings.requests_per_second});
        for (const auto& [plugin, budget] : settings.budgets)
            limiter.tell(rest::budget_changed{plugin, budget});
        take_token(std::exchange(settings.token, {}));
    }

    void take_token(const redacted& token) { authorization = redacted("Bot " + token.reveal()); }

    void perform(const rest::action& action);
    void send(rest::request_id id);
    void on_outcome(rest::request_id id, http_outcome outcome);
    void tell_token_refused();
    void finish(rest::request_id id, result<discord::rest_response> answer);
    [[nodiscard]] http_request encode(std::shared_ptr<const discord::rest_request> whole) const;

    asio::io_context& loop;
    rest_settings settings;
    std::string prefix;
    redacted authorization;
    // Discord Docs/Reference, "User Agent".
    std::string user_agent =
        "DiscordBot (https://github.com/tinfoil/tinfoil, " + std::string(version) + ")";
    std::unordered_map<rest::request_id, pending> requests;
    std::unordered_set<rest::request_id>
        finishing;  // Completions on their way, which can still be cancelled.
    rest::request_id last = 0;
    http_client http;
    pump<rest::limiter, rest::input, rest::elapsed, rest::action> limiter;
};

void rest_driver::impl::perform(const rest::action& action)
{
    if (const auto* go = std::get_if<rest::dispatch>(&action)) {
        send(go->id);
    } else if (const auto* no = std::get_if<rest::refuse>(&action)) {
        const auto& asked = *requests.at(no->id).request;
        finish(no->id, error_of(no->why, asked.method + " " + shown(asked.path)));
    } else if (const auto* again = std::get_if<rest::retry>(&action)) {
        requests.at(again->id).outcome.reset();
    } else if (std::holds_alternative<rest::token_refused>(action)) {
        tell_token_refused();
    } else {
        const rest::request_id id = std::get<rest::complete>(action).id;
        auto& outcome = requests.at(id).outcome;
        TINFOIL_ASSERT(outcome.has_value());
        finish(id, std::move(*outcome));
    }
}

http_request rest_driver::impl::encode(std::shared_ptr<const discord::rest_request> whole) const
{
    struct kept {
        std::shared_ptr<const discord::rest_request> request;
        encoded_body body;
    };
    const discord::rest_request& from = *whole;
    http_request made{
        .method = from.method, .target = prefix + from.path, .headers = {}, .body = {}};
    made.headers.reserve(4);
    // Discord Docs/Reference, "Authentication". Where the path has a token of its own the bot's has
    // no business.
    if (discord::route_of(from.method, from.path).bot_token)
        made.headers.emplace_back("Authorization", authorization.reveal());
    made.headers.emplace_back("User-Agent", user_agent);
    if (!from.audit_log_reason.empty())
        made.headers.emplace_back("X-Audit-Log-Reason",
                                  discord::percent_encoded(from.audit_log_reason));
    if (from.body.empty() && from.files.empty())
        return made;
    const auto keeps = std::make_shared<kept>();
    const std::string boundary =
        from.files.empty() ? "" : "tinfoil" + std::to_string(entropy()) + std::to_string(entropy());
    keeps->body = encode_body(from, boundary);
    keeps->request = std::move(whole);
    made.headers.emplace_back("Content-Type", keeps->body.content_type);
    made.pieces = keeps->body.pieces;
    made.keeps = keeps;
    return made;
}

void rest_driver::impl::send(rest::request_id id)
{
    const pending& what = requests.at(id);
    // Whatever becomes of the attempt, also if it is dropped on its way, the limiter hears of it.
    auto with = std::make_shared<permit>([self = weak_from_this(), id] {
        if (const auto alive = self.lock())
            alive->on_outcome(id, {error{errc::cancelled, "the request was dropped"}, true});
    });
    http.send(encode(what.request), what.deadline,
              {[this, id, with](http_outcome outcome) {
                   with->use_up();
                   on_outcome(id, std::move(outcome));
               },
               [this, id](instant begun) {
                   limiter.tell(rest::departed{id, begun});
               }});
}

// Of a request that was cancelled, too: the limiter learns from it.
void rest_driver::impl::on_outcome(rest::request_id id, http_outcome outcome)
{
    const auto& got = outcome.response;
    rest::input told;
    if (got)
        told = rest::answered{id, got->status, discord::parse_rate_limits(*got),
                              discord::error_code_of(*got)};
    else
        told = rest::failed{id, outcome.sent, is_transient(got.error().code), outcome.stale};
    if (const auto found = requests.find(id); found != requests.end())
        found->second.outcome = std::move(outcome.response);
    limiter.tell(std::move(told));
}

void rest_driver::impl::tell_token_refused()
{
    asio::post(loop, [self = weak_from_this()] {
        const auto alive = self.lock();
        if (alive && alive->settings.on_token_refused)
            alive->settings.on_token_refused();
    });
}

void rest_driver::impl::finish(rest::request_id id, result<discord::rest_response> answer)
{
    auto node = requests.extract(id);
    finishing.insert(id);
    if (answer)
        answer->elapsed = now() - node.mapped().submitted;
    // Outside of the limiter's turn and of submit(): the caller may do anything in its completion.
    asio::post(loop, [self = weak_from_this(), id, then = std::move(node.mapped().then),
                      answer = std::move(answer)]() mutable {
        const auto alive = self.lock();
        if (alive && alive->finishing.erase(id) != 0)
            then(std::move(answer));
    });
}

rest_driver::rest_driver(asio::io_context& loop, tls_context& tls, rest_settings settings)
{
    const auto base = discord::parse_url(settings.api);
    TINFOIL_ASSERT(base.has_value());
    impl_ = std::make_shared<impl>(loop, tls, std::move(settings), *base);
}

rest_driver::~rest_driver() = default;

std::uint64_t rest_driver::submit(discord::rest_request request, done then)
{
    const rest::request_id id = ++impl_->last;
    const instant submitted = now();
    const instant deadline = submitted + request.timeout;
    const bool is_first_answer =
        request.interaction &&
        discord::answered_interaction(request.method, request.path) != discord::snowflake{};
    rest::submitted asked{id, discord::route_of(request.method, request.path), deadline,
                          is_first_answer, request.plugin};
    asked.kind = discord::kind_of(request.method, request.path, request.body, wall_clock_ms());
    asked.repeatable = rest::is_idempotent(request.method) ||
                       discord::make_repeatable(request, std::to_string(entropy()));
    impl_->requests.emplace(
        id, impl::pending{std::make_shared<discord::rest_request>(std::move(request)),
                          std::move(then), submitted, deadline, std::nullopt});
    impl_->limiter.tell(asked);
    return id;
}

void rest_driver::cancel(std::uint64_t id)
{
    impl_->finishing.erase(id);
    if (impl_->requests.erase(id) != 0)
        impl_->limiter.tell(rest::withdrawn{id});
}

void rest_driver::set_limits(int requests_per_second,
                             const std::map<std::string, rest::budget>& budgets)
{
    impl_->limiter.tell(rest::global_limit_changed{requests_per_second});
    for (const auto& [plugin, budget] : std::exchange(impl_->settings.budgets, budgets))
        if (!budgets.contains(plugin))
            impl_->limiter.tell(rest::budget_changed{plugin, rest::budget{}});
    for (const auto& [plugin, budget] : budgets)
        impl_->limiter.tell(rest::budget_changed{plugin, budget});
}

rest::past rest_driver::past() const
{
    return impl_->limiter.machine().carried(now());
}

void rest_driver::take_over(const rest::past& before)
{
    impl_->limiter.tell(before);
}

void rest_driver::set_token(redacted token)
{
    impl_->take_token(token);
    impl_->limiter.tell(rest::token_changed{});
}

rest::view rest_driver::look() const
{
    return impl_->limiter.machine().look(now());
}

std::size_t rest_driver::unfinished() const
{
    return impl_->requests.size() + impl_->finishing.size();
}

}  // namespace tinfoil::net
