#pragma once

#include "base/error.hpp"
#include "collection/uplink.hpp"
#include "guilds/guild_view.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tinfoil::collection {

/// What plugins ask about guilds: a guild_view whose REST goes by the uplink. The collection's
/// loop; a completion never runs inside the call that asked for it.
class guild_lookups {
public:
    /// `later` calls back when whoever called has returned.
    guild_lookups(uplink& up, std::function<void(std::function<void()>)> later,
                  guilds::view_bounds most)
        : up_(up),
          later_(std::move(later)),
          view_(most)
    {
    }

    /// The text of tinfoil/ext/guild.h; invalid_argument when the bot is not in that guild.
    using done = std::function<void(result<std::shared_ptr<const std::string>>)>;
    std::uint64_t ask(discord::snowflake guild, done then);
    /// Afterwards `then` of that one is never called. Unknown ids are harmless.
    void cancel(std::uint64_t id);
    void keep() { view_.want(); }
    [[nodiscard]] std::uint64_t revision(discord::snowflake guild) { return view_.revision(guild); }

    void serve(std::vector<discord::slot> all) { view_.serve(std::move(all)); }
    /// Before any plugin hears of it.
    void on_event(discord::slot of, std::string_view type, std::string_view data);
    /// What is kept of it, for take_over() of another collection.
    [[nodiscard]] std::optional<std::string> copy_of(discord::snowflake guild) const
    {
        return view_.copy_of(guild);
    }
    void take_over(discord::snowflake guild, std::string_view copy)
    {
        view_.take_over(guild, copy);
    }
    void on_session_lost(discord::slot of) { view_.on_session_lost(of); }

private:
    void perform(guilds::guild_view::todo_list todo);
    void fetch(const guilds::fetch_part& what);

    uplink& up_;
    std::function<void(std::function<void()>)> later_;
    guilds::guild_view view_;
    std::uint64_t last_id_ = 0;
    std::map<std::uint64_t, done> waiting_;  // As many as plugins may have operations under way.
    std::shared_ptr<int> alive_ = std::make_shared<int>();
};

}  // namespace tinfoil::collection
