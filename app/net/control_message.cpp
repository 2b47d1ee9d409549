#include "net/control_message.hpp"

#include <boost/json.hpp>

namespace tinfoil::net {

control_answer control_error(int status, std::string_view code, std::string_view message)
{
    control_answer made;
    made.status = status;
    made.json = boost::json::serialize(
        boost::json::object{{"api_version", 1}, {"error", {{"code", code}, {"message", message}}}});
    return made;
}

}  // namespace tinfoil::net
