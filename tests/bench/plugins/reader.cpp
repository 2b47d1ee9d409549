// Reads every common event through its document, and does nothing with it.
#include <tinfoil/plugin.hpp>

using namespace tinfoil;

constexpr about info{.name = READER_NAME,
                     .version = "1.0.0",
                     .events = {event::message_create, event::presence_update, event::typing_start,
                                event::message_reaction_add, event::guild_member_update,
                                event::voice_state_update, event::interaction_create,
                                event::guild_create, event::message_update, event::message_delete,
                                event::guild_member_add, event::guild_member_remove}};

class reader : public plugin {
public:
    explicit reader(host& from) : plugin(from)
    {
        const auto read = [this](event what) -> task<> {
            fields_ += what.data().size();
            co_return;
        };
        on(event::message_create, read);
        on(event::presence_update, read);
        on(event::typing_start, read);
        on(event::message_reaction_add, read);
        on(event::guild_member_update, read);
        on(event::voice_state_update, read);
        on(event::interaction_create, read);
        on(event::guild_create, read);
        on(event::message_update, read);
        on(event::message_delete, read);
        on(event::guild_member_add, read);
        on(event::guild_member_remove, read);
    }

private:
    std::size_t fields_ = 0;
};

TINFOIL_PLUGIN(reader, info)
