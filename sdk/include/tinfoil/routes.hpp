#pragma once

#include <string>
#include <string_view>
#include <tinfoil/rest.hpp>

namespace tinfoil {

/// Discord's paths as they are: `rest().channels(id).messages().post(message("hi"))`. What is not
/// here goes by request().
class rest_client {
public:
    explicit rest_client(detail::core& own) : own_(&own) {}

    /// Any operation: the path below the API base, with query.
    rest_call request(std::string_view method, std::string_view path) const
    {
        return rest_call(*own_, method, std::string(path));
    }

private:
    class place {
    public:
        place(detail::core& own, std::string path) : own_(&own), path_(std::move(path)) {}

    protected:
        rest_call call(std::string_view method) const { return rest_call(*own_, method, path_); }
        rest_call send(std::string_view method, const message& what) const
        {
            return rest_call(*own_, method, path_).body(what.body()).files(what.files());
        }
        template <class Next>
        Next below(std::string_view name) const
        {
            return Next(*own_, path_ + "/" + std::string(name));
        }
        template <class Next>
        Next below(std::string_view name, snowflake id) const
        {
            return Next(*own_, path_ + "/" + std::string(name) + "/" + std::to_string(id));
        }

        detail::core* own_;
        std::string path_;
    };

    struct readable : place {
        using place::place;
        rest_call get() const { return call("GET"); }
    };
    struct reaction : place {
        using place::place;
        rest_call put() const { return call("PUT"); }
        rest_call del() const { return call("DELETE"); }
    };
    struct one_message : readable {
        using readable::readable;
        rest_call patch(const message& what) const { return send("PATCH", what); }
        rest_call del() const { return call("DELETE"); }
        /// `emoji` percent-encoded, as Discord takes it in the path. The bot's own reaction.
        reaction reactions(std::string_view emoji) const
        {
            return below<reaction>("reactions/" + std::string(emoji) + "/@me");
        }
    };
    struct messages_of : readable {
        using readable::readable;
        rest_call post(const message& what) const { return send("POST", what); }
    };
    struct channel : readable {
        using readable::readable;
        messages_of messages() const { return below<messages_of>("messages"); }
        one_message messages(snowflake id) const { return below<one_message>("messages", id); }
        rest_call typing() const { return rest_call(*own_, "POST", path_ + "/typing"); }
    };
    struct role_of : place {
        using place::place;
        rest_call put() const { return call("PUT"); }
        rest_call del() const { return call("DELETE"); }
    };
    struct member : readable {
        using readable::readable;
        role_of roles(snowflake id) const { return below<role_of>("roles", id); }
    };
    struct guild : readable {
        using readable::readable;
        readable channels() const { return below<readable>("channels"); }
        member members(snowflake user) const { return below<member>("members", user); }
    };
    struct users_of : place {
        using place::place;
        readable me() const { return below<readable>("@me"); }
    };

public:
    channel channels(snowflake id) const
    {
        return channel(*own_, "/channels/" + std::to_string(id));
    }
    guild guilds(snowflake id) const { return guild(*own_, "/guilds/" + std::to_string(id)); }
    users_of users() const { return users_of(*own_, "/users"); }
    readable users(snowflake id) const { return readable(*own_, "/users/" + std::to_string(id)); }

private:
    detail::core* own_;
};

}  // namespace tinfoil
