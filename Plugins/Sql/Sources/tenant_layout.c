#include "tenant_layout.h"

#include <string.h>

/* Types are declared anew from their affinity, by SQLite's own rules: what stands in the file is any text. The rest of
 * an index whose first column is the tenant's begins with its second. */
static const char columns_sql[] =
    "WITH leading(index_name, position) AS (SELECT listed.name, "
    "   EXISTS (SELECT 1 FROM pragma_index_xinfo(listed.name) WHERE seqno = 0 AND name = ?2 COLLATE NOCASE) "
    "   FROM pragma_index_list(?1) AS listed WHERE partial = 0), "
    "indexed(name) AS (SELECT part.name FROM leading, pragma_index_xinfo(leading.index_name) AS part "
    "   WHERE part.seqno <= position AND part.coll = 'BINARY' AND part.key AND part.name IS NOT NULL), "
    "listed(strict, wr) AS (SELECT strict, wr FROM pragma_table_list(?1) WHERE schema = 'main') "
    "SELECT name, CASE WHEN upper(type) LIKE '%INT%' THEN 'INTEGER' "
    "  WHEN upper(type) LIKE '%CHAR%' OR upper(type) LIKE '%CLOB%' OR upper(type) LIKE '%TEXT%' THEN 'TEXT' "
    "  WHEN type = '' OR upper(type) LIKE '%BLOB%' OR (strict AND upper(type) = 'ANY') THEN 'BLOB' "
    "  WHEN upper(type) LIKE '%REAL%' OR upper(type) LIKE '%FLOA%' OR upper(type) LIKE '%DOUB%' THEN 'REAL' "
    "  ELSE 'NUMERIC' END, pk, "
    "name IN indexed OR (pk = 1 AND NOT wr AND upper(type) = 'INTEGER' AND (SELECT max(pk) = 1 FROM "
    "pragma_table_xinfo(?1))), wr "
    "FROM pragma_table_xinfo(?1), listed WHERE hidden <> 1 ORDER BY cid";

/* A collation that SQLite does not bring along cannot be used here, as it cannot be on the file. */
static const char *collation(sqlite3 *file, const char *table, const char *column) {
  static const char *const known[] = {"NOCASE", "RTRIM"};
  const char *name = NULL;
  if (sqlite3_table_column_metadata(file, "main", table, column, NULL, &name, NULL, NULL, NULL) == SQLITE_OK) {
    for (int i = 0; i < 2; i++) {
      if (sqlite3_stricmp(name, known[i]) == 0) return known[i];
    }
  }
  return "BINARY";
}

static int add_column(layout *layout, sqlite3 *file, sqlite3_stmt *row) {
  const sqlite3_uint64 size = ((sqlite3_uint64)layout->column_count + 1) * sizeof *layout->columns;
  layout_column *columns = sqlite3_realloc64(layout->columns, size);
  if (columns == NULL) return SQLITE_NOMEM;
  layout->columns = columns;
  layout_column *added = &columns[layout->column_count++];
  memset(added, 0, sizeof *added);
  const char *affinity = (const char *)sqlite3_column_text(row, 1);
  added->name = sqlite3_mprintf("%s", sqlite3_column_text(row, 0));
  if (added->name == NULL || affinity == NULL) return SQLITE_NOMEM;
  added->declaration = sqlite3_mprintf("%s COLLATE %s", affinity, collation(file, layout->table, added->name));
  added->is_numeric = strcmp(affinity, "INTEGER") == 0 || strcmp(affinity, "REAL") == 0;
  added->is_text = strcmp(affinity, "TEXT") == 0;
  added->key_position = sqlite3_column_int(row, 2);
  added->is_indexed = sqlite3_column_int(row, 3) != 0;
  layout->has_rowid = sqlite3_column_int(row, 4) == 0;
  return added->declaration == NULL ? SQLITE_NOMEM : SQLITE_OK;
}

static bool has_column(const layout *layout, const char *name) {
  for (int i = 0; i < layout->column_count; i++) {
    if (sqlite3_stricmp(layout->columns[i].name, name) == 0) return true;
  }
  return false;
}

static const char *rowid_name(const layout *layout) {
  static const char *const names[] = {"rowid", "_rowid_", "oid"};
  for (int i = 0; i < 3 && layout->has_rowid; i++) {
    if (!has_column(layout, names[i])) return names[i];
  }
  return NULL;
}

int layout_read(layout *layout, sqlite3 *file, const char *table, const char *tenant_column) {
  memset(layout, 0, sizeof *layout);
  layout->table = sqlite3_mprintf("%s", table);
  if (layout->table == NULL) return SQLITE_NOMEM;
  sqlite3_stmt *rows = NULL;
  int code = sqlite3_prepare_v2(file, columns_sql, -1, &rows, NULL);
  if (code == SQLITE_OK) code = sqlite3_bind_text(rows, 1, table, -1, SQLITE_STATIC);
  if (code == SQLITE_OK) code = sqlite3_bind_text(rows, 2, tenant_column, -1, SQLITE_STATIC);
  while (code == SQLITE_OK && (code = sqlite3_step(rows)) == SQLITE_ROW) code = add_column(layout, file, rows);
  sqlite3_finalize(rows);
  if (code != SQLITE_DONE) return code;
  layout->rowid = rowid_name(layout);
  return has_column(layout, tenant_column) ? SQLITE_OK : SQLITE_ERROR;
}

void layout_free(layout *layout) {
  for (int i = 0; i < layout->column_count; i++) {
    sqlite3_free(layout->columns[i].name);
    sqlite3_free(layout->columns[i].declaration);
  }
  sqlite3_free(layout->columns);
  sqlite3_free(layout->table);
}

/* The columns of the primary key in its order. */
static void append_key(sqlite3_str *sql, const layout *layout) {
  sqlite3_str_appendall(sql, ", PRIMARY KEY (");
  for (int position = 1; position <= layout->column_count; position++) {
    for (int i = 0; i < layout->column_count; i++) {
      const layout_column *column = &layout->columns[i];
      if (column->key_position == position) {
        sqlite3_str_appendf(sql, "%s\"%w\"", position == 1 ? "" : ", ", column->name);
      }
    }
  }
  sqlite3_str_appendall(sql, ")) WITHOUT ROWID");
}

char *layout_declare(const layout *layout) {
  sqlite3_str *sql = sqlite3_str_new(NULL);
  sqlite3_str_appendall(sql, "CREATE TABLE declared (");
  for (int i = 0; i < layout->column_count; i++) {
    const layout_column *column = &layout->columns[i];
    sqlite3_str_appendf(sql, "%s\"%w\" %s", i == 0 ? "" : ", ", column->name, column->declaration);
  }
  if (layout->has_rowid) {
    sqlite3_str_appendchar(sql, 1, ')');
  } else {
    append_key(sql, layout);
  }
  return sqlite3_str_finish(sql);
}
