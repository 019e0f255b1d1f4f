#ifndef CONSENT_CCURL_SHIM_H
#define CONSENT_CCURL_SHIM_H

#include <curl/curl.h>
#include <pthread.h>
#include <string.h>
#include <zlib.h>

/// Loads libcurl and prepares it; to be called once, before any other function of it.
///
/// The program is not linked with libcurl: the thirty libraries behind it would take longer to load than everything else
/// that a start does, and the first answer needs none of them.
///
/// Returns a failure where there is no libcurl; curl_easy_strerror says why.
CURLcode consent_global_init(void);

/// curl_easy_setopt is variadic, which Swift cannot call.
CURLcode consent_easy_setopt_long(CURL *handle, CURLoption option, long value);
CURLcode consent_easy_setopt_offset(CURL *handle, CURLoption option, curl_off_t value);
CURLcode consent_easy_setopt_string(CURL *handle, CURLoption option, const char *value);
CURLcode consent_easy_setopt_pointer(CURL *handle, CURLoption option, void *value);
CURLcode consent_easy_setopt_list(CURL *handle, CURLoption option, struct curl_slist *value);
CURLcode consent_easy_setopt_write(CURL *handle, CURLoption option, curl_write_callback value);
CURLcode consent_easy_setopt_read(CURL *handle, CURLoption option, curl_read_callback value);
CURLcode consent_easy_setopt_seek(CURL *handle, CURLoption option, curl_seek_callback value);

/// curl_easy_getinfo is variadic, which Swift cannot call.
CURLcode consent_easy_getinfo_long(CURL *handle, CURLINFO info, long *value);
CURLcode consent_easy_getinfo_offset(CURL *handle, CURLINFO info, curl_off_t *value);
CURLcode consent_easy_getinfo_pointer(CURL *handle, CURLINFO info, void **value);

/// curl_multi_setopt is variadic, which Swift cannot call.
CURLMcode consent_multi_setopt_long(CURLM *handle, CURLMoption option, long value);

/// A GNU extension, which the Glibc module leaves out. The name may have 15 characters.
int pthread_setname_np(pthread_t thread, const char *name);

static inline void consent_set_thread_name(const char *name) {
    pthread_setname_np(pthread_self(), name);
}

/// deflateInit2 is a macro. Returns the compressed length, or 0 when it did not fit or zlib failed.
static inline size_t consent_gzip(const unsigned char *input, size_t length, unsigned char *output, size_t capacity) {
    z_stream stream;
    size_t written = 0;
    if (length > 0x7fffffff || capacity > 0x7fffffff) return 0;
    memset(&stream, 0, sizeof stream);
    // 15 window bits, and 16 more to ask for a gzip header; level 1, since JSON is repetitive and latency counts.
    if (deflateInit2(&stream, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) return 0;
    stream.next_in = (unsigned char *)input;
    stream.avail_in = (uInt)length;
    stream.next_out = output;
    stream.avail_out = (uInt)capacity;
    if (deflate(&stream, Z_FINISH) == Z_STREAM_END) written = (size_t)stream.total_out;
    deflateEnd(&stream);
    return written;
}

#endif
