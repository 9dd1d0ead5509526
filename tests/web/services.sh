#!/bin/sh
# What the tests of the service need beside Python: PostgreSQL, Chromium, gettext, and the programs named (for load,
# wrk).  Installed where we may, said where not.
set -eu
missing=""
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null 2>&1 || missing="postgresql"
command -v chromium >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1 || missing="$missing chromium"
command -v xgettext >/dev/null 2>&1 || missing="$missing gettext"
for program in "$@"; do
  command -v "$program" >/dev/null 2>&1 || missing="$missing $program"
done
[ -z "$missing" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "installing$( [ -n "$missing" ] && echo " $missing" ) for the tests of the service"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq >/dev/null
  # the server itself is started by the tests; Debian's own cluster is not wanted
  mkdir -p /etc/postgresql-common && grep -qs create_main_cluster /etc/postgresql-common/createcluster.conf \
    || echo "create_main_cluster = false" >> /etc/postgresql-common/createcluster.conf
  # shellcheck disable=SC2086
  apt-get install -y -qq -o Dpkg::Options::=--force-confold $missing >/dev/null
  exit 0
fi
echo "The tests of the service need:$missing.  Install them (Debian: sudo apt-get install$missing) and try again." >&2
exit 2
