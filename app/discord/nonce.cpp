#include "discord/nonce.hpp"

#include "discord/route.hpp"

#include <boost/json.hpp>

#include <string>

namespace tinfoil::discord {

bool make_repeatable(rest_request& request, std::string_view nonce)
{
    namespace json = boost::json;
    if (request.method != "POST" ||
        route_of(request.method, request.path).name != "POST /channels/{id}/messages")
        return false;
    const std::string& body = request.body;
    const auto first = body.find_first_not_of(" \t\r\n");
    if (first == std::string::npos || body[first] != '{')
        return false;
    if (body.find("nonce") != std::string::npos) {
        // It is there, or in somebody's text.
        boost::system::error_code failed;
        const json::value whole = json::parse(body, failed);
        const auto* fields = failed ? nullptr : whole.if_object();
        if (fields == nullptr)
            return false;
        if (const auto* own = fields->if_contains("nonce"); own != nullptr && !own->is_null()) {
            const auto* enforced = fields->if_contains("enforce_nonce");
            return enforced != nullptr && enforced->is_bool() && enforced->get_bool();
        }
        if (fields->contains("nonce") || fields->contains("enforce_nonce"))
            return false;
    }
    std::string added = R"("nonce":")" + std::string(nonce) + R"(","enforce_nonce":true)";
    const auto second = body.find_first_not_of(" \t\r\n", first + 1);
    if (second != std::string::npos && body[second] != '}')
        added += ',';
    request.body.insert(first + 1, added);
    return true;
}

}  // namespace tinfoil::discord
