/* Extension "tinfoil.guild/1": guilds as tinfoil keeps them: roles, channels with overwrites, active threads and the
 * bot's own member, from Discord's events, or asked of REST at the first question. No other members, no presences. */
#ifndef TINFOIL_EXT_GUILD_H
#define TINFOIL_EXT_GUILD_H

#include <tinfoil/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TINFOIL_EXT_GUILD "tinfoil.guild/1"
#define TINFOIL_KIND_GUILD 6 /* Of tinfoil_result.kind. */

/* Home thread only. */
typedef struct tinfoil_guild {
  uint32_t size, reserved;
  /* complete() of kind GUILD follows, never inside, unless it is cancelled. OK with
   * {"guild":{...,"roles":[...]},"channels":[...],"threads":[...],"member":{...},"revision":N}, Discord's own objects:
   * of the guild without emojis, stickers, counts and the like; NOTHING when the bot is not in that guild, with a
   * sentence; an error when Discord does not answer. 0 when 1,000 operations of the plugin are under way. */
  tinfoil_op (*get)(tinfoil_context *, uint64_t guild_id, uint64_t tag);
  /* As in an answer: as long as it is the same, so is the guild. 0: it is not kept, so get() has to ask Discord. */
  uint64_t (*revision)(tinfoil_context *, uint64_t guild_id);
  /* The plugin will ask about guilds: what comes with GUILD_CREATE is kept from now on, which get() alone begins at the
   * first question. */
  void (*keep)(tinfoil_context *);
} tinfoil_guild;

#ifdef __cplusplus
}
#endif
#endif
