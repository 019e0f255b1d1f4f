#ifndef CONSENT_CARGUMENTS_H
#define CONSENT_CARGUMENTS_H

/// The number of words on the command line, the program's name among them.
///
/// Swift reads them from `/proc/self/cmdline`, and where that is out of reach it finds none and says nothing.
int consent_argument_count(void);

/// The words of the command line, which live as long as the process; there are `consent_argument_count()` of them.
const char *const *consent_arguments(void);

#endif
