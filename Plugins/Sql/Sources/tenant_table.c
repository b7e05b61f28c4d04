#include <stdlib.h>
#include <string.h>

#include "tenant_layout.h"
#include "tenant_scope.h"

/* How many comparisons are handed to the file: more would not find its rows any faster. */
enum { MAX_TERMS = 8 };

typedef struct tenant_table {
  sqlite3_vtab base;
  const tenant_scope *scope;
  layout layout;
} tenant_table;

typedef struct tenant_cursor {
  sqlite3_vtab_cursor base;
  sqlite3_stmt *rows; /* of the file: the rowid, then every column, NULL for those that nobody asks for */
  bool is_at_end;
} tenant_cursor;

/* A comparison of a column with a value: `column` is -1 for the rowid. */
typedef struct term {
  int column;
  char operation; /* of "=<>lg", the last two for <= and >= */
} term;

static int connect(sqlite3 *connection, void *scope_, int argc, const char *const *argv, sqlite3_vtab **result,
                   char **error) {
  (void)argc, (void)error;
  const tenant_scope *scope = scope_;
  tenant_table *table = sqlite3_malloc(sizeof *table);
  if (table == NULL) return SQLITE_NOMEM;
  *table = (tenant_table){.scope = scope};
  int code = layout_read(&table->layout, scope->file, argv[2], scope->column);
  char *declaration = code == SQLITE_OK ? layout_declare(&table->layout) : NULL;
  if (code == SQLITE_OK) code = declaration == NULL ? SQLITE_NOMEM : sqlite3_declare_vtab(connection, declaration);
  sqlite3_free(declaration);
  if (code == SQLITE_OK) {
    *result = &table->base;
    return code;
  }
  layout_free(&table->layout);
  sqlite3_free(table);
  return code;
}

/* Another function than connect(), or SQLite would offer a table of the module's own name. */
static int create(sqlite3 *connection, void *scope, int argc, const char *const *argv, sqlite3_vtab **result,
                  char **error) {
  return connect(connection, scope, argc, argv, result, error);
}

static int disconnect(sqlite3_vtab *base) {
  tenant_table *table = (tenant_table *)base;
  layout_free(&table->layout);
  sqlite3_free(table);
  return SQLITE_OK;
}

static char operation(unsigned char constraint) {
  switch (constraint) {
    case SQLITE_INDEX_CONSTRAINT_EQ: return '=';
    case SQLITE_INDEX_CONSTRAINT_LT: return '<';
    case SQLITE_INDEX_CONSTRAINT_GT: return '>';
    case SQLITE_INDEX_CONSTRAINT_LE: return 'l';
    case SQLITE_INDEX_CONSTRAINT_GE: return 'g';
    default: return 0;
  }
}

/* Whether the file finds rows by this comparison sooner than by reading them all, and means the same by it. */
static bool helps(const layout *layout, sqlite3_index_info *plan, int number) {
  const struct sqlite3_index_constraint *constraint = &plan->aConstraint[number];
  const char meant = operation(constraint->op);
  if (!constraint->usable || meant == 0) return false;
  if (constraint->iColumn < 0) return layout->rowid != NULL;
  const layout_column *column = &layout->columns[constraint->iColumn];
  if (!column->is_indexed) return false;
  if (column->is_numeric) return true;
  return column->is_text && meant == '=' && sqlite3_stricmp(sqlite3_vtab_collation(plan, number), "BINARY") == 0;
}

/* Chooses the comparisons that the file makes. SQLite makes them once more on what comes back, so the file may answer
 * with too many rows of the tenant, but not with too few. The plan is written as: 1f 3= 0> */
static int best_index(sqlite3_vtab *base, sqlite3_index_info *plan) {
  const layout *layout = &((tenant_table *)base)->layout;
  sqlite3_str *text = sqlite3_str_new(NULL);
  sqlite3_str_appendf(text, "%llx", plan->colUsed);
  int terms = 0;
  bool is_exact = false;
  for (int i = 0; i < plan->nConstraint && terms < MAX_TERMS; i++) {
    if (!helps(layout, plan, i)) continue;
    const char meant = operation(plan->aConstraint[i].op);
    sqlite3_str_appendf(text, " %d%c", plan->aConstraint[i].iColumn, meant);
    plan->aConstraintUsage[i].argvIndex = ++terms;
    is_exact = is_exact || meant == '=';
  }
  plan->estimatedCost = is_exact ? 50 : terms > 0 ? 2.5e5 : 1e6;
  plan->estimatedRows = is_exact ? 20 : terms > 0 ? 50000 : 200000;
  plan->idxStr = sqlite3_str_finish(text);
  plan->needToFreeIdxStr = 1;
  return plan->idxStr == NULL ? SQLITE_NOMEM : SQLITE_OK;
}

static int open_cursor(sqlite3_vtab *base, sqlite3_vtab_cursor **result) {
  (void)base;
  tenant_cursor *cursor = sqlite3_malloc(sizeof *cursor);
  if (cursor == NULL) return SQLITE_NOMEM;
  *cursor = (tenant_cursor){.is_at_end = true};
  *result = &cursor->base;
  return SQLITE_OK;
}

static int close_cursor(sqlite3_vtab_cursor *base) {
  tenant_cursor *cursor = (tenant_cursor *)base;
  sqlite3_finalize(cursor->rows);
  sqlite3_free(cursor);
  return SQLITE_OK;
}

static bool is_used(sqlite3_uint64 used, int column) { return (used >> (column < 63 ? column : 63)) & 1; }

