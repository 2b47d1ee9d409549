#pragma once

#include "discordsim/operations.hpp"

#include <boost/json.hpp>

#include <string>
#include <string_view>

namespace tinfoil::discordsim {

/// What is wrong with a body, field by field. Discord Docs/Reference, "Error Messages".
class form_errors {
public:
    /// `where` is the way to the field: `embeds.0.title`; empty for the body itself.
    void add(std::string_view where, std::string_view code, std::string_view message);
    [[nodiscard]] bool any() const { return !errors_.empty(); }
    /// The whole answer, with code 50035.
    [[nodiscard]] boost::json::object answer() const;

private:
    boost::json::object errors_;
};

/// Holds the body to what the table says of it; says all that is wrong at once, as Discord does.
/// What Discord converts is accepted: numbers written as strings, and the other way round.
void check_body(const operation& asked, const boost::json::value& body, form_errors& wrong);

/// In code points, which is what Discord counts.
[[nodiscard]] std::int64_t length_of(std::string_view text);

}  // namespace tinfoil::discordsim
