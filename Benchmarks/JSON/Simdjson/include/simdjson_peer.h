#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A parser whose memory is used again by every text. */
void *jf_simdjson_parser(void);
/* 1 when the text is JSON. text needs no padding: it is copied where simdjson wants some. */
int jf_simdjson_parse(void *parser, const uint8_t *text, size_t length);
/* The same for a text that has 64 readable bytes behind it. */
int jf_simdjson_parse_padded(void *parser, const uint8_t *text, size_t length);

#ifdef __cplusplus
}
#endif
