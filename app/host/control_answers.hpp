#pragma once

#include "base/error.hpp"
#include "net/control_message.hpp"

#include <boost/json/parse.hpp>

#include <array>
#include <cstddef>
#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>

/// What the calls of the control API have in common.
namespace tinfoil::host {

/// A body of JSON.
[[nodiscard]] net::control_answer answer_with(std::string json, int status = 200);

/// 409 for what can't be done or not now (errc::invalid_argument, errc::cancelled), otherwise 503.
[[nodiscard]] net::control_answer refusal_of(const error& why);

/// What `read` makes of an answer, as a client: a host of another version may leave out anything,
/// so what throws there is errc::malformed.
template <class Read>
auto read_answer(std::string_view text, Read read) -> result<decltype(read(boost::json::value()))>
{
    try {
        return read(boost::json::parse({text.data(), text.size()}));
    } catch (const std::exception&) {
        return error{errc::malformed, "the host's answer is not understood; use the tinfoil that "
                                      "the host was started with"};
    }
}

/// Which of `all` has that name(), inside read_answer().
template <class Value, std::size_t Count>
Value named(const boost::json::value& text, const std::array<Value, Count>& all)
{
    for (const Value each : all)
        if (name(each) == std::string_view(text.as_string()))
            return each;
    throw std::out_of_range("an unknown name");
}

}  // namespace tinfoil::host
