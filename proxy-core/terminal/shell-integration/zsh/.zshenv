# zsh reads these files in place of the user's, because ZDOTDIR points here; each runs the user's own first.
POSTERN_ZDOTDIR=$ZDOTDIR
ZDOTDIR=$POSTERN_USER_ZDOTDIR
[[ -r $ZDOTDIR/.zshenv ]] && . "$ZDOTDIR/.zshenv"
# The user's file may have moved ZDOTDIR: that is where the rest of theirs lies.
POSTERN_USER_ZDOTDIR=$ZDOTDIR
ZDOTDIR=$POSTERN_ZDOTDIR
