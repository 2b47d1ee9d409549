#include "host/ending_text.hpp"

#include <cstring>
#include <fmt/format.h>

namespace tinfoil::host {

using dispatch::charge;

std::string doing(charge::part what)
{
    switch (what) {
    case charge::part::start:
        return "it was starting";
    case charge::part::event:
        return "it handled an event";
    case charge::part::completion:
        return "it went on after a wait";
    case charge::part::stop:
        return "it was stopping";
    case charge::part::save:
        return "it was saving its state";
    case charge::part::message:
        return "it handled a message from another collection";
    case charge::part::shard:
        return "one of its shards moved";
    case charge::part::network:
        return "it was told to bring a collection up or down";
    case charge::part::nobody:
        break;
    }
    return "";
}

std::string reason(charge::ending ending, std::uint32_t detail, const std::string& text,
                   const std::string& how)
{
    switch (ending) {
    case charge::ending::hung:
        return fmt::format("its code did not return for {} ms", detail);
    case charge::ending::signal:
        return fmt::format("{} ({})", ::strsignal(static_cast<int>(detail)), how);
    case charge::ending::exception:
        return "an exception that nobody caught" + (text.empty() ? "" : ": " + text);
    case charge::ending::unwound:
        return "it called pthread_exit on the loop";
    case charge::ending::exited:
        return fmt::format("it called exit({})", detail);
    case charge::ending::none:
        break;
    }
    return how;
}

}  // namespace tinfoil::host
