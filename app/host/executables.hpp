#pragma once

#include "base/error.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>

namespace tinfoil::host {

/// What collections are started from. Build 0 is what the host itself runs, also when its file is
/// replaced or gone, so that a collection that crashes never comes back as another version; each
/// later one is the file as it was at one moment, whatever becomes of its name afterwards.
class executables {
public:
    /// `own`: build 0. `file`: where newer ones are; empty: where the executable of this process
    /// was, or `own` if that is another.
    explicit executables(std::string own, std::string file = "");
    ~executables();
    executables(const executables&) = delete;
    executables& operator=(const executables&) = delete;

    /// To start as a process of this user while this lives; that of build 0 for one that is not
    /// known.
    [[nodiscard]] std::string of(std::uint32_t build) const;
    [[nodiscard]] const std::string& file() const { return file_; }
    /// The file is not what build 0 is.
    [[nodiscard]] bool has_changed() const;
    /// The file as it is now: a build with a number of its own. errc::io says why it can't be
    /// started.
    result<std::uint32_t> take();
    /// Lets go of all others.
    void keep(const std::set<std::uint32_t>& builds);

private:
    std::string own_, file_;
    std::map<std::uint32_t, int> taken_;  // Descriptors.
    std::uint32_t last_ = 0;
};

}  // namespace tinfoil::host
