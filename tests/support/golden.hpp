#pragma once

#include "support/catch.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace tinfoil::support {

/// Compares a text with what a file below tests/ holds; with TINFOIL_REWRITE set it writes the
/// file, and the change is looked at as one of a promise.
inline void check_golden(const std::string& file, const std::string& text)
{
    const std::filesystem::path path = std::filesystem::path(TINFOIL_TEST_FILES) / file;
    if (std::getenv("TINFOIL_REWRITE") != nullptr) {
        std::filesystem::create_directories(path.parent_path());
        std::ofstream(path) << text;
    }
    std::ifstream in(path);
    const std::string kept(std::istreambuf_iterator<char>(in), {});
    INFO(file);
    CHECK(text == kept);
}

}  // namespace tinfoil::support
