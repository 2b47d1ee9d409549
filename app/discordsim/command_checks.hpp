#pragma once

#include "discordsim/form_errors.hpp"

#include <boost/json.hpp>

#include <string>

namespace tinfoil::discordsim {

/// Holds an application command to what the specification's table can't say: what each type may
/// have, how names are written, which options go together, its size as a whole. `where` is the way
/// to it, empty for the body itself. Discord Docs/Application Commands, "Application Command
/// Structure" and what follows it.
void check_command(const boost::json::object& command, const std::string& where,
                   form_errors& wrong);

}  // namespace tinfoil::discordsim