static void append_columns(sqlite3_str *sql, const layout *layout, sqlite3_uint64 used) {
  sqlite3_str_appendf(sql, "SELECT %s", layout->rowid == NULL ? "NULL" : layout->rowid);
  for (int i = 0; i < layout->column_count; i++) {
    if (is_used(used, i)) {
      sqlite3_str_appendf(sql, ", \"%w\"", layout->columns[i].name);
    } else {
      sqlite3_str_appendall(sql, ", NULL");
    }
  }
}

/* A value of another type than the column's would be converted, and here by other rules than in the statement. */
static bool has_type_of(const layout *layout, int column, sqlite3_value *value) {
  const int type = sqlite3_value_type(value);
  const bool is_text = column >= 0 && layout->columns[column].is_text;
  return type == SQLITE_NULL || (is_text ? type == SQLITE_TEXT : type == SQLITE_INTEGER || type == SQLITE_FLOAT);
}

static void append_term(sqlite3_str *sql, const layout *layout, const term *term, int parameter) {
  const char *sign = term->operation == '=' ? "="
                     : term->operation == '<' ? "<"
                     : term->operation == '>' ? ">"
                     : term->operation == 'l' ? "<="
                                              : ">=";
  sqlite3_str_appendf(sql, " AND \"%w\" %s ?%d COLLATE BINARY",
                      term->column < 0 ? layout->rowid : layout->columns[term->column].name, sign, parameter);
}

/* The question to the file. Whatever stands in the plan, the tenant does too. The type is asked for because a number in
 * the column equals more than one text. */
static char *question(const tenant_table *table, const char *plan, int count, sqlite3_value **values) {
  char *rest = NULL;
  sqlite3_str *sql = sqlite3_str_new(NULL);
  append_columns(sql, &table->layout, strtoull(plan, &rest, 16));
  sqlite3_str_appendf(sql, " FROM main.\"%w\" WHERE \"%w\" = ?1 COLLATE BINARY AND typeof(\"%w\") = 'text'",
                      table->layout.table, table->scope->column, table->scope->column);
  for (int i = 0; i < count; i++) {
    term term = {.column = (int)strtol(rest, &rest, 10)};
    term.operation = *rest++;
    if (has_type_of(&table->layout, term.column, values[i])) append_term(sql, &table->layout, &term, i + 2);
  }
  return sqlite3_str_finish(sql);
}

/* The inner side of a join asks the same again and again: a statement that fits is kept. */
static int prepare(tenant_cursor *cursor, sqlite3 *file, char *sql) {
  if (sql == NULL) return SQLITE_NOMEM;
  int code = SQLITE_OK;
  if (cursor->rows != NULL && strcmp(sqlite3_sql(cursor->rows), sql) == 0) {
    sqlite3_reset(cursor->rows);
  } else {
    sqlite3_finalize(cursor->rows);
    cursor->rows = NULL;
    code = sqlite3_prepare_v2(file, sql, -1, &cursor->rows, NULL);
  }
  sqlite3_free(sql);
  return code;
}

static int next(sqlite3_vtab_cursor *base) {
  tenant_cursor *cursor = (tenant_cursor *)base;
  const int code = sqlite3_step(cursor->rows);
  cursor->is_at_end = code != SQLITE_ROW;
  return code == SQLITE_ROW || code == SQLITE_DONE ? SQLITE_OK : code;
}

static int filter(sqlite3_vtab_cursor *base, int number, const char *plan, int count, sqlite3_value **values) {
  (void)number;
  tenant_cursor *cursor = (tenant_cursor *)base;
  const tenant_table *table = (const tenant_table *)base->pVtab;
  const jf_bytes tenant = table->scope->tenant;
  cursor->is_at_end = true;
  int code = prepare(cursor, table->scope->file, question(table, plan, count, values));
  if (code == SQLITE_OK) {
    code = sqlite3_bind_text64(cursor->rows, 1, (const char *)tenant.ptr, tenant.len, SQLITE_STATIC, SQLITE_UTF8);
  }
  const int wanted = cursor->rows == NULL ? 0 : sqlite3_bind_parameter_count(cursor->rows);
  for (int i = 0; code == SQLITE_OK && i + 2 <= wanted; i++) code = sqlite3_bind_value(cursor->rows, i + 2, values[i]);
  return code == SQLITE_OK ? next(base) : code;
}

static int is_at_end(sqlite3_vtab_cursor *base) { return ((tenant_cursor *)base)->is_at_end; }

static int column(sqlite3_vtab_cursor *base, sqlite3_context *result, int number) {
  sqlite3_result_value(result, sqlite3_column_value(((tenant_cursor *)base)->rows, number + 1));
  return SQLITE_OK;
}

static int rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *result) {
  if (((tenant_table *)base->pVtab)->layout.rowid == NULL) return SQLITE_ERROR;
  *result = sqlite3_column_int64(((tenant_cursor *)base)->rows, 0);
  return SQLITE_OK;
}

int tenant_table_register(sqlite3 *connection, const char *name, const tenant_scope *scope) {
  static const sqlite3_module module = {
      .iVersion = 1,
      .xCreate = create,
      .xConnect = connect,
      .xBestIndex = best_index,
      .xDisconnect = disconnect,
      .xDestroy = disconnect,
      .xOpen = open_cursor,
      .xClose = close_cursor,
      .xFilter = filter,
      .xNext = next,
      .xEof = is_at_end,
      .xColumn = column,
      .xRowid = rowid,
  };
  return sqlite3_create_module_v2(connection, name, &module, (void *)scope, NULL);
}
