#pragma once

#include "base/error.hpp"
#include "scaling/decide.hpp"
#include "scaling/situation.hpp"

#include <cstdint>
#include <string>
#include <string_view>

/// Decisions as text: a line of JSON with all that one was made of, so that it can be made again
/// anywhere, later. share/doc/scaler.md describes it.
namespace tinfoil::scaling {

/// The `v` of a line that is written now; earlier ones are read as long as they mean the same.
inline constexpr int record_version = 1;
/// A line of the largest plan, 10,000 shards, is about 1 MB.
inline constexpr std::size_t record_bytes_max = 64U << 20;

struct record {
    std::uint64_t number = 0;
    bool was_to_be_done = false;
    situation at;
    decision what;

    bool operator==(const record&) const = default;
};

/// Without line end. Durations of the policy are in milliseconds.
[[nodiscard]] std::string to_line(const record& of);

/// Fails with malformed for what is no such line, naming the field; with invalid_argument for a
/// newer version; with too_large.
[[nodiscard]] result<record> parse_line(std::string_view line);

/// What a line says that was decided, and what its inputs lead to now.
struct replayed {
    record of;
    decision again;

    /// The same: what was decided can be explained by this program.
    [[nodiscard]] bool is_same() const { return of.what == again; }
};
/// Fails as parse_line().
[[nodiscard]] result<replayed> replay(std::string_view line);

}  // namespace tinfoil::scaling
