#include "CLineEdit.h"

#include <dlfcn.h>
#include <errno.h>
#include <histedit.h>
#include <locale.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#define EACH_FUNCTION(X) \
  X(el_init) X(el_end) X(el_set) X(el_get) X(el_gets) X(history_init) X(history_end) X(history)

#define MEMBER(name) __typeof__(name) *name;
static struct { EACH_FUNCTION(MEMBER) } library;
static bool is_loaded;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load(void) {
  // The version that the header of libedit-dev is of.
  void *found = dlopen("libedit.so.2", RTLD_NOW | RTLD_LOCAL);
  if (found == NULL) return;
  void *function;
#define FIND(name)                                          \
  if ((function = dlsym(found, #name)) == NULL) return; \
  memcpy(&library.name, &function, sizeof function);
  EACH_FUNCTION(FIND)
  is_loaded = true;
}

struct jf_line_editor {
  EditLine *edit;
  History *history;
  char *prompt;
  int wake;
  bool is_interrupted;
};

static jf_line_editor *editor_of(EditLine *edit) {
  void *editor = NULL;
  library.el_get(edit, EL_CLIENTDATA, &editor);
  return editor;
}

static char *prompt_of(EditLine *edit) { return editor_of(edit)->prompt; }

// One byte at a time: what was typed ahead is for whoever reads the terminal next. 1, or 0 where there is no more.
static int next_byte(jf_line_editor *editor, char *byte) {
  while (true) {
    struct pollfd ready[] = {{STDIN_FILENO, POLLIN, 0}, {editor->wake, POLLIN, 0}};
    if (poll(ready, 2, -1) < 0) {
      if (errno == EINTR) continue;
      return 0;
    }
    if (ready[1].revents != 0) {
      editor->is_interrupted = true;
      return 0;
    }
    ssize_t count = read(STDIN_FILENO, byte, 1);
    if (count < 0 && errno == EINTR) continue;
    return count > 0;
  }
}

static int next_character(EditLine *edit, wchar_t *character) {
  jf_line_editor *editor = editor_of(edit);
  mbstate_t state = {0};
  char byte;
  while (next_byte(editor, &byte)) {
    size_t length = mbrtowc(character, &byte, 1, &state);
    if (length == (size_t)-2) continue;
    // What is no text of this locale is left out.
    if (length == (size_t)-1) {
      memset(&state, 0, sizeof state);
      continue;
    }
    return 1;
  }
  return 0;
}

jf_line_editor *jf_line_editor_open(const char *prompt, int wake) {
  pthread_once(&once, load);
  if (!is_loaded) return NULL;
  if (setlocale(LC_CTYPE, "") == NULL || MB_CUR_MAX == 1) setlocale(LC_CTYPE, "C.UTF-8");
  jf_line_editor *editor = calloc(1, sizeof *editor);
  if (editor == NULL) return NULL;
  editor->wake = wake;
  editor->prompt = strdup(prompt);
  editor->history = library.history_init();
  editor->edit = library.el_init("jackfield", stdin, stderr, stderr);
  if (editor->prompt == NULL || editor->history == NULL || editor->edit == NULL) {
    jf_line_editor_close(editor);
    return NULL;
  }
  HistEvent event;
  library.history(editor->history, &event, H_SETSIZE, 1000);
  library.history(editor->history, &event, H_SETUNIQUE, 1);
  library.el_set(editor->edit, EL_CLIENTDATA, editor);
  library.el_set(editor->edit, EL_PROMPT, prompt_of);
  library.el_set(editor->edit, EL_EDITOR, "emacs");
  library.el_set(editor->edit, EL_HIST, library.history, editor->history);
  library.el_set(editor->edit, EL_GETCFN, next_character);
  return editor;
}

jf_line jf_line_editor_read(jf_line_editor *editor, const char **line) {
  editor->is_interrupted = false;
  int count = 0;
  // Before the prompt is there: the end of input, typed in answer to it, would be taken for another key.
  library.el_set(editor->edit, EL_PREP_TERM, 1);
  const char *typed = library.el_gets(editor->edit, &count);
  if (editor->is_interrupted) return JF_LINE_INTERRUPTED;
  if (typed == NULL || count <= 0) return JF_LINE_ENDED;
  *line = typed;
  return JF_LINE_TYPED;
}

void jf_line_editor_remember(jf_line_editor *editor, const char *line) {
  HistEvent event;
  library.history(editor->history, &event, H_ENTER, line);
}

void jf_line_editor_close(jf_line_editor *editor) {
  if (editor->edit != NULL) library.el_end(editor->edit);
  if (editor->history != NULL) library.history_end(editor->history);
  free(editor->prompt);
  free(editor);
}
