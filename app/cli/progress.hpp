#pragma once

#include "cli/streams.hpp"

#include <cstdio>
#include <fmt/format.h>
#include <string>

namespace tinfoil::cli {

/// A line on stderr about work that takes a while, which goes when the work is done. Only where
/// that is a terminal and somebody wants to read it.
class progress {
public:
    explicit progress(bool wanted) : shows_(wanted && rewrites_error_line()) {}
    ~progress() { clear(); }
    progress(const progress&) = delete;
    progress& operator=(const progress&) = delete;

    /// In place of what it said before; printable already.
    void say(const std::string& what) const
    {
        if (!shows_)
            return;
        fmt::print(stderr, "\r\x1b[K{}", what);
        std::fflush(stderr);
    }
    /// Before anything else is printed.
    void clear() const
    {
        if (shows_)
            fmt::print(stderr, "\r\x1b[K");
    }

private:
    bool shows_;
};

}  // namespace tinfoil::cli
