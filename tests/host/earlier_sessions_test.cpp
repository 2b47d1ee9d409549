// What a start finds in the record files of processes that ended without their host.
#include "host/dead_records.hpp"
#include "host/earlier_sessions.hpp"
#include "state/record_file.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace tinfoil;
using discord::session_record;
using discord::slot;

namespace {

constexpr slot first{0, 2}, second{1, 2};

session_record with(slot which, const char* session, std::int64_t sequence,
                    std::uint32_t generation = 1)
{
    return {.which = which,
            .generation = generation,
            .intents = 1,
            .point = {session, "wss://resume", sequence},
            .unfinished = {}};
}

// A collection's process, as far as its file is concerned.
class process {
public:
    process(const std::filesystem::path& state, std::uint32_t number, std::uint64_t epoch)
        : file_(std::move(*state::record_file::create(host::run_folder(state) /
                                                          host::record_name(number, epoch),
                                                      dispatch::recorder::bytes_for(room)))),
          record(file_->memory(), room)
    {
        record.name_plugin("ping");
    }

private:
    static constexpr dispatch::recorder::shape room{4, 16};
    std::unique_ptr<state::record_file> file_;

public:
    dispatch::recorder record;
};

struct folder {
    support::temporary_folder at;
    std::unique_ptr<state::store> store = std::move(*state::store::open(at.path()));

    std::vector<session_record> found()
    {
        auto all = host::earlier_sessions(*store, at.path());
        REQUIRE(all);
        CHECK_FALSE(std::filesystem::exists(host::run_folder(at.path())));
        return *std::move(all);
    }
};

}  // namespace

TEST_CASE("earlier sessions: of one session the file that got further counts, not the newest")
{
    folder it;
    {
        process older(it.at.path(), 1, 6), dead(it.at.path(), 0, 7);
        // It ended, and its session went on in a process that had begun before it.
        dead.record.open(with(first, "a", 10), {});
        const auto own = older.record.open(with(first, "a", 10), {});
        older.record.begin(own, 25, 0, {});
    }
    const auto all = it.found();
    REQUIRE(all.size() == 1);
    CHECK(all[0].point.sequence == 25);
    CHECK(it.store->sessions()->at(0).point.sequence == 25);
}

TEST_CASE("earlier sessions: a session that is lost does not come back from a dead process's file")
{
    folder it;
    {
        process older(it.at.path(), 1, 6), dead(it.at.path(), 0, 7);
        dead.record.open(with(first, "a", 10), {});
        dead.record.open(with(second, "b", 10), {});
        const auto renewed = older.record.open(with(first, "a", 10), {});
        older.record.forget(renewed);
        older.record.renew(renewed, {"a2", "wss://resume", 1}, 1);
        older.record.forget(older.record.open(with(second, "b", 10), {}));
    }
    const auto all = it.found();
    REQUIRE(all.size() == 1);
    CHECK(all[0].which == first);
    CHECK(all[0].point.session_id == "a2");
}

TEST_CASE("earlier sessions: what the state knows of later counts more than a dead process's file")
{
    folder it;
    const std::vector stored{with(first, "a2", 3, 2), with(second, "b", 40)};
    REQUIRE(it.store->save_sessions(stored, discord::cursor_use::none, "", 0));
    {
        process dead(it.at.path(), 0, 7);
        dead.record.open(with(first, "a", 10), {});
        dead.record.open(with(second, "b", 10), {});
    }
    const auto all = it.found();
    REQUIRE(all.size() == 2);
    CHECK(all[0].point.session_id == "a2");
    CHECK(all[1].point.sequence == 40);
}

TEST_CASE("dead records: a file stays until the state has all that is known of its slots")
{
    host::dead_records it;
    using files = std::vector<std::filesystem::path>;
    it.died("0-1.record", std::set{first});
    CHECK(it.take_needless() == files{"0-1.record"});
    CHECK(it.take_needless().empty());

    it.lacks(first);
    it.died("0-2.record", std::set{first, second});
    it.died("1-3.record", std::set{second});
    it.died("2-4.record", std::nullopt);  // Nobody knows what is in it.
    CHECK(it.take_needless() == files{"1-3.record"});
    CHECK_FALSE(it.all_kept());
    it.has(second);
    CHECK(it.take_needless().empty());
    it.has(first);
    CHECK(it.take_needless() == files{"0-2.record", "2-4.record"});
    CHECK(it.all_kept());

    // What is not of the plan any more is not waited for.
    it.lacks(first);
    it.died("0-5.record", std::set{first});
    it.keep_only(std::set{second});
    CHECK(it.take_needless() == files{"0-5.record"});
}
