// What the state says and keeps when the disk refuses.
#include "state/store.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <csignal>
#include <fstream>
#include <functional>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace tinfoil;
using namespace tinfoil::state;

namespace {

/// While it lives no file of this process grows above the limit, as on a disk that is full.
class size_limit {
public:
    explicit size_limit(std::uintmax_t bytes)
    {
        handler_ = std::signal(SIGXFSZ, SIG_IGN);
        REQUIRE(::getrlimit(RLIMIT_FSIZE, &before_) == 0);
        rlimit now = before_;
        now.rlim_cur = bytes;
        REQUIRE(::setrlimit(RLIMIT_FSIZE, &now) == 0);
    }
    ~size_limit()
    {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        std::signal(SIGXFSZ, handler_);
    }
    size_limit(const size_limit&) = delete;
    size_limit& operator=(const size_limit&) = delete;

private:
    void (*handler_)(int) = nullptr;
    rlimit before_{};
};

std::vector<discord::session_record> sessions(std::uint32_t count, std::int64_t sequence)
{
    std::vector<discord::session_record> all;
    for (std::uint32_t id = 0; id < count; ++id)
        all.push_back({.which = {id, count},
                       .generation = 1,
                       .point = {"session " + std::to_string(id), "wss://resume", sequence},
                       .unfinished = {}});
    return all;
}

/// Runs it as a user whom no file belongs to, and tells what it returned.
bool as_nobody(const std::function<bool()>& what)
{
    const ::pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        constexpr ::uid_t nobody = 65534;
        const bool changed = ::geteuid() != 0 || (::setgid(nobody) == 0 && ::setuid(nobody) == 0);
        ::_exit(changed && what() ? 0 : 1);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

TEST_CASE(
    "store: a full disk is an error, nothing is half done, and all goes on when there is room")
{
    const support::temporary_folder folder;
    const auto it = *store::open(folder.path());
    constexpr auto running = discord::cursor_use::running;
    constexpr std::uint32_t many = 300;
    REQUIRE(it->save_sessions(sessions(many, 1), running, "node/0", 1));
    REQUIRE(it->record_identify({0, 1}, "cold_start", 5000));
    {
        const size_limit full(std::filesystem::file_size(folder.path() / "state.db-wal") + 8192);
        const auto kept = it->save_sessions(sessions(many, 2), running, "node/0", 1);
        REQUIRE_FALSE(kept);
        CHECK(kept.error().code == errc::state_unusable);
        CHECK(kept.error().detail.find((folder.path() / "state.db").string()) != std::string::npos);
        bool recorded = true;
        for (int i = 0; i < 10 && recorded; ++i)
            recorded = it->record_identify({1, 2}, "cold_start", 6000).has_value();
        CHECK_FALSE(recorded);
    }
    for (const auto& each : *it->sessions())
        REQUIRE(each.point.sequence == 1);
    CHECK(it->save_sessions(sessions(many, 3), running, "node/0", 1));
    CHECK(it->record_identify({1, 2}, "cold_start", 7000));
    CHECK(it->sessions()->size() == many);
    CHECK(it->sessions()->back().point.sequence == 3);
    const auto rows = *it->identifies_since(7000);
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].slot == discord::slot{1, 2});
    CHECK(rows[0].why == "cold_start");
}

TEST_CASE("store: a commit that finds no room has changed nothing")
{
    const support::temporary_folder folder;
    const auto it = *store::open(folder.path());
    REQUIRE(it->set_plan("0/1"));
    const std::vector before{sessions(1, 1)};
    REQUIRE(it->save_sessions(before, discord::cursor_use::running, "node/0", 1));
    constexpr std::uint32_t many = 300;
    sharding::plan_change change{
        .plan = {}, .older = {{0, 1}}, .newer = sessions(many, 2), .records = {}};
    for (const auto& each : change.newer) {
        change.plan.push_back(each.which);
        change.records.push_back({each.which, each.point.session_id, "", std::string(100, 'r')});
    }
    {
        const size_limit full(std::filesystem::file_size(folder.path() / "state.db-wal") + 8192);
        const auto done = it->commit_handoff(change, "node/0", 1, {1, 1, "{}"});
        REQUIRE_FALSE(done);
        CHECK(done.error().code == errc::state_unusable);
    }
    CHECK(*it->plan() == "0/1");
    CHECK(it->sessions()->size() == 1);
    CHECK(it->handoff_records()->empty());
    CHECK(it->operations()->empty());
    CHECK(it->commit_handoff(change, "node/0", 1, {1, 1, "{}"}));
    CHECK(it->sessions()->size() == many);
    CHECK(it->handoff_records()->size() == many);
}

TEST_CASE("store: a file that can't be written is refused, saying who has to be let")
{
    const support::temporary_folder folder;
    {
        REQUIRE(store::open(folder.path()));
    }
    ::chmod(folder.path().c_str(), 0755);
    for (const char* name : {"state.db", "lock"})
        ::chmod((folder.path() / name).c_str(), 0444);
    CHECK(as_nobody([&] {
        const auto opened = store::open(folder.path());
        return !opened && opened.error().code == errc::state_unusable &&
               opened.error().detail.find(folder.path().string()) != std::string::npos &&
               opened.error().detail.find("let this user") != std::string::npos;
    }));
}

TEST_CASE("store: no other user reads any of its files")
{
    const support::temporary_folder folder;
    const auto it = *store::open(folder.path() / "new");
    REQUIRE(it->set_value("a", "key", "value"));
    int files = 0;
    for (const auto& each : std::filesystem::directory_iterator(folder.path() / "new")) {
        struct stat info {};
        REQUIRE(::stat(each.path().c_str(), &info) == 0);
        INFO(each.path());
        CHECK((info.st_mode & 0077) == 0);
        ++files;
    }
    CHECK(files >= 3);
}
