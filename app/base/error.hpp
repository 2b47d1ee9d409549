#pragma once

#include <boost/system/result.hpp>

#include <stdexcept>
#include <string>
#include <string_view>

namespace tinfoil {

/// What kind of thing went wrong. Add a value only when somebody has to act differently on it.
enum class errc {
    invalid_argument,        ///< The user gave a flag, setting or file that cannot be used.
    token_rejected,          ///< Discord does not accept the bot token (401, close code 4004).
    gateway_refused,         ///< Discord will never accept this IDENTIFY (4010 to 4014).
    unreachable,             ///< No connection: name not found, refused, cut, or no route.
    certificate_untrusted,   ///< The peer's certificate is not signed by a trusted authority, or
                             ///< expired.
    certificate_wrong_host,  ///< The peer's certificate belongs to another host.
    timed_out,               ///< A deadline passed.
    malformed,               ///< Bytes of a peer or file that do not follow their format.
    too_large,               ///< A bound on size or number was reached.
    http_status,             ///< An HTTP answer that is not a success where one was needed.
    io,                      ///< The operating system refused to read or write.
    state_unusable,          ///< The state file is damaged, foreign, read-only or in use.
    plugin_refused,          ///< A plugin that cannot be loaded.
    cancelled,               ///< Given up by the side that asked.
};

/// An operating error: what, and a sentence that names the thing and says what to do.
struct error {
    errc code;
    std::string detail;
};

template <class T>
using result = boost::system::result<T, error>;

/// The kind's name as printed in logs and JSON, for example `token_rejected`.
[[nodiscard]] std::string_view name(errc code);

/// True when the same attempt may succeed later without anybody changing anything.
[[nodiscard]] bool is_retryable(errc code);

/// The exit code that `tinfoil` ends with; listed in share/doc/exit-codes.md.
[[nodiscard]] int exit_code(errc code);

[[noreturn]] inline void throw_exception_from_error(const error& what,
                                                    const boost::source_location&)
{
    throw std::runtime_error(what.detail);
}

}  // namespace tinfoil
