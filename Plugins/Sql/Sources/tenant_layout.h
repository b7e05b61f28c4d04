/* What a virtual table has to know of the table that it stands for. */
#ifndef SQL_TENANT_LAYOUT_H
#define SQL_TENANT_LAYOUT_H

#include <sqlite3.h>
#include <stdbool.h>

typedef struct layout_column {
  char *name;
  char *declaration; /* affinity and collation: INTEGER COLLATE BINARY */
  bool is_numeric;   /* INTEGER or REAL */
  bool is_text;
  bool is_indexed;  /* an index finds a value of it quickly */
  int key_position; /* in the primary key, from 1; 0 outside of it */
} layout_column;

typedef struct layout {
  char *table;
  const char *rowid; /* a name by which SQL reaches it; null if there is none, or no such name is free */
  bool has_rowid;
  layout_column *columns;
  int column_count;
} layout;

/* Reads the layout of `table`. Answers SQLite's code; `layout` is to be freed either way. */
int layout_read(layout *layout, sqlite3 *file, const char *table, const char *tenant_column);
void layout_free(layout *layout);

/* The statement for sqlite3_declare_vtab(); null without memory. */
char *layout_declare(const layout *layout);

#endif
