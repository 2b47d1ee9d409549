// A plugin asks about guilds over whole runs against the sandbox on loopback.
#include "host/staged_run.hpp"

#include <csignal>
#include <sstream>

using namespace tinfoil;

namespace {

struct people final : staged_people {
    void plugin_logged(const std::string&, int, const std::string& text) override
    {
        heard += text + "\n";
        if (text == "owner, speak")
            order("/sandbox/say", {{"text", "hello"}});
        else if (text == "stranger, speak")
            order("/sandbox/say", {{"text", "hello"}, {"as", "stranger"}});
        else if (text.starts_with("take "))
            order("/sandbox/fault",
                  {{"fault", "permission-lost"}, {"permission", text.substr(5)}, {"for", "1h"}});
        else if (text == "finished")
            std::raise(SIGINT);  // As Ctrl-C would.
    }
};

struct world : staged_world {
    explicit world(const sandbox::options& options) : staged_world(options, "lookout") {}

    std::string run()
    {
        people seen;
        seen.stage = stage();
        CHECK(host::run(settings, seen));
        return seen.heard;
    }
    // How often REST was asked for it.
    [[nodiscard]] int asked(const std::string& path) const
    {
        std::ifstream in(log());
        int count = 0;
        for (std::string line; std::getline(in, line);)
            count += line.starts_with("REST GET " + path + " ") ? 1 : 0;
        return count;
    }
    static std::filesystem::path log() { return logs().path() / "events"; }
    static support::temporary_folder& logs()
    {
        static support::temporary_folder made;
        return made;
    }
};

}  // namespace

TEST_CASE("run: a plugin knows its guild from GUILD_CREATE, and from REST right after a resume")
{
    sandbox::options options;
    options.rules.guilds = 1;
    options.log = world::log();
    world it(options);
    it.settings.shards = 1;
    const auto guild = it.server->where().guilds.at(0);
    const std::string path = "/guilds/" + to_string(guild.id);

    CHECK(it.run() == "a guild comes\n"
                      "created: " +
                          guild.name +
                          ", may send: yes\n"
                          "read again: no\n"
                          "owner, speak\n"
                          "speaker may send: yes, manage: yes\n"
                          "stranger, speak\n"
                          "speaker may send: yes, manage: no\n"
                          "take SEND_MESSAGES\n"
                          "lost: SEND_MESSAGES\n"
                          "finished\n");

    // No GUILD_CREATE comes now, and a hundred ask.
    it.settings.plugin_settings["lookout"] = R"({"guild":")" + to_string(guild.id) + "\"}";
    CHECK(it.run() == "everybody is answered, may send: no\n"
                      "another guild: unknown\n"
                      "take ADD_REACTIONS\n"
                      "lost: ADD_REACTIONS\n"
                      "finished\n");
    CHECK(it.server->so_far().identifies == 1);
    CHECK(it.server->so_far().resumes == 1);
    CHECK(it.server->end());
    CHECK(it.asked(path + "/channels") == 1);
    CHECK(it.asked(path + "/threads/active") == 1);
    CHECK(it.asked(path) == 1);
    CHECK(it.server->so_far().breaches == 0);
}
