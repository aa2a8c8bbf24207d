/**
 * Scripts with the names and places that older instructions for agents call, each a line that calls `cfn`.
 * They are written on request only: a `redis-cli` that nobody asked for would be a trap for the user's own.
 */

export interface Script {
  /** Below the repository's root, with slashes. */
  readonly path: string;
  readonly text: string;
}

/** By this line a script is known as ours. */
export const MADE_BY = '# Made by `cfn init --scripts`.';

const calls = (words: string): string => `#!/bin/sh\n${MADE_BY}\nexec cfn ${words} "$@"\n`;

const SKILLS = '.claude/skills';
/** For the PATH of who runs the snippets. */
export const SCRIPTS_FOLDER = '.cfn/scripts';

/** Both spellings of the folder are in use. */
const COORDINATION_FOLDERS = ['redis-coordination', 'cfn-redis-coordination'];

/**
 * Talks to the store of the loop where the command line names no server. `SETNX lock:…` becomes a lock that ends by
 * itself, and fails when somebody else has it, as its callers expect; plain SETNX would hold it for ever.
 */
const REDIS_CLI = `#!/bin/sh
${MADE_BY}
# Stands before the real redis-cli on PATH and leads it to the loop's store.
real=
old_ifs=$IFS
IFS=:
for folder in $PATH; do
  candidate=\${folder:-.}/redis-cli
  [ -f "$candidate" ] && [ -x "$candidate" ] || continue
  second=
  { read -r first; read -r second; } <"$candidate" 2>/dev/null || :
  case $second in *'cfn init --scripts'*) continue ;; esac
  real=$candidate
  break
done
IFS=$old_ifs

own_server=
for word in "$@"; do
  case $word in
    -h | -p | -s | -u | --cluster) own_server=yes ;;
    -*) ;;
    *) break ;;
  esac
done

if [ -z "$own_server" ] && [ -n "\${CFN_REDIS_URL:-}" ]; then
  case "\${1:-} \${2:-}" in
    [Ss][Ee][Tt][Nn][Xx]\\ lock:?*)
      said=$(cfn lock acquire --key "\${2#lock:}") || exit 1
      case $said in
        *'Lock acquired'*) echo 1 ;;
        *) echo 0; exit 1 ;;
      esac
      exit 0
      ;;
  esac
fi

if [ -z "$real" ]; then
  echo '[ERROR] redis-cli is not installed; cfn signal, context and collect need none' >&2
  exit 127
fi
if [ -n "$own_server" ] || [ -z "\${CFN_REDIS_URL:-}" ]; then
  exec "$real" "$@"
fi
rest=\${CFN_REDIS_URL#redis://}
login=\${rest%%@*}
place=\${rest#*@}
REDISCLI_AUTH=\${login#*:}
export REDISCLI_AUTH
exec "$real" -h "\${place%%:*}" -p "\${place##*:}" --user "\${login%%:*}" "$@"
`;

export const SCRIPTS: readonly Script[] = [
  ...COORDINATION_FOLDERS.flatMap((folder) => [
    { path: `${SKILLS}/${folder}/store-context.sh`, text: calls('context store') },
    { path: `${SKILLS}/${folder}/signal.sh`, text: calls('signal') },
    { path: `${SKILLS}/${folder}/collect-results.sh`, text: calls('collect') },
  ]),
  { path: `${SKILLS}/cfn-agent-spawning/spawn-agent.sh`, text: calls('spawn') },
  { path: `${SKILLS}/cfn-loop-orchestration/orchestrate.sh`, text: calls('run') },
  { path: `${SCRIPTS_FOLDER}/collect-results`, text: calls('collect') },
  { path: `${SCRIPTS_FOLDER}/redis-cli`, text: REDIS_CLI },
];
