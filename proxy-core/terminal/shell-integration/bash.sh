# Shell integration for bash 3.2 and later, read through --init-file. Runs the user's own login files first, then tells
# the terminal each command line before it runs, each exit code after it, and the working directory (OSC 633; see
# ../shell-marks.ts).

if [ -r /etc/profile ]; then . /etc/profile; fi
if [ -r ~/.bash_profile ]; then
  . ~/.bash_profile
elif [ -r ~/.bash_login ]; then
  . ~/.bash_login
elif [ -r ~/.profile ]; then
  . ~/.profile
elif [ -r ~/.bashrc ]; then
  . ~/.bashrc
fi

# A start-up file may have set its own.
export KUBECONFIG="$POSTERN_TERMINAL/kubeconfig"

__postern_nonce=$(<"$POSTERN_TERMINAL/nonce")
command rm -f "$POSTERN_TERMINAL/nonce"

__postern_running=
__postern_at_prompt=
__postern_history_number=
__postern_last_command=

__postern_escape() {
  local text=$1 LC_ALL=C
  text=${text//\\/\\\\}
  text=${text//;/\\x3b}
  text=${text//$'\n'/\\x0a}
  text=${text//$'\r'/\\x0d}
  text=${text//$'\e'/\\x1b}
  text=${text//$'\a'/\\x07}
  __postern_escaped=$text
}

# The history has the whole line as typed; BASH_COMMAND only its first simple command. A line that the user keeps out of
# the history (a leading space, HISTIGNORE) leaves the number as it was, as does a repeated one. bash runs no DEBUG trap
# for a line that is nothing but ( … ): the requests of such a line are in the log without it.
__postern_preexec() {
  local entry number line
  entry=$(HISTTIMEFORMAT='' builtin history 1)
  line=$BASH_COMMAND
  if [[ $entry =~ ^[[:space:]]*([0-9]+)\*?[[:space:]][[:space:]](.*)$ ]]; then
    number=${BASH_REMATCH[1]}
    if [[ $number != "$__postern_history_number" || $BASH_COMMAND == "$__postern_last_command" ]]; then
      line=${BASH_REMATCH[2]}
    fi
    __postern_history_number=$number
  fi
  __postern_last_command=$BASH_COMMAND
  __postern_running=1
  __postern_escape "$line"
  builtin printf '\e]633;E;%s;%s\a' "$__postern_escaped" "$__postern_nonce"
}

__postern_debug() {
  # The last command of our own prompt is seen here where traps reach into functions (set -T, set -E, extdebug).
  [[ $BASH_COMMAND == 'return "$status"' ]] && return
  if [[ -n $__postern_at_prompt && $BASH_COMMAND != __postern_prompt* && -z ${COMP_LINE-} ]]; then
    __postern_at_prompt=
    __postern_preexec
  fi
}

__postern_status() { return "$1"; }

__postern_prompt() {
  local status=$?
  __postern_at_prompt=
  if [[ -n $__postern_running ]]; then
    __postern_running=
    builtin printf '\e]633;D;%s;%s\a' "$status" "$__postern_nonce"
  fi
  local each
  for each in "${__postern_user_prompt[@]}"; do
    __postern_status "$status"
    builtin eval "$each"
  done
  __postern_escape "$PWD"
  builtin printf '\e]633;P;Cwd=%s;%s\a' "$__postern_escaped" "$__postern_nonce"
  __postern_at_prompt=1
  return "$status"
}

__postern_user_prompt=("${PROMPT_COMMAND[@]}")
unset PROMPT_COMMAND
PROMPT_COMMAND=__postern_prompt

__postern_user_debug() { :; }
__postern_trap=$(trap -p DEBUG)
if [[ -n $__postern_trap ]]; then
  # trap -p prints `trap -- 'the command' DEBUG`, quoted for exactly this use.
  builtin eval "__postern_trap_words=(${__postern_trap#trap })"
  __postern_user_debug_command=${__postern_trap_words[1]}
  __postern_user_debug() { builtin eval "$__postern_user_debug_command"; }
  unset __postern_trap_words
fi
unset __postern_trap
# `history 1` before the first command is the last of the user's earlier ones.
[[ $(HISTTIMEFORMAT='' builtin history 1) =~ ^[[:space:]]*([0-9]+) ]] && __postern_history_number=${BASH_REMATCH[1]}
trap '__postern_debug; __postern_user_debug' DEBUG
