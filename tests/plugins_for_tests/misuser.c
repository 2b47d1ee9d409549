/* Uses the host as it may not be used: inside create(), by a thread of its own, with operations that
 * are not there, and answers with statuses that nobody knows. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <tinfoil/plugin.h>

#define MANIFEST "{\"name\":\"misuser\",\"version\":\"1.0.0\",\"events\":[\"MESSAGE_CREATE\"]}"

static const tinfoil_host *host;

static tinfoil_str text(const char *what) { tinfoil_str made = {what, strlen(what)}; return made; }
static void say(const char *what) { host->log(host->context, TINFOIL_INFO, text(what)); }
static tinfoil_op ask(void)
{
    tinfoil_rest what = {.size = sizeof what};
    what.method = text("GET");
    what.path = text("/users/@me");
    return host->rest(host->context, &what, 1);
}

static void *elsewhere(void *unused)
{
    char line[96];
    const tinfoil_op rest = ask();
    const tinfoil_op timer = host->timer(host->context, 1, 1);
    const int32_t cancelled = host->cancel(host->context, 1);
    host->event_done(host->context, 1);
    snprintf(line, sizeof line, "elsewhere: %d %d %d", (int)rest, (int)timer, (int)cancelled);
    say(line);
    return unused;
}

static int32_t start(void *self, const tinfoil_start *how) { (void)self; (void)how; return TINFOIL_OK; }
static int32_t event(void *self, const tinfoil_event *what)
{
    char line[96];
    pthread_t own;
    (void)self; (void)what;
    if (pthread_create(&own, NULL, elsewhere, NULL) == 0)
        pthread_join(own, NULL);
    const int32_t unknown = host->cancel(host->context, 4711);
    const tinfoil_op op = host->timer(host->context, 1000, 2);
    const int32_t mine = host->cancel(host->context, op);
    const int32_t again = host->cancel(host->context, op);
    host->event_done(host->context, 4711);
    snprintf(line, sizeof line, "unknown: %d, mine: %d, again: %d", unknown, mine, again);
    say(line);
    return 4711;
}
static void complete(void *self, const tinfoil_result *how) { (void)self; (void)how; }
static uint32_t pending(void *self) { (void)self; return 0; }
static void nothing(void *self) { (void)self; }

static int32_t create(const tinfoil_host *from, tinfoil_plugin *out)
{
    char line[64];
    host = from;
    out->size = sizeof *out;
    out->start = start;
    out->event = event;
    out->complete = complete;
    out->pending = pending;
    out->cancel_all = nothing;
    out->stop = nothing;
    out->destroy = nothing;
    snprintf(line, sizeof line, "in create: %d", ask() != 0);
    say(line);
    return 4711;
}

__attribute__((section(".note.tinfoil"), used, aligned(4))) static const struct {
    uint32_t name_size, content_size, type;
    char name[8];
    char content[(sizeof MANIFEST + 2) / 4 * 4];
} note = {8, sizeof MANIFEST - 1, TINFOIL_NOTE_TYPE, TINFOIL_NOTE_NAME, MANIFEST};

__attribute__((visibility("default"))) const tinfoil_entry tinfoil_plugin_v1 = {
    TINFOIL_MAGIC, sizeof(tinfoil_entry), TINFOIL_ABI_MAJOR, 0, 0, 0, 0, {note.content, sizeof MANIFEST - 1}, create};
