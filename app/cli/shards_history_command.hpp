#pragma once

#include "host/config.hpp"

#include <cstddef>
#include <filesystem>
#include <string>

namespace CLI {
class App;
}

namespace tinfoil::cli {

struct shards_history_flags {
    std::string typed;  ///< `history` or `operations`; empty: neither.
    std::size_t last = 20;
    bool json = false;
};

/// `tinfoil shards history`: the operations of the past; `tinfoil shards operations`: those that
/// run and wait. Adds both to `shards`.
void add_shards_history(CLI::App& shards, host::flags& where, shards_history_flags& given);
/// Prints them; the exit code.
int run_shards_history(const std::filesystem::path& state, const shards_history_flags& given);

}  // namespace tinfoil::cli
