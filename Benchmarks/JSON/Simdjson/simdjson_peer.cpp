#include "simdjson_peer.h"

#include <simdjson.h>

void *jf_simdjson_parser(void) { return new simdjson::dom::parser(); }

int jf_simdjson_parse(void *parser, const uint8_t *text, size_t length) {
  auto *dom = static_cast<simdjson::dom::parser *>(parser);
  return dom->parse(text, length, true).error() == simdjson::SUCCESS;
}

int jf_simdjson_parse_padded(void *parser, const uint8_t *text, size_t length) {
  auto *dom = static_cast<simdjson::dom::parser *>(parser);
  return dom->parse(text, length, false).error() == simdjson::SUCCESS;
}
