#include "discordsim/multipart.hpp"

#include "base/utf8.hpp"

#include <algorithm>

namespace tinfoil::discordsim {
namespace {

namespace json = boost::json;

constexpr std::size_t parts_max = 64;

// The value of `key="value"` or `key=value` in a header.
std::string parameter(std::string_view header, std::string_view key)
{
    const std::string wanted = std::string(key) + "=";
    for (auto at = header.find(wanted); at != header.npos; at = header.find(wanted, at + 1)) {
        if (at != 0 && header[at - 1] != ' ' && header[at - 1] != ';')
            continue;
        std::string_view value = header.substr(at + wanted.size());
        if (!value.starts_with('"'))
            return std::string(value.substr(0, value.find_first_of("; \r\n")));
        value.remove_prefix(1);
        return std::string(value.substr(0, value.find('"')));
    }
    return {};
}

// Parameters behind it, as a charset or a boundary, make no other type of it.
bool is_type(std::string_view header, std::string_view type)
{
    const std::string_view own = header.substr(0, header.find_first_of("; "));
    return std::equal(own.begin(), own.end(), type.begin(), type.end(), [](char one, char other) {
        return (one >= 'A' && one <= 'Z' ? one | 0x20 : one) == other;
    });
}

std::string_view header_of(std::string_view head, std::string_view name)
{
    while (!head.empty()) {
        const std::string_view line = head.substr(0, head.find("\r\n"));
        head.remove_prefix(std::min(line.size() + 2, head.size()));
        const bool is_it =
            line.size() > name.size() && line[name.size()] == ':' &&
            std::equal(name.begin(), name.end(), line.begin(),
                       [](char one, char other) { return one == (other | 0x20) || one == other; });
        if (!is_it)
            continue;
        std::string_view value = line.substr(name.size() + 1);
        value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
        return value;
    }
    return {};
}

void parse_json(std::string_view text, parsed_body& to)
{
    json::error_code failed;
    if (text.find_first_not_of(" \t\r\n") == text.npos)
        return;
    to.json = json::parse({text.data(), text.size()}, failed);
    to.is_broken = static_cast<bool>(failed);
    if (failed)
        to.json = json::object();
}

void add_part(std::string_view part, parsed_body& to)
{
    const auto end = part.find("\r\n\r\n");
    if (end == part.npos)
        return void(to.is_broken = true);
    const std::string_view head = part.substr(0, end), content = part.substr(end + 4);
    const std::string_view disposition = header_of(head, "content-disposition");
    const std::string name = parameter(disposition, "name");
    if (name == "payload_json")
        return parse_json(content, to);
    const std::string filename = parameter(disposition, "filename");
    const bool is_file = !filename.empty() || name.starts_with("file");
    if (!is_utf8(head) || (!is_file && !is_utf8(content)))
        return void(to.is_broken = true);
    if (is_file)
        to.files.push_back(
            {name, filename, std::string(header_of(head, "content-type")), content.size()});
    else if (to.json.is_object())
        to.json.get_object()[name] = json::string_view(content.data(), content.size());
}

}  // namespace

parsed_body parse_body(std::string_view content_type, std::string_view body)
{
    parsed_body made;
    made.is_multipart = is_type(content_type, "multipart/form-data");
    if (!made.is_multipart) {
        made.is_known_type = body.empty() || is_type(content_type, "application/json");
        if (made.is_known_type)
            parse_json(body, made);
        return made;
    }
    const std::string boundary = "--" + parameter(content_type, "boundary");
    auto at = body.find(boundary);
    if (boundary.size() == 2 || at == body.npos) {
        made.is_broken = !body.empty();
        return made;
    }
    for (std::size_t parts = 0; parts < parts_max; ++parts) {
        at += boundary.size();
        const std::string_view left = body.substr(at);
        // The last boundary ends in two dashes.
        if (left.starts_with("--"))
            return made;
        const auto next = left.find("\r\n" + boundary);
        if (!left.starts_with("\r\n") || next == left.npos)
            break;
        add_part(next < 2 ? std::string_view() : left.substr(2, next - 2), made);
        at += next + 2;
    }
    made.is_broken = true;
    return made;
}

}  // namespace tinfoil::discordsim
