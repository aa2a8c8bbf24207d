/** A crew of real agent CLIs whose models are scripted on loopback, one server for each of them. */
import { mkdirSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { SUM_FIXED } from '../integration/loop/fixture.ts';
import { installCli, redirect, type RealCli } from '../model-server/clis.ts';
import { startModelServer, type ModelServer } from '../model-server/server.ts';
import { crew, report, sequence, type Script, type Step } from '../model-server/turn.ts';
import type { FaultBench } from './bench.mts';

/** The three that can be fetched within a test run, each with the agent of the crew that it plays. */
export const MEMBERS = [
  { cli: 'codex', agentId: 'coder' },
  { cli: 'claude', agentId: 'first' },
  { cli: 'pi', agentId: 'second' },
] as const satisfies readonly { readonly cli: RealCli; readonly agentId: string }[];

export type Member = (typeof MEMBERS)[number];

export const CREW_ARGUMENTS: readonly string[] = [
  '--implementer=coder=codex',
  '--validator=first=claude',
  '--validator=second=pi',
  '--product-owner=owner=pi',
];

/** Turns that an implementer or a validator takes of its model. */
export const TURNS = 3;

const QUICK = 'node --test';
/** As long as a tool that nobody ends, so that one left behind is found. */
const ENDLESS = 'node -e "setTimeout(() => {}, 600000)"';

/** Told of each turn of the member's agent but the product owner's, numbered from 1; true makes its tool endless. */
export type OnTurn = (member: Member, turn: number) => boolean;

type WorkingRole = 'implementer' | 'validator';

/** The model of a whole crew; told of each turn by its role, numbered from 1. */
export function crewScript(
  onTurn: (role: WorkingRole, turn: number) => boolean,
  path = 'src/sum.js',
): Script {
  const turns = { implementer: 0, validator: 0 };
  const tool = (endless: boolean): Step => ({ kind: 'shell', command: endless ? ENDLESS : QUICK });
  const of =
    (role: WorkingRole) =>
    (step: (turn: Parameters<Script>[0], endless: boolean) => Step): Script =>
    (turn) => {
      turns[role] += 1;
      return step(turn, onTurn(role, turns[role]));
    };
  const [work, judge] = [of('implementer'), of('validator')];
  return crew({
    implementer: sequence([
      // Some write over no file that they have not read.
      () => ({ kind: 'read', path }),
      work(() => ({ kind: 'write', path, content: SUM_FIXED })),
      work((_turn, endless) => tool(endless)),
      work((turn) => report(turn, { confidence: 0.9, summary: 'Adds now.', files: [], issues: [] })),
    ]),
    validator: sequence([
      judge((_turn, endless) => tool(endless)),
      judge((_turn, endless) => tool(endless)),
      judge((turn) => report(turn, { score: 0.95, findings: [], confirmed: [] })),
    ]),
    productOwner: (turn) => report(turn, { decision: 'PROCEED', reason: 'It adds.', confidence: 0.9 }),
  });
}

export type InstalledCrew =
  | { readonly ok: true; readonly bins: readonly string[] }
  | { readonly ok: false; readonly reason: string };

export async function installCrew(): Promise<InstalledCrew> {
  const bins: string[] = [];
  for (const { cli } of MEMBERS) {
    const installed = await installCli(cli);
    if (!installed.ok) return installed;
    bins.push(installed.bin);
  }
  return { ok: true, bins };
}

/** Loops of this place find the CLIs and their models; resolves with what closes the models. */
export async function hireCrew(
  { bench }: FaultBench,
  bins: readonly string[],
  onTurn: OnTurn,
): Promise<() => Promise<void>> {
  const servers: ModelServer[] = [];
  const home = join(bench.folder, 'home');
  mkdirSync(home, { recursive: true });
  bench.env['PATH'] = [dirname(process.execPath), ...bins, bench.env['PATH'] ?? ''].join(delimiter);
  for (const member of MEMBERS) {
    const script = crewScript((_role, turn) => onTurn(member, turn));
    const server = await startModelServer((turn) =>
      turn.prompt.includes('"nonce"') ? script(turn) : { kind: 'say', text: 'ok' },
    );
    servers.push(server);
    Object.assign(bench.env, await redirect(member.cli, server.url, join(home, member.cli)));
  }
  return async () => {
    await Promise.all(servers.map((server) => server.dispose()));
  };
}
