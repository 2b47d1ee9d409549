// What operations on shards leave in the state: the commit of a handoff, records of handoffs that
// are not settled, and the history.
#include "sharding/plan.hpp"
#include "state/store.hpp"

namespace tinfoil::state {

result<void> store::commit_handoff(const sharding::plan_change& what, const std::string& owner,
                                   std::uint64_t epoch, const operation_row& of)
{
    return transact(database::flush::at_commit, [&](std::int64_t revision) -> result<void> {
        if (auto set = file_->run("INSERT INTO plan VALUES (1, ?1, ?2, ?2) ON CONFLICT DO UPDATE "
                                  "SET text = excluded.text, modified = excluded.modified",
                                  std::string_view(sharding::to_string(what.plan)), revision);
            !set)
            return set;
        for (const discord::slot slot : what.older)
            for (const char* table : {"sessions", "handoff_records"})
                if (auto gone = file_->run(std::string("DELETE FROM ") + table +
                                               " WHERE shard_id = ?1 AND shard_count = ?2",
                                           std::int64_t{slot.id}, std::int64_t{slot.count});
                    !gone)
                    return gone;
        for (const discord::session_record& each : what.newer)
            if (auto kept = put_session(each, false, owner, epoch, revision); !kept)
                return kept;
        for (const sharding::handoff_record& each : what.records)
            if (auto kept = put_record(each, revision); !kept)
                return kept;
        return put_operation(of, revision);
    });
}

result<std::vector<sharding::handoff_record>> store::handoff_records()
{
    auto found = file_->prepare("SELECT shard_id, shard_count, session_id, replaced, record "
                                "FROM handoff_records ORDER BY shard_count, shard_id");
    if (!found)
        return found.error();
    std::vector<sharding::handoff_record> all;
    for (;;) {
        const auto row = found->step();
        if (!row)
            return row.error();
        if (!*row)
            return all;
        const std::int64_t id = found->integer(0), count = found->integer(1);
        if (id >= 0 && id < count && count <= 1'000'000)
            all.push_back({{static_cast<std::uint32_t>(id), static_cast<std::uint32_t>(count)},
                           found->bytes(2),
                           found->bytes(3),
                           found->bytes(4)});
    }
}

result<void> store::keep_handoff_record(const sharding::handoff_record& what)
{
    return transact(database::flush::at_commit,
                    [&](std::int64_t revision) { return put_record(what, revision); });
}

result<void> store::put_record(const sharding::handoff_record& what, std::int64_t revision)
{
    return file_->run("INSERT INTO handoff_records VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6) ON CONFLICT "
                      "DO UPDATE SET session_id = ?3, replaced = ?4, record = ?5, modified = ?6",
                      std::int64_t{what.slot.id}, std::int64_t{what.slot.count},
                      std::string_view(what.session_id), std::string_view(what.replaced),
                      blob{what.text}, revision);
}

result<void> store::drop_handoff_record(discord::slot slot, const std::string& session_id)
{
    return transact(database::flush::later, [&](std::int64_t) {
        return file_->run("DELETE FROM handoff_records WHERE shard_id = ?1 AND shard_count = ?2 "
                          "AND session_id = ?3",
                          std::int64_t{slot.id}, std::int64_t{slot.count},
                          std::string_view(session_id));
    });
}

result<void> store::keep_operation(const operation_row& what)
{
    return transact(database::flush::at_commit,
                    [&](std::int64_t revision) { return put_operation(what, revision); });
}

result<void> store::put_operation(const operation_row& what, std::int64_t revision)
{
    const auto id = static_cast<std::int64_t>(what.id);
    if (auto kept = file_->run("INSERT INTO operations VALUES (?1, ?2, ?3, ?4, ?4) ON CONFLICT DO "
                               "UPDATE SET wall_ms = ?2, text = ?3, modified = ?4",
                               id, what.wall_ms, std::string_view(what.text), revision);
        !kept)
        return kept;
    return file_->run("DELETE FROM operations WHERE id NOT IN "
                      "(SELECT id FROM operations ORDER BY id DESC LIMIT ?1)",
                      operations_max);
}

result<std::vector<store::operation_row>> store::operations()
{
    auto found = file_->prepare("SELECT id, wall_ms, text FROM operations ORDER BY id");
    if (!found)
        return found.error();
    std::vector<operation_row> all;
    for (;;) {
        const auto row = found->step();
        if (!row)
            return row.error();
        if (!*row)
            return all;
        if (found->integer(0) > 0)
            all.push_back({static_cast<std::uint64_t>(found->integer(0)), found->integer(1),
                           found->bytes(2)});
    }
}

}  // namespace tinfoil::state
