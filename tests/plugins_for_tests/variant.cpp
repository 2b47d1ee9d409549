// A plugin in C++ that needs the C boundary and the standard library only, so that it can be built
// in ways in which the host is not: by another compiler, with another library, another string,
// without exceptions. Says of each event what its own containers make of it.
#include <algorithm>
#include <cstring>
#include <map>
#include <stdexcept>
#include <string>
#include <tinfoil/plugin.h>
#include <vector>

#define MANIFEST "{\"name\":\"variant\",\"version\":\"1.0.10\",\"events\":[\"MESSAGE_CREATE\"]}"

namespace {

const tinfoil_host* host = nullptr;
std::map<std::string, int> seen{{"begin", 0}};

tinfoil_str borrow(const std::string& text)
{
    return {text.data(), text.size()};
}

struct base {
    base() = default;
    base(const base&) = delete;
    base& operator=(const base&) = delete;
    virtual ~base() = default;
    [[nodiscard]] virtual std::string text() const = 0;
};
struct sorted final : base {
    explicit sorted(const std::string& of)
    {
        for (const char each : of)
            words.emplace_back(40, each);
        std::sort(words.begin(), words.end());
    }
    [[nodiscard]] std::string text() const override
    {
        std::string made;
        for (const std::string& each : words)
            made += each.substr(0, 1);
        return made;
    }
    std::vector<std::string> words;
};

// Thrown and caught without leaving the plugin.
std::string thrown()
{
#if defined(__cpp_exceptions)
    try {
        throw std::runtime_error("thrown");
    } catch (const std::exception& known) {
        return known.what();
    }
#else
    return "thrown";
#endif
}

int32_t start(void*, const tinfoil_start*)
{
    return TINFOIL_OK;
}
int32_t event(void*, const tinfoil_event* what)
{
    const std::string type(what->type.ptr, what->type.len);
    ++seen[type];
    const base* made = new sorted("plugin");
    const std::string line =
        type + " " + std::to_string(seen[type]) + " " + made->text() + " " + thrown();
    delete made;
    host->log(host->context, TINFOIL_INFO, borrow(line));
    return TINFOIL_OK;
}
void complete(void*, const tinfoil_result*) {}
uint32_t pending(void*)
{
    return 0;
}
void nothing(void*) {}

int32_t create(const tinfoil_host* from, tinfoil_plugin* out)
{
    host = from;
    out->size = sizeof *out;
    out->start = start;
    out->event = event;
    out->complete = complete;
    out->pending = pending;
    out->cancel_all = nothing;
    out->stop = nothing;
    out->destroy = nothing;
    return TINFOIL_OK;
}

// The text fills whole words, and C++ wants room for the zero behind it.
static_assert((sizeof MANIFEST - 1) % 4 != 0);
struct note_layout {
    uint32_t name_size, content_size, type;
    char name[8];
    char content[(sizeof MANIFEST + 2) / 4 * 4];
};
__attribute__((section(".note.tinfoil"), used, aligned(4))) constexpr note_layout note = {
    8, sizeof MANIFEST - 1, TINFOIL_NOTE_TYPE, TINFOIL_NOTE_NAME, MANIFEST};

}  // namespace

extern "C" __attribute__((visibility("default"), used))
const tinfoil_entry tinfoil_plugin_v1 = {TINFOIL_MAGIC,
                                         sizeof(tinfoil_entry),
                                         TINFOIL_ABI_MAJOR,
                                         TINFOIL_ABI_MINOR,
                                         0,
                                         0,
                                         0,
                                         {note.content, sizeof MANIFEST - 1},
                                         create};
