#include "net/multipart.hpp"

namespace tinfoil::net {
namespace {

// Quotes and line ends would end the parameter (RFC 7578, 2; the form of HTML's algorithm).
std::string quoted(const std::string& text)
{
    std::string safe = "\"";
    for (const char c : text) {
        if (c == '"')
            safe += "%22";
        else if (c == '\r')
            safe += "%0D";
        else if (c == '\n')
            safe += "%0A";
        else
            safe += c;
    }
    return safe + "\"";
}

// A media type is written without quotes, so whatever could leave its line is dropped.
std::string one_line(const std::string& text)
{
    std::string safe;
    for (const char c : text)
        if (c >= ' ' && c < 0x7f)
            safe += c;
    return safe;
}

}  // namespace

encoded_body encode_body(const discord::rest_request& request, const std::string& boundary)
{
    encoded_body made;
    if (request.files.empty()) {
        if (!request.body.empty()) {
            made.content_type = "application/json";
            made.pieces.emplace_back(request.body);
        }
        return made;
    }
    made.content_type = "multipart/form-data; boundary=" + boundary;
    const auto add = [&](std::string text) {
        made.pieces.emplace_back(made.own.emplace_back(std::move(text)));
    };
    const auto part = [&](const std::string& disposition, const std::string& type,
                          const std::string& bytes) {
        add((made.pieces.empty() ? "--" : "\r\n--") + boundary +
            "\r\nContent-Disposition: form-data; " + disposition + "\r\n" +
            (type.empty() ? "" : "Content-Type: " + one_line(type) + "\r\n") + "\r\n");
        made.pieces.emplace_back(bytes);
    };
    if (!request.body.empty())
        part("name=\"payload_json\"", "application/json", request.body);
    for (const discord::file_part& file : request.files)
        part("name=" + quoted(file.name) +
                 (file.filename.empty() ? "" : "; filename=" + quoted(file.filename)),
             file.content_type, file.bytes);
    add("\r\n--" + boundary + "--\r\n");
    return made;
}

}  // namespace tinfoil::net
