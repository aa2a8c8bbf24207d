import { crewLines } from './crew-lines.ts';
import type { AgentPrice, CostEstimate } from './cost-estimate.ts';
import type { DryRun, DryRunAgent } from './dry-run.ts';
import { routeNotes } from './routing/route-words.ts';
import { usdText } from './projections/status-words.ts';

/** The dry run as Markdown, for a terminal and for an editor. */
export function dryRunText(run: DryRun): string {
  const { config, plan } = run;
  const parts = [
    '# What the loop would do',
    'Nothing was made and no agent was started.',
    facts([
      ['task', config.description],
      ['id', config.taskId],
      ['base', baseText(run)],
      ['mode', `${config.mode}, strategy ${config.strategy}`],
      [
        'thresholds',
        `gate ${config.gateThreshold.toFixed(2)}, consensus ${config.consensusThreshold.toFixed(2)}`,
      ],
      [
        'limits',
        `${config.maxIterations} iterations, ${config.maxAgentRuns} agent runs, ${config.maxParallelAgents} at a time; idle ${config.idleLimitMs / 1000} s`,
      ],
      ['permission', config.permission],
      ...(config.sparse ? [['sparse', config.sparse.map(code).join(', ')] as const] : []),
      ['evidence', config.evidence.length > 0 ? config.evidence.map(code).join(', ') : 'none'],
      ['set-up', setUpText(plan)],
      ['code', config.codePlace === 'container' ? 'in containers alone' : 'on this machine'],
    ]),
    '## Crew',
    ...run.agents.map(agentLine),
    ...crewLines(plan.request),
    ...routeNotes(config.crew),
    '## Cost',
    costText(run.cost),
    '## Stand-ins',
    'These values in the prompts are not known before a real run:',
    run.standIns.map(({ value, standsFor }) => `- ${code(value)}: ${standsFor}`).join('\n'),
    '## Prompts of iteration 1',
    ...run.agents.flatMap(promptText),
  ];
  return `${parts.join('\n\n')}\n`;
}

const facts = (rows: readonly (readonly [string, string])[]): string =>
  rows.map(([name, value]) => `- ${name}: ${value.replaceAll(/\r?\n/g, '\n  ')}`).join('\n');

function baseText({ config, plan }: DryRun): string {
  const commit = config.baseCommit.slice(0, 12);
  if (plan.request.continuesTask) return `${commit}, the result of ${plan.request.continuesTask.taskId}`;
  return plan.request.includeDirty
    ? `HEAD (${commit}) and the uncommitted changes of the checkout`
    : `HEAD (${commit})`;
}

function setUpText({ installs }: DryRun['plan']): string {
  if (!installs) return 'nothing to install';
  const commands = installs.commands.map(code).join(' and ');
  return installs.chosen === 'none'
    ? `not installed in worktrees: ${commands}`
    : `in each worktree: ${commands}`;
}

function agentLine({ agentId, role, preset, command, totalLimitMs }: DryRunAgent): string {
  if (totalLimitMs === null) return `- ${agentId}, ${role}: you`;
  const line = command.map((word) => (/^[\w./:=@-]+$/.test(word) ? word : JSON.stringify(word))).join(' ');
  return `- ${agentId}, ${role}, ${preset}, at most ${totalLimitMs / 1000} s: ${code(line)}`;
}

function costText(cost: CostEstimate): string {
  return [
    ...cost.agents.map(priceLine),
    `- every agent once: ${usdText(cost.iterationUsd)}`,
    `- every agent once in all iterations: ${usdText(cost.allIterationsUsd)}`,
    `- all ${cost.maxAgentRuns} runs that may start, at the dearest price: ${usdText(cost.mostUsd)}`,
    cost.budgetUsd === null
      ? '- budget: none, so only the number of runs ends the loop'
      : `- budget: ${usdText(cost.budgetUsd)}; no agent starts whose price does not fit into what is left, and of those with unknown price one runs at a time`,
  ].join('\n');
}

function priceLine({ agentId, role, preset, medianUsd, runs, loops }: AgentPrice): string {
  if (medianUsd === null)
    return `- ${agentId}: unknown price; no run of ${preset} as ${role} in this repository told one`;
  return `- ${agentId}: ${usdText(medianUsd)}, the median of ${runs} runs of ${preset} as ${role} in ${loops} loops of this repository`;
}

function promptText({ agentId, prompt }: DryRunAgent): readonly string[] {
  return prompt === null ? [] : [`### ${agentId}`, fenced(prompt)];
}

const code = (text: string): string => {
  const ticks = '`'.repeat(longestRun(text) + 1);
  const pad = text.startsWith('`') || text.endsWith('`') ? ' ' : '';
  return `${ticks}${pad}${text.replaceAll(/\r?\n/g, ' ')}${pad}${ticks}`;
};

function fenced(text: string): string {
  const fence = '`'.repeat(Math.max(3, longestRun(text) + 1));
  return `${fence}text\n${text}\n${fence}`;
}

const longestRun = (text: string): number =>
  (text.match(/`+/g) ?? []).reduce((most, run) => Math.max(most, run.length), 0);
