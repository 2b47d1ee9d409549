/* Extension "tinfoil.network/1": a network manager, which creates and removes the processes of collections. There is one
 * only in the process that the host starts for the plugin which [network] of tinfoil.toml names: NULL everywhere else.
 * No events come there. */
#ifndef TINFOIL_EXT_NETWORK_H
#define TINFOIL_EXT_NETWORK_H

#include <tinfoil/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TINFOIL_EXT_NETWORK "tinfoil.network/1"

typedef struct tinfoil_network_order {
  uint32_t size;
  uint32_t collection;    /* 0, 1, ... */
  uint64_t epoch;         /* Of this process of it; each one is higher than all before. */
  uint64_t token;         /* For done(); 0: nothing is to be done. */
  uint64_t patience_ms;   /* After that the host does not wait for done() any more. */
  tinfoil_str socket;     /* The process runs `tinfoil collection --join SOCKET`. */
  tinfoil_str key;        /* Of up(): TINFOIL_KEY of its environment, which lets it in, once. A secret. */
  tinfoil_str run;        /* The folder of the socket and of record files, which it needs at this path. */
  tinfoil_str executable; /* That it is to run. */
} tinfoil_network_order;

/* OK: done. PENDING: done() follows. Negative: it failed, with the text given to fail(). One call at a time. */
typedef int32_t (*tinfoil_network_call)(void *self, const tinfoil_network_order *);

/* Functions of the plugin; `stands` may be NULL. */
typedef struct tinfoil_network_hooks {
  uint32_t size, reserved;
  /* Creates the process. One that has not joined and loaded its plugins within 30 s is taken down again. */
  tinfoil_network_call up;
  /* Once for each up(), whatever came of it, also while that is still pending: the process has ended, or is to end by
   * force. Removes what is left of it, and is content when nothing is. The next up() of the number comes behind it. One
   * that the end of the plugin's process cut off comes again, to the next process. */
  tinfoil_network_call down;
  /* Called before all else, once for each that an earlier process of the plugin brought up and that is up still. */
  tinfoil_network_call stands;
} tinfoil_network_hooks;

/* Home thread only. */
typedef struct tinfoil_network {
  uint32_t size, reserved;
  /* Once, inside start(); the struct is copied. `breakpoints` is a JSON object of settings of [scaler], named and written as
   * there, that hold where tinfoil.toml does not set them; empty: none. E_PLUGIN when it is called elsewhere, or again. */
  int32_t (*listen)(tinfoil_context *, const tinfoil_network_hooks *, tinfoil_str breakpoints, void *self);
  /* Once for each PENDING, also from inside of it: OK, or negative with a sentence. NOTHING: nobody waits for it. */
  int32_t (*done)(tinfoil_context *, uint64_t token, int32_t status, tinfoil_str text);
} tinfoil_network;

#ifdef __cplusplus
}
#endif
#endif
