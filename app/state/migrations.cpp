#include "state/migrations.hpp"

#include <array>
#include <fmt/format.h>

namespace tinfoil::state {

namespace {

constexpr std::array<migration, 8> all_migrations{
    // 1: `revision` counts transactions; a row carries those that made it and last changed it.
    R"(
CREATE TABLE meta (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    revision INTEGER NOT NULL
) STRICT;
INSERT INTO meta VALUES (1, 0);

CREATE TABLE binding (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    application TEXT NOT NULL,
    api TEXT NOT NULL
) STRICT;

CREATE TABLE plan (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    text TEXT NOT NULL,
    created INTEGER NOT NULL,
    modified INTEGER NOT NULL
) STRICT;

CREATE TABLE plugin_values (
    plugin TEXT NOT NULL,
    key TEXT NOT NULL,
    value BLOB NOT NULL,
    created INTEGER NOT NULL,
    modified INTEGER NOT NULL,
    PRIMARY KEY (plugin, key)
) STRICT;

CREATE TABLE identify_ledger (
    id INTEGER PRIMARY KEY,
    wall_ms INTEGER NOT NULL,
    shard_id INTEGER NOT NULL,
    shard_count INTEGER NOT NULL,
    created INTEGER NOT NULL
) STRICT;
CREATE INDEX identify_ledger_by_time ON identify_ledger (wall_ms);
)",
    // 2: `clean`: nobody has gone on from these cursors since they were stored. `unfinished` is a
    // JSON array of [sequence, plugin].
    R"(
CREATE TABLE node (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    id TEXT NOT NULL,
    incarnation INTEGER NOT NULL
) STRICT;
INSERT INTO node VALUES (1, lower(hex(randomblob(8))), 0);

CREATE TABLE sessions (
    shard_id INTEGER NOT NULL,
    shard_count INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    session_id TEXT NOT NULL,
    resume_url TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    intents INTEGER NOT NULL,
    unfinished TEXT NOT NULL,
    clean INTEGER NOT NULL,
    owner TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    created INTEGER NOT NULL,
    modified INTEGER NOT NULL,
    PRIMARY KEY (shard_id, shard_count, generation)
) STRICT;
)",
    // 3: what an IDENTIFY was for, a word of sharding::reason.
    R"(
ALTER TABLE identify_ledger ADD COLUMN reason TEXT NOT NULL DEFAULT '';
)",
    // 4: application commands that tinfoil registered; `guild` 0: everywhere.
    R"(
CREATE TABLE commands (
    guild INTEGER NOT NULL,
    type INTEGER NOT NULL,
    name TEXT NOT NULL,
    id INTEGER NOT NULL,
    plugin TEXT NOT NULL,
    sent TEXT NOT NULL,
    version TEXT NOT NULL,
    created INTEGER NOT NULL,
    modified INTEGER NOT NULL,
    PRIMARY KEY (guild, type, name)
) STRICT;

CREATE TABLE command_creates (
    id INTEGER PRIMARY KEY,
    wall_ms INTEGER NOT NULL,
    guild INTEGER NOT NULL,
    created INTEGER NOT NULL
) STRICT;
CREATE INDEX command_creates_by_time ON command_creates (wall_ms);
DELETE FROM plugin_values WHERE plugin = '' AND key = 'registered_commands';
)",
    // 5: values that expire; `plugin` is a sharing scope, '' of tinfoil's own.
    R"(
ALTER TABLE plugin_values ADD COLUMN expires_ms INTEGER NOT NULL DEFAULT 0;
CREATE INDEX plugin_values_by_expiry ON plugin_values (expires_ms) WHERE expires_ms > 0;
)",
    // 6: `handoff_records`: what a session needs until its handoff is settled. `operations`: a row
    // each, as JSON of that time of day.
    R"(
CREATE TABLE handoff_records (
    shard_id INTEGER NOT NULL,
    shard_count INTEGER NOT NULL,
    session_id TEXT NOT NULL,
    replaced TEXT NOT NULL,
    record BLOB NOT NULL,
    created INTEGER NOT NULL,
    modified INTEGER NOT NULL,
    PRIMARY KEY (shard_id, shard_count)
) STRICT;

CREATE TABLE operations (
    id INTEGER PRIMARY KEY,
    wall_ms INTEGER NOT NULL,
    text TEXT NOT NULL,
    created INTEGER NOT NULL,
    modified INTEGER NOT NULL
) STRICT;
)",
    // 7: what the scaler decided: `line` as scaling::to_line() has it, `outcome` as JSON.
    R"(
CREATE TABLE decisions (
    number INTEGER PRIMARY KEY,
    wall_ms INTEGER NOT NULL,
    line TEXT NOT NULL,
    outcome TEXT NOT NULL,
    created INTEGER NOT NULL,
    modified INTEGER NOT NULL
) STRICT;
)",
    // 8: `bytes` of the line, in an index: what is kept is counted without reading it.
    R"(
ALTER TABLE decisions ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;
UPDATE decisions SET bytes = length(CAST(line AS BLOB));
CREATE INDEX decisions_by_number ON decisions (number, bytes);
)",
};

result<void> refuse_foreign(database& file, std::int64_t version)
{
    const auto owner = file.number("PRAGMA application_id");
    if (!owner)
        return owner.error();
    if (*owner == application_id && version > 0)
        return {};
    const auto tables = file.number("SELECT count(*) FROM sqlite_schema");
    if (!tables)
        return tables.error();
    if (*owner == 0 && version == 0 && *tables == 0)
        return {};
    return error{errc::state_unusable,
                 fmt::format("cannot use {}: it is a database of another program; move it away, or "
                             "use another --state",
                             file.file().string())};
}

result<void> take(database& file, migration step, std::size_t to_version)
{
    return file.run_script(fmt::format("BEGIN IMMEDIATE;"
                                       "PRAGMA application_id = {};"
                                       "PRAGMA user_version = {};"
                                       "{};"
                                       "COMMIT;",
                                       application_id, to_version, step));
}

}  // namespace

std::span<const migration> migrations()
{
    return all_migrations;
}

result<void> migrate(database& file, std::span<const migration> steps)
{
    const auto version = file.number("PRAGMA user_version");
    if (!version)
        return version.error();
    if (auto own = refuse_foreign(file, *version); !own)
        return own;
    const auto known = static_cast<std::int64_t>(steps.size());
    if (*version > known)
        return error{errc::state_unusable,
                     fmt::format("cannot use {}: a newer tinfoil wrote it (version {}; this one "
                                 "knows up to {}); run that one, or use another --state",
                                 file.file().string(), *version, known)};
    for (auto at = static_cast<std::size_t>(*version); at < steps.size(); ++at) {
        if (auto taken = take(file, steps[at], at + 1); !taken) {
            file.roll_back();
            return taken;
        }
    }
    return {};
}

}  // namespace tinfoil::state
