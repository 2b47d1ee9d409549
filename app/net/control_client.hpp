#pragma once

#include "base/error.hpp"
#include "base/time.hpp"
#include "net/control_message.hpp"

#include <filesystem>
#include <functional>
#include <string>

namespace tinfoil::net {

/// Calls the host that runs with a state folder. Blocks its thread, never for longer than said;
/// every call is a connection of its own.
///
/// Errors: unreachable when no host runs there; with the host's own sentence invalid_argument when
/// it refuses what was asked, http_status when it can't now; timed_out, malformed, too_large, io.
class control_client {
public:
    static constexpr duration connect_patience = std::chrono::seconds(2);
    static constexpr duration answer_patience = std::chrono::seconds(10);
    static constexpr std::size_t answer_bytes_max = 64U << 20;

    explicit control_client(std::filesystem::path folder) : folder_(std::move(folder)) {}

    /// `body`: JSON, or empty.
    [[nodiscard]] result<control_answer> call(const std::string& method, const std::string& path,
                                              const std::string& body = {}) const;

    /// Hands over events until the host closes the stream or `got` answers false, both of which are
    /// a success; at `until` it fails with errc::timed_out.
    result<void> follow(const std::string& path,
                        const std::function<bool(const control_event&)>& got, instant until) const;

    [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

private:
    std::filesystem::path folder_;
};

}  // namespace tinfoil::net
