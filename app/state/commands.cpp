#include "base/assert.hpp"
#include "state/store.hpp"

namespace tinfoil::state {

result<std::vector<discord::command_record>> store::commands()
{
    auto asked = file_->prepare("SELECT guild, type, name, id, plugin, sent, version FROM commands "
                                "ORDER BY guild, type, name");
    if (!asked)
        return asked.error();
    std::vector<discord::command_record> found;
    for (;;) {
        const auto row = asked->step();
        if (!row)
            return row.error();
        if (!*row)
            return found;
        found.push_back({{static_cast<std::uint64_t>(asked->integer(0))},
                         static_cast<int>(asked->integer(1)),
                         asked->bytes(2),
                         {static_cast<std::uint64_t>(asked->integer(3))},
                         asked->bytes(4),
                         asked->bytes(5),
                         asked->bytes(6)});
    }
}

result<void> store::keep_command(const discord::command_record& what)
{
    TINFOIL_ASSERT(what.id);
    return transact(database::flush::at_commit, [&](std::int64_t revision) {
        return file_->run("INSERT INTO commands VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8) ON "
                          "CONFLICT DO UPDATE SET id = excluded.id, plugin = excluded.plugin, "
                          "sent = excluded.sent, version = excluded.version, "
                          "modified = excluded.modified",
                          static_cast<std::int64_t>(what.guild.value), std::int64_t{what.type},
                          std::string_view(what.name), static_cast<std::int64_t>(what.id.value),
                          std::string_view(what.plugin), std::string_view(what.sent),
                          std::string_view(what.version), revision);
    });
}

result<void> store::forget_command(discord::snowflake guild, int type, const std::string& name)
{
    return transact(database::flush::at_commit, [&](std::int64_t) {
        return file_->run("DELETE FROM commands WHERE guild = ?1 AND type = ?2 AND name = ?3",
                          static_cast<std::int64_t>(guild.value), std::int64_t{type},
                          std::string_view(name));
    });
}

result<void> store::record_command_create(discord::snowflake guild, std::int64_t wall_ms)
{
    return transact(database::flush::at_commit, [&](std::int64_t revision) -> result<void> {
        if (auto forgot = file_->run("DELETE FROM command_creates WHERE wall_ms < ?1",
                                     wall_ms - creates_kept_ms);
            !forgot)
            return forgot;
        return file_->run(
            "INSERT INTO command_creates (wall_ms, guild, created) VALUES (?1, ?2, ?3)", wall_ms,
            static_cast<std::int64_t>(guild.value), revision);
    });
}

result<std::vector<store::command_create>> store::command_creates_since(std::int64_t wall_ms)
{
    auto asked = file_->prepare(
        "SELECT guild, wall_ms FROM command_creates WHERE wall_ms >= ?1 ORDER BY id", wall_ms);
    if (!asked)
        return asked.error();
    std::vector<command_create> found;
    for (;;) {
        const auto row = asked->step();
        if (!row)
            return row.error();
        if (!*row)
            return found;
        found.push_back({{static_cast<std::uint64_t>(asked->integer(0))}, asked->integer(1)});
    }
}

}  // namespace tinfoil::state
