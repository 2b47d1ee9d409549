#pragma once

#include "base/error.hpp"
#include "base/time.hpp"
#include "discordsim/simulator.hpp"

#include <boost/json.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace tinfoil::sandbox {

/// Stages what happens in a sandbox of another process, by the calls of share/doc/sandbox.md.
/// Blocks its thread, never for longer than `patience` a call.
///
/// Errors: errc::unreachable when none serves there, errc::http_status with the sandbox's own
/// sentence when it refuses.
class client {
public:
    static constexpr duration patience = std::chrono::seconds(10);

    /// Of the sandbox that wrote this info file.
    static result<client> of(const std::filesystem::path& info);

    [[nodiscard]] result<boost::json::object> get(const std::string& path) const;
    [[nodiscard]] result<boost::json::object> post(const std::string& path,
                                                   const boost::json::object& body) const;

    /// What happened behind this number, oldest first; moves the number on. Waits for something to
    /// happen until then. `channel` is a name or an id; empty: all. One that there is not is an
    /// error.
    [[nodiscard]] result<std::vector<discordsim::happening>>
    watch(std::uint64_t& behind, instant until, const std::string& channel = "") const;

private:
    client(std::string base, std::string authority_pem)
        : base_(std::move(base)),
          authority_pem_(std::move(authority_pem))
    {
    }
    [[nodiscard]] result<boost::json::object>
    call(const std::string& method, const std::string& path, const std::string& body) const;

    std::string base_;
    std::string authority_pem_;
};

}  // namespace tinfoil::sandbox
