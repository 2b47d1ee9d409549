#pragma once

#include <string>
#include <tinfoil/routes.hpp>
#include <vector>

namespace tinfoil {

/// What the builder makes of one operation.
struct named_call {
    named_call(const char* operation, const rest_call& made)
        : id(operation),
          method(made.method()),
          path(made.path())
    {
    }
    std::string id, method, path;
};

/// One of each, with example parameters: a number is 100 and the place of the parameter among those
/// of its path, a text is its name, a space and an e with an acute accent.
[[nodiscard]] std::vector<named_call> call_of_each_operation(const rest_client& rest);

}  // namespace tinfoil
