/** What an epic's front matter can say, for those who write it. */
import { REPORT_WAYS } from '../domain/agents/report-by.ts';
import {
  COMPLEXITIES,
  CONSENSUS_RULES,
  MODES,
  PROCEED_POLICIES,
  STRATEGIES,
  VALIDATOR_FAMILIES,
} from '../domain/loop/model.ts';
import type { FrontMatterName } from './settings.ts';

interface EpicField {
  /** What it is for, in one sentence. */
  readonly does: string;
  /** Values to choose from; empty where anything else is taken. */
  readonly values: readonly string[];
  /** A value that is taken, as it may stand after the colon. */
  readonly example: string;
  /** A list of SPECs, which name the presets of agents. */
  readonly agents?: true;
}

export const EPIC_FIELDS: Readonly<Record<FrontMatterName, EpicField>> = {
  mode: {
    does: 'How strict the loop is: its thresholds, the size of its crew and the number of iterations.',
    values: MODES,
    example: 'standard',
  },
  gate: {
    does: 'The least mean confidence of the implementers that passes the gate, once the evidence does.',
    values: [],
    example: '0.75',
  },
  consensus: {
    does: 'The least score of the validators together that counts as consensus.',
    values: [],
    example: '0.9',
  },
  consensusRule: {
    does: "How the validators' scores become one: their mean, the lowest of them, or a mean by `weights`.",
    values: CONSENSUS_RULES,
    example: 'min',
  },
  weights: {
    does: 'How much the score of a validator weighs, or the vote of a product owner on a board; 1 for those that are not named.',
    values: [],
    example: '{ security: 2 }',
  },
  iterations: { does: 'How often the loop may try at most.', values: [], example: '10' },
  strategy: {
    does: 'Whether implementers share the task by parts, or all do the whole and the best one wins.',
    values: STRATEGIES,
    example: 'split',
  },
  agents: { does: 'The implementers, one SPEC each.', values: [], example: '[claude]', agents: true },
  validators: {
    does: 'Those who judge the result blind, one SPEC each.',
    values: [],
    example: '[codex, claude]',
    agents: true,
  },
  productOwner: {
    does: 'Who decides in the end: an agent, a person (human), an agent whom a person confirms, or a list of them: a board.',
    values: ['human'],
    example: 'claude+human',
    agents: true,
  },
  evidence: {
    does: 'The commands whose passing is the evidence. Without it they are found from the repository.',
    values: ['none'],
    example: 'npm test',
  },
  timeout: {
    does: 'The longest that one attempt of an agent may take, in seconds.',
    values: [],
    example: '1800',
  },
  budget: { does: 'The most that the whole loop may cost, in US dollars.', values: [], example: '10' },
  priority: { does: 'A word that the agents are told.', values: [], example: 'high' },
  deliverables: {
    does: 'What has to be there in the end, told to the agents.',
    values: [],
    example: '[src/auth.ts]',
  },
  parts: {
    does: 'The parts that implementers share, each with the files that are its own, as patterns of .gitignore.',
    values: [],
    example: '\n  - { task: The API, files: ["src/api/**"] }',
  },
  coverage: {
    does: 'The least share of the changed lines that tests have to run. Without it the share is only shown.',
    values: [],
    example: '0.8',
  },
  mutationSample: {
    does: 'How many changed lines are made wrong, one at a time, to see whether the tests notice. Without it none.',
    values: [],
    example: '5',
  },
  mutationScore: {
    does: 'The least share of those faults that the tests have to notice. Without it the share is only shown.',
    values: [],
    example: '0.8',
  },
  proceedPolicy: {
    does: 'Whether PROCEED of an agent is a matter of judgement, or holds with nothing open and nothing left for later alone.',
    values: PROCEED_POLICIES,
    example: '0/0',
  },
  adversarialRate: {
    does: 'The share of reviews that are looked into: whether the validator finds a fault that was seeded into a copy of the work.',
    values: [],
    example: '0.1',
  },
  validatorFamily: {
    does: "Whether validators without a preset of their own get one of another model family than the implementers'.",
    values: VALIDATOR_FAMILIES,
    example: 'other',
  },
  complexity: {
    does: 'How hard the task is: with provider routing on, a `high` one goes to the provider for hard tasks.',
    values: COMPLEXITIES,
    example: 'high',
  },
  costSensitive: {
    does: 'Whether the task shall cost little: with provider routing on, it then goes to the provider for that.',
    values: ['true', 'false'],
    example: 'true',
  },
  reportBy: {
    does: 'The one way in which agents are asked to report. Without it, by their final message or a file, as they like.',
    values: REPORT_WAYS,
    example: 'message',
  },
  skills: {
    does: 'The skills of the agents, by which they are given MCP servers: a browser, say.',
    values: [],
    example: '[browser-automation]',
  },
  sparse: {
    does: "The folders that agents' worktrees contain, from the root of the repository; all else stays as it is.",
    values: [],
    example: '[src, packages/a]',
  },
};

/** Headings under which a list reaches the agents. */
export const EPIC_SECTIONS = ['Requirements', 'Acceptance'] as const;
