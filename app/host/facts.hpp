#pragma once

#include "base/error.hpp"
#include "base/redacted.hpp"
#include "discord/application.hpp"
#include "discord/session_start_limit.hpp"
#include "host/tally.hpp"
#include "net/rest_driver.hpp"
#include "state/store.hpp"

#include <functional>
#include <optional>
#include <string>

namespace tinfoil::host {

/// What a run has to know of its bot before its shards can begin.
struct facts {
    discord::application application;
    discord::gateway_bot gateway;
};

/// Discord's word on session starts as the last run got it, for people.
struct remembered_gateway {
    discord::gateway_bot what;
    std::int64_t wall_ms = 0;  ///< When it was said.
};
/// From the text that a fact_finder keeps; nothing when it says nothing of it.
[[nodiscard]] std::optional<remembered_gateway> remembered_starts(const std::string& kept);

/// Asks Discord for the facts, and remembers them, so that the next start of the same bot can
/// resume its sessions without waiting for anybody. The loop's thread only.
class fact_finder {
public:
    struct parts {
        net::rest_driver& rest;
        state::store& store;
        tally& counted;
    };
    /// `api`: the base URL, for error texts, and since another one is another bot.
    fact_finder(parts with, std::string api, const redacted& token);

    /// Those of the last start with this token and API; nothing if there was none. Numbers of
    /// session starts in it are old.
    [[nodiscard]] std::optional<facts> remembered();

    using done = std::function<void(result<facts>)>;
    /// `then` is called once, not inside this call. Fails with token_rejected, http_status,
    /// malformed or what the network gives. Checks that the state is of this bot at `binding`.
    void ask(const std::string& binding, done then);

    /// Only what changes: session starts, recommended shards. As ask() otherwise.
    void ask_gateway(std::function<void(result<discord::gateway_bot>)> then);
    /// What is remembered is that of the bot with this token.
    void set_token(const redacted& token);

private:
    void fetch(const std::string& path, std::function<void(result<std::string>)> then);
    void remember(const std::string& application, const std::string& gateway);

    parts with_;
    std::string api_;
    std::string token_mark_;   ///< A digest: tells tokens apart and gives none away.
    std::string application_;  ///< The last answer of Discord.
};

}  // namespace tinfoil::host
