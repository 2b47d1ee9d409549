/* Extension "tinfoil.state/1": values that all collections of the bot share and that outlive it, of the plugin's own or
 * of all plugins together. tinfoil.kv/1 reads and writes the plugin's own ones too, in a simpler way. */
#ifndef TINFOIL_EXT_STATE_H
#define TINFOIL_EXT_STATE_H

#include <tinfoil/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TINFOIL_EXT_STATE "tinfoil.state/1"
#define TINFOIL_KIND_STATE 7 /* Of tinfoil_result.kind. */

enum tinfoil_state_deed {
  TINFOIL_STATE_GET = 0,   /* The row, or none. */
  TINFOIL_STATE_PUT = 1,
  TINFOIL_STATE_ERASE = 2,
  TINFOIL_STATE_ADD = 3,   /* To a decimal number of 64 bits; no row counts as 0. The answer has the sum. */
  TINFOIL_STATE_LIST = 4,  /* Rows whose keys begin with `key`, in order of the keys' bytes, as far as 1,000 of them and 4 MiB go. */
  TINFOIL_STATE_WATCH = 5  /* The changes of such rows behind `since`, as soon as there is one; none after the patience. */
};
enum tinfoil_state_flag {
  TINFOIL_STATE_SHARED = 1, /* The values of all plugins together; otherwise the plugin's own. */
  TINFOIL_STATE_IF = 2      /* PUT, ERASE: only if the row was changed last by revision `expected`; 0: if there is none. */
};

typedef struct tinfoil_state_question {
  uint32_t size, deed, flags;
  uint32_t limit;       /* LIST: 1 to 1,000; 0: 1,000. */
  tinfoil_str key;      /* 1 to 512 bytes; LIST, WATCH: 0 to 512. */
  tinfoil_str value;    /* PUT: up to 1 MiB. */
  tinfoil_str after;    /* LIST: keys behind this one. */
  uint64_t expected;
  int64_t delta;        /* ADD */
  uint64_t lives_ms;    /* PUT, and an ADD that makes the row: how long, up to ten years; 0: until it is erased. */
  uint64_t since;       /* WATCH; 0: from now on. */
  uint64_t patience_ms; /* WATCH: at most 60,000. */
} tinfoil_state_question;

/* Of tinfoil_result.status. Of OK and REJECTED `body` is a tinfoil_state_answer, of all others a sentence. */
enum tinfoil_state_refusal {
  TINFOIL_STATE_REJECTED = -201,   /* The row is of another revision; it is in the answer, unless there is none. */
  TINFOIL_STATE_REFUSED = -202,    /* It breaks a rule or a bound: 100,000 rows and 256 MiB of a plugin, and of the shared ones. */
  TINFOIL_STATE_BUSY = -203,       /* Too much waits. Nothing was done. */
  TINFOIL_STATE_UNKNOWN = -204,    /* It may or may not have been done: read it. */
  TINFOIL_STATE_UNAVAILABLE = -205 /* The state can't be used. Nothing was done. */
};

/* The body's beginning; `count` times a row, its key and its value follow without gaps, so copy them out. */
typedef struct tinfoil_state_answer {
  uint64_t revision; /* Of the change that was made, or of what was read: what a WATCH goes on from. */
  uint32_t count;
  uint32_t is_cut;   /* LIST: there is more, behind the last key. WATCH: some changes are lost, so LIST again. */
} tinfoil_state_answer;
typedef struct tinfoil_state_row {
  uint64_t created, modified; /* Revisions. */
  uint32_t key_len, value_len;
  uint32_t is_erased, reserved; /* Of a WATCH only. */
} tinfoil_state_row;

/* Home thread only. */
typedef struct tinfoil_state {
  uint32_t size, reserved;
  /* complete() of kind STATE follows, never inside, unless it is cancelled; a change that was asked for is made all the
   * same. Changes are on the disk before it. What one plugin of one collection asks is done in the order in which it is
   * asked. 0 when 1,000 operations of the plugin are under way. */
  tinfoil_op (*ask)(tinfoil_context *, const tinfoil_state_question *, uint64_t tag);
} tinfoil_state;

#ifdef __cplusplus
}
#endif
#endif
