#pragma once

#include "base/error.hpp"
#include "host/log_book.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace tinfoil::host {

/// How `tinfoil run` tells what happens.
enum class log_format : std::uint8_t {
    account,  ///< For a person who watches, on stdout.
    text,     ///< Lines on stderr.
    json,     ///< An object a line, on stderr.
    journal,  ///< To journald, with its fields.
};

/// `account`, `text`, `json` or `journal`; `auto` is journal where systemd has stderr go there, and
/// account elsewhere.
result<log_format> parse_log_format(std::string_view text, bool journal_listens);

/// `warning`, or `info,output=debug`: a level for all areas, and for single ones, the later counts.
result<log_book::levels> parse_log_levels(std::string_view text, log_book::levels from);

/// Those that there are, with commas between, for sentences.
[[nodiscard]] std::string names_of_log_areas();
[[nodiscard]] std::string names_of_log_levels();

/// Info everywhere; with `development` all that plugins log.
[[nodiscard]] log_book::levels usual_log_levels(bool development);

}  // namespace tinfoil::host
