#!/bin/sh
# What the plugin must answer, through the host that it will run in. JACKFIELD names the program; else it is on the PATH.
set -eu
cd "$(dirname "$0")"
jackfield=${JACKFIELD:-jackfield}

# expect INPUT ANSWER
expect() {
  answer=$("$jackfield" plugin run . --fn double --input "$1") || exit 1
  [ "$answer" = "$2" ] || { echo "double $1: expected $2, got $answer" >&2; exit 1; }
}

expect '{"number":21}' '{"doubled":42}'
expect '{ "number": -3 }' '{"doubled":-6}'
"$jackfield" plugin check . --strict
