// Stands before the SDK's header of this name to show what that one costs. It has the paths that
// the SDK itself uses and no others.
#pragma once

#include <string>
#include <string_view>
#include <tinfoil/rest.hpp>

namespace tinfoil {
namespace routes {

struct webhooks_id_token_messages_original : detail::place {
    using place::place;
    rest_call get() const { return call("GET"); }
    rest_call patch(const message& what) const { return call("PATCH", what); }
    rest_call del() const { return call("DELETE"); }
};
struct webhooks_id_token_messages : detail::place {
    using place::place;
    webhooks_id_token_messages_original original() const { return {*own_, path_ + "/@original"}; }
};
struct webhooks_id_token : detail::place {
    using place::place;
    rest_call post(const message& what) const { return call("POST", what); }
    webhooks_id_token_messages messages() const { return {*own_, path_ + "/messages"}; }
};
struct interactions_id_token_callback : detail::place {
    using place::place;
    rest_call post() const { return call("POST").first_answer(); }
};
struct interactions_id_token : detail::place {
    using place::place;
    interactions_id_token_callback callback() const { return {*own_, path_ + "/callback"}; }
};

}  // namespace routes

class rest_client : public detail::rest_root {
public:
    using rest_root::rest_root;
    routes::interactions_id_token interactions(snowflake id, std::string_view token) const
    {
        return {*own_, "/interactions" + detail::segment(id) + detail::segment(token)};
    }
    routes::webhooks_id_token webhooks(snowflake id, std::string_view token) const
    {
        return {*own_, "/webhooks" + detail::segment(id) + detail::segment(token)};
    }
};

}  // namespace tinfoil
