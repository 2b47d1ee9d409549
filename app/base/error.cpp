#include "base/error.hpp"

#include "base/assert.hpp"

namespace tinfoil {

std::string_view name(errc code)
{
    switch (code) {
    case errc::invalid_argument:
        return "invalid_argument";
    case errc::token_rejected:
        return "token_rejected";
    case errc::gateway_refused:
        return "gateway_refused";
    case errc::unreachable:
        return "unreachable";
    case errc::certificate_untrusted:
        return "certificate_untrusted";
    case errc::certificate_wrong_host:
        return "certificate_wrong_host";
    case errc::timed_out:
        return "timed_out";
    case errc::malformed:
        return "malformed";
    case errc::too_large:
        return "too_large";
    case errc::http_status:
        return "http_status";
    case errc::io:
        return "io";
    case errc::state_unusable:
        return "state_unusable";
    case errc::plugin_refused:
        return "plugin_refused";
    case errc::cancelled:
        return "cancelled";
    }
    TINFOIL_UNREACHABLE("an errc outside its list");
}

bool is_retryable(errc code)
{
    switch (code) {
    case errc::unreachable:
    case errc::timed_out:
    case errc::http_status:
    case errc::malformed:
    case errc::io:
        return true;
    case errc::invalid_argument:
    case errc::token_rejected:
    case errc::gateway_refused:
    case errc::certificate_untrusted:
    case errc::certificate_wrong_host:
    case errc::too_large:
    case errc::state_unusable:
    case errc::plugin_refused:
    case errc::cancelled:
        return false;
    }
    TINFOIL_UNREACHABLE("an errc outside its list");
}

int exit_code(errc code)
{
    switch (code) {
    case errc::invalid_argument:
        return 2;
    case errc::token_rejected:
        return 3;
    case errc::unreachable:
    case errc::timed_out:
    case errc::malformed:
    case errc::http_status:
        return 4;
    case errc::certificate_untrusted:
        return 5;
    case errc::certificate_wrong_host:
        return 6;
    case errc::state_unusable:
        return 7;
    case errc::gateway_refused:
        return 8;
    case errc::plugin_refused:
        return 9;
    case errc::too_large:
    case errc::io:
    case errc::cancelled:
        return 1;
    }
    TINFOIL_UNREACHABLE("an errc outside its list");
}

}  // namespace tinfoil
