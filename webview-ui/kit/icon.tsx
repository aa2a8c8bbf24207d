/*!
 * Icons: Codicons, © Microsoft Corporation, licensed under CC BY 4.0 (https://creativecommons.org/licenses/by/4.0/),
 * from https://github.com/microsoft/vscode-codicons; numbers of the outlines are rounded.
 */
import account from '@vscode/codicons/src/icons/account.svg';
import arrowRight from '@vscode/codicons/src/icons/arrow-right.svg';
import bellDot from '@vscode/codicons/src/icons/bell-dot.svg';
import chevronRight from '@vscode/codicons/src/icons/chevron-right.svg';
import circleFilled from '@vscode/codicons/src/icons/circle-filled.svg';
import circleLarge from '@vscode/codicons/src/icons/circle-large.svg';
import circleSlash from '@vscode/codicons/src/icons/circle-slash.svg';
import circleSmallFilled from '@vscode/codicons/src/icons/circle-small-filled.svg';
import clockface from '@vscode/codicons/src/icons/clockface.svg';
import comment from '@vscode/codicons/src/icons/comment.svg';
import copy from '@vscode/codicons/src/icons/copy.svg';
import creditCard from '@vscode/codicons/src/icons/credit-card.svg';
import database from '@vscode/codicons/src/icons/database.svg';
import debugContinue from '@vscode/codicons/src/icons/debug-continue.svg';
import debugDisconnect from '@vscode/codicons/src/icons/debug-disconnect.svg';
import debugPause from '@vscode/codicons/src/icons/debug-pause.svg';
import debugRestart from '@vscode/codicons/src/icons/debug-restart.svg';
import debugStepOver from '@vscode/codicons/src/icons/debug-step-over.svg';
import debugStop from '@vscode/codicons/src/icons/debug-stop.svg';
import diff from '@vscode/codicons/src/icons/diff-multiple.svg';
import edit from '@vscode/codicons/src/icons/edit.svg';
import ellipsis from '@vscode/codicons/src/icons/ellipsis.svg';
import error from '@vscode/codicons/src/icons/error.svg';
import eye from '@vscode/codicons/src/icons/eye.svg';
import gitBranch from '@vscode/codicons/src/icons/git-branch.svg';
import gitCompare from '@vscode/codicons/src/icons/git-compare.svg';
import history from '@vscode/codicons/src/icons/history.svg';
import law from '@vscode/codicons/src/icons/law.svg';
import loading from '@vscode/codicons/src/icons/loading.svg';
import lock from '@vscode/codicons/src/icons/lock.svg';
import output from '@vscode/codicons/src/icons/output.svg';
import passFilled from '@vscode/codicons/src/icons/pass-filled.svg';
import personAdd from '@vscode/codicons/src/icons/person-add.svg';
import play from '@vscode/codicons/src/icons/play.svg';
import pulse from '@vscode/codicons/src/icons/pulse.svg';
import question from '@vscode/codicons/src/icons/question.svg';
import refresh from '@vscode/codicons/src/icons/refresh.svg';
import search from '@vscode/codicons/src/icons/search.svg';
import send from '@vscode/codicons/src/icons/send.svg';
import star from '@vscode/codicons/src/icons/star-full.svg';
import table from '@vscode/codicons/src/icons/table.svg';
import terminal from '@vscode/codicons/src/icons/terminal.svg';
import trash from '@vscode/codicons/src/icons/trash.svg';
import warning from '@vscode/codicons/src/icons/warning.svg';
import window from '@vscode/codicons/src/icons/window.svg';

/** By what they mean here; a surface that needs another one adds it. */
const ICONS = {
  todo: circleLarge,
  now: loading,
  done: passFilled,
  bad: error,
  warning,
  need: bellDot,
  question,
  lost: debugDisconnect,
  cancelled: circleSlash,
  arrow: arrowRight,
  fold: chevronRight,
  terminal,
  transcript: output,
  diff,
  branch: gitBranch,
  law,
  play,
  pause: debugPause,
  resume: debugContinue,
  stop: debugStop,
  feedback: comment,
  star,
  table,
  more: ellipsis,
  quiet: circleSmallFilled,
  clock: clockface,
  nudge: debugStepOver,
  retry: debugRestart,
  window,
  takeOver: personAdd,
  person: account,
  compare: gitCompare,
  breakpoint: circleFilled,
  budget: creditCard,
  eye,
  history,
  pulse,
  copy,
  database,
  edit,
  lock,
  refresh,
  search,
  send,
  trash,
} as const;
export type IconName = keyof typeof ICONS;

/** Colour is never all that an icon says: the word stands beside it. */
export type Tone = 'ok' | 'warn' | 'err' | 'dim' | 'spin';

export function Icon({ name, tone }: { readonly name: IconName; readonly tone?: Tone | undefined }) {
  const [viewBox, outline] = ICONS[name];
  return (
    <svg viewBox={viewBox} class={tone ? `icon ${tone}` : 'icon'} aria-hidden="true">
      <path d={outline} />
    </svg>
  );
}
