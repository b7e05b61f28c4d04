/* unconfined - runs the attacks in a process that nothing was taken away from: what fails here is no attack.
 *
 *     unconfined PLUGIN, with a channel as descriptor 3 on which the driver says INVOKE and hears READY and COMPLETE
 */
#include "wire_frames.h"
#include <dlfcn.h>
#include <jackfield/plugin.h>
#include <string.h>

enum { CHANNEL = 3, BROKEN = 2, RUN = 0, KEY, ARGUMENTS, TEXTS };

static jf_status complete(const jf_host *host, jf_call call, jf_status status, jf_bytes payload) {
  (void)host;
  const wire_header header = {.type = WIRE_COMPLETE, .call = call, .status = status, .length = (uint32_t)payload.len};
  return wire_send(CHANNEL, &header, payload.ptr, NULL, 0) == 0 ? JF_OK : JF_E_IO;
}

int main(int count, char **arguments) {
  static _Alignas(wire_header) uint8_t packet[WIRE_FRAME_MAX];
  const jf_host host = {.size = sizeof host, .abi = JF_ABI_VERSION, .complete = complete};
  const jf_plugin *(*entry)(uint32_t host_abi);
  void *library = count == 2 ? dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL) : NULL;
  void *symbol = library == NULL ? NULL : dlsym(library, JF_ENTRY_SYMBOL);
  if (symbol == NULL) return BROKEN;
  memcpy(&entry, &symbol, sizeof entry);
  const jf_plugin *plugin = entry(JF_ABI_VERSION);
  void *instance;
  if (plugin->open(&host, NULL, &instance, NULL) != JF_OK) return BROKEN;
  const wire_header ready = {.type = WIRE_READY, .count = 1};
  if (wire_send(CHANNEL, &ready, NULL, NULL, 0) < 0) return BROKEN;
  for (wire_frame frame; wire_receive(CHANNEL, packet, &frame) == 1;) {
    wire_text texts[TEXTS];
    if (!wire_texts_read(frame.payload, frame.header.length, texts, TEXTS)) return BROKEN;
    plugin->invoke(instance, frame.header.call, 0, (jf_bytes){texts[ARGUMENTS].bytes, texts[ARGUMENTS].length});
  }
  return 0;
}
