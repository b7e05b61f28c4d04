#!/bin/sh
# What the provider must answer, through the host that it will run in. JACKFIELD names the program; else it is on the PATH.
set -eu
cd "$(dirname "$0")"
jackfield=${JACKFIELD:-jackfield}

request='{"model":"{{id}}","messages":[{"role":"user","content":"Hello"}],"tools":[],"toolChoice":"auto","settings":{}}'
answer=$("$jackfield" plugin run . --fn chat --input "$request")
case $answer in
'{"text":"Hello, world"'*) ;;
*) echo "chat: expected the text Hello, world, got $answer" >&2; exit 1 ;;
esac
"$jackfield" plugin check . --strict
