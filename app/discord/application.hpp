#pragma once

#include "base/error.hpp"
#include "discord/snowflake.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace tinfoil::discord {

/// What `GET /applications/@me` says of the bot that owns the token.
/// Discord Docs/Application, "Application Structure".
struct application {
    snowflake id;
    std::string name;
    std::uint64_t flags = 0;
};

/// Fails with errc::malformed when there is no usable id.
[[nodiscard]] result<application> parse_application(std::string_view json);

/// The privileged intents that an application with these flags may ask for. The "limited" flags of
/// bots below the verification threshold count the same.
/// Discord Docs/Application, "Application Flags".
[[nodiscard]] std::uint64_t granted_privileged_intents(std::uint64_t flags);

}  // namespace tinfoil::discord
