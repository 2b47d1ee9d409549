#pragma once

#include "base/error.hpp"
#include "base/time.hpp"
#include "cli/table.hpp"
#include "host/status.hpp"

#include <boost/json.hpp>

#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tinfoil::cli {

/// One look at a host.
struct top_look {
    host::status status;
    std::vector<host::shard_status> shards;
    boost::json::value limits;  ///< `GET /v1/rest/limits`.
    instant at{};
};

/// What somebody pressed, as far as it means anything.
enum class top_key {
    quit,
    next_view,
    shards,
    plugins,
    collections,
    rest,
    sort,     ///< By the next column.
    reverse,  ///< The other way round.
    up,
    down,
    page_up,
    page_down,
    first,
    last,
    look_into,  ///< The line that is marked.
    back,
    help,
};

/// What `tinfoil top` shows and how it answers to keys: no terminal, no clock. Anything may come in
/// any order; a host that does not answer leaves the last look standing, with the reason above it.
class top_view {
public:
    void on(top_look what);
    /// The host did not answer.
    void on(const error& why) { failed_ = why.detail; }
    void on(top_key what);

    [[nodiscard]] bool ended() const { return ended_; }
    /// `on.width` columns, `height` lines at most: none is wider, so a terminal wraps nothing. Of a
    /// small one the upper part, at 0 nothing.
    [[nodiscard]] std::vector<std::string> lines(const sheet& on, std::size_t height) const;

private:
    enum class view { shards, plugins, collections, rest };
    struct entry {
        cell shown;
        double number = 0;  ///< To sort by; texts by themselves.
    };
    struct row {
        std::string name;  ///< Tells it from the others, also in the next look.
        std::vector<entry> fields;
        std::vector<std::pair<std::string, std::string>> details;
    };
    struct sorting {
        std::size_t column = 0;
        bool reversed = false;
    };
    struct seen {  ///< Of a plugin, in the look before.
        std::uint64_t busy_us = 0, events = 0;
    };

    [[nodiscard]] static const std::vector<column>& columns_of(view which);
    [[nodiscard]] std::vector<row> rows() const;
    [[nodiscard]] std::vector<row> sorted_rows() const;
    [[nodiscard]] std::vector<row> shard_rows() const;
    [[nodiscard]] std::vector<row> plugin_rows() const;
    [[nodiscard]] std::vector<row> collection_rows() const;
    [[nodiscard]] std::vector<row> bucket_rows() const;
    [[nodiscard]] std::vector<std::string> head(const sheet& on) const;
    [[nodiscard]] std::string first_line(const sheet& on, const std::string& name,
                                         double events) const;
    void add_table(std::vector<std::string>& to, const sheet& on, std::size_t room) const;
    void add_details(std::vector<std::string>& to, const sheet& on) const;
    void move(std::ptrdiff_t by);
    void show(view which);
    [[nodiscard]] sorting& order() { return orders_[static_cast<std::size_t>(view_)]; }
    [[nodiscard]] const sorting& order() const { return orders_[static_cast<std::size_t>(view_)]; }

    std::optional<top_look> now_;
    std::map<std::string, seen> before_;
    duration between_{};
    std::string failed_;
    view view_ = view::shards;
    std::array<sorting, 4> orders_{{{2, false}, {2, false}, {0, true}, {5, false}}};
    std::string marked_;  // Empty: the first.
    bool looks_into_ = false, helps_ = false, ended_ = false;
};

/// As many characters as fit; colours take no room and end where the text does.
[[nodiscard]] std::string cut_painted(const std::string& line, std::size_t width);

}  // namespace tinfoil::cli
