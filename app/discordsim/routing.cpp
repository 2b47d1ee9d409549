#include "discordsim/operations.hpp"

#include <algorithm>

namespace tinfoil::discordsim {

std::vector<std::string_view> path_parts(std::string_view path)
{
    std::vector<std::string_view> parts;
    while (!path.empty()) {
        const auto slash = std::min(path.find('/'), path.size());
        if (slash != 0)
            parts.push_back(path.substr(0, slash));
        path.remove_prefix(std::min(slash + 1, path.size()));
    }
    return parts;
}

lookup find_operation(std::string_view method, std::span<const std::string> parts)
{
    static const auto patterns = [] {
        std::vector<std::vector<std::string_view>> made;
        for (const operation& each : operations())
            made.push_back(path_parts(each.path));
        return made;
    }();
    lookup best;
    // The fewest for a path, and for a path with this method; a path of literals only has none.
    std::size_t fewest = SIZE_MAX;
    for (std::size_t at = 0; at < patterns.size(); ++at) {
        const auto& pattern = patterns[at];
        const auto fits = [](std::string_view wanted, const std::string& part) {
            return wanted.front() == '{' || wanted == part;
        };
        if (!std::equal(pattern.begin(), pattern.end(), parts.begin(), parts.end(), fits))
            continue;
        best.is_path = true;
        const auto variable = static_cast<std::size_t>(std::count_if(
            pattern.begin(), pattern.end(), [](auto part) { return part.front() == '{'; }));
        const operation& each = operations()[at];
        if (each.method == method && variable < fewest) {
            fewest = variable;
            best.found = &each;
        }
    }
    return best;
}

std::string_view parameter(const operation& of, std::size_t part)
{
    const auto parts = path_parts(of.path);
    return part < parts.size() && parts[part].front() == '{'
               ? parts[part].substr(1, parts[part].size() - 2)
               : std::string_view();
}

}  // namespace tinfoil::discordsim
