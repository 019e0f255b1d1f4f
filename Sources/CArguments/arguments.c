#include "CArguments.h"

static int count;
static char **words;

// The C library hands the command line to whatever runs before main.
__attribute__((constructor)) static void remember(int argc, char **argv) {
    count = argc;
    words = argv;
}

int consent_argument_count(void) { return count; }

const char *const *consent_arguments(void) { return (const char *const *)words; }
