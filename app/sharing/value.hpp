#pragma once

#include "base/time.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tinfoil::sharing {

/// The scope of values that all plugins share. Any other is a plugin's name: its own values. No
/// plugin can have this name.
inline constexpr const char* shared_scope = "*";

inline constexpr std::size_t key_bytes_max = 512, value_bytes_max = std::size_t{1} << 20;
/// Of one scope.
inline constexpr std::uint64_t rows_max = 100'000, scope_bytes_max = 256ULL << 20;
/// Of one answer; a list goes on behind its last key, a watch behind its revision.
inline constexpr std::size_t answer_rows_max = 1000, answer_bytes_max = std::size_t{4} << 20;
inline constexpr duration lives_max = std::chrono::hours(24 * 3660);
inline constexpr duration watch_patience_max = std::chrono::seconds(60);

enum class deed : std::uint8_t { get, put, erase, add, list, watch };
inline constexpr auto last_deed = deed::watch;

/// What is asked of the values that all collections share.
struct question {
    deed what = deed::get;
    std::string scope;
    std::string key;    ///< Of list and watch a prefix, which may be empty.
    std::string value;  ///< Of put.
    /// Of put and erase: only if the row was changed last by this revision; 0: if there is none.
    std::optional<std::uint64_t> expected;
    std::int64_t delta = 0;  ///< Of add, to a decimal number; no row counts as 0.
    duration lives{};   ///< Of put, and of an add that makes the row; zero: until it is erased.
    std::string after;  ///< Of list: keys behind this one.
    std::uint64_t since = 0;  ///< Of watch: what came later than this revision; 0: than now.
    duration patience{};      ///< Of watch: then it is answered without a row.
    std::uint32_t limit = 0;  ///< Of list; 0 or too many: answer_rows_max.
};

struct row {
    std::string key, value;
    std::uint64_t created = 0, modified = 0;  ///< Revisions.
    bool is_erased = false;                   ///< Of a watch only.
    bool operator==(const row&) const = default;
};

/// How a question ended. The numbers are those of the link: they never change.
enum class verdict : std::uint8_t {
    committed = 0,    ///< Done; a change is on the disk.
    rejected = 1,     ///< Another revision than the expected one; the row is in the answer.
    refused = 2,      ///< It breaks a rule or a bound, which the text names.
    busy = 3,         ///< Too much waits; nothing was done.
    unknown = 4,      ///< It may or may not have been done.
    unavailable = 5,  ///< The state can't be used; nothing was done.
};
inline constexpr auto last_verdict = verdict::unavailable;

struct answer {
    verdict how = verdict::committed;
    std::uint64_t revision = 0;  ///< Of the whole, or of the change that was made.
    std::vector<row> rows;       ///< Of put and add the new one.
    bool is_cut = false;         ///< Of list: there is more. Of watch: some is lost, list again.
    std::string text;            ///< Of what is not committed: a sentence.
    bool operator==(const answer&) const = default;
};

/// A change of one row, for those who watch.
struct change {
    std::string scope;
    row what;
};

/// Why a question can't be asked: an answer that is `refused`. Nothing: it can.
[[nodiscard]] std::optional<answer> refusal_of(const question& what);

/// What a question about one key does to its row (nothing: there is none).
struct decision {
    answer told;  ///< Without revision and rows.
    bool changes = false;
    std::optional<std::string> value;  ///< Of a change; nothing erases the row.
};
[[nodiscard]] decision decide(const question& what, const std::optional<row>& now_there);

/// What a scope holds. Key and value of a row count, and nothing else.
struct usage {
    std::uint64_t rows = 0, bytes = 0;
};
/// Why a scope has no room for a row that grows from `before` to `after` bytes, 0 where there is
/// none; nothing: it has.
[[nodiscard]] std::optional<answer> lack_of_room(const usage& of, std::uint64_t before,
                                                 std::uint64_t after);

/// Those of `from` that a watch of that scope and prefix is for, behind its revision.
[[nodiscard]] bool concerns(const question& watch, const change& what);

[[nodiscard]] std::size_t bytes_of(const question& what);
[[nodiscard]] std::size_t bytes_of(const row& what);

}  // namespace tinfoil::sharing
