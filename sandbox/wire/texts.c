#include "wire_frames.h"
#include <string.h>

uint64_t wire_texts_length(const wire_text *texts, uint32_t count) {
  uint64_t length = (uint64_t)count * sizeof(uint32_t);
  for (uint32_t at = 0; at < count; at++) length += texts[at].length;
  return length;
}

void wire_texts_write(uint8_t *list, const wire_text *texts, uint32_t count) {
  for (uint32_t at = 0; at < count; at++) {
    memcpy(list, &texts[at].length, sizeof texts[at].length);
    list += sizeof texts[at].length;
  }
  for (uint32_t at = 0; at < count; at++) {
    if (texts[at].length > 0) memcpy(list, texts[at].bytes, texts[at].length);
    list += texts[at].length;
  }
}

bool wire_texts_read(const uint8_t *list, size_t length, wire_text *texts, uint32_t count) {
  uint64_t begin = (uint64_t)count * sizeof(uint32_t);
  if (begin > length) return false;
  for (uint32_t at = 0; at < count; at++) {
    uint32_t bytes;
    memcpy(&bytes, list + (size_t)at * sizeof bytes, sizeof bytes);
    if (bytes > length - begin) return false;
    texts[at] = (wire_text){.bytes = list + begin, .length = bytes};
    begin += bytes;
  }
  return begin == length;
}
