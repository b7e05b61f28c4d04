#!/bin/sh
# Builds build/{{id}}.so. `jackfield plugin build` runs this and says where its PluginAPI is: JACKFIELD_SDK, and where the
# SDK as it was compiled with the program: JACKFIELD_SWIFT_SDK.
set -eu
cd "$(dirname "$0")"
sdk=${JACKFIELD_SDK:?names the folder PluginAPI of Jackfield; jackfield plugin build sets it}
compiled=${JACKFIELD_SWIFT_SDK:-}
mkdir -p build

# A compiled module is for the compiler that has made it. For another one it is compiled here, once.
version=$(swiftc --version 2>/dev/null)
if [ ! -f "$compiled/compiler" ] || [ "$(cat "$compiled/compiler")" != "$version" ]; then
  compiled=build/sdk
  if [ ! -f "$compiled/compiler" ] || [ "$(cat "$compiled/compiler")" != "$version" ]; then
    echo "compiling the SDK for this compiler, once" >&2
    mkdir -p "$compiled"
    swiftc -swift-version 6 -O -wmo -parse-as-library -emit-module -emit-library -static -module-name JackfieldPluginSDK \
      -emit-module-path "$compiled/JackfieldPluginSDK.swiftmodule" -I "$sdk/include" \
      "$sdk"/Swift/JackfieldPluginSDK/*.swift "$sdk"/Swift/JackfieldPluginSDK/JSON/*.swift \
      -o "$compiled/libJackfieldPluginSDK.a"
    printf '%s' "$version" >"$compiled/compiler"
  fi
fi

swiftc -swift-version 6 -O -wmo -parse-as-library -emit-library -module-name Plugin -use-ld=lld -I "$sdk/include" \
  -I "$compiled" "$compiled/libJackfieldPluginSDK.a" -Xlinker -z -Xlinker now \
  -Xlinker "--version-script=$sdk/exports.map" Plugin.swift -o build/.unsealed.so
"$sdk/seal" build/.unsealed.so -o build/{{id}}.so
