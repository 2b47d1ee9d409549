// Any body of an error answer: what is learned of it has bounds, and the limiter goes on.
#include "base/assert.hpp"
#include "discord/nonce.hpp"
#include "discord/rate_limit_headers.hpp"
#include "discord/route.hpp"
#include "rest/limiter.hpp"

#include <array>

namespace {

using namespace tinfoil;

// A second one goes at the latest when the wait is over that the first one's answer asked for.
void feed(const discord::rest_response& answer, const discord::rate_limit_headers& said)
{
    rest::limiter limits;
    instant now{};
    std::vector<rest::action> todo;
    const auto tell = [&](const rest::input& what) {
        todo.clear();
        limits.on(what, now, todo);
        TINFOIL_ASSERT(limits.deadline() > now);
    };
    const auto deadline = now + std::chrono::hours(48);
    tell(rest::submitted{1, discord::route_of("GET", "/channels/1"), deadline, false});
    TINFOIL_ASSERT(todo.size() == 1);
    tell(rest::answered{1, answer.status, said, discord::error_code_of(answer)});
    if (limits.look(now).token_rejected)
        return;
    tell(rest::submitted{2, discord::route_of("GET", "/channels/1"), deadline, false});
    const auto done = [&](rest::request_id id) {
        for (const auto& each : todo) {
            const auto* go = std::get_if<rest::dispatch>(&each);
            if (go != nullptr && go->id == id)
                return true;
        }
        return false;
    };
    for (int waits = 0; !done(2); ++waits) {
        TINFOIL_ASSERT(waits < 10);
        // The first one again, if it was limited; one at a time until one gets through.
        if (done(1)) {
            tell(rest::answered{1, 200, {}});
            continue;
        }
        now = limits.deadline();
        TINFOIL_ASSERT(now <= instant{} + std::chrono::hours(25));
        tell(rest::elapsed{});
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    if (size < 2)
        return 0;
    constexpr std::array statuses{429, 401, 403, 404, 400, 500, 502, 200};
    discord::rest_response answer;
    answer.status = statuses[data[0] % statuses.size()];
    if ((data[1] & 1) != 0)
        answer.headers["via"] = "1.1 google";
    if ((data[1] & 2) != 0)
        answer.headers["retry-after"] = "1";
    if ((data[1] & 4) != 0)
        answer.headers["x-ratelimit-scope"] = "shared";
    answer.body.assign(reinterpret_cast<const char*>(data) + 2, size - 2);

    const auto said = discord::parse_rate_limits(answer);
    TINFOIL_ASSERT(!said.retry_after || (*said.retry_after >= duration::zero() &&
                                         *said.retry_after <= std::chrono::hours(24)));
    TINFOIL_ASSERT(!said.is_edge || answer.status == 429);
    TINFOIL_ASSERT(answer.status >= 400 || discord::error_code_of(answer) == 0);
    feed(answer, said);

    // The same readers look at what plugins send.
    static_cast<void>(discord::kind_of("PATCH", "/channels/1", answer.body, 0));
    discord::rest_request request;
    request.method = "POST";
    request.path = "/channels/1/messages";
    request.body = answer.body;
    const bool repeats = discord::make_repeatable(request, "1");
    TINFOIL_ASSERT(repeats || request.body == answer.body);
    return 0;
}
