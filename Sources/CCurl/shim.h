#pragma once
// The checking macros stand before the functions that we wrap.
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

// curl_easy_setopt and curl_easy_getinfo take "...", which Swift does not call: one function for each kind of argument.

static inline CURLcode ccurl_set_long(CURL *easy, CURLoption option, long value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode ccurl_set_text(CURL *easy, CURLoption option, const char *value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode ccurl_set_headers(CURL *easy, struct curl_slist *headers) {
    return curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
}

// Takes what the server sends as a body and keeps nothing of it.
static inline size_t ccurl_swallow(char *bytes, size_t size, size_t count, void *context) {
    (void)bytes;
    (void)context;
    return size * count;
}

static inline CURLcode ccurl_ignore_body(CURL *easy) {
    return curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, ccurl_swallow);
}

static inline CURLcode ccurl_set_tag(CURL *easy, size_t tag) {
    return curl_easy_setopt(easy, CURLOPT_PRIVATE, (void *)tag);
}

static inline size_t ccurl_tag(CURL *easy) {
    void *tag = 0;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &tag);
    return (size_t)tag;
}

// 0: no answer came.
static inline long ccurl_status(CURL *easy) {
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    return status;
}

// Microseconds from the beginning of the request to the end of its answer.
static inline curl_off_t ccurl_duration(CURL *easy) {
    curl_off_t duration = 0;
    curl_easy_getinfo(easy, CURLINFO_TOTAL_TIME_T, &duration);
    return duration;
}

// Seconds of a Retry-After header, of either form; 0: there was none.
static inline curl_off_t ccurl_retry_after(CURL *easy) {
    curl_off_t seconds = 0;
    curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &seconds);
    return seconds;
}

static inline CURLMcode ccurl_limit_connections(CURLM *multi, long connections) {
    return curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, connections);
}

// The result of a message that says that a transfer is done; the member is part of a union.
static inline CURLcode ccurl_result(const CURLMsg *message) {
    return message->data.result;
}
