#include "net/rest_driver.hpp"

#include "base/assert.hpp"
#include "discord/route.hpp"
#include "discord/url.hpp"
#include "net/clock.hpp"
#include "net/http_client.hpp"
#include "net/multipart.hpp"
#include "net/pump.hpp"
#include "rest/limiter.hpp"
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
    }
    TINFOIL_UNREACHABLE("a refusal outside its list");
}

}  // namespace

struct rest_driver::impl : std::enable_shared_from_this<rest_driver::impl> {
    struct pending {
        discord::rest_request request;
        done then;
        instant submitted, deadline;
        std::optional<discord::rest_response> response;
    };

    impl(asio::io_context& on, tls_context& tls, rest_settings what, const discord::url& base)
        : loop(on),
          settings(std::move(what)),
          prefix(base.path),
          http(on, tls, base, settings.connections_max),
          limiter(on, rest::limiter{}, [this](const rest::action& action) { perform(action); })
    {
    }

    void perform(const rest::action& action);
    void send(rest::request_id id);
    void on_outcome(rest::request_id id, http_outcome outcome);
    void finish(rest::request_id id, result<discord::rest_response> answer);
    [[nodiscard]] http_request encode(const discord::rest_request& from) const;

    asio::io_context& loop;
    rest_settings settings;
    std::function<void()> token_refused;
    bool told_refused = false;
    std::string prefix;
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
        const auto& asked = requests.at(no->id).request;
        finish(no->id, error_of(no->why, asked.method + " " + asked.path));
    } else if (const auto* again = std::get_if<rest::retry>(&action)) {
        requests.at(again->id).response.reset();
    } else {
        const rest::request_id id = std::get<rest::complete>(action).id;
        discord::rest_response response = std::move(*requests.at(id).response);
        finish(id, std::move(response));
    }
}

http_request rest_driver::impl::encode(const discord::rest_request& from) const
{
    http_request made{
        .method = from.method, .target = prefix + from.path, .headers = {}, .body = ""};
    encoded_body body =
        encode_body(from, "tinfoil" + std::to_string(entropy()) + std::to_string(entropy()));
    // Discord Docs/Reference, "Authentication" and "User Agent".
    made.headers.emplace_back("Authorization", "Bot " + settings.token.reveal());
    made.headers.emplace_back("User-Agent", "DiscordBot (https://github.com/tinfoil/tinfoil, " +
                                                std::string(version) + ")");
    if (!body.content_type.empty())
        made.headers.emplace_back("Content-Type", body.content_type);
    if (!from.audit_log_reason.empty())
        made.headers.emplace_back("X-Audit-Log-Reason", percent_encode(from.audit_log_reason));
    made.body = std::move(body.bytes);
    return made;
}

void rest_driver::impl::send(rest::request_id id)
{
    const pending& what = requests.at(id);
    http.send(encode(what.request), what.deadline,
              [this, id](http_outcome outcome) { on_outcome(id, std::move(outcome)); });
}

void rest_driver::impl::on_outcome(rest::request_id id, http_outcome outcome)
{
    const auto found = requests.find(id);
    if (found == requests.end())
        return;
    if (!outcome.response) {
        limiter.tell(rest::failed{id, outcome.sent});
        return finish(id, outcome.response.error());
    }
    const auto limits = discord::parse_rate_limit_headers(outcome.response->headers);
    const int status = outcome.response->status;
    const auto& asked = found->second.request;
    if (status == 401 && discord::route_of(asked.method, asked.path).bot_token && token_refused &&
        !std::exchange(told_refused, true))
        asio::post(loop, [self = weak_from_this()] {
            if (const auto alive = self.lock())
                alive->token_refused();
        });
    found->second.response = std::move(*outcome.response);
    limiter.tell(rest::answered{id, status, limits});
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
    const rest::submitted asked{id, discord::route_of(request.method, request.path), deadline,
                                request.interaction};
    impl_->requests.emplace(
        id, impl::pending{std::move(request), std::move(then), submitted, deadline, {}});
    impl_->limiter.tell(asked);
    return id;
}

void rest_driver::cancel(std::uint64_t id)
{
    impl_->finishing.erase(id);
    if (impl_->requests.erase(id) != 0)
        impl_->limiter.tell(rest::withdrawn{id});
}

void rest_driver::on_token_refused(std::function<void()> then)
{
    impl_->token_refused = std::move(then);
}

void rest_driver::set_token(redacted token)
{
    impl_->settings.token = std::move(token);
    impl_->told_refused = false;
    impl_->limiter.tell(rest::token_changed{});
}

std::size_t rest_driver::unfinished() const
{
    return impl_->requests.size() + impl_->finishing.size();
}

}  // namespace tinfoil::net
