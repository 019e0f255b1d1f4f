#ifndef CCHECKSUM_H
#define CCHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/// Continues a CRC-32C (Castagnoli, reflected, initial value and final xor all ones) over more bytes.
///
/// Start with 0. The processor's own instruction does the work where there is one.
uint32_t cchecksum_crc32c(uint32_t crc, const void *bytes, size_t count);

/// The same without the processor's instruction, so that a test can compare the two.
uint32_t cchecksum_crc32c_portable(uint32_t crc, const void *bytes, size_t count);

#endif
