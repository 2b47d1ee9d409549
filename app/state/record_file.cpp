#include "state/record_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <string>
#include <sys/mman.h>
#include <unistd.h>

namespace tinfoil::state {
namespace {

namespace fs = std::filesystem;

// In front of the recorder's own bytes; a page, so that those are aligned.
constexpr std::size_t head_bytes = 4096;
constexpr std::size_t boot_bytes = 40;
constexpr std::size_t file_bytes_max = std::size_t{4} << 30;

std::string boot_id()
{
    std::ifstream in("/proc/sys/kernel/random/boot_id");
    std::string id;
    in >> id;
    return id.substr(0, boot_bytes);
}

error unusable(const fs::path& file, const char* doing, int why)
{
    return {errc::state_unusable,
            fmt::format("cannot {} {}: {}; let this user write there, and free some space on that "
                        "disk",
                        doing, file.string(), std::strerror(why))};
}

}  // namespace

result<std::unique_ptr<record_file>> record_file::create(const fs::path& file, std::size_t bytes)
{
    std::error_code failed;
    fs::create_directories(file.parent_path(), failed);
    ::unlink(file.c_str());
    const int descriptor =
        ::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (descriptor < 0)
        return unusable(file, "make", errno);
    std::unique_ptr<record_file> made(new record_file);
    made->size_ = head_bytes + bytes;
    int why = ::posix_fallocate(descriptor, 0, static_cast<off_t>(made->size_));
    if (why == 0) {
        made->mapped_ =
            ::mmap(nullptr, made->size_, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
        why = made->mapped_ == MAP_FAILED ? errno : 0;
    }
    ::close(descriptor);
    if (why != 0) {
        made->mapped_ = nullptr;
        ::unlink(file.c_str());
        return unusable(file, "make", why);
    }
    const std::string boot = boot_id();
    std::memcpy(made->mapped_, boot.data(), boot.size());
    made->memory_ = {static_cast<std::byte*>(made->mapped_) + head_bytes, bytes};
    return made;
}

record_file::~record_file()
{
    if (mapped_ != nullptr)
        ::munmap(mapped_, size_);
}

result<std::optional<left_record>> read_record(const fs::path& file)
{
    std::error_code failed;
    if (!fs::exists(file, failed))
        return std::optional<left_record>();
    if (!fs::is_regular_file(file, failed) || fs::file_size(file, failed) > file_bytes_max)
        return error{errc::malformed, file.string() + " is no flight record; remove it"};
    std::ifstream in(file, std::ios::binary);
    const std::string bytes(std::istreambuf_iterator<char>(in), {});
    if (!in || bytes.size() < head_bytes)
        return error{errc::malformed, file.string() + " is cut short; it is passed over"};
    auto read = dispatch::recorder::read(std::as_bytes(std::span(bytes)).subspan(head_bytes));
    if (!read)
        return error{errc::malformed, file.string() + ": " + read.error().detail};
    const std::string boot = boot_id();
    return left_record{std::move(*read), !boot.empty() && bytes.compare(0, boot.size(), boot) == 0};
}

}  // namespace tinfoil::state
