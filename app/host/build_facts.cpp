#include "host/build_facts.hpp"

#include "net/versions.hpp"
#include "state/sqlite_version.hpp"
#include "version.hpp"

#include <fmt/format.h>

#ifndef TINFOIL_COMMIT
#define TINFOIL_COMMIT ""
#endif

namespace tinfoil::host {

std::string build_facts()
{
#ifdef __clang__
    const std::string compiler = fmt::format("clang {}", __clang_version__);
#else
    const std::string compiler = fmt::format("g++ {}", __VERSION__);
#endif
    const std::string commit = TINFOIL_COMMIT;
    std::string text = fmt::format("tinfoil {}\n", version);
    const auto line = [&](const std::string& name, const std::string& value) {
        text += fmt::format("{:<9} {}\n", name, value);
    };
    line("commit", commit.empty() ? "unknown" : commit);
    line("compiler", compiler);
    for (const auto& [name, value] : net::library_versions())
        line(name, value);
    line("SQLite", state::sqlite_version());
    text.pop_back();
    return text;
}

}  // namespace tinfoil::host
