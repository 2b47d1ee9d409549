#pragma once

#include <fcntl.h>
#include <string>
#include <unistd.h>

/// Lines in a file, written at once: what a plugin logs right before it ends its process is lost.
class notebook {
public:
    explicit notebook(const std::string& file)
        : file_(::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644))
    {
    }
    notebook(const notebook&) = delete;
    notebook& operator=(const notebook&) = delete;
    ~notebook() { ::close(file_); }

    /// False when it can't be written.
    bool write(std::string line) const
    {
        line += '\n';
        return ::write(file_, line.data(), line.size()) == static_cast<::ssize_t>(line.size());
    }

private:
    int file_;
};
