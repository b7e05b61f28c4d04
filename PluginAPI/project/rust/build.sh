#!/bin/sh
# Builds build/{{id}}.so. `jackfield plugin build` runs this and says where its PluginAPI is: JACKFIELD_SDK.
set -eu
cd "$(dirname "$0")"
sdk=${JACKFIELD_SDK:?names the folder PluginAPI of Jackfield; jackfield plugin build sets it}
mkdir -p build

cp "$sdk/rust/jackfield.rs" build/jackfield.rs
${RUSTC:-rustc} --edition 2021 -O --crate-type cdylib --crate-name plugin -C link-arg=-Wl,-z,now plugin.rs -o build/.unsealed.so
"$sdk/seal" build/.unsealed.so descriptor.json -o build/{{id}}.so
