#ifndef TINFOIL_VERSION_H
#define TINFOIL_VERSION_H

/* Of the SDK; what a plugin was built against is shown by `tinfoil plugins inspect`. */
#define TINFOIL_SDK_VERSION "0.1.0"

#endif
