/**
 * Completion scripts. Each asks `tailrace completion words` for what can stand at the cursor, so that a script does not
 * age with the commands: one line a word, a tab, its description; a single line `:files` leaves the word to the shell.
 */
const bash = `# tailrace completion for bash: eval "$(tailrace completion bash)"
_tailrace() {
  local cur word line start last=-1
  local -a words
  cur="\${COMP_WORDS[COMP_CWORD]}"
  # Bash cuts words at "=" and ":" as well, and completes what stands behind the last of them.
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD}"; do
    if (( last >= 0 )) && [[ "$word" == [=:]* || "\${words[last]}" == *[=:] ]]; then
      words[last]+="$word"
    else
      words[++last]="$word"
    fi
  done
  [[ "$cur" == [=:] ]] && cur=""
  start="\${words[last]%"$cur"}"
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ "$line" == ":files" ]]; then
      compopt -o default
      return
    fi
    line="\${line%%$'\\t'*}"
    line="\${line#"$start"}"
    # Within quotes a word stands as it is.
    [[ "$cur" == [\\"\\']* ]] || printf -v line '%q' "$line"
    COMPREPLY+=("$line")
  done < <(tailrace completion words -- "\${words[@]}" 2>/dev/null)
}
complete -F _tailrace tailrace
`

const zsh = `#compdef tailrace
# tailrace completion for zsh: eval "$(tailrace completion zsh)"
_tailrace() {
  local line word description
  local -a found
  while IFS= read -r line; do
    if [[ "$line" == ":files" ]]; then
      compset -P '*='
      _files
      return
    fi
    word="\${line%%$'\\t'*}"
    description="\${line#*$'\\t'}"
    found+=("\${word//:/\\\\:}\${description:+:$description}")
  done < <(tailrace completion words -- "\${(@)words[2,$CURRENT]}" 2>/dev/null)
  _describe tailrace found
}
compdef _tailrace tailrace
`

const fish = `# tailrace completion for fish: tailrace completion fish | source
function __tailrace_words
  set -l token (commandline -ct)
  set -l words (commandline -opc) $token
  set -l found (tailrace completion words -- $words[2..-1] 2>/dev/null)
  if test "$found" = ":files"
    set -l start (string replace -r '[^=]*$' '' -- $token)
    for path in (__fish_complete_path (string replace -r '^.*=' '' -- $token))
      printf '%s%s\\n' $start $path
    end
  else
    printf '%s\\n' $found
  end
end
complete -c tailrace -f -a '(__tailrace_words)'
`

export const shellScripts = { bash, zsh, fish } as const
