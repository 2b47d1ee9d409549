// Whole runs of two collections that are restarted one after the other, by the control API.
#include "host/executables.hpp"
#include "host/reload_world.hpp"
#include "host/restart_control.hpp"
#include "host/status_json.hpp"

using namespace tinfoil;
using host::restart_stage;
using host::restart_state;

namespace {

struct restarting {
    restarting() : it(0, 2)
    {
        it.settings.shards = 2;
        it.install("mover", "mover.so");
        newer = it.folder.path() / "tinfoil";
        std::filesystem::create_symlink(TINFOIL_BUILD_DIR "/tinfoil", newer);
        it.settings.newer_executable = newer;
    }
    net::control_answer call(const std::string& method, const std::string& path,
                             const std::string& body = "") const
    {
        auto answer = net::control_client(it.settings.state).call(method, path, body);
        INFO((answer ? "" : answer.error().detail));
        REQUIRE(answer);
        return *answer;
    }
    [[nodiscard]] host::restart_progress look() const
    {
        return *host::parse_restart(call("GET", "/v1/collections/restart").json);
    }
    [[nodiscard]] std::vector<std::int64_t> pids() const
    {
        std::vector<std::int64_t> all;
        const auto json = boost::json::parse(call("GET", "/v1/collections").json);
        for (const auto& each : json.at("collections").as_array())
            all.push_back(each.at("pid").to_number<std::int64_t>());
        return all;
    }

    reload_world it;
    std::filesystem::path newer;
};

}  // namespace

TEST_CASE("restart: every collection begins anew, every session resumes, nobody identifies")
{
    restarting at;
    at.it.start();
    REQUIRE(at.it.seen.hears("ready"));
    const auto before = at.pids();
    const auto quote = host::parse_restart_quote(
        at.call("POST", "/v1/collections/restart", R"({"dry_run":true})").json);
    REQUIRE(quote);
    CHECK(quote->order.size() == 2);
    CHECK(quote->executable == at.newer);
    CHECK_FALSE(quote->is_other);
    CHECK(at.look().state == restart_state::none);
    at.call("POST", "/v1/collections/restart", "{}");
    REQUIRE(at.it.seen.hears("restarted 2 of 2 collections, without an IDENTIFY"));
    const auto now = at.look();
    CHECK(now.state == restart_state::done);
    for (const auto& each : now.steps) {
        CHECK(each.where == restart_stage::back);
        CHECK(each.resumed == 1);
        CHECK(each.took > duration::zero());
    }
    const auto after = at.pids();
    REQUIRE(after.size() == 2);
    CHECK(after[0] != before[0]);
    CHECK(after[1] != before[1]);
    CHECK(at.it.sandbox().so_far().resumes == 2);
    CHECK(at.it.sandbox().so_far().sessions == 2);
    CHECK(at.it.sandbox().so_far().breaches == 0);
    at.it.stop();
}

TEST_CASE("restart: an executable that can't run costs one restart, and is said")
{
    restarting at;
    at.it.start();
    REQUIRE(at.it.seen.hears("ready"));
    const auto before = at.pids();
    std::filesystem::remove(at.newer);
    std::ofstream(at.newer) << "#!/bin/sh\nexit 3\n";
    const auto refused =
        net::control_client(at.it.settings.state).call("POST", "/v1/collections/restart", "{}");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().detail.find("can't be started") != std::string::npos);
    std::filesystem::permissions(at.newer, std::filesystem::perms::owner_all);
    at.call("POST", "/v1/collections/restart", "{}");
    REQUIRE(at.it.seen.hears("did not come back as the new executable: it ended (exit code 3)"));
    REQUIRE(at.it.seen.hears("ready"));
    const auto now = at.look();
    CHECK(now.state == restart_state::failed);
    CHECK(now.done() == 0);
    const auto after = at.pids();
    CHECK((after[0] == before[0]) != (after[1] == before[1]));
    CHECK(at.it.sandbox().so_far().sessions == 2);
    CHECK(at.it.sandbox().so_far().breaches == 0);
    at.it.stop();
}

TEST_CASE("executables: a build stays what it was when its file is replaced")
{
    support::temporary_folder folder;
    const std::string file = (folder.path() / "one").string();
    const auto write = [&](const std::string& text) {
        std::ofstream(file + ".new") << text;
        std::filesystem::rename(file + ".new", file);
        std::filesystem::permissions(file, std::filesystem::perms::owner_all);
    };
    const auto text_of = [](const std::string& path) {
        std::ifstream in(path);
        return std::string(std::istreambuf_iterator<char>(in), {});
    };
    write("first");
    host::executables builds("/proc/self/exe", file);
    CHECK(builds.of(0) == "/proc/self/exe");
    CHECK(builds.has_changed());
    const auto one = builds.take();
    REQUIRE(one);
    write("second");
    const auto two = builds.take();
    REQUIRE(two);
    CHECK(*two != *one);
    CHECK(text_of(builds.of(*one)) == "first");
    CHECK(text_of(builds.of(*two)) == "second");
    builds.keep({*two});
    CHECK(builds.of(*one) == "/proc/self/exe");
    CHECK(text_of(builds.of(*two)) == "second");
    std::filesystem::permissions(file, std::filesystem::perms::owner_read);
    CHECK_FALSE(builds.take());
    std::filesystem::remove(file);
    CHECK(builds.take().error().detail.find(file) != std::string::npos);
    const host::executables own("/proc/self/exe");
    CHECK_FALSE(own.has_changed());
    CHECK(own.file().find("house_test") != std::string::npos);
}
