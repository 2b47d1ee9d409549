// Any bytes on the link, and in a flight record, harm nobody: what is read as a parcel is written
// as one that reads the same, and frames do not depend on how their bytes are cut into pieces.
#include "base/assert.hpp"
#include "dispatch/recorder.hpp"
#include "link/codec.hpp"
#include "link/reader.hpp"

#include <algorithm>
#include <cstring>
#include <span>
#include <string>

using namespace tinfoil;

namespace {

void decode_twice(std::string_view body)
{
    const auto got = link::decode(body);
    if (!got)
        return;
    const auto written = link::encode(*got);
    TINFOIL_ASSERT(written.has_value());
    const auto again = link::decode(std::string_view(*written).substr(4));
    TINFOIL_ASSERT(again.has_value());
    TINFOIL_ASSERT(link::encode(*again).value() == *written);
}

std::string read_all(std::string_view bytes, std::size_t piece)
{
    std::string seen;
    link::frame_reader reader;
    while (!bytes.empty()) {
        const auto space = reader.space();
        const std::size_t count = std::min({piece, bytes.size(), space.size()});
        TINFOIL_ASSERT(count != 0);
        std::memcpy(space.data(), bytes.data(), count);
        reader.filled(count);
        bytes.remove_prefix(count);
        for (;;) {
            const auto next = reader.next();
            if (!next)
                return seen + "!";
            if (!*next)
                break;
            seen.append(**next) += ";";
            decode_twice(**next);
        }
    }
    return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    decode_twice(bytes);
    if (size > 1)
        TINFOIL_ASSERT(read_all(bytes.substr(1), size) ==
                       read_all(bytes.substr(1), data[0] % 16 + 1U));
    (void)dispatch::recorder::read(std::as_bytes(std::span(data, size)));
    return 0;
}
