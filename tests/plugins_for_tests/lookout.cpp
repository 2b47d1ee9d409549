// Looks at the guild that it is in: what it may do there, and what others may.
#include <tinfoil/plugin.hpp>

using namespace tinfoil;

constexpr about info{
    .name = "lookout",
    .version = "1.0.0",
    .events = {event::guild_create, event::guild_role_update, event::message_create},
    .settings = {{"guild", "To be asked about before any event"}}};

class lookout : public plugin {
public:
    explicit lookout(host& from) : plugin(from)
    {
        on(event::guild_create, [this](event joined) { return created(std::move(joined)); });
        on(event::guild_role_update, [this](event role) { return changed(std::move(role)); });
        on(event::message_create, [this](event said) { return spoke(std::move(said)); });
        guild_ = id_in(settings(), "guild");
        if (guild_ == 0)
            keep_guilds();
        for (int i = 0; guild_ != 0 && i < askers; ++i)
            start("ask", ask());
    }

private:
    static constexpr int askers = 100;

    static std::string answer(permissions from, permissions wanted)
    {
        return has(from, wanted) ? "yes" : "no";
    }
    static snowflake room(const known_guild& in)
    {
        for (const auto& each : in.channels())
            if (kind_of_channel(each.at("type").as_int64()) == channel_kind::text)
                return id_in(each.as_object(), "id");
        return 0;
    }
    static permissions own(const known_guild& in) { return in.own_permissions_in(room(in)); }

    task<> created(event joined)
    {
        log("a guild comes");
        const known_guild here = co_await guild(joined.id());
        log("created: " + std::string(here.name()) +
            ", may send: " + answer(own(here), permission::send_messages));
        const known_guild again = co_await guild(joined.id());
        log(std::string("read again: ") + (&again.data() == &here.data() ? "no" : "yes"));
        log("owner, speak");
    }
    task<> spoke(event said)
    {
        const known_guild here = co_await guild(said.guild_id());
        log("speaker may send: " + answer(here.permissions_of(said), permission::send_messages) +
            ", manage: " + answer(here.permissions_of(said), permission::manage_guild));
        if (said.user_id() == here.owner_id()) {
            log("stranger, speak");
            co_return;
        }
        lacks_ = permission::send_messages;
        log("take SEND_MESSAGES");
    }
    task<> changed(event role)
    {
        const known_guild here = co_await guild(role.guild_id());
        if (lacks_ != 0 && !has(own(here), lacks_)) {
            log("lost: " + names_of(std::exchange(lacks_, 0)));
            log("finished");
        }
    }
    task<> ask()
    {
        const known_guild here = co_await guild(guild_);
        if (++answered_ < askers)
            co_return;
        log("everybody is answered, may send: " + answer(own(here), permission::send_messages));
        try {
            (void)co_await guild(1);
        } catch (const guild_error& why) {
            log(std::string("another guild: ") + (why.is_unknown() ? "unknown" : why.what()));
        }
        lacks_ = permission::add_reactions;
        log("take ADD_REACTIONS");
    }

    snowflake guild_ = 0;
    int answered_ = 0;
    permissions lacks_ = 0;
};

TINFOIL_PLUGIN(lookout, info)
