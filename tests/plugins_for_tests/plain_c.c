/* A plugin without C++: logs the type of each event. The extensions are there to be read as C. */
#include <tinfoil/ext/gateway.h>
#include <tinfoil/ext/guild.h>
#include <tinfoil/ext/kv.h>
#include <tinfoil/plugin.h>

#ifndef ABI_MAJOR
#define ABI_MAJOR TINFOIL_ABI_MAJOR
#endif

#define MANIFEST "{\"name\":\"plain-c\",\"version\":\"1.0.0\",\"events\":[\"MESSAGE_CREATE\"]}"

static const tinfoil_host *host;

static int32_t start(void *self, const tinfoil_start *how) { (void)self; (void)how; return TINFOIL_OK; }
static int32_t event(void *self, const tinfoil_event *what)
{
    (void)self;
    host->log(host->context, TINFOIL_INFO, what->type);
    return TINFOIL_OK;
}
static void complete(void *self, const tinfoil_result *how) { (void)self; (void)how; }
static uint32_t pending(void *self) { (void)self; return 0; }
static void nothing(void *self) { (void)self; }

static int32_t create(const tinfoil_host *from, tinfoil_plugin *out)
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

__attribute__((section(".note.tinfoil"), used, aligned(4))) static const struct {
    uint32_t name_size, content_size, type;
    char name[8];
    char content[(sizeof MANIFEST + 2) / 4 * 4];
} note = {8, sizeof MANIFEST - 1, TINFOIL_NOTE_TYPE, TINFOIL_NOTE_NAME, MANIFEST};

__attribute__((visibility("default"))) const tinfoil_entry tinfoil_plugin_v1 = {
    TINFOIL_MAGIC, sizeof(tinfoil_entry), ABI_MAJOR, 0, 0, 0, 0, {note.content, sizeof MANIFEST - 1}, create};
