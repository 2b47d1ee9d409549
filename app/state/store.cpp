#include "state/store.hpp"

#include "base/assert.hpp"
#include "state/migrations.hpp"

#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <sys/stat.h>
#include <system_error>
#include <utility>

namespace tinfoil::state {

namespace {

result<void> make_folder(const std::filesystem::path& folder)
{
    std::error_code failed;
    if (std::filesystem::is_directory(folder, failed))
        return {};
    // Only the last folder is the state's own; those above it get the user's usual mode.
    if (folder.has_parent_path())
        std::filesystem::create_directories(folder.parent_path(), failed);
    if (::mkdir(folder.c_str(), 0700) == 0)
        return {};
    return error{errc::state_unusable,
                 fmt::format("cannot make the folder {}: {}; use another --state", folder.string(),
                             std::strerror(errno))};
}

}  // namespace

result<std::unique_ptr<store>> store::open(const std::filesystem::path& folder)
{
    // Without the slash that a user may have typed at the end, or the parent is the folder itself.
    const auto own = folder.has_filename() ? folder : folder.parent_path();
    if (auto made = make_folder(own); !made)
        return made.error();
    auto held = lock::take(own / "lock");
    if (!held)
        return held.error();
    auto file = database::open(own / "state.db");
    if (!file)
        return file.error();
    if (auto current = migrate(**file); !current)
        return current.error();
    // Not before the file is known to be tinfoil's: the mode is written into it.
    if (auto set = (*file)->run_script("PRAGMA journal_mode = WAL"); !set)
        return set.error();
    std::unique_ptr<store> opened(new store(std::move(*held), std::move(*file)));
    auto node = opened->file_->prepare("SELECT id FROM node");
    if (!node)
        return node.error();
    if (const auto row = node->step(); !row || !*row)
        return row ? error{errc::state_unusable, (own / "state.db").string() + " has no id"}
                   : row.error();
    opened->node_ = node->bytes(0);
    if (auto measured = opened->measure_values(); !measured)
        return measured.error();
    return opened;
}

store::store(lock held, std::unique_ptr<database> file)
    : held_(std::move(held)),
      file_(std::move(file))
{
}

store::~store() = default;

result<void> store::bind(discord::snowflake application, const std::string& api)
{
    TINFOIL_ASSERT(application);
    const std::string id = discord::to_string(application);
    auto bound = file_->prepare("SELECT application, api FROM binding");
    if (!bound)
        return bound.error();
    const auto row = bound->step();
    if (!row)
        return row.error();
    if (!*row)
        return transact(database::flush::at_commit, [&](std::int64_t) {
            return file_->run("INSERT INTO binding VALUES (1, ?1, ?2)", std::string_view(id),
                              std::string_view(api));
        });
    const std::string owner = bound->bytes(0);
    const std::string owner_api = bound->bytes(1);
    if (owner == id && owner_api == api)
        return {};
    return error{errc::state_unusable,
                 fmt::format("{} belongs to bot {} at {}, and this is bot {} at {}: use another "
                             "--state for it",
                             file_->file().string(), owner, owner_api, id, api)};
}

result<std::optional<std::string>> store::plan()
{
    auto found = file_->prepare("SELECT text FROM plan");
    if (!found)
        return found.error();
    const auto row = found->step();
    if (!row)
        return row.error();
    return *row ? std::optional(found->bytes(0)) : std::nullopt;
}

result<void> store::set_plan(const std::string& text)
{
    return transact(database::flush::at_commit, [&](std::int64_t revision) {
        return file_->run("INSERT INTO plan VALUES (1, ?1, ?2, ?2) ON CONFLICT DO UPDATE "
                          "SET text = excluded.text, modified = excluded.modified",
                          std::string_view(text), revision);
    });
}

result<std::optional<std::string>> store::own_value(const std::string& key)
{
    auto found = file_->prepare("SELECT value FROM plugin_values WHERE plugin = '' AND key = ?1",
                                std::string_view(key));
    if (!found)
        return found.error();
    const auto row = found->step();
    if (!row)
        return row.error();
    return *row ? std::optional(found->bytes(0)) : std::nullopt;
}

result<void> store::set_own_value(const std::string& key, const std::optional<std::string>& value)
{
    return transact(database::flush::later, [&](std::int64_t revision) {
        if (!value)
            return file_->run("DELETE FROM plugin_values WHERE plugin = '' AND key = ?1",
                              std::string_view(key));
        return file_->run("INSERT INTO plugin_values VALUES ('', ?1, ?2, ?3, ?3, 0) ON CONFLICT "
                          "DO UPDATE SET value = excluded.value, modified = excluded.modified",
                          std::string_view(key), blob{*value}, revision);
    });
}

result<void> store::record_identify(discord::slot slot, const std::string& why,
                                    std::int64_t wall_ms)
{
    TINFOIL_ASSERT(slot.id < slot.count);
    return transact(database::flush::at_commit, [&](std::int64_t revision) -> result<void> {
        if (auto forgot = file_->run("DELETE FROM identify_ledger WHERE wall_ms < ?1",
                                     wall_ms - ledger_keeps_ms);
            !forgot)
            return forgot;
        return file_->run("INSERT INTO identify_ledger (wall_ms, shard_id, shard_count, created, "
                          "reason) VALUES (?1, ?2, ?3, ?4, ?5)",
                          wall_ms, std::int64_t{slot.id}, std::int64_t{slot.count}, revision,
                          std::string_view(why));
    });
}

result<std::vector<store::identify>> store::identifies_since(std::int64_t wall_ms)
{
    return read_identifies(*file_, wall_ms);
}

result<std::vector<store::identify>> store::read_identifies(database& file, std::int64_t wall_ms)
{
    // A file that is only looked at may be of an older version.
    const auto reasons = file.number(
        "SELECT count(*) FROM pragma_table_info('identify_ledger') WHERE name = 'reason'");
    if (!reasons)
        return reasons.error();
    auto asked = file.prepare(std::string("SELECT shard_id, shard_count, wall_ms, ") +
                                  (*reasons == 1 ? "reason" : "''") +
                                  " FROM (SELECT * FROM identify_ledger WHERE wall_ms >= ?1 "
                                  "ORDER BY id DESC LIMIT ?2) ORDER BY id",
                              wall_ms, identifies_max);
    if (!asked)
        return asked.error();
    std::vector<identify> found;
    for (;;) {
        const auto row = asked->step();
        if (!row)
            return row.error();
        if (!*row)
            return found;
        const std::int64_t id = asked->integer(0), count = asked->integer(1);
        if (id >= 0 && id < count && count <= 1'000'000)
            found.push_back({{static_cast<std::uint32_t>(id), static_cast<std::uint32_t>(count)},
                             asked->bytes(3),
                             asked->integer(2)});
    }
}

result<std::uint64_t> store::begin_incarnation()
{
    std::int64_t number = 0;
    auto begun = transact(database::flush::at_commit, [&](std::int64_t) -> result<void> {
        const auto next =
            file_->number("UPDATE node SET incarnation = incarnation + 1 RETURNING incarnation");
        if (!next)
            return next.error();
        number = *next;
        return {};
    });
    if (!begun)
        return begun.error();
    return static_cast<std::uint64_t>(number);
}

result<void> store::transact(database::flush when,
                             const std::function<result<void>(std::int64_t)>& change)
{
    if (auto set = file_->set_flush(when); !set)
        return set;
    if (auto begun = file_->run("BEGIN IMMEDIATE"); !begun)
        return begun;
    const auto revision =
        file_->number("UPDATE meta SET revision = revision + 1 RETURNING revision");
    result<void> done = revision ? change(*revision) : result<void>(revision.error());
    if (done)
        done = file_->run("COMMIT");
    if (!done)
        file_->roll_back();
    return done;
}

}  // namespace tinfoil::state
