/* Extension "tinfoil.kv/1": values that outlive the process, a space of its own for each plugin. */
#ifndef TINFOIL_EXT_KV_H
#define TINFOIL_EXT_KV_H

#include <tinfoil/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TINFOIL_EXT_KV "tinfoil.kv/1"

/* Keys of 1 to 512 bytes, values up to 1 MiB. Each ends with complete() of kind KV: get with the value
 * or TINFOIL_NOTHING, put and erase once the value is committed. 0 when refused. Home thread only. */
typedef struct tinfoil_kv {
  uint32_t size, reserved;
  tinfoil_op (*get)(tinfoil_context *, tinfoil_str key, uint64_t tag);
  tinfoil_op (*put)(tinfoil_context *, tinfoil_str key, tinfoil_str value, uint64_t tag);
  tinfoil_op (*erase)(tinfoil_context *, tinfoil_str key, uint64_t tag);
} tinfoil_kv;

#ifdef __cplusplus
}
#endif
#endif
