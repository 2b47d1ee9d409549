#include "collection/probe.hpp"

#include "net/child_process.hpp"
#include "net/digest.hpp"
#include "plugin/elf_note.hpp"
#include "plugin/secure_file.hpp"
#include "plugin/trial.hpp"

#include <boost/json.hpp>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

namespace tinfoil::collection {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

void say(int to, const json::object& what)
{
    std::string line = json::serialize(what) + "\n";
    for (std::string_view left = line; !left.empty();) {
        const ssize_t put = ::write(to, left.data(), left.size());
        if (put <= 0)
            return;
        left.remove_prefix(static_cast<std::size_t>(put));
    }
}

int refuse(int to, const error& why)
{
    say(to, {{"refused", why.detail}, {"incomplete", why.code == errc::malformed}});
    return EXIT_FAILURE;
}

result<fs::path> keep(const std::string& bytes, const fs::path& builds, const std::string& name)
{
    const fs::path file = builds / name;
    std::error_code ignored;
    // By its name it holds these bytes, unless somebody changed it behind our back.
    if (const auto there = plugin::read_plugin_file(builds, name); there && *there == bytes)
        return file;
    const fs::path fresh = builds / (name + ".new" + std::to_string(::getpid()));
    const int to = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0500);
    std::size_t written = 0;
    while (to >= 0 && written < bytes.size()) {
        const ssize_t put = ::write(to, bytes.data() + written, bytes.size() - written);
        if (put <= 0)
            break;
        written += static_cast<std::size_t>(put);
    }
    const int why = errno;
    if (to >= 0)
        ::close(to);
    if (to < 0 || written < bytes.size() || ::rename(fresh.c_str(), file.c_str()) != 0) {
        ::unlink(fresh.c_str());
        return error{errc::plugin_refused,
                     "no copy of it can be made in " + builds.string() + ": " + std::strerror(why)};
    }
    return file;
}

}  // namespace

int run_probe(const probe_arguments& how)
{
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    // That it crashes is what this is for.
    net::forbid_core_dumps();
    ::fcntl(how.report, F_SETFD, FD_CLOEXEC);
    const auto bytes = plugin::read_plugin_file(how.folder, how.name);
    if (!bytes)
        return refuse(how.report, bytes.error());
    const auto note = plugin::read_manifest_note(*bytes);
    if (!note)
        return refuse(how.report, note.error());
    if (const auto about = plugin::parse_manifest(*note); !about)
        return refuse(how.report, about.error());
    const std::string sum = net::sha256_hex(*bytes);
    const auto kept = keep(*bytes, how.builds, sum + ".so");
    if (!kept)
        return refuse(how.report, kept.error());
    say(how.report, {{"checked", {{"sha256", sum}, {"manifest", *note}}}});
    ::alarm(probe_seconds);
    say(how.report, {{"step", "load"}});
    auto loaded = plugin::library::open(*kept, how.builds / "probe");
    if (!loaded)
        return refuse(how.report, loaded.error());
    say(how.report, {{"step", "create"}});
    if (auto made = plugin::try_out(*loaded); !made)
        return refuse(how.report, made.error());
    say(how.report, {{"step", "unload"}});
    loaded->close();
    say(how.report, {{"step", "done"}});
    // What a plugin left for the end of the process is no concern of a collection.
    ::_exit(EXIT_SUCCESS);
}

}  // namespace tinfoil::collection
