import { l10n } from 'vscode';
import { trialFigures, type AgentTrial } from '../../app/agents/trial.ts';
import type { AgentVerification, DetectedAgent } from '../../ports/agent-provider.ts';
import { modelNames } from '../../domain/agents/offered-model.ts';
import { htmlText as text } from '../html-text.ts';
import { commandButton, staticPage, type CommandButton, type PageFrame } from '../static-page/page.ts';

/** A test run of this window: what came of it, why there was none, or that it goes on. */
export type TriedAgent =
  | { readonly kind: 'running' }
  | { readonly kind: 'done'; readonly trial: AgentTrial }
  | { readonly kind: 'not-tried'; readonly reason: string };

export interface AgentsContent {
  /** Null while they are looked for. */
  readonly agents: readonly DetectedAgent[] | null;
  /** By preset; missing while the CLIs are asked. */
  readonly verified: ReadonlyMap<string, AgentVerification>;
  readonly tried: ReadonlyMap<string, TriedAgent>;
}

/** Links that run these commands and no other; the page has no script at all. */
export const AGENTS_PAGE_COMMANDS = [
  'cfn.showAgents',
  'cfn.tryAgent',
  'cfn.doctor',
  'cfn.startLoop',
] as const;
const button: CommandButton<(typeof AGENTS_PAGE_COMMANDS)[number]> = commandButton;

const MARKS = {
  ok: { mark: '✓', word: l10n.t('Well') },
  warning: { mark: '!', word: l10n.t('Warning') },
  error: { mark: '✗', word: l10n.t('Error') },
  skipped: { mark: '–', word: l10n.t('Not installed') },
} as const;
type Standing = keyof typeof MARKS;

/** A whole page; everything that was found is text, whatever it holds. */
export function agentsHtml(content: AgentsContent, frame: PageFrame): string {
  return staticPage(
    'CFN: Agents',
    `<main>
<header>
<h1>${l10n.t('Agents')}</h1>
<p class="dim" role="status">${summary(content)}</p>
<nav aria-label="${l10n.t('Actions')}">${button('cfn.startLoop', l10n.t('Start Loop…'), { primary: true })}${button('cfn.showAgents', l10n.t('Look Again'))}${button('cfn.doctor', l10n.t('Doctor'))}</nav>
<p class="dim">${l10n.t('A test run lets an agent do one small task in a repository of its own. It costs what a small task costs.')}</p>
</header>
<ul class="rows stacked">${(content.agents ?? []).map((agent) => row(agent, content)).join('\n')}</ul>
</main>`,
    frame,
  );
}

function summary({ agents, verified }: AgentsContent): string {
  if (agents === null) return l10n.t('Looking for agents …');
  // What the editor itself offers is installed nowhere.
  const clis = agents.filter(({ models, missing }) => models === undefined && missing === undefined);
  const installed = clis.filter(({ path }) => path !== null).length;
  const found = l10n.t('{0} of {1} agent CLIs are installed.', installed, clis.length);
  return verified.size > 0 ? found : `${found} ${l10n.t('Asking them for their flags …')}`;
}

function row(agent: DetectedAgent, { verified, tried }: AgentsContent): string {
  const verification = verified.get(agent.id);
  const trial = tried.get(agent.id);
  const standing = standingOf(agent, verification, trial);
  const { mark, word } = MARKS[standing];
  return `<li class="row ${standing}">
<span class="mark" role="img" aria-label="${word}">${mark}</span>
<div><h2>${text(agent.title)} <span class="dim">${text(agent.id)}${agent.version === null ? '' : ` · ${text(agent.version)}`}</span></h2>
${agent.path === null ? '' : `<p class="dim">${text(agent.path)}</p><p class="dim">${abilities(agent)}</p>${modelsOf(agent)}`}
${verdict(agent, verification)}
${trial === undefined ? '' : `<p class="detail" role="status">${trialText(trial)}</p>`}
${agent.path === null || agent.models || trial?.kind === 'running' ? '' : `<p class="actions">${button('cfn.tryAgent', l10n.t('Test Run'), { argument: agent.id })}</p>`}</div>
</li>`;
}

/** Whatever other extensions call their models is text. */
const modelsOf = ({ models }: DetectedAgent): string =>
  models === undefined
    ? ''
    : `<p class="detail">${l10n.t('For validators and the product owner, as it edits no files. Models: {0}', text(modelNames(models).join(', ')))}</p>`;

function verdict({ path, missing }: DetectedAgent, verification: AgentVerification | undefined): string {
  const said = verification?.message ?? missing ?? (path === null ? l10n.t('Not installed.') : '');
  return said === '' ? '' : `<p class="detail">${text(said)}</p>`;
}

function standingOf(
  agent: DetectedAgent,
  verification: AgentVerification | undefined,
  trial: TriedAgent | undefined,
): Standing {
  if (agent.path === null) return 'skipped';
  // What it did says more than what it is.
  if (trial?.kind === 'done') return trial.trial.passed ? 'ok' : 'error';
  if (verification?.status === 'missing-flags') return 'error';
  return verification?.status === 'verified' || verification === undefined ? 'ok' : 'warning';
}

function abilities({ capabilities: { resume, usage, cost } }: DetectedAgent): string {
  return [
    resume ? l10n.t('goes on in its session') : l10n.t('begins anew each time'),
    usage ? l10n.t('tells tokens') : l10n.t('tells no tokens'),
    cost ? l10n.t('tells cost') : l10n.t('tells no cost'),
  ].join(', ');
}

function trialText(trial: TriedAgent): string {
  switch (trial.kind) {
    case 'running':
      return l10n.t('The test run goes on …');
    case 'not-tried':
      return l10n.t('Not tried: {0}', text(trial.reason));
    case 'done':
      return l10n.t('Test run: {0} {1}', text(trial.trial.message), text(trialFigures(trial.trial)));
  }
}
