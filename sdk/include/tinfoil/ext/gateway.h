/* Extension "tinfoil.gateway/1": what a bot may send to Discord over the gateway. Discord Docs/Gateway Events,
 * "Send Events", has the commands and their `d`. tinfoil finds the shard, keeps Discord's limits, and repeats what a
 * lost connection swallowed. */
#ifndef TINFOIL_EXT_GATEWAY_H
#define TINFOIL_EXT_GATEWAY_H

#include <tinfoil/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TINFOIL_EXT_GATEWAY "tinfoil.gateway/1"
#define TINFOIL_KIND_GATEWAY 5 /* Of tinfoil_result.kind. */

enum tinfoil_gateway_op {
  /* The presence of all shards of the bot, whichever plugin and collection it comes from: the latest one holds, for
   * sessions that begin later too. OK when all of them are told. At most 5 in 20 s go out a session; those in between
   * are left out. */
  TINFOIL_GATEWAY_PRESENCE = 3,
  /* Join, move or leave (`channel_id` null) a voice channel. OK when it is sent. The latest one of each guild is
   * remembered, and sent again to a session that begins anew, until Discord says that somebody moved the bot. */
  TINFOIL_GATEWAY_VOICE_STATE = 4,
  /* OK with {"guild_id", "members", "presences", "not_found"}, joined from all chunks; at most 32 MiB, and 8 MiB when
   * the guild's shard is of another collection. An empty or absent `query` with `limit` 0 wants everybody: it needs
   * the intent GUILD_MEMBERS and goes once in 30 s a guild. `presences` needs GUILD_PRESENCES. `limit` and `user_ids`
   * are 100 at most. The `nonce` is tinfoil's own: one that is given is checked (32 bytes) and replaced. */
  TINFOIL_GATEWAY_MEMBERS = 8,
  /* `guild_ids` with one guild. OK with the `d` of its SOUNDBOARD_SOUNDS. */
  TINFOIL_GATEWAY_SOUNDS = 31,
  /* OK with the `d` of its CHANNEL_INFO. */
  TINFOIL_GATEWAY_CHANNEL_INFO = 43
};

/* Of tinfoil_result.status when a command was refused or failed; `body` is a sentence about it. */
enum tinfoil_gateway_refusal {
  TINFOIL_GATEWAY_INVALID = -101,        /* It breaks a rule of Discord's, or is no command. */
  TINFOIL_GATEWAY_TOO_LARGE = -102,      /* A payload above 4,096 bytes, or an answer above the bound. */
  TINFOIL_GATEWAY_QUEUE_FULL = -103,     /* 1,000 requests of a shard, 4,096 of a collection, are under way. */
  TINFOIL_GATEWAY_UNKNOWN_GUILD = -104,  /* No shard of this bot serves it. */
  TINFOIL_GATEWAY_MISSING_INTENT = -105, /* Discord would not answer: the plugin has to declare it. */
  TINFOIL_GATEWAY_TIMED_OUT = -106,      /* Not sent or not answered in time, as of a guild that the bot is not in. */
  TINFOIL_GATEWAY_SHARD_STOPPED = -107,  /* For good, or its collection ended with the command under way. */
  TINFOIL_GATEWAY_CANCELLED = -108
};

typedef struct tinfoil_gateway {
  uint32_t size, reserved;
  /* `data` is the JSON of `d`. `patience_ms`: until TIMED_OUT, at most 10 minutes; 0: one minute. complete() of kind
   * GATEWAY follows, never inside, unless it is cancelled: then what is sent already stays sent. Tag 0: nobody wants
   * to know. 0 when 1,000 operations of the plugin are under way. Home thread only. */
  tinfoil_op (*give)(tinfoil_context *, uint32_t op, tinfoil_str data, uint64_t patience_ms, uint64_t tag);
} tinfoil_gateway;

#ifdef __cplusplus
}
#endif
#endif
