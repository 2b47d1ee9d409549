/* A plugin without C++: logs the type of each event. The extensions are there to be read as C. */
#include <tinfoil/ext/gateway.h>
#include <tinfoil/ext/guild.h>
#include <tinfoil/ext/kv.h>
#include <tinfoil/plugin.h>

#ifndef ABI_MAJOR
#define ABI_MAJOR TINFOIL_ABI_MAJOR
#endif

/* Of the table as a plugin of an earlier minor version has it. */
#ifndef PLUGIN_SIZE
#define PLUGIN_SIZE sizeof(tinfoil_plugin)
#endif

/* What of the entry and the table a build may get wrong. */
#ifndef ENTRY_MAGIC
#define ENTRY_MAGIC TINFOIL_MAGIC
#endif
#ifndef ENTRY_SIZE
#define ENTRY_SIZE sizeof(tinfoil_entry)
#endif
#ifndef ENTRY_MIN_MINOR
#define ENTRY_MIN_MINOR 0
#endif
#ifndef ENTRY_CREATE
#define ENTRY_CREATE create
#endif
#ifndef ENTRY_NAME
#define ENTRY_NAME tinfoil_plugin_v1
#endif
#ifndef ENTRY_MANIFEST
#define ENTRY_MANIFEST note.content
#define ENTRY_MANIFEST_SIZE (sizeof MANIFEST - 1)
#else
#define ENTRY_MANIFEST_SIZE (sizeof ENTRY_MANIFEST - 1)
#endif
#ifndef TABLE_EVENT
#define TABLE_EVENT event
#endif

#define MANIFEST "{\"name\":\"plain-c\",\"version\":\"1.0.0\",\"events\":[\"MESSAGE_CREATE\"]}"

static const tinfoil_host *host;

static int32_t start(void *self, const tinfoil_start *how) { (void)self; (void)how; return TINFOIL_OK; }
__attribute__((unused)) static int32_t event(void *self, const tinfoil_event *what)
{
    (void)self;
#ifdef KEEPS_EVENTS /* Which are gone by the next one. */
    static tinfoil_str kept;
    if (kept.len != 0)
        host->log(host->context, TINFOIL_INFO, kept);
    kept = what->data;
#endif
    host->log(host->context, TINFOIL_INFO, what->type);
    return TINFOIL_OK;
}
static void complete(void *self, const tinfoil_result *how) { (void)self; (void)how; }
static uint32_t pending(void *self) { (void)self; return 0; }
static void nothing(void *self) { (void)self; }

int32_t not_there(void *self, const tinfoil_event *what); /* In no library. */

__attribute__((unused)) static int32_t create(const tinfoil_host *from, tinfoil_plugin *out)
{
    host = from;
    out->size = PLUGIN_SIZE;
    out->start = start;
    out->event = TABLE_EVENT;
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

__attribute__((visibility("default"))) const tinfoil_entry ENTRY_NAME = {
    ENTRY_MAGIC, ENTRY_SIZE, ABI_MAJOR, 0, ENTRY_MIN_MINOR, 0, 0, {ENTRY_MANIFEST, ENTRY_MANIFEST_SIZE}, ENTRY_CREATE};
