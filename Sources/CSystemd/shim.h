#ifndef CONSENT_CSYSTEMD_SHIM_H
#define CONSENT_CSYSTEMD_SHIM_H

// Without this the journal functions are macros that add the C file and line of the caller.
#define SD_JOURNAL_SUPPRESS_LOCATION

#include <systemd/sd-daemon.h>
#include <systemd/sd-journal.h>

#endif
