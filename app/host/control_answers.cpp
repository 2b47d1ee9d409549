#include "host/control_answers.hpp"

#include "host/status_json.hpp"

namespace tinfoil::host {

net::control_answer answer_with(std::string json, int status)
{
    net::control_answer made;
    made.status = status;
    made.json = std::move(json);
    return made;
}

net::control_answer refusal_of(const error& why)
{
    return why.code == errc::cancelled || why.code == errc::invalid_argument
               ? net::control_error(409, "refused", valid(why.detail))
               : net::control_error(503, "busy", valid(why.detail));
}

}  // namespace tinfoil::host
