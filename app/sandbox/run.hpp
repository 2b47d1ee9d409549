#pragma once

#include "sandbox/server.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace tinfoil::sandbox {

/// How `tinfoil sandbox` runs; share/doc/sandbox.md describes its files.
struct run_settings {
    options how;
    std::filesystem::path info;    ///< The authority lies beside it, with `.ca.pem` behind.
    std::filesystem::path report;  ///< Empty: none.
    std::optional<duration> run_for;
};

/// Who looks on; called on the thread that called run().
struct onlooker {
    /// It serves, and every file that a client needs is there.
    std::function<void(const endpoint&, const std::filesystem::path& ca_file)> ready;
    std::function<void(const session_news&)> session;
};

/// Serves until SIGINT, SIGTERM or the end of its time. The info file appears, in one step, when
/// everything answers, and an old one is gone before.
result<void> run(const run_settings& settings, const onlooker& people);

/// One line of JSON.
[[nodiscard]] std::string info_json(const endpoint& where, const std::filesystem::path& ca_file);

}  // namespace tinfoil::sandbox
