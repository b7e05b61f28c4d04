#include "zygote.h"
#include "birth.h"
#include "libraries.h"
#include "wire_frames.h"
#include <errno.h>
#include <inttypes.h>
#include <jackfield/plugin.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MOST_WORKERS = 4096, SWEEP_MS = 20, FAREWELL_MS = 1000 };
enum { EXIT_HOST_IS_GONE = 0, EXIT_BROKEN = 3 };

static const uint32_t all_layers = WIRE_LAYER_SECCOMP | WIRE_LAYER_LANDLOCK | WIRE_LAYER_NAMESPACES | WIRE_LAYER_LIMITS
  | WIRE_LAYER_CGROUP | WIRE_LAYER_HYGIENE | WIRE_LAYER_SLOT_UID;

typedef struct living {
  pid_t pid; /* 0: nobody; below 0: gone, but not its cgroup */
  int pidfd;
  char cgroup[CGROUP_NAME_MAX]; /* empty: none */
} living;

static struct {
  int control;
  libraries libraries;
  bool has_groups;
  cgroup_place groups;
  complaint no_groups;
  uint64_t groups_made;
  living workers[MOST_WORKERS];
} zygote;

static bool answer(const wire_header *header, const void *payload, const int *descriptors, uint32_t count) {
  return wire_send(zygote.control, header, payload, descriptors, count) == 0;
}

static bool answer_sentence(uint16_t type, jf_status status, const char *sentence) {
  wire_header header = {.type = type, .status = status, .length = (uint32_t)strlen(sentence)};
  return answer(&header, sentence, NULL, 0);
}

/* ---- what the host wants ----------------------------------------------------------------------------------------- */

static void fill_in(wire_spawn *wanted) {
  if (wanted->memory_bytes == 0) wanted->memory_bytes = (uint64_t)512 << 20;
  if (wanted->file_bytes == 0) wanted->file_bytes = 1 << 20;
  if (wanted->descriptors == 0) wanted->descriptors = 64;
  if (wanted->tasks == 0) wanted->tasks = MOST_TASKS;
}

static void plan_worker(confinement *plan, const wire_spawn *wanted) {
  memset(plan, 0, sizeof *plan);
  plan->wanted = *wanted;
  plan->uid = geteuid();
  plan->gid = getegid();
  plan->is_root = plan->uid == 0;
  plan->groups = &zygote.groups;
  plan->has_usual_tasks = wanted->tasks == 0;
  fill_in(&plan->wanted);
  for (uint32_t at = 0; at < zygote.libraries.count; at++) plan->readable[plan->readable_count++] = zygote.libraries.paths[at];
}

/* The paths behind a wire_spawn, each ended by a line feed, which is overwritten. */
static bool add_paths(confinement *plan, char *paths, size_t length, complaint *why) {
  for (char *end = paths + length; paths < end;) {
    char *line_feed = memchr(paths, '\n', (size_t)(end - paths));
    if (line_feed == NULL || paths[0] != '/') return complain(why, "a path is not absolute or not ended");
    *line_feed = 0;
    if (plan->readable_count == READABLE_MAX) return complain(why, "a worker may read at most %d paths", READABLE_MAX);
    plan->readable[plan->readable_count++] = paths;
    plan->reads_files = true;
    paths = line_feed + 1;
  }
  return true;
}

static bool check_layers(const confinement *plan, complaint *why) {
  if (plan->wanted.layers & ~all_layers) return complain(why, "layers 0x%x are not known", plan->wanted.layers & ~all_layers);
  if (wants(plan, WIRE_LAYER_SLOT_UID) && !plan->is_root)
    return complain(why, "slot_uid: only root can give each worker a uid of its own; run the host as root or do without");
  return true;
}

/* ---- workers ----------------------------------------------------------------------------------------------------- */

static living *find_worker(pid_t pid) {
  for (size_t at = 0; at < MOST_WORKERS; at++)
    if (zygote.workers[at].pid == pid) return &zygote.workers[at];
  return NULL;
}

static bool spawn(const wire_frame *frame) {
  complaint why;
  confinement plan;
  wire_spawn wanted;
  char paths[WIRE_INLINE_MAX], cgroup[CGROUP_NAME_MAX] = "";
  size_t length = frame->header.length - sizeof wanted;
  memcpy(&wanted, frame->payload, sizeof wanted);
  memcpy(paths, frame->payload + sizeof wanted, length);
  living *place = find_worker(0);
  plan_worker(&plan, &wanted);
  if (place == NULL) return answer_sentence(WIRE_SPAWN, JF_E_LIMIT, "there are too many workers");
  if (!check_layers(&plan, &why) || !add_paths(&plan, paths, length, &why))
    return answer_sentence(WIRE_SPAWN, JF_E_UNSUPPORTED, why.sentence);
  if (wants(&plan, WIRE_LAYER_CGROUP) && zygote.has_groups) {
    /* A slot has its next worker while the group of the one before may still be being removed, with all in it. */
    snprintf(cgroup, sizeof cgroup, "jackfield-%d-%" PRIu64, (int)getpid(), ++zygote.groups_made);
    plan.cgroup = cgroup;
  }
  birth born;
  if (!begin_worker(&plan, &born, &why)) return answer_sentence(WIRE_SPAWN, JF_E_UNSUPPORTED, why.sentence);
  place->pid = born.pid;
  place->pidfd = born.pidfd;
  memcpy(place->cgroup, cgroup, sizeof cgroup);
  wire_header header = {.type = WIRE_SPAWN, .count = (uint32_t)born.pid};
  bool holds = answer(&header, NULL, (const int[]){born.channel, born.pidfd}, 2);
  close(born.channel);
  return holds;
}

