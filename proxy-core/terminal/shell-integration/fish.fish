# Shell integration for fish 3.0 and later, read through --init-command after the user's own configuration.

# A configuration file may have set its own.
set --global --export KUBECONFIG "$POSTERN_TERMINAL/kubeconfig"

read --global __postern_nonce <"$POSTERN_TERMINAL/nonce"
command rm -f "$POSTERN_TERMINAL/nonce" "$POSTERN_TERMINAL/integration.fish"

function __postern_escape
    string replace --all '\\' '\\\\' -- $argv[1] | string replace --all ';' '\x3b' | string replace --all \r '\x0d' | string replace --all \e '\x1b' | string replace --all \a '\x07' | string join '\x0a'
end

function __postern_preexec --on-event fish_preexec
    printf '\e]633;E;%s;%s\a' (__postern_escape $argv[1]) $__postern_nonce
end

function __postern_postexec --on-event fish_postexec
    printf '\e]633;D;%s;%s\a' $status $__postern_nonce
end

function __postern_place --on-event fish_prompt
    printf '\e]633;P;Cwd=%s;%s\a' (__postern_escape $PWD) $__postern_nonce
end
