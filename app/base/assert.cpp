#include "base/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace tinfoil {

void assertion_failed(const char* expression, const char* file, int line)
{
    std::fprintf(stderr, "tinfoil: broken invariant: %s (%s:%d)\n", expression, file, line);
    std::abort();
}

}  // namespace tinfoil
