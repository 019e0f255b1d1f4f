// libcurl's functions, found in the library once it is loaded.
#include <dlfcn.h>
#include <pthread.h>
#include <string.h>
#include <zlib.h>

// Hidden, so that libcurl's own calls never lead here.
#pragma GCC visibility push(hidden)
#define CURL_DISABLE_TYPECHECK
#include "CCurl.h"

#define EACH(X) \
    X(curl_easy_cleanup) X(curl_easy_getinfo) X(curl_easy_init) X(curl_easy_setopt) X(curl_easy_strerror) \
    X(curl_global_init) X(curl_multi_add_handle) X(curl_multi_cleanup) X(curl_multi_info_read) X(curl_multi_init) \
    X(curl_multi_perform) X(curl_multi_poll) X(curl_multi_remove_handle) X(curl_multi_setopt) X(curl_multi_wakeup) \
    X(curl_slist_append) X(curl_slist_free_all) X(curl_version_info)

#define FIELD(name) __typeof__(&name) name;
static struct { EACH(FIELD) } library;
static char reason[256] = "libcurl was not loaded";

static int load(void) {
    void *handle = dlopen("libcurl.so.4", RTLD_LAZY | RTLD_LOCAL);
    if (!handle) goto fail;
#define FIND(name) \
    if (!(library.name = (__typeof__(library.name))dlsym(handle, #name))) goto fail;
    EACH(FIND)
    return 1;
fail:;
    const char *text = dlerror();
    if (text) strncpy(reason, text, sizeof reason - 1);
    memset(&library, 0, sizeof library);
    return 0;
}

CURLcode consent_global_init(void) {
    if (!load()) return CURLE_FAILED_INIT;
    return library.curl_global_init(CURL_GLOBAL_DEFAULT);
}

const char *curl_easy_strerror(CURLcode code) {
    return library.curl_easy_strerror ? library.curl_easy_strerror(code) : reason;
}

CURL *curl_easy_init(void) { return library.curl_easy_init(); }
void curl_easy_cleanup(CURL *handle) { library.curl_easy_cleanup(handle); }
CURLM *curl_multi_init(void) { return library.curl_multi_init(); }
CURLMcode curl_multi_add_handle(CURLM *multi, CURL *easy) { return library.curl_multi_add_handle(multi, easy); }
CURLMcode curl_multi_remove_handle(CURLM *multi, CURL *easy) { return library.curl_multi_remove_handle(multi, easy); }
CURLMcode curl_multi_perform(CURLM *multi, int *running) { return library.curl_multi_perform(multi, running); }
CURLMcode curl_multi_cleanup(CURLM *multi) { return library.curl_multi_cleanup(multi); }
CURLMsg *curl_multi_info_read(CURLM *multi, int *remaining) { return library.curl_multi_info_read(multi, remaining); }
CURLMcode curl_multi_wakeup(CURLM *multi) { return library.curl_multi_wakeup(multi); }
struct curl_slist *curl_slist_append(struct curl_slist *list, const char *text) {
    return library.curl_slist_append(list, text);
}
void curl_slist_free_all(struct curl_slist *list) { library.curl_slist_free_all(list); }
curl_version_info_data *curl_version_info(CURLversion version) { return library.curl_version_info(version); }

CURLMcode curl_multi_poll(CURLM *multi, struct curl_waitfd extra[], unsigned int count, int milliseconds, int *ready) {
    return library.curl_multi_poll(multi, extra, count, milliseconds, ready);
}

#define SET(name, type) \
    CURLcode consent_easy_setopt_##name(CURL *handle, CURLoption option, type value) { \
        return library.curl_easy_setopt(handle, option, value); \
    }
SET(long, long)
SET(offset, curl_off_t)
SET(string, const char *)
SET(pointer, void *)
SET(list, struct curl_slist *)
SET(write, curl_write_callback)
SET(read, curl_read_callback)
SET(seek, curl_seek_callback)

#define GET(name, type) \
    CURLcode consent_easy_getinfo_##name(CURL *handle, CURLINFO info, type *value) { \
        return library.curl_easy_getinfo(handle, info, value); \
    }
GET(long, long)
GET(offset, curl_off_t)
GET(pointer, void *)

CURLMcode consent_multi_setopt_long(CURLM *handle, CURLMoption option, long value) {
    return library.curl_multi_setopt(handle, option, value);
}
