#pragma once
#include <cjose/cjose.h>
// cjose leaves the reasons of its failures in OpenSSL's queue of the calling thread.
#include <openssl/err.h>
// For tests, which sign headers that cjose would not write.
#include <openssl/hmac.h>
