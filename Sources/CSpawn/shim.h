#ifndef CONSENT_CSPAWN_SHIM_H
#define CONSENT_CSPAWN_SHIM_H

#include <spawn.h>

// glibc 2.34 and later has it, but shows it only to programs that define _GNU_SOURCE, which Swift does not.
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);

#endif
