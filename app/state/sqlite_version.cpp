#include "state/sqlite_version.hpp"

#include <sqlite3.h>

namespace tinfoil::state {

std::string sqlite_version()
{
    return sqlite3_libversion();
}

}  // namespace tinfoil::state
