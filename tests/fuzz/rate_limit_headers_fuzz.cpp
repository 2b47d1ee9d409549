// Any header values: bounded, and never negative.
#include "base/assert.hpp"
#include "discord/rate_limit_headers.hpp"
#include "discord/route.hpp"
#include "discord/url.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    using namespace tinfoil;
    const std::string text(reinterpret_cast<const char*>(data), size);
    const auto found = discord::parse_rate_limit_headers({{"x-ratelimit-bucket", text},
                                                          {"x-ratelimit-limit", text},
                                                          {"x-ratelimit-remaining", text},
                                                          {"x-ratelimit-reset-after", text},
                                                          {"retry-after", text}});
    TINFOIL_ASSERT(!found.remaining || *found.remaining >= 0);
    TINFOIL_ASSERT(!found.retry_after || (*found.retry_after >= duration::zero() &&
                                          *found.retry_after <= std::chrono::hours(24)));
    (void)discord::route_of("GET", text);
    if (const auto url = discord::parse_url(text))
        TINFOIL_ASSERT(url->port != 0 && !url->host.empty());
    return 0;
}
