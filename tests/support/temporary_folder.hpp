#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace tinfoil::support {

/// A folder of its own for one test, removed at its end.
class temporary_folder {
public:
    temporary_folder()
    {
        std::string made =
            (std::filesystem::temp_directory_path() / "tinfoil_test.XXXXXX").string();
        if (::mkdtemp(made.data()) == nullptr)
            std::abort();
        path_ = made;
    }
    ~temporary_folder()
    {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    temporary_folder(const temporary_folder&) = delete;
    temporary_folder& operator=(const temporary_folder&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

}  // namespace tinfoil::support
