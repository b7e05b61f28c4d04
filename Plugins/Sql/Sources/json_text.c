#include "json_text.h"

#include <locale.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the second byte may be depends on the first one (Unicode 15, table 3-7): no overlong forms, no surrogates. */
size_t utf8_sequence(const uint8_t *text, size_t length) {
  if (length == 0) return 0;
  const uint8_t first = text[0];
  if (first < 0x80) return 1;
  if (first < 0xC2 || first > 0xF4) return 0;
  const size_t need = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  if (length < need) return 0;
  const uint8_t low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
  const uint8_t high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
  if (text[1] < low || text[1] > high) return 0;
  for (size_t i = 2; i < need; i++) {
    if ((text[i] & 0xC0) != 0x80) return 0;
  }
  return need;
}

static void append_escaped(sqlite3_str *out, uint8_t byte) {
  switch (byte) {
    case '"': sqlite3_str_appendall(out, "\\\""); break;
    case '\\': sqlite3_str_appendall(out, "\\\\"); break;
    case '\n': sqlite3_str_appendall(out, "\\n"); break;
    case '\r': sqlite3_str_appendall(out, "\\r"); break;
    case '\t': sqlite3_str_appendall(out, "\\t"); break;
    default: sqlite3_str_appendf(out, "\\u%04x", byte);
  }
}

static bool stands_for_itself(uint8_t byte) { return byte >= 0x20 && byte != '"' && byte != '\\'; }

void json_append_string(sqlite3_str *out, const uint8_t *text, size_t length) {
  sqlite3_str_appendchar(out, 1, '"');
  size_t done = 0;
  while (done < length) {
    size_t run = done;
    size_t sequence = 0;
    while (run < length && stands_for_itself(text[run]) && (sequence = utf8_sequence(text + run, length - run)) > 0) {
      run += sequence;
    }
    sqlite3_str_append(out, (const char *)text + done, (int)(run - done));
    done = run;
    if (done == length) break;
    if (stands_for_itself(text[done])) {
      sqlite3_str_appendall(out, "\xEF\xBF\xBD");
    } else {
      append_escaped(out, text[done]);
    }
    done++;
  }
  sqlite3_str_appendchar(out, 1, '"');
}

void json_append_real(sqlite3_str *out, double value) {
  if (!isfinite(value)) {
    sqlite3_str_appendall(out, "null");
    return;
  }
  /* The host may have set a locale that writes 0,5; glibc's "C" locale is a constant that nobody frees. */
  const locale_t before = uselocale(newlocale(LC_ALL_MASK, "C", (locale_t)0));
  char digits[40];
  for (int precision = 15; precision <= 17; precision++) {
    snprintf(digits, sizeof digits, "%.*g", precision, value);
    if (strtod(digits, NULL) == value) break;
  }
  uselocale(before);
  sqlite3_str_appendall(out, digits);
  /* A real stays one: 2.0 and 2 differ in SQLite. */
  if (strpbrk(digits, ".e") == NULL) sqlite3_str_appendall(out, ".0");
}

static void append_base64(sqlite3_str *out, const uint8_t *bytes, size_t length) {
  static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (size_t i = 0; i < length; i += 3) {
    const size_t left = length - i;
    const uint32_t group = (uint32_t)bytes[i] << 16 | (left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) |
                           (left > 2 ? (uint32_t)bytes[i + 2] : 0);
    const char four[4] = {
        alphabet[group >> 18],
        alphabet[group >> 12 & 63],
        left > 1 ? alphabet[group >> 6 & 63] : '=',
        left > 2 ? alphabet[group & 63] : '=',
    };
    sqlite3_str_append(out, four, sizeof four);
  }
}

void json_append_column(sqlite3_str *out, sqlite3_stmt *row, int column) {
  switch (sqlite3_column_type(row, column)) {
    case SQLITE_INTEGER:
      sqlite3_str_appendf(out, "%lld", sqlite3_column_int64(row, column));
      break;
    case SQLITE_FLOAT:
      json_append_real(out, sqlite3_column_double(row, column));
      break;
    case SQLITE_TEXT: {
      /* The text first: asking for it may convert the value, and so change its length. */
      const uint8_t *text = sqlite3_column_text(row, column);
      json_append_string(out, text, text == NULL ? 0 : (size_t)sqlite3_column_bytes(row, column));
      break;
    }
    case SQLITE_BLOB: {
      const uint8_t *bytes = sqlite3_column_blob(row, column);
      sqlite3_str_appendall(out, "{\"base64\":\"");
      append_base64(out, bytes, bytes == NULL ? 0 : (size_t)sqlite3_column_bytes(row, column));
      sqlite3_str_appendall(out, "\"}");
      break;
    }
    default:
      sqlite3_str_appendall(out, "null");
  }
}
