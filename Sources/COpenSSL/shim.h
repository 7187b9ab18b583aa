#pragma once
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

// Macros with arguments are not imported into Swift.

static inline long copenssl_set_mode(SSL_CTX *context, long mode) {
    return SSL_CTX_set_mode(context, mode);
}

static inline int copenssl_set_min_version(SSL_CTX *context, int version) {
    return (int)SSL_CTX_set_min_proto_version(context, version);
}

static inline long copenssl_cache_off(SSL_CTX *context) {
    return SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
}

// No renegotiation (a client could make the server work without end), no compression (CRIME), and the end of the TCP connection
// counts as the end of the stream: that is how browsers leave.
static inline void copenssl_set_options(SSL_CTX *context) {
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF);
}

// Allows one protocol version only.
static inline int copenssl_set_versions(SSL *connection, int version) {
    return SSL_set_min_proto_version(connection, version) == 1 && SSL_set_max_proto_version(connection, version) == 1;
}
