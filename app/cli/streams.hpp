#pragma once

/// What stdin, stdout and stderr are, beyond being open, and whether what was written got there.
namespace tinfoil::cli {

/// TERM names a terminal that can move its cursor and show colours.
[[nodiscard]] bool is_able_terminal();
/// stderr is such a terminal, so a line of it can be written over.
[[nodiscard]] bool rewrites_error_line();

/// Before anything is opened: a standard stream that is closed is opened on /dev/null, so that no
/// socket or file gets its number, and what is written to it as output fails.
void hold_standard_streams();
/// Whether all of stdout has been written. Where it has not been, a `code` of success becomes 1 and
/// stderr says so, except where a reader has gone away, who has seen enough.
[[nodiscard]] int finish_output(int code);

/// Says on stderr which variables are probably meant as settings, and are none.
void warn_of_variables();

}  // namespace tinfoil::cli
