// Any text: no crash, and what comes back lies inside of it.
#include "base/assert.hpp"
#include "discord/envelope.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto found = tinfoil::discord::scan_envelope(text)) {
        const auto inside = [&](std::string_view part) {
            return part.data() >= text.data() &&
                   part.data() + part.size() <= text.data() + text.size();
        };
        TINFOIL_ASSERT(found->data == "null" || inside(found->data));
        TINFOIL_ASSERT(found->type.empty() || inside(found->type));
        (void)tinfoil::discord::find_member(found->data, "id");
    }
    return 0;
}
