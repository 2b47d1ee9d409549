#include "sandbox/event_log.hpp"

#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <iterator>
#include <system_error>
#include <unistd.h>

namespace tinfoil::sandbox {
namespace {

constexpr std::size_t held_back_max = 64U << 10;

error failure(const std::filesystem::path& file, int code)
{
    return {errc::io, "--log: " + file.string() +
                          " can't be written: " + std::generic_category().message(code) +
                          "; does its folder exist, and is there space?"};
}

}  // namespace

result<std::unique_ptr<event_log>> event_log::open(const std::filesystem::path& file)
{
    const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (descriptor < 0)
        return failure(file, errno);
    return std::unique_ptr<event_log>(new event_log(file, descriptor));
}

event_log::event_log(std::filesystem::path file, int descriptor)
    : file_(std::move(file)),
      descriptor_(descriptor)
{
}

event_log::~event_log()
{
    ::close(descriptor_);
}

void event_log::add(const discordsim::generated& what)
{
    fmt::format_to(std::back_inserter(held_back_), "{} {} {} {}\n", what.number, what.type,
                   what.id.value, what.guild.value);
    flush_if_large();
}

void event_log::add(const discordsim::noted& what, std::int64_t wall_ms)
{
    using kind = discordsim::noted::kind;
    const auto to = std::back_inserter(held_back_);
    const std::string slot = what.slot ? to_string(*what.slot) : "-";
    switch (what.what) {
    case kind::sent:
        fmt::format_to(to, "SENT {} {} {} {} {}\n", slot, what.number, what.type, what.id.value,
                       wall_ms);
        break;
    case kind::got:
        fmt::format_to(to, "OP {} {} {}\n", slot, what.number, wall_ms);
        break;
    case kind::answered:
        fmt::format_to(to, "REST {} {} {}\n", what.text, what.number, wall_ms);
        break;
    case kind::closed:
        fmt::format_to(to, "CLOSED {} {} {}\n", slot, what.number, wall_ms);
        break;
    }
    flush_if_large();
}

void event_log::add(const discordsim::session_news& what, std::int64_t wall_ms)
{
    using kind = discordsim::session_news::kind;
    const std::string slot = to_string(what.slot);
    switch (what.what) {
    case kind::identified:
        held_back_ += fmt::format("IDENTIFY {} {}\n", slot, wall_ms);
        break;
    case kind::resumed:
        held_back_ += fmt::format("RESUME {} {} {}\n", slot, what.sequence, wall_ms);
        break;
    case kind::closed:
        held_back_ += fmt::format("CLOSED {} {} {}\n", slot, what.code, wall_ms);
        break;
    }
}

void event_log::flush_if_large()
{
    if (held_back_.size() >= held_back_max)
        static_cast<void>(flush());  // Whoever flushes last hears of it.
}

result<void> event_log::flush()
{
    std::string_view left = held_back_;
    while (!failed_ && !left.empty()) {
        const ::ssize_t written = ::write(descriptor_, left.data(), left.size());
        if (written > 0)
            left.remove_prefix(static_cast<std::size_t>(written));
        else if (written == 0 || errno != EINTR)
            failed_ = failure(file_, errno);
    }
    held_back_.clear();
    if (failed_)
        return *failed_;
    return {};
}

}  // namespace tinfoil::sandbox
