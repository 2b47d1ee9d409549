#include "state/store.hpp"

#include <algorithm>
#include <limits>

namespace tinfoil::state {
namespace {

using sharing::answer;
using sharing::deed;
using sharing::is_change;
using sharing::question;
using sharing::verdict;

// So many that have expired go in one commit.
constexpr std::int64_t swept_at_once = 1000;
// What a sum of a scope's bytes may be while it is made.
constexpr const char* usage_sql =
    "SELECT plugin, count(*), sum(length(CAST(key AS BLOB)) + length(value)) FROM plugin_values "
    "GROUP BY plugin";

std::int64_t whole_ms(duration length)
{
    return std::chrono::ceil<std::chrono::milliseconds>(length).count();
}

}  // namespace

/// The statements of one group of questions, each prepared once.
class store::group {
public:
    group(store& own, std::int64_t wall_ms) : own_(own), file_(*own.file_), wall_ms_(wall_ms) {}

    result<void> prepare();
    result<answer> run(const question& what);
    /// Erases what has expired.
    result<void> sweep();

    std::int64_t revision = 0;
    std::vector<sharing::change> changes;
    std::map<std::string, sharing::usage> usage;  // Of scopes that were changed.

private:
    struct found {
        sharing::row what;
        std::int64_t expires_ms = 0;
    };

    result<std::optional<found>> read(const question& what);
    result<answer> change(const question& what);
    result<answer> list(const question& what);
    [[nodiscard]] sharing::usage& usage_of(const std::string& scope);
    [[nodiscard]] bool has_expired(std::int64_t expires_ms) const
    {
        return expires_ms != 0 && expires_ms <= wall_ms_;
    }