static bool sweep_groups(void) {
  bool is_clean = true;
  for (size_t at = 0; at < MOST_WORKERS; at++) {
    living *worker = &zygote.workers[at];
    if (worker->pid >= 0) continue;
    if (worker->cgroup[0] == 0 || cgroup_remove(&zygote.groups, worker->cgroup))
      worker->pid = 0;
    else
      is_clean = false;
  }
  return is_clean;
}

static bool tell_ended(bool tells) {
  for (;;) {
    siginfo_t ended = {0};
    if (waitid(P_ALL, 0, &ended, WEXITED | WNOHANG) < 0 || ended.si_pid == 0) return true;
    living *worker = find_worker(ended.si_pid);
    if (worker == NULL) continue;
    worker->pid = -1;
    close(worker->pidfd);
    wire_header header = {
      .type = WIRE_ENDED, .count = (uint32_t)ended.si_pid, .kind = (uint32_t)ended.si_code, .status = ended.si_status};
    if (tells && !answer(&header, NULL, NULL, 0)) return false;
  }
}

static bool has_living(void) {
  for (size_t at = 0; at < MOST_WORKERS; at++)
    if (zygote.workers[at].pid > 0) return true;
  return false;
}

static void end_workers(void) {
  for (size_t at = 0; at < MOST_WORKERS; at++)
    if (zygote.workers[at].pid > 0) syscall(SYS_pidfd_send_signal, zygote.workers[at].pidfd, SIGKILL, NULL, 0);
  for (int waited = 0; waited < FAREWELL_MS; waited += SWEEP_MS) {
    tell_ended(false);
    if (sweep_groups() && !has_living()) return;
    poll(NULL, 0, SWEEP_MS);
  }
}

/* ---- what works here --------------------------------------------------------------------------------------------- */

static bool try_layers(uint32_t layers, complaint *why) {
  confinement plan;
  const wire_spawn wanted = {.layers = layers, .slot = 0xffff};
  char name[CGROUP_NAME_MAX];
  plan_worker(&plan, &wanted);
  if (!check_layers(&plan, why)) return false;
  if (layers & WIRE_LAYER_CGROUP) {
    if (!zygote.has_groups) return *why = zygote.no_groups, false;
    snprintf(name, sizeof name, "jackfield-%d-try", (int)getpid());
    plan.cgroup = name;
  }
  birth born;
  if (!begin_worker(&plan, &born, why)) return false;
  syscall(SYS_pidfd_send_signal, born.pidfd, SIGKILL, NULL, 0);
  while (waitpid(born.pid, NULL, 0) < 0 && errno == EINTR) {
  }
  close(born.pidfd);
  close(born.channel);
  for (int tries = 0; plan.cgroup != NULL && tries < 50 && !cgroup_remove(&zygote.groups, name); tries++) poll(NULL, 0, 1);
  return true;
}

static bool hello(const wire_frame *frame) {
  wire_hello said;
  memcpy(&said, frame->payload, sizeof said);
  if (said.version != WIRE_VERSION) {
    char sentence[128];
    snprintf(sentence, sizeof sentence, "jackfield-worker speaks version %d and the host %u: they are of different installations",
      WIRE_VERSION, said.version);
    return answer_sentence(WIRE_HELLO, JF_E_UNSUPPORTED, sentence);
  }
  uint32_t working = 0;
  char missing[8 * (COMPLAINT_MAX + 1)] = "";
  for (uint32_t layer = 1; layer & all_layers; layer <<= 1) {
    complaint why;
    if (try_layers(layer, &why)) {
      working |= layer;
    } else {
      strcat(missing, why.sentence);
      strcat(missing, "\n");
    }
  }
  wire_header header = {.type = WIRE_HELLO, .kind = working, .length = (uint32_t)strlen(missing)};
  return answer(&header, missing, NULL, 0);
}

/* ---- serving ----------------------------------------------------------------------------------------------------- */

static bool serve(const wire_frame *frame) {
  const wire_header *header = &frame->header;
  if (header->flags != 0 || frame->descriptor_count > 0) return false;
  if (header->type == WIRE_HELLO && header->length == sizeof(wire_hello)) return hello(frame);
  if (header->type == WIRE_SPAWN && header->length >= sizeof(wire_spawn)) return spawn(frame);
  return false;
}

int zygote_serve(int control, const char *runtime) {
  static _Alignas(wire_header) uint8_t packet[WIRE_FRAME_MAX];
  sigset_t children;
  sigemptyset(&children);
  sigaddset(&children, SIGCHLD);
  sigprocmask(SIG_BLOCK, &children, NULL);
  zygote.control = control;
  int signals = signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);
  complaint why;
  if (signals < 0 || !find_libraries(&zygote.libraries, runtime, &why)) {
    if (signals >= 0) dprintf(STDERR_FILENO, "jackfield-worker: %s\n", why.sentence);
    return EXIT_BROKEN;
  }
  zygote.has_groups = cgroup_find(&zygote.groups, &zygote.no_groups);
  struct pollfd events[] = {{.fd = control, .events = POLLIN}, {.fd = signals, .events = POLLIN}};
  bool is_clean = true;
  for (bool goes_on = true; goes_on;) {
    if (poll(events, 2, is_clean ? -1 : SWEEP_MS) < 0) {
      if (errno != EINTR) break;
      events[0].revents = 0; /* as it was left, it would have us wait for a frame that nobody sent */
    }
    struct signalfd_siginfo received;
    while (read(signals, &received, sizeof received) == sizeof received) {
    }
    goes_on = tell_ended(true);
    is_clean = sweep_groups();
    if (goes_on && events[0].revents != 0) {
      wire_frame frame;
      goes_on = wire_receive(control, packet, &frame) == 1 && serve(&frame);
    }
  }
  end_workers();
  return EXIT_HOST_IS_GONE;
}
