/* The plugin boundary: plain C11, 64-bit little-endian Linux. <tinfoil/plugin.hpp> is the comfortable
 * way to write a plugin; this is what it stands on, and what any other language can.
 *
 * 1. `size` is the first field of every struct that may grow. Who fills it sets it to what it knows;
 *    who reads it touches no field at or past that size. Fields are appended, never moved.
 * 2. Who makes memory frees it. What is passed in a call is borrowed and dies when the call returns.
 * 3. No exception and no longjmp crosses. Errors are negative statuses, with a text given to fail().
 * 4. Threads: everything is called on the plugin's home thread, one call at a time, never re-entered.
 *    Functions marked [any] may be called by any thread of the plugin; all others only at home.
 */
#ifndef TINFOIL_PLUGIN_H
#define TINFOIL_PLUGIN_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TINFOIL_ABI_MAJOR 1
#define TINFOIL_ABI_MINOR 1
#define TINFOIL_MAGIC {'T', 'I', 'N', 'F', 'O', 'I', 'L', 0x1A}
#define TINFOIL_ENTRY "tinfoil_plugin_v1" /* An exported `const tinfoil_entry` of this name. */
#define TINFOIL_NOTE_NAME "tinfoil"       /* ELF note of type 1; its content is the manifest. */
#define TINFOIL_NOTE_TYPE 1

typedef struct tinfoil_str { const char *ptr; uint64_t len; } tinfoil_str; /* UTF-8, no NUL at the end. */
typedef struct tinfoil_context tinfoil_context;                            /* The host's; opaque. */
typedef uint64_t tinfoil_op;                                               /* Something running; 0: refused. */

enum tinfoil_status {
  TINFOIL_OK = 0,
  TINFOIL_NOTHING = 1,      /* Of a read: there is no such value. */
  TINFOIL_PENDING = 2,      /* Of event(): handlers go on; event_done() follows. */
  TINFOIL_E_PLUGIN = -1,
  TINFOIL_E_CANCELLED = -4,
  TINFOIL_E_TIMEOUT = -5,
  TINFOIL_E_NETWORK = -6,
  TINFOIL_E_QUOTA = -7,
  TINFOIL_E_STORE = -8,
  TINFOIL_E_STATE = -9      /* Of start(): the state that it was given can't be used. */
};
enum tinfoil_kind { TINFOIL_KIND_REST = 1, TINFOIL_KIND_TIMER = 2, TINFOIL_KIND_POST = 3, TINFOIL_KIND_KV = 4 };
enum tinfoil_level { TINFOIL_DEBUG = 0, TINFOIL_INFO = 1, TINFOIL_WARNING = 2, TINFOIL_ERROR = 3 };
enum tinfoil_event_flag {
  TINFOIL_REPLAYED = 1,     /* Discord sent it again after a RESUME, for the first time to us. */
  TINFOIL_REDELIVERED = 2,  /* A handler may have seen it before a crash. */
  TINFOIL_DELAYED = 4       /* It waited while one version of the plugin took over from another. */
};
enum tinfoil_start_flag {   /* None: the collection begins, or the plugin is new to it. */
  TINFOIL_START_RELOAD = 1,   /* In place of a version that runs until this start has succeeded. */
  TINFOIL_START_ROLLBACK = 2, /* Together with RELOAD: back to an earlier version. */
  TINFOIL_START_STATE = 4     /* There is a state, though it may be empty. */
};

typedef struct tinfoil_event {
  uint32_t size, flags;
  uint32_t shard_id, num_shards;
  uint64_t token;                          /* For event_done(). */
  uint64_t sequence;                       /* Discord's `s`. */
  tinfoil_str type;                        /* "MESSAGE_CREATE" */
  tinfoil_str data;                        /* The JSON text of `d`, at most 32 MiB. */
  uint64_t guild_id, channel_id, user_id;  /* 0: none. */
} tinfoil_event;

typedef struct tinfoil_part { tinfoil_str name, filename, content_type, bytes; } tinfoil_part; /* Without a filename: a field of the form that is no file. */

