/**
 * Completion scripts. Each asks `tailrace completion words` for what can stand at the cursor, so that a script does not
 * age with the commands: one line a word, a tab, its description; a single line `:files` leaves the word to the shell.
 */
const bash = `# tailrace completion for bash: eval "$(tailrace completion bash)"
_tailrace() {
  local cur words line
  cur="\${COMP_WORDS[COMP_CWORD]}"
  words=("\${COMP_WORDS[@]:1:COMP_CWORD}")
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ "$line" == ":files" ]]; then
      compopt -o default
      return
    fi
    COMPREPLY+=("$(printf '%q' "\${line%%$'\\t'*}")")
  done < <(tailrace completion words -- "\${words[@]}" 2>/dev/null)
}
complete -F _tailrace tailrace
`

const zsh = `#compdef tailrace
# tailrace completion for zsh: eval "$(tailrace completion zsh)"
_tailrace() {
  local line
  local -a found
  while IFS= read -r line; do
    if [[ "$line" == ":files" ]]; then
      _files
      return
    fi
    found+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done < <(tailrace completion words -- "\${(@)words[2,$CURRENT]}" 2>/dev/null)
  _describe tailrace found
}
compdef _tailrace tailrace
`

const fish = `# tailrace completion for fish: tailrace completion fish | source
function __tailrace_words
  set -l words (commandline -opc) (commandline -ct)
  set -l found (tailrace completion words -- $words[2..-1] 2>/dev/null)
  if test "$found" = ":files"
    __fish_complete_path (commandline -ct)
  else
    printf '%s\\n' $found
  end
end
complete -c tailrace -f -a '(__tailrace_words)'
`

export const shellScripts = { bash, zsh, fish } as const
