/* The process that workers are forked from. Single-threaded; runs no code of a plugin; knows no secret. */
#ifndef ZYGOTE_H
#define ZYGOTE_H

/* Serves the host on `control` until that ends, and then ends every worker. `runtime`: where libraries of plugins are
 * besides the system's, or empty. Answers the exit status. */
int zygote_serve(int control, const char *runtime);

#endif
