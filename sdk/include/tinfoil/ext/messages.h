/* Extension "tinfoil.messages/1": messages from a plugin to itself, in other collections of the bot or in its own. Each
 * is handled once or not at all. */
#ifndef TINFOIL_EXT_MESSAGES_H
#define TINFOIL_EXT_MESSAGES_H

#include <tinfoil/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TINFOIL_EXT_MESSAGES "tinfoil.messages/1"
#define TINFOIL_KIND_MESSAGE 8 /* Of tinfoil_result.kind. */
#define TINFOIL_NO_COLLECTION UINT32_MAX
#define TINFOIL_REPLY_WANTED 1 /* Of flags. */

enum tinfoil_addressee {
  TINFOIL_TO_GUILD = 0,      /* The collection whose shard serves it; it is followed while it moves. */
  TINFOIL_TO_SLOT = 1,       /* The collection that serves all guilds of the slot. */
  TINFOIL_TO_COLLECTION = 2,
  TINFOIL_TO_ALL = 3         /* Every collection, the sender's own included. */
};
enum tinfoil_delivery {
  TINFOIL_DELIVERED = 0,  /* Of one that wants a reply: and replied to. */
  TINFOIL_DOWN = 1,       /* The collection or the plugin in it does not run, or ended before it replied. */
  TINFOIL_TIMED_OUT = 2,  /* No reply in time; whether it was handled is not known. */
  TINFOIL_REFUSED = 3     /* Not handled, as a sentence says: nobody listens, a queue is full, there is no such guild. */
};

typedef struct tinfoil_outgoing {
  uint32_t size, flags;
  uint32_t to;                    /* Of tinfoil_addressee; which of the next fields counts depends on it. */
  uint32_t collection;
  uint64_t guild_id;
  uint32_t shard_id, num_shards;
  tinfoil_str name;               /* 1 to 64 bytes. */
  tinfoil_str body;               /* Up to 64 KiB. */
  uint64_t patience_ms;           /* 1 to 60,000; 0: 10,000. */
} tinfoil_outgoing;

typedef struct tinfoil_incoming {
  uint32_t size, flags;
  uint64_t token;                 /* For reply(). */
  tinfoil_str name, body;
  uint64_t patience_ms;           /* What is left of it. */
  uint32_t from;                  /* The sender's collection. */
  uint32_t to;                    /* How it was addressed, with the next fields. */
  uint64_t guild_id;
  uint32_t shard_id, num_shards;
} tinfoil_incoming;

/* The body of tinfoil_result, whose status is OK: `count` times a tinfoil_message_reply and its bytes, without gaps. */
typedef struct tinfoil_message_replies {
  uint32_t count, reserved;
} tinfoil_message_replies;
typedef struct tinfoil_message_reply {
  uint32_t collection;            /* TINFOIL_NO_COLLECTION: none could be found. */
  int32_t delivery;
  uint32_t body_len, reserved;    /* The reply; of any other than DELIVERED a sentence. */
} tinfoil_message_reply;

/* OK: handled, with an empty reply. PENDING: reply() follows. Negative: refused, with the text given to fail(). */
typedef int32_t (*tinfoil_receive)(void *self, const tinfoil_incoming *);

/* Home thread only. */
typedef struct tinfoil_messages {
  uint32_t size, reserved;
  /* complete() of kind MESSAGE follows, never inside, unless it is cancelled, with one reply for each collection that the
   * message was for, and at least one. Tag 0: nobody wants to know; so many as 4,096 and 16 MiB of the plugin may be
   * under way, more are left out and logged. 0 when 1,000 operations of the plugin are under way, or with tag 0 when it
   * was left out. Messages to one collection arrive in the order in which they were sent there. */
  tinfoil_op (*send)(tinfoil_context *, const tinfoil_outgoing *, uint64_t tag);
  /* Messages go there from now on, one call at a time; NULL: they are refused, as at the beginning. */
  void (*listen)(tinfoil_context *, tinfoil_receive, void *self);
  /* Once for each PENDING, also from inside of it; `delivery` is DELIVERED with up to 64 KiB, or REFUSED with a sentence. */
  int32_t (*reply)(tinfoil_context *, uint64_t token, int32_t delivery, tinfoil_str body);
} tinfoil_messages;

#ifdef __cplusplus
}
#endif
#endif
