# Stops PostgreSQL when the server has ended, however it ended: the server holds the other end of standard input,
# and the kernel closes that even after kill -9. Each line read is "pid start-time" of the postmaster to guard;
# the last one counts. A shell, because it costs 1 MB where a second Node costs 40.
#   $1  the cluster, whose postmaster.pid is asked when the server died before it could tell
trap '' INT TERM HUP QUIT
cluster=$1
pid='' start=''
while read -r a b; do pid=$a start=$b; done
if [ -z "$pid" ] && [ -r "$cluster/postmaster.pid" ]; then
  read -r pid <"$cluster/postmaster.pid"
  # that file may be an old one, and the number a stranger's by now
  [ "$(readlink "/proc/$pid/cwd")" = "$cluster" ] || exit 0
fi
[ -n "$pid" ] || exit 0

# the same process still, not a later one under its number, nor its zombie
alive() {
  kill -0 "$pid" 2>/dev/null || return 1
  [ -r "/proc/$pid/stat" ] || return 0
  read -r stat <"/proc/$pid/stat" 2>/dev/null || return 1
  set -- ${stat##*) }
  [ "$1" != Z ] || return 1
  [ -z "$start" ] || [ "${20}" = "$start" ]
}

# $1 signal, $2 tenths of a second to wait
end() {
  alive || exit 0
  kill "-$1" "$pid" 2>/dev/null
  tenths=0
  while [ "$tenths" -lt "$2" ]; do
    alive || exit 0
    sleep 0.1
    tenths=$((tenths + 1))
  done
}

end INT 50
end QUIT 30
end KILL 10