    store& own_;
    database& file_;
    std::int64_t wall_ms_;
    std::optional<statement> read_, write_, erase_, list_;
};

result<void> store::group::prepare()
{
    for (const auto& [to, sql] :
         {std::pair(&read_, "SELECT value, created, modified, expires_ms FROM plugin_values WHERE "
                            "plugin = ?1 AND key = ?2"),
          std::pair(&write_, "INSERT INTO plugin_values VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON "
                             "CONFLICT DO UPDATE SET value = ?3, created = ?4, modified = ?5, "
                             "expires_ms = ?6"),
          std::pair(&erase_, "DELETE FROM plugin_values WHERE plugin = ?1 AND key = ?2"),
          std::pair(&list_, "SELECT key, value, created, modified, expires_ms FROM plugin_values "
                            "WHERE plugin = ?1 AND key >= ?2 AND key > ?3 ORDER BY key")}) {
        auto made = file_.prepare(sql);
        if (!made)
            return made.error();
        *to = std::move(*made);
    }
    const auto known = file_.number("SELECT revision FROM meta");
    if (!known)
        return known.error();
    revision = *known;
    return {};
}

sharing::usage& store::group::usage_of(const std::string& scope)
{
    const auto own = usage.find(scope);
    return own != usage.end() ? own->second
                              : usage.emplace(scope, own_.usage_[scope]).first->second;
}

result<std::optional<store::group::found>> store::group::read(const question& what)
{
    read_->again(std::string_view(what.scope), std::string_view(what.key));
    const auto row = read_->step();
    if (!row)
        return row.error();
    if (!*row)
        return std::optional<found>();
    return std::optional(
        found{{what.key, read_->bytes(0), static_cast<std::uint64_t>(read_->integer(1)),
               static_cast<std::uint64_t>(read_->integer(2)), false},
              read_->integer(3)});
}

result<answer> store::group::run(const question& what)
{
    if (what.what == deed::list)
        return list(what);
    if (what.what != deed::get)
        return change(what);
    auto there = read(what);
    if (!there)
        return there.error();
    answer made;
    made.revision = static_cast<std::uint64_t>(revision);
    if (*there && !has_expired((*there)->expires_ms))
        made.rows.push_back(std::move((*there)->what));
    return made;
}

result<answer> store::group::change(const question& what)
{
    auto there = read(what);
    if (!there)
        return there.error();
    const std::uint64_t before = *there ? sharing::bytes_of((*there)->what) : 0;
    const bool is_live = *there && !has_expired((*there)->expires_ms);
    const auto now_there = is_live ? std::optional((*there)->what) : std::nullopt;
    sharing::decision decided = sharing::decide(what, now_there);
    answer& told = decided.told;
    told.revision = static_cast<std::uint64_t>(revision);
    if (told.how == verdict::rejected && now_there)
        told.rows.push_back(*now_there);
    if (!decided.changes)
        return std::move(told);
    sharing::usage& used = usage_of(what.scope);
    const std::uint64_t after = decided.value ? what.key.size() + decided.value->size() : 0;
    if (auto lack = after == 0 ? std::nullopt : sharing::lack_of_room(used, before, after))
        return *lack;
    told.revision = static_cast<std::uint64_t>(++revision);
    sharing::row row{what.key, decided.value.value_or(""),
                     is_live ? now_there->created : told.revision, told.revision,
                     !decided.value.has_value()};
    if (row.is_erased) {
        erase_->again(std::string_view(what.scope), std::string_view(what.key));
        if (auto done = erase_->step(); !done)
            return done.error();
    } else {
        // A sum goes on living for as long as it was to.
        const bool keeps = what.what == deed::add && is_live;
        const std::int64_t lives = whole_ms(what.lives);
        const std::int64_t expires = keeps        ? (*there)->expires_ms
                                     : lives == 0 ? 0
                                                  : wall_ms_ + lives;
        write_->again(std::string_view(what.scope), std::string_view(what.key), blob{row.value},
                      static_cast<std::int64_t>(row.created), revision, expires);
        if (auto done = write_->step(); !done)
            return done.error();
        told.rows.push_back(row);
    }
    used.rows = used.rows + (row.is_erased ? 0 : 1) - (before == 0 ? 0 : 1);
    used.bytes = used.bytes + after - before;
    changes.push_back({what.scope, std::move(row)});
    return std::move(told);
}

result<answer> store::group::list(const question& what)
{
    answer made;
    made.revision = static_cast<std::uint64_t>(revision);
    const std::size_t most = what.limit == 0 || what.limit > sharing::answer_rows_max
                                 ? sharing::answer_rows_max
                                 : what.limit;
    list_->again(std::string_view(what.scope), std::string_view(what.key),
                 std::string_view(what.after));
    std::size_t bytes = 0;
    for (;;) {
        const auto row = list_->step();
        if (!row)
            return row.error();
        if (!*row)
            return made;
        std::string key = list_->bytes(0);
        if (!key.starts_with(what.key))
            return made;
        if (has_expired(list_->integer(4)))
            continue;
        if (made.rows.size() == most || bytes >= sharing::answer_bytes_max) {
            made.is_cut = true;
            return made;
        }
        made.rows.push_back({std::move(key), list_->bytes(1),
                             static_cast<std::uint64_t>(list_->integer(2)),
                             static_cast<std::uint64_t>(list_->integer(3)), false});
        bytes += sharing::bytes_of(made.rows.back());
    }
}

result<void> store::group::sweep()
{
    std::vector<std::pair<std::string, std::string>> gone;
    {
        auto asked =
            file_.prepare("SELECT plugin, key, length(value) FROM plugin_values WHERE expires_ms "
                          "> 0 AND expires_ms <= ?1 ORDER BY expires_ms LIMIT ?2",
                          wall_ms_, swept_at_once);
        if (!asked)
            return asked.error();
        for (;;) {
            const auto row = asked->step();
            if (!row)
                return row.error();
            if (!*row)
                break;
            gone.emplace_back(asked->bytes(0), asked->bytes(1));
            sharing::usage& used = usage_of(gone.back().first);
            --used.rows;
            used.bytes -= gone.back().second.size() +
                          static_cast<std::uint64_t>(std::max<std::int64_t>(asked->integer(2), 0));
        }
    }
    for (auto& [scope, key] : gone) {
        erase_->again(std::string_view(scope), std::string_view(key));
        if (auto done = erase_->step(); !done)
            return done.error();
        const auto at = static_cast<std::uint64_t>(++revision);
        changes.push_back({std::move(scope), {std::move(key), "", 0, at, true}});
    }
    return {};
}

result<void> store::measure_values()
{
    auto asked = file_->prepare(usage_sql);
    if (!asked)
        return asked.error();
    for (;;) {
        const auto row = asked->step();
        if (!row)
            return row.error();
        if (!*row)
            return {};
        usage_[asked->bytes(0)] = {static_cast<std::uint64_t>(asked->integer(1)),
                                   static_cast<std::uint64_t>(asked->integer(2))};
    }
}

result<std::uint64_t> store::revision()
{
    const auto known = file_->number("SELECT revision FROM meta");
    if (!known)
        return known.error();
    return static_cast<std::uint64_t>(*known);
}

sharing::group_done store::run_values(std::span<const sharing::question> all, std::int64_t wall_ms)
{
    sharing::group_done done;
    const bool changes = all.empty() || std::any_of(all.begin(), all.end(), is_change);
    group own(*this, wall_ms);
    bool at_commit = false;
    const auto whole = [&]() -> result<void> {
        if (changes)
            if (auto set = file_->set_flush(database::flush::at_commit); !set)
                return set;
        if (auto begun = file_->run(changes ? "BEGIN IMMEDIATE" : "BEGIN"); !begun)
            return begun;
        if (auto ready = own.prepare(); !ready)
            return ready;
        if (changes)
            if (auto swept = own.sweep(); !swept)
                return swept;
        for (const question& each : all) {
            auto told = own.run(each);
            if (!told)
                return told.error();
            done.answers.push_back(std::move(*told));
        }
        if (!own.changes.empty())
            if (auto kept = file_->run("UPDATE meta SET revision = ?1", own.revision); !kept)
                return kept;
        at_commit = true;
        return file_->run("COMMIT");
    };
    if (const auto ended = whole(); !ended) {
        file_->roll_back();
        done.answers.clear();
        for (const question& each : all) {
            answer& told = done.answers.emplace_back();
            told.how = at_commit && is_change(each) ? verdict::unknown : verdict::unavailable;
            told.text = ended.error().detail;
        }
        // Whoever watches learns of it when it lists again; nobody is told of what may not be.
        done.next_expiry = std::chrono::seconds(10);
        return done;
    }
    for (auto& [scope, used] : own.usage)
        usage_[scope] = used;
    done.changes = std::move(own.changes);
    done.revision = static_cast<std::uint64_t>(own.revision);
    done.committed = changes;
    if (const auto next = file_->number(
            "SELECT coalesce(min(expires_ms), 0) FROM plugin_values WHERE expires_ms > 0");
        next && *next != 0)
        done.next_expiry =
            std::chrono::milliseconds(std::clamp<std::int64_t>(*next - wall_ms, 0, 86'400'000));
    return done;
}

}  // namespace tinfoil::state
