#!/bin/bash
# Made by scenario-katacoda. The commands on the pages use it: it changes files, and waits for what they have started.
#
#   book append FILE                     the text from standard input goes to the end of the file
#   book prepend FILE                    to its start
#   book insert-before FILE MARKER       above the line that contains the marker
#   book insert-after FILE MARKER        below that line
#   book replace FILE MARKER [MARKER]    in place of the marker, or of all from the first marker through the second
#   book wait READY SECONDS              until READY: a port, an http:// URL
#   book started NAME PID [READY SECONDS]
#                                        remembers a process, and waits; READY may also be log:TEXT, or
#                                        `wait` for its end or the time, whichever is first
#   book stop NAME                       ends it, as Ctrl-C does
#
# A marker must be in the file exactly once.
export LC_ALL=C

fail() {
  echo "book: $*" >&2
  exit 1
}

# What is before and after the only place of a marker in a text.
split() {
  case $1 in *"$2"*) ;; *) fail "not found in $file: $2" ;; esac
  before=${1%%"$2"*}
  after=${1#*"$2"}
  case ${2:1}$after in *"$2"*) fail "more than once in $file: $2" ;; esac
}

edit() {
  local verb=$1 file=$2 from=$3 to=$4 text block line
  [ -e "$file" ] || fail "no such file: $file"
  text=$(cat "$file" && printf x) && text=${text%x}
  block=$(cat && printf x) && block=${block%x}
  case $verb in
    append)
      [ -z "$text" ] || [ "${text: -1}" = $'\n' ] || text+=$'\n'
      text+=$block
      ;;
    prepend) text=$block$text ;;
    insert-before)
      split "$text" "$from"
      line=${before##*$'\n'}
      text=${before%"$line"}$block$line$from$after
      ;;
    insert-after)
      split "$text" "$from"
      line=${after%%$'\n'*}
      after=${after#"$line"}
      text=$before$from$line$'\n'$block${after#$'\n'}
      ;;
    replace)
      split "$text" "$from"
      text=$before
      if [ -n "$to" ]; then
        split "$after" "$to"
      fi
      text=$text${block%$'\n'}$after
      # What was cut off between the two markers is in `before`.
      ;;
  esac
  printf %s "$text" >"$file"
}

is_ready() {
  case $1 in
    log:*) grep -qaF -e "${1#log:}" "/tmp/$name.log" ;;
    http:*) curl -fs -o /dev/null --noproxy '*' --max-time 5 "$1" ;;
    *) (: >"/dev/tcp/127.0.0.1/$1") 2>/dev/null ;;
  esac
}

wait_for() {
  local end=$((SECONDS + $2))
  until is_ready "$1"; do
    [ "$SECONDS" -lt "$end" ] || fail "not ready after $2 s: $1"
    sleep 0.2
  done
}

linger() {
  local end=$((SECONDS + $2))
  while kill -0 "$1" 2>/dev/null && [ "$SECONDS" -lt "$end" ]; do
    sleep 0.2
  done
}

stop() {
  local pid
  pid=$(cat "/tmp/$1.pid" 2>/dev/null) || return 0
  rm -f "/tmp/$1.pid"
  kill -INT -- "-$pid" 2>/dev/null || kill -INT "$pid" 2>/dev/null || return 0
  for _ in {1..50}; do
    kill -0 "$pid" 2>/dev/null || return 0
    sleep 0.2
  done
  kill -KILL -- "-$pid" 2>/dev/null || kill -KILL "$pid"
}

case $1 in
  append | prepend | insert-before | insert-after | replace) edit "$@" ;;
  wait) wait_for "$2" "$3" ;;
  started)
    name=$2
    echo "$3" >"/tmp/$name.pid"
    case $4 in
      '') ;;
      wait) linger "$3" "$5" ;;
      *) wait_for "$4" "$5" ;;
    esac
    ;;
  stop) stop "$2" ;;
  *) sed -n '2,/^$/s/^# \{0,1\}//p' "$0" ;;
esac
