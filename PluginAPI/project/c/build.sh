#!/bin/sh
# Builds build/{{id}}.so. `jackfield plugin build` runs this and says where its PluginAPI is: JACKFIELD_SDK.
set -eu
cd "$(dirname "$0")"
sdk=${JACKFIELD_SDK:?names the folder PluginAPI of Jackfield; jackfield plugin build sets it}
mkdir -p build

${CC:-cc} -std=c11 -O2 -g -Wall -Wextra -shared -fPIC -fvisibility=hidden -I "$sdk/include" \
  -Wl,-z,now "-Wl,--version-script=$sdk/exports.map" plugin.c -o build/.unsealed.so
"$sdk/seal" build/.unsealed.so descriptor.json -o build/{{id}}.so
