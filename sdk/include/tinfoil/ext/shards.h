/* Extension "tinfoil.shards/1": what a plugin keeps in memory about the guilds of a shard goes along when the shard moves
 * to another collection. A shard that is split or merged stays in its process, and nothing is called. */
#ifndef TINFOIL_EXT_SHARDS_H
#define TINFOIL_EXT_SHARDS_H

#include <tinfoil/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TINFOIL_EXT_SHARDS "tinfoil.shards/1"

/* An event of tinfoil's own, for plugins whose manifest lists it: events may be missing, since Discord did not let a
 * session be resumed or a handoff could not prove that it has all. It comes before all that a new session brings, has
 * the sequence 0, and is not told again after a crash. Its data, the guild null when it is any of the shard's, direct
 * messages included: {"guild_id":"81384788765712384","shard":[3,16]} */
#define TINFOIL_GAP "TINFOIL_GAP"

/* Functions of the plugin, called between events; either may be NULL. Guild G is of the shard when
 * (G >> 22) % num_shards == shard_id. Negative: with the text given to fail(); it is logged, and the move goes on. */
typedef struct tinfoil_shard_hooks {
  uint32_t size, reserved;
  /* No event of the shard comes any more, unless it comes back. Handlers had 100 ms to end; what one that still runs
   * changes stays here. write() what the other collection is to know, and forget it. A plugin that has a process of its
   * own has 1 s to answer. */
  int32_t (*leaving)(void *self, uint32_t shard_id, uint32_t num_shards);
  /* Before the first event of the shard, if `bytes` were written where it was, maybe by another version of the plugin.
   * They come again, to the next process, when this one dies before the shard's session is back. */
  int32_t (*arrived)(void *self, uint32_t shard_id, uint32_t num_shards, tinfoil_str bytes);
} tinfoil_shard_hooks;

/* Home thread only. */
typedef struct tinfoil_shards {
  uint32_t size, reserved;
  /* From now on; the struct is copied. NULL: nobody is called, as at the beginning. */
  void (*listen)(tinfoil_context *, const tinfoil_shard_hooks *, void *self);
  /* Only inside leaving(): appends. E_QUOTA past 8 MiB, and then nothing goes along. */
  int32_t (*write)(tinfoil_context *, tinfoil_str bytes);
} tinfoil_shards;

#ifdef __cplusplus
}
#endif
#endif
