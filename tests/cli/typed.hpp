#pragma once

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <array>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <sys/wait.h>

namespace tinfoil {

/// The built program, typed into a shell in a folder of its own, with nothing of this process's
/// environment but what a case sets.
class typed {
public:
    struct outcome {
        int code = -1;
        std::string out, err;
    };

    /// `before`: assignments, `TINFOIL_SHARDS=4`, for this command only. $D is the folder, $T the
    /// program.
    outcome operator()(const std::string& command, const std::string& before = "") const
    {
        const std::string out = path("out"), err = path("err");
        const int status =
            std::system(line(before, "{ " + command + "; } >" + out + " 2>" + err).c_str());
        return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), read(out),
                read(err)};
    }
    /// Goes on beside this; its output is in `name` of the folder. Ends with this, by force.
    void in_background(const std::string& command, const std::string& name)
    {
        REQUIRE((*this)("timeout 110 " + command + " >" + name + " 2>&1 & echo $! >>pids").code ==
                0);
    }
    // timeout makes a group of processes, of its own number.
    ~typed()
    {
        (*this)("[ ! -f pids ] || for i in $(cat pids); do kill -9 -$i 2>/dev/null; done; true");
    }
    typed() = default;
    typed(const typed&) = delete;
    typed& operator=(const typed&) = delete;

    /// Until the command succeeds; a minute at most.
    void await(const std::string& command) const
    {
        INFO(command);
        REQUIRE((*this)("for i in $(seq 600); do " + command +
                        " >/dev/null 2>&1 && exit 0; sleep 0.1; done; exit 1")
                    .code == 0);
    }
    [[nodiscard]] std::string path(const std::string& name) const
    {
        return (folder_.path() / name).string();
    }
    void write(const std::string& name, const std::string& text) const
    {
        std::ofstream(path(name)) << text;
    }
    static std::string read(const std::string& file)
    {
        std::ifstream in(file);
        return {std::istreambuf_iterator<char>(in), {}};
    }

private:
    [[nodiscard]] std::string line(const std::string& before, const std::string& command) const
    {
        const std::string folder = folder_.path().string();
        // The variables of a case are for its commands, not for the shell that reads it.
        return "cd " + folder + " && env -i PATH=\"$PATH\" HOME=" + folder + " D=" + folder +
               " T=" TINFOIL_BUILD_DIR "/tinfoil " + before + " sh -c '" + command + "'";
    }

    support::temporary_folder folder_;
};

}  // namespace tinfoil
