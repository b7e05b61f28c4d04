// Lines that a person types at the terminal, edited and with those before on the arrow keys: libedit, loaded when it is first
// asked for, since only `jackfield chat` does.
#ifndef JACKFIELD_CLINEEDIT_H
#define JACKFIELD_CLINEEDIT_H

typedef struct jf_line_editor jf_line_editor;

typedef enum {
  JF_LINE_TYPED,
  JF_LINE_ENDED,
  // `wake` became readable; what was typed of a line until then is dropped.
  JF_LINE_INTERRUPTED,
} jf_line;

// On stdin and stderr, which must be terminals. `prompt` is copied. `wake` stays the caller's: a descriptor that is polled
// beside the terminal. Sets the process's LC_CTYPE. NULL where the library cannot be loaded.
jf_line_editor *jf_line_editor_open(const char *prompt, int wake);

// One thread at a time. Blocks. `*line` is without its end, UTF-8 as far as the terminal sends that, and borrowed until the
// next call.
jf_line jf_line_editor_read(jf_line_editor *editor, const char **line);

// `line` comes back on the arrow keys. Copied.
void jf_line_editor_remember(jf_line_editor *editor, const char *line);

void jf_line_editor_close(jf_line_editor *editor);

#endif