typedef struct tinfoil_rest {
  uint32_t size, flags;
  tinfoil_str method, path, body, audit_log_reason; /* The path below the API base: "/users/@me". */
  const tinfoil_part *parts;
  uint32_t part_count, timeout_ms;                  /* 0: 30 s. */
} tinfoil_rest;
#define TINFOIL_REST_INTERACTION 1 /* Of flags: the first answer to an interaction; it goes first. */

typedef struct tinfoil_result { /* How an operation ended. */
  uint32_t size;
  int32_t status;
  tinfoil_op op;
  uint64_t tag;
  uint32_t kind, http_status;
  tinfoil_str body; /* The answer; a value; on an error its text. */
} tinfoil_result;

typedef struct tinfoil_start {
  uint32_t size, reserved;
  tinfoil_str settings; /* The JSON object of [plugins.NAME]. */
  uint64_t application_id;
  /* Since 1.1. What save() wrote last in this collection: by the version before, or by an earlier run. A start that
   * can't use it returns TINFOIL_E_STATE. In place of a running version that one then goes on; otherwise the plugin is
   * made anew and started without it, and the state is kept aside for people. */
  uint32_t flags, state_version; /* Of tinfoil_start_flag; as the saving version gave it. */
  tinfoil_str state;             /* At most 16 MiB. */
  tinfoil_str saved_by;          /* The version that saved it. */
} tinfoil_start;

typedef struct tinfoil_host {
  uint32_t size;
  uint16_t abi_major, abi_minor;
  tinfoil_context *context; /* The first argument of everything below. */
  tinfoil_str version;
  void (*log)(tinfoil_context *, int32_t level, tinfoil_str text);                     /* [any] at most 16 KiB */
  int32_t (*post)(tinfoil_context *, uint64_t tag);                                    /* [any] complete() of kind POST follows */
  tinfoil_op (*rest)(tinfoil_context *, const tinfoil_rest *, uint64_t tag);           /* complete() follows, never inside */
  tinfoil_op (*timer)(tinfoil_context *, uint64_t delay_ms, uint64_t tag);
  int32_t (*cancel)(tinfoil_context *, tinfoil_op);                                    /* No complete() of it afterwards. */
  int32_t (*fail)(tinfoil_context *, tinfoil_str text);                                /* Says why a negative status is about to be returned. */
  void (*event_done)(tinfoil_context *, uint64_t token);                               /* Once for each TINFOIL_PENDING, not inside event(). */
  const void *(*extension)(tinfoil_context *, const char *id);                         /* NULL: this host does not have it. */
  /* Since 1.1. */
  int32_t (*write_state)(tinfoil_context *, tinfoil_str bytes);                        /* Only inside save(): appends; E_QUOTA past 16 MiB. */
  int32_t (*dirty)(tinfoil_context *);                                                 /* save() is called within 30 s, so that a crash takes back no more. */
} tinfoil_host;

typedef struct tinfoil_plugin {
  uint32_t size, reserved;
  void *self;
  int32_t (*start)(void *self, const tinfoil_start *);
  int32_t (*event)(void *self, const tinfoil_event *);    /* OK: handled; PENDING: see event_done(). */
  void (*complete)(void *self, const tinfoil_result *);
  uint32_t (*pending)(void *self);                        /* Tasks that have not ended. */
  void (*cancel_all)(void *self);                         /* Ends them all; pending() is 0 afterwards. */
  void (*stop)(void *self);                               /* Ends own threads, closes own files. */
  void (*destroy)(void *self);
  /* Since 1.1; NULL: it keeps no state. Called before another version takes over, at the end of a run, and after dirty(),
   * also while tasks are suspended. What runs goes on afterwards, and for good when the other version fails. */
  int32_t (*save)(void *self);
  uint32_t state_version, reserved2;                      /* Of what save() writes; the plugin's own number. */
} tinfoil_plugin;

typedef struct tinfoil_entry { /* Constant data: checked before any code of the plugin runs. */
  uint8_t magic[8];
  uint32_t size;
  uint16_t abi_major, abi_minor, abi_min_minor, reserved; /* Built against; the least minor it can live with. */
  uint32_t reserved2;
  tinfoil_str manifest;                                   /* The same bytes as the note. */
  int32_t (*create)(const tinfoil_host *, tinfoil_plugin *out); /* out->size is the room that the host has. */
} tinfoil_entry;

#ifdef __cplusplus
}
#endif
#endif
