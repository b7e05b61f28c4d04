#pragma once
// The JSON Schemas of manifests/schemas/, built into the binary: what a manifest may hold is decided by the release
// that reads it, never by a file that lies beside it.
#include <stddef.h>

typedef struct jf_embedded_schema {
  const char *kind;           /* as manifests name it: "Host" */
  const unsigned char *bytes; /* UTF-8 JSON, not terminated; lives as long as the process */
  size_t length;
} jf_embedded_schema;

/* The schema at a position from 0, or NULL past the last one. [any-thread] */
const jf_embedded_schema *jf_embedded_schema_at(size_t position);
