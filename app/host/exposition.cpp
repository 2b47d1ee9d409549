#include "host/exposition.hpp"

#include "base/assert.hpp"
#include "base/utf8.hpp"

#include <fmt/format.h>
#include <iterator>

namespace tinfoil::host {

exposition& exposition::counter(std::string_view name, std::string_view help)
{
    TINFOIL_ASSERT(name.ends_with("_total"));
    return family(name, "counter", help);
}

exposition& exposition::gauge(std::string_view name, std::string_view help)
{
    return family(name, "gauge", help);
}

exposition& exposition::family(std::string_view name, std::string_view kind, std::string_view help)
{
    TINFOIL_ASSERT(help.find_first_of("\\\n") == std::string_view::npos);
    name_ = name;
    fmt::format_to(std::back_inserter(text_), "# HELP {0} {1}\n# TYPE {0} {2}\n", name, help, kind);
    return *this;
}

exposition& exposition::sample(labels with, double value)
{
    begin_sample(with);
    fmt::format_to(std::back_inserter(text_), " {}\n", value);
    return *this;
}

exposition& exposition::sample(labels with, std::uint64_t value)
{
    begin_sample(with);
    fmt::format_to(std::back_inserter(text_), " {}\n", value);
    return *this;
}

void exposition::begin_sample(labels with)
{
    text_ += name_;
    char separator = '{';
    for (const auto& [name, value] : with) {
        text_ += separator;
        text_ += name;
        text_ += "=\"";
        // A scrape with one byte that is no UTF-8 is refused as a whole.
        const bool is_text = is_utf8(value);
        for (const char each : value) {
            if (each == '\\' || each == '"')
                text_ += '\\';
            if (each == '\n')
                text_ += "\\n";
            else
                text_ += is_text || static_cast<unsigned char>(each) < 0x80 ? each : '?';
        }
        text_ += '"';
        separator = ',';
    }
    if (with.size() != 0)
        text_ += '}';
}

}  // namespace tinfoil::host
