#include "CManifestSchemas.h"

// The rest of the package is C11, and #embed is the one thing here that is not.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char host[] = {
#embed "../../manifests/schemas/host.schema.json"
};
static const unsigned char tenant[] = {
#embed "../../manifests/schemas/tenant.schema.json"
};
static const unsigned char flow[] = {
#embed "../../manifests/schemas/flow.schema.json"
};
static const unsigned char prompts[] = {
#embed "../../manifests/schemas/prompts.schema.json"
};
static const unsigned char prices[] = {
#embed "../../manifests/schemas/prices.schema.json"
};

static const jf_embedded_schema schemas[] = {
  {"Host", host, sizeof host},
  {"Tenant", tenant, sizeof tenant},
  {"Flow", flow, sizeof flow},
  {"Prompts", prompts, sizeof prompts},
  {"Prices", prices, sizeof prices},
};

const jf_embedded_schema *jf_embedded_schema_at(size_t position) {
  return position < sizeof schemas / sizeof schemas[0] ? &schemas[position] : NULL;
}
