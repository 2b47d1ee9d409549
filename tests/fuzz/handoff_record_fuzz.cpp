// Any bytes in place of a handoff's record: refused, or read as one that is written the same and
// that a handoff goes on from, whatever comes then.
#include "base/assert.hpp"
#include "handoff/handoff.hpp"
#include "handoff/record_text.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

using namespace tinfoil;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto got = handoff::read_record(text);
    if (!got)
        return 0;
    const auto again = handoff::read_record(handoff::to_text(*got));
    TINFOIL_ASSERT(again.has_value());
    TINFOIL_ASSERT(handoff::to_text(*again) == handoff::to_text(*got));
    if (got->newer.size() != 1)
        return 0;
    handoff::settings how;
    how.older = how.newer = {{0, 1}};
    handoff::handoff machine(how, *got, instant{});
    std::vector<handoff::action> todo;
    handoff::event_reader reader;
    std::int64_t sequence = got->newer[0].resume_after;
    for (const auto& stream : got->streams) {
        const std::string event =
            R"({"id":"5","guild_id":")" + discord::to_string(stream.stream.id) + R"("})";
        machine.on(handoff::arrived{{handoff::side::newer, 0},
                                    ++sequence,
                                    reader.read("MESSAGE_CREATE", event)},
                   instant{}, todo);
        if (sequence - got->newer[0].resume_after > 100)
            break;
    }
    machine.on(handoff::elapsed{}, instant{} + std::chrono::minutes(10), todo);
    return 0;
}
