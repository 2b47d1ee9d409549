#include "state/database.hpp"

#include "base/assert.hpp"

#include <sqlite3.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace tinfoil::state {

namespace {

/// How long another program that has the file open, such as a backup, may hold it.
constexpr int busy_ms = 1000;

const char* advice(int code)
{
    switch (code & 0xff) {
    case SQLITE_FULL:
        return "the disk is full; free some space on it and start again";
    case SQLITE_NOTADB:
        return "it is not an SQLite database; move it away, or use another --state";
    case SQLITE_CORRUPT:
        return "it is damaged; restore it from a backup, or move it away together with its -wal "
               "and -shm files to start empty";
    case SQLITE_READONLY:
    case SQLITE_PERM:
        return "it cannot be written; let this user write to the file and its folder, or use "
               "another --state";
    case SQLITE_CANTOPEN:
        return "it cannot be opened; let this user read and write the file and its folder, or use "
               "another --state";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return "another program holds it; close that program and start again";
    case SQLITE_IOERR:
        return "the disk refused to read or write; look at the system's log for the disk's errors";
    case SQLITE_ERROR:
        return "its tables are not those of a tinfoil state; restore it from a backup, or use "
               "another --state";
    default:
        return "SQLite gave up; start again, and restore a backup if it happens once more";
    }
}

/// Makes the file, or takes other users' rights away from an existing one, before SQLite opens it:
/// SQLite gives its -wal and -shm files the mode of the file.
result<void> make_private(const std::filesystem::path& file)
{
    const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0600);
    struct stat found = {};
    int failed = 0;
    bool regular = true;
    if (descriptor < 0 || ::fstat(descriptor, &found) != 0)
        failed = errno;
    else if (regular = S_ISREG(found.st_mode); regular && ::fchmod(descriptor, 0600) != 0)
        failed = errno;
    if (descriptor >= 0)
        ::close(descriptor);
    if (failed != 0)
        return error{errc::state_unusable,
                     fmt::format("cannot open {}: {}; let this user read and write the file and "
                                 "its folder, or use another --state",
                                 file.string(), std::strerror(failed))};
    if (!regular)
        return error{errc::state_unusable,
                     fmt::format("cannot use {}: it is not a regular file; move it away, or use "
                                 "another --state",
                                 file.string())};
    return {};
}

}  // namespace

void statement::finalizer::operator()(sqlite3_stmt* made) const
{
    sqlite3_finalize(made);
}

result<bool> statement::step()
{
    const int code = sqlite3_step(made_.get());
    if (code == SQLITE_ROW)
        return true;
    if (code == SQLITE_DONE)
        return false;
    return of_->failed(code);
}

std::int64_t statement::integer(int column) const
{
    return sqlite3_column_int64(made_.get(), column);
}

std::string statement::bytes(int column) const
{
    const void* data = sqlite3_column_blob(made_.get(), column);
    const int size = sqlite3_column_bytes(made_.get(), column);
    if (data == nullptr)
        return {};
    return {static_cast<const char*>(data), static_cast<std::size_t>(size)};
}

void statement::reset()
{
    // What it answers is how the last run ended, which step() has told.
    sqlite3_reset(made_.get());
}

void statement::bind(int parameter, std::int64_t value)
{
    TINFOIL_ASSERT(sqlite3_bind_int64(made_.get(), parameter, value) == SQLITE_OK);
}

void statement::bind(int parameter, std::string_view value)
{
    const char* data = value.data() == nullptr ? "" : value.data();
    TINFOIL_ASSERT(sqlite3_bind_text64(made_.get(), parameter, data, value.size(), SQLITE_TRANSIENT,
                                       SQLITE_UTF8) == SQLITE_OK);
}

void statement::bind(int parameter, blob value)
{
    const char* data = value.bytes.data() == nullptr ? "" : value.bytes.data();
    TINFOIL_ASSERT(sqlite3_bind_blob64(made_.get(), parameter, data, value.bytes.size(),
                                       SQLITE_TRANSIENT) == SQLITE_OK);
}

