/* The one plugin of a worker. */
#ifndef WORKER_PLUGIN_H
#define WORKER_PLUGIN_H

#include "wire_frames.h"
#include "confinement.h"
#include <jackfield/plugin.h>

typedef struct plugin {
  jf_plugin table;
  void *instance;
  jf_bytes tenant;
  jf_bytes configuration; /* empty where it is not granted */
  const char *services;   /* names, each ended by '\n' */
} plugin;

extern plugin loaded;

typedef struct refusal {
  wire_failure kind;
  char sentence[4096 + 1];
} refusal;

/* Does what WIRE_LOAD asks for, up to READY. The payload stays where it is for ever. */
bool plugin_load(
  const confinement *plan, const confined *confined, int image, const uint8_t *payload, size_t length, refusal *why);

bool plugin_may_use(const char *service);
bool plugin_may_pend(uint32_t index);
uint32_t plugin_calls_at_a_time(void);

#endif
