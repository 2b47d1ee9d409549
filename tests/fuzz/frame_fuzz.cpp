// The same bytes give the same messages however they are cut into pieces.
#include "base/assert.hpp"
#include "gateway/frame.hpp"

#include <algorithm>
#include <cstring>
#include <string>

namespace {

std::string read_all(std::string_view bytes, std::size_t piece, tinfoil::gateway::role own)
{
    std::string seen;
    tinfoil::gateway::frame_reader reader(own, 4096);
    while (!bytes.empty()) {
        const std::size_t count = std::min(piece, bytes.size());
        std::memcpy(reader.space(count).data(), bytes.data(), count);
        reader.filled(count);
        bytes.remove_prefix(count);
        for (;;) {
            const auto next = reader.next();
            if (!next)
                return seen + "!" + std::to_string(reader.close_code());
            if (!*next)
                break;
            seen += std::to_string(static_cast<int>((*next)->kind)) + ":" +
                    std::to_string((*next)->close_code) + ":";
            seen.append((*next)->bytes) += ";";
        }
    }
    return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    if (size < 2)
        return 0;
    const auto own =
        data[0] % 2 == 0 ? tinfoil::gateway::role::client : tinfoil::gateway::role::server;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
    TINFOIL_ASSERT(read_all(bytes, bytes.size() + 1, own) ==
                   read_all(bytes, data[1] % 16 + 1U, own));
    return 0;
}
