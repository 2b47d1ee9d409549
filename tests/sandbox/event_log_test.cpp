#include "sandbox/event_log.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <fstream>
#include <iterator>

using namespace tinfoil;
using namespace tinfoil::sandbox;

namespace {

std::string content(const std::filesystem::path& file)
{
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

TEST_CASE("event_log: a line each, in order, appended at the flush")
{
    const support::temporary_folder folder;
    const auto file = folder.path() / "log";
    std::ofstream(file) << "before\n";
    const auto log = *event_log::open(file);
    using news = discordsim::session_news;
    using kind = news::kind;
    log->add(news{kind::identified, {0, 4}, 0, 0}, 1'700'000'000'001);
    log->add(discordsim::generated{7, "MESSAGE_CREATE", {42}, {43}});
    log->add(news{kind::closed, {0, 4}, 9, 1006}, 1'700'000'000'002);
    log->add(news{kind::resumed, {0, 4}, 8, 0}, 1'700'000'000'003);
    using noted = discordsim::noted;
    log->add(noted{noted::kind::got, {}, 2, {}, {}, {}}, 1'700'000'000'004);
    log->add(noted{noted::kind::sent, discord::slot{0, 4}, 1, "READY", {5}, {}}, 1'700'000'000'005);
    log->add(noted{noted::kind::answered, {}, 204, {}, {}, "PUT /a/b"}, 1'700'000'000'006);
    log->add(noted{noted::kind::closed, {}, 4003, {}, {}, {}}, 1'700'000'000'007);
    CHECK(content(file) == "before\n");
    CHECK(log->flush());
    CHECK(content(file) == "before\n"
                           "IDENTIFY 0/4 1700000000001\n"
                           "7 MESSAGE_CREATE 42 43\n"
                           "CLOSED 0/4 1006 1700000000002\n"
                           "RESUME 0/4 8 1700000000003\n"
                           "OP - 2 1700000000004\n"
                           "SENT 0/4 1 READY 5 1700000000005\n"
                           "REST PUT /a/b 204 1700000000006\n"
                           "CLOSED - 4003 1700000000007\n");
}

TEST_CASE("event_log: what can't be written is said, with the file's name")
{
    const support::temporary_folder folder;
    const auto missing = event_log::open(folder.path() / "no such folder" / "log");
    REQUIRE_FALSE(missing);
    CHECK(missing.error().code == errc::io);
    CHECK(missing.error().detail.find("no such folder") != std::string::npos);
    // This file of the system takes nothing, like a full disk.
    const auto full = *event_log::open("/dev/full");
    CHECK(full->flush());
    full->add(discordsim::generated{1, "MESSAGE_CREATE", {1}, {1}});
    CHECK_FALSE(full->flush());
    CHECK(full->flush().error().detail.find("/dev/full") != std::string::npos);
}
