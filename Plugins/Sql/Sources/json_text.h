/* Values of SQLite written as JSON. A builder that ran out of memory ignores what is appended: ask it once, at the end. */
#ifndef SQL_JSON_TEXT_H
#define SQL_JSON_TEXT_H

#include <sqlite3.h>
#include <stddef.h>
#include <stdint.h>

/* `length` bytes as a JSON string. Bytes that are not UTF-8 become U+FFFD. */
void json_append_string(sqlite3_str *out, const uint8_t *text, size_t length);

/* The shortest of 15, 16 or 17 digits that reads back as the same number; null for infinities, which JSON lacks. */
void json_append_real(sqlite3_str *out, double value);

/* Column `column` of the current row. A BLOB becomes {"base64":"..."}. */
void json_append_column(sqlite3_str *out, sqlite3_stmt *row, int column);

/* How many of the `length` bytes at `text` form one well-formed UTF-8 sequence; 0 if they begin with none. */
size_t utf8_sequence(const uint8_t *text, size_t length);

#endif
