// The sessions table: store's part that remembers what RESUME needs.
#include "base/assert.hpp"
#include "state/store.hpp"

#include <boost/json.hpp>

namespace tinfoil::state {
namespace {

namespace json = boost::json;

constexpr const char* all_sessions =
    "SELECT shard_id, shard_count, generation, session_id, resume_url, sequence, intents, "
    "unfinished, clean FROM sessions ORDER BY shard_count, shard_id, generation";

std::string unfinished_text(const discord::session_record& from)
{
    json::array all;
    for (const auto& each : from.unfinished)
        all.push_back(json::array{each.sequence, json::string_view(each.plugin)});
    return json::serialize(all);
}

// What was written by hand or by another program may say anything; then all of it is doubtful.
bool read_unfinished(const std::string& text, std::vector<discord::unfinished_event>& into)
{
    json::error_code failed;
    const json::value all = json::parse(text, failed);
    if (failed || !all.is_array())
        return false;
    for (const auto& each : all.get_array()) {
        const auto* pair = each.if_array();
        if (pair == nullptr || pair->size() != 2 || !pair->at(0).is_int64() ||
            pair->at(0).get_int64() <= 0 || !pair->at(1).is_string())
            return false;
        into.push_back({pair->at(0).get_int64(), std::string(pair->at(1).get_string())});
    }
    return true;
}

result<std::vector<discord::session_record>> read_all(database& file)
{
    auto found = file.prepare(all_sessions);
    if (!found)
        return found.error();
    std::vector<discord::session_record> all;
    for (;;) {
        const auto row = found->step();
        if (!row)
            return row.error();
        if (!*row)
            return all;
        const std::int64_t id = found->integer(0), count = found->integer(1);
        if (count < 1 || count > 1'000'000 || id < 0 || id >= count)
            continue;
        discord::session_record each;
        each.which = {static_cast<std::uint32_t>(id), static_cast<std::uint32_t>(count)};
        each.generation = static_cast<std::uint32_t>(found->integer(2));
        each.point = {found->bytes(3), found->bytes(4), found->integer(5)};
        each.intents = static_cast<std::uint64_t>(found->integer(6));
        const bool sound = read_unfinished(found->bytes(7), each.unfinished);
        each.doubtful = !sound || found->integer(8) != 1;
        constexpr std::size_t id_bytes_max = 256;
        if (!each.point.session_id.empty() && each.point.session_id.size() <= id_bytes_max &&
            each.point.sequence >= 0)
            all.push_back(std::move(each));
    }
}

}  // namespace

result<std::vector<discord::session_record>> store::sessions()
{
    return read_all(*file_);
}

result<void> store::save_sessions(std::span<const discord::session_record> all,
                                  discord::cursor_use use, const std::string& owner,
                                  std::uint64_t epoch)
{
    if (all.empty())
        return {};
    const auto when =
        use == discord::cursor_use::running ? database::flush::later : database::flush::at_commit;
    return transact(when, [&](std::int64_t revision) -> result<void> {
        for (const discord::session_record& each : all) {
            const bool clean = use == discord::cursor_use::none && !each.doubtful;
            if (auto kept = put_session(each, clean, owner, epoch, revision); !kept)
                return kept;
        }
        return {};
    });
}

result<void> store::put_session(const discord::session_record& what, bool clean,
                                const std::string& owner, std::uint64_t epoch,
                                std::int64_t revision)
{
    TINFOIL_ASSERT(!what.point.session_id.empty() && what.which.id < what.which.count);
    const std::int64_t id = what.which.id, count = what.which.count;
    if (auto gone = file_->run("DELETE FROM sessions WHERE shard_id = ?1 AND "
                               "shard_count = ?2 AND (generation != ?3 OR session_id != ?4)",
                               id, count, std::int64_t{what.generation},
                               std::string_view(what.point.session_id));
        !gone)
        return gone;
    return file_->run("INSERT INTO sessions VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, "
                      "?12, ?12) ON CONFLICT DO UPDATE SET sequence = ?6, unfinished = ?8, "
                      "clean = ?9, owner = ?10, epoch = ?11, modified = ?12",
                      id, count, std::int64_t{what.generation},
                      std::string_view(what.point.session_id),
                      std::string_view(what.point.resume_url), what.point.sequence,
                      static_cast<std::int64_t>(what.intents),
                      std::string_view(unfinished_text(what)), std::int64_t{clean ? 1 : 0},
                      std::string_view(owner), static_cast<std::int64_t>(epoch), revision);
}

result<void> store::forget_session(discord::slot slot, std::uint32_t generation)
{
    return transact(database::flush::later, [&](std::int64_t) {
        return file_->run("DELETE FROM sessions WHERE shard_id = ?1 AND shard_count = ?2 AND "
                          "generation <= ?3",
                          std::int64_t{slot.id}, std::int64_t{slot.count},
                          std::int64_t{generation});
    });
}

result<store::snapshot> store::look(const std::filesystem::path& folder)
{
    auto file = database::look(folder / "state.db");
    if (!file)
        return file.error();
    snapshot seen;
    const auto has = [&](const char* table) -> result<bool> {
        const auto count = (*file)->number(
            std::string("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = '") +
            table + "'");
        return count ? result<bool>(*count == 1) : count.error();
    };
    for (const auto& [table, sql, read] :
         {std::tuple("binding", "SELECT application, api FROM binding", 0),
          std::tuple("plan", "SELECT text FROM plan", 1),
          std::tuple("plugin_values",
                     "SELECT value FROM plugin_values WHERE plugin = '' AND key = 'last_facts'",
                     2)}) {
        const auto there = has(table);
        if (!there)
            return there.error();
        if (!*there)
            continue;
        auto found = (*file)->prepare(sql);
        if (!found)
            return found.error();
        const auto row = found->step();
        if (!row)
            return row.error();
        if (!*row)
            continue;
        if (read == 0) {
            seen.application = found->bytes(0);
            seen.api = found->bytes(1);
        } else {
            (read == 1 ? seen.plan : seen.facts) = found->bytes(0);
        }
    }
    const auto ledger = has("identify_ledger");
    if (!ledger)
        return ledger.error();
    if (*ledger) {
        auto rows = read_identifies(**file, 0);
        if (!rows)
            return rows.error();
        seen.identifies = std::move(*rows);
    }
    const auto there = has("sessions");
    if (!there)
        return there.error();
    if (!*there)
        return seen;
    auto all = read_all(**file);
    if (!all)
        return all.error();
    seen.sessions = std::move(*all);
    return seen;
}

}  // namespace tinfoil::state
