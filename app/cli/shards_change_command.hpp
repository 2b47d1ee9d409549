#pragma once

#include "base/error.hpp"
#include "host/config.hpp"
#include "host/operation.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace tinfoil::cli {

/// Exit codes, as share/doc/exit-codes.md has them: refused, or not come to its end; Ctrl-C left it
/// running.
constexpr int shards_not_done = 11, shards_left_running = 130;

struct shards_change_flags {
    std::string typed;  ///< `split`, `merge`, `reshard`, `renew`, `move`, `cancel`; empty: none.
    std::vector<std::string> words;  ///< Slots as they were typed; of a move also where to.
    std::uint32_t count = 2;
    std::optional<std::uint64_t> id;  ///< To cancel.
    std::string dry_run;              ///< Empty, `quote` or `shadow`.
    std::string observe;              ///< A length of time; empty: as long as is usual.
    bool all = false, force = false, yes = false, json = false, no_wait = false;
};

/// `tinfoil shards split | merge | reshard | renew | move | cancel`: adds them to `shards`.
void add_shards_change(CLI::App& shards, host::flags& where, shards_change_flags& given);

/// Says what it costs, asks whoever sits there, does it and shows how far it is. The exit code.
int run_shards_change(const std::filesystem::path& state, const shards_change_flags& given);

/// What was typed, as a wish: errc::invalid_argument says what is no slot or collection.
[[nodiscard]] result<host::operation_wish> wish_of(const shards_change_flags& given);
/// `c1`, or `1`; errc::invalid_argument says what is none.
[[nodiscard]] result<std::uint32_t> collection_of(const std::string& typed);

}  // namespace tinfoil::cli
