// Declares commands, of which one has another description in its second version.
#include <tinfoil/plugin.hpp>

using namespace tinfoil;

#ifndef DESCRIPTION
#define DESCRIPTION "Before"
#endif

constexpr about info{.name = "declarer",
                     .version = "1.0.0",
                     .commands = {{.name = "stays", .description = "Never changes"},
                                  {.name = "changes", .description = DESCRIPTION},
                                  {.name = "taken", .description = "Somebody has it"}}};

class declarer : public plugin {
public:
    explicit declarer(host& from) : plugin(from) {}
};

TINFOIL_PLUGIN(declarer, info)