result<std::unique_ptr<database>> database::open(const std::filesystem::path& file)
{
    if (auto made = make_private(file); !made)
        return made.error();
    std::unique_ptr<database> opened(new database(file));
    if (auto connected = opened->connect(SQLITE_OPEN_READWRITE); !connected)
        return connected.error();
    if (auto set = opened->run_script("PRAGMA synchronous = FULL"); !set)
        return set.error();
    if (auto sound = opened->check(); !sound)
        return sound.error();
    return opened;
}

result<std::unique_ptr<database>> database::look(const std::filesystem::path& file)
{
    std::error_code failed;
    if (!std::filesystem::exists(file, failed))
        return error{
            errc::state_unusable,
            fmt::format("there is no {}; has a bot run with this --state?", file.string())};
    std::unique_ptr<database> opened(new database(file));
    if (auto connected = opened->connect(SQLITE_OPEN_READONLY); !connected)
        return connected.error();
    return opened;
}

database::database(const std::filesystem::path& file) : file_(file) {}

database::~database() = default;

void database::closer::operator()(sqlite3* connection) const
{
    sqlite3_close_v2(connection);
}

result<void> database::connect(int how)
{
    sqlite3* made = nullptr;
    const int code = sqlite3_open_v2(file_.c_str(), &made, how, nullptr);
    connection_.reset(made);
    if (code != SQLITE_OK)
        return failed(code);
    sqlite3_extended_result_codes(made, 1);
    sqlite3_busy_timeout(made, busy_ms);
    return run_script("PRAGMA trusted_schema = OFF");
}

result<void> database::check() const
{
    auto asked = compile("PRAGMA quick_check(1)");
    if (!asked)
        return asked.error();
    const auto row = asked->step();
    if (!row)
        return row.error();
    if (!*row || asked->bytes(0) != "ok")
        return failed(SQLITE_CORRUPT);
    return {};
}

result<statement> database::compile(std::string_view sql) const
{
    sqlite3_stmt* made = nullptr;
    const int code = sqlite3_prepare_v2(connection_.get(), sql.data(), static_cast<int>(sql.size()),
                                        &made, nullptr);
    if (code != SQLITE_OK)
        return failed(code);
    TINFOIL_ASSERT(made != nullptr);
    return statement(*this, made);
}

result<void> database::finish(result<statement> made)
{
    if (!made)
        return made.error();
    for (;;) {
        const auto row = made->step();
        if (!row)
            return row.error();
        if (!*row)
            return {};
    }
}

result<void> database::run_script(const std::string& sql)
{
    const int code = sqlite3_exec(connection_.get(), sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK)
        return failed(code);
    return {};
}

result<std::int64_t> database::number(std::string_view sql)
{
    auto asked = compile(sql);
    if (!asked)
        return asked.error();
    const auto row = asked->step();
    if (!row)
        return row.error();
    if (!*row)
        return failed(SQLITE_ERROR);
    const std::int64_t found = asked->integer(0);
    // To its end, so that a statement that writes has written.
    if (auto ended = finish(std::move(asked)); !ended)
        return ended.error();
    return found;
}

result<void> database::set_flush(flush when)
{
    if (when == flush_)
        return {};
    if (auto set = run_script(when == flush::at_commit ? "PRAGMA synchronous = FULL"
                                                       : "PRAGMA synchronous = NORMAL");
        !set)
        return set;
    flush_ = when;
    return {};
}

void database::roll_back()
{
    // SQLite has undone it by itself after some failures; and a ROLLBACK that fails leaves nothing
    // that could be done about it here.
    if (sqlite3_get_autocommit(connection_.get()) == 0)
        static_cast<void>(run_script("ROLLBACK"));
}

error database::failed(int code) const
{
    const char* why = sqlite3_errstr(code);
    return {errc::state_unusable, fmt::format("cannot use {}: {} (SQLite: {}, code {})",
                                              file_.string(), advice(code), why, code)};
}

}  // namespace tinfoil::state
