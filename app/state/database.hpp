#pragma once

#include "base/error.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace tinfoil::state {

class database;

/// Bytes that SQLite keeps as they are.
struct blob {
    std::string_view bytes;
};

/// A prepared statement with its parameters bound. Ends before its database does.
class statement {
public:
    /// True when there is a row to read, false when the statement is done.
    [[nodiscard]] result<bool> step();

    /// A column of the row that `step` found, counted from 0.
    [[nodiscard]] std::int64_t integer(int column) const;
    [[nodiscard]] std::string bytes(int column) const;

    /// From the beginning, with other parameters: as many as it was prepared for, in their order.
    template <class... T>
    void again(const T&... values)
    {
        reset();
        int parameter = 0;
        (bind(++parameter, values), ...);
    }

private:
    friend class database;

    struct finalizer {
        void operator()(sqlite3_stmt* made) const;
    };

    statement(const database& of, sqlite3_stmt* made) : of_(&of), made_(made) {}

    void reset();
    void bind(int parameter, std::int64_t value);
    void bind(int parameter, std::string_view value);
    void bind(int parameter, blob value);

    const database* of_;
    std::unique_ptr<sqlite3_stmt, finalizer> made_;
};

/// One SQLite connection to one file. Every failure is errc::state_unusable with a sentence that
/// names the file and says what to do.
class database {
public:
    /// Whether a commit waits until the disk has it, or only keeps the file whole at a power loss.
    enum class flush { at_commit, later };

    /// Opens or makes `file` with mode 0600, and reads all of it once for damage.
    static result<std::unique_ptr<database>> open(const std::filesystem::path& file);
    /// Opens an existing file for reading only, without the look for damage.
    static result<std::unique_ptr<database>> look(const std::filesystem::path& file);
    ~database();

    database(const database&) = delete;
    database& operator=(const database&) = delete;

    [[nodiscard]] const std::filesystem::path& file() const { return file_; }

    /// Parameters are `?1`, `?2`, ... in the order of `values`.
    template <class... T>
    result<statement> prepare(std::string_view sql, const T&... values)
    {
        auto made = compile(sql);
        [[maybe_unused]] int parameter = 0;
        if (made)
            (made->bind(++parameter, values), ...);
        return made;
    }

    /// Runs one statement for its effect.
    template <class... T>
    result<void> run(std::string_view sql, const T&... values)
    {
        return finish(prepare(sql, values...));
    }

    /// Runs several statements that have no parameters.
    result<void> run_script(const std::string& sql);

    /// The first column of the first row, which the statement must have.
    result<std::int64_t> number(std::string_view sql);

    /// Must not be called inside a transaction.
    result<void> set_flush(flush when);

    /// Undoes the open transaction, if there is one.
    void roll_back();

private:
    friend class statement;

    struct closer {
        void operator()(sqlite3* connection) const;
    };

    explicit database(const std::filesystem::path& file);

    result<void> connect(int how);
    result<void> check() const;
    result<statement> compile(std::string_view sql) const;
    static result<void> finish(result<statement> made);
    [[nodiscard]] error failed(int code) const;

    std::filesystem::path file_;
    std::unique_ptr<sqlite3, closer> connection_;
    flush flush_ = flush::at_commit;
};

}  // namespace tinfoil::state
