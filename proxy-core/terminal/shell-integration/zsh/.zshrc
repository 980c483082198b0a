# /etc/zshrc on macOS derives HISTFILE from ZDOTDIR, which was ours at that moment.
[[ ${HISTFILE-} == $POSTERN_ZDOTDIR/* ]] && HISTFILE=$POSTERN_USER_ZDOTDIR/.zsh_history
ZDOTDIR=$POSTERN_USER_ZDOTDIR
[[ -r $ZDOTDIR/.zshrc ]] && . "$ZDOTDIR/.zshrc"

# A start-up file may have set its own.
export KUBECONFIG="$POSTERN_TERMINAL/kubeconfig"

__postern_nonce=$(<"$POSTERN_TERMINAL/nonce")
command rm -f "$POSTERN_TERMINAL/nonce"
__postern_running=

__postern_escape() {
  emulate -L zsh
  local text=$1
  text=${text//\\/\\\\}
  text=${text//;/\\x3b}
  text=${text//$'\n'/\\x0a}
  text=${text//$'\r'/\\x0d}
  text=${text//$'\e'/\\x1b}
  text=${text//$'\a'/\\x07}
  __postern_escaped=$text
}

__postern_preexec() {
  emulate -L zsh
  __postern_escape "${1:-$3}"
  __postern_running=1
  builtin printf '\e]633;E;%s;%s\a' "$__postern_escaped" "$__postern_nonce"
}

__postern_precmd() {
  local code=$?
  [[ -z $__postern_running ]] && return
  __postern_running=
  builtin printf '\e]633;D;%s;%s\a' "$code" "$__postern_nonce"
}

__postern_place() {
  __postern_escape "$PWD"
  builtin printf '\e]633;P;Cwd=%s;%s\a' "$__postern_escaped" "$__postern_nonce"
}

autoload -Uz add-zsh-hook
add-zsh-hook precmd __postern_place
add-zsh-hook preexec __postern_preexec
# First in the row, so that $? is still the command's.
precmd_functions=(__postern_precmd ${precmd_functions[@]})

unset POSTERN_ZDOTDIR POSTERN_USER_ZDOTDIR
[[ $ZDOTDIR == $HOME ]] && unset ZDOTDIR
