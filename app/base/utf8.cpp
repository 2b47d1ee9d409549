#include "base/utf8.hpp"

#include <cstddef>

namespace tinfoil {

bool is_utf8(std::string_view bytes)
{
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(bytes[at]); };
    for (std::size_t at = 0; at < bytes.size();) {
        const unsigned first = byte(at);
        const std::size_t length = first < 0x80                     ? 1
                                   : first >= 0xC2 && first <= 0xDF ? 2
                                   : first >= 0xE0 && first <= 0xEF ? 3
                                   : first >= 0xF0 && first <= 0xF4 ? 4
                                                                    : 0;
        if (length == 0 || at + length > bytes.size())
            return false;
        for (std::size_t i = 1; i < length; ++i)
            if ((byte(at + i) & 0xC0U) != 0x80)
                return false;
        const unsigned second = length > 1 ? byte(at + 1) : 0;
        if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) ||
            (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F))
            return false;
        at += length;
    }
    return true;
}

}  // namespace tinfoil
