#pragma once
/* For SHA256_Init and its like, below. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/sha.h>

/* Not through the layer of providers: its first use costs a process a millisecond and 2 MB, and every use some more.
** Cannot fail. */
static inline void jf_sha256(const void *bytes, size_t count, unsigned char digest[SHA256_DIGEST_LENGTH]) {
  SHA256_CTX context;
  SHA256_Init(&context);
  SHA256_Update(&context, bytes, count);
  SHA256_Final(digest, &context);
}

/* How many certificates a PEM text has; 0 where one of them is broken, or there is none. */
static inline int jf_certificate_count(const void *text, int count) {
  int found = 0;
  BIO *source = BIO_new_mem_buf(text, count);
  for (X509 *next; source != NULL && (next = PEM_read_bio_X509(source, NULL, NULL, NULL)) != NULL; found++)
    X509_free(next);
  /* What stops it at the end is that nothing more begins. */
  if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) found = 0;
  ERR_clear_error();
  BIO_free(source);
  return found;
}
