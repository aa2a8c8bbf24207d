/** The validators' votes and what they found; pure. */
import { l10n } from 'vscode';
import type { ConsensusView, LoopView } from '../../app/projections/loop-view.ts';
import type { PanelConsensus } from '../../protocol/panel-loop.ts';
import { isReproach, markWords } from '../mark-words.ts';
import { panelTrust } from '../trust-words.ts';
import { visible } from '../words.ts';
import { count, score } from './figures.ts';

/** Those whose votes the mean hides. */
export const dissenters = ({ votes, threshold }: ConsensusView): readonly string[] =>
  votes.flatMap((vote) => (vote.score !== null && vote.score < threshold ? [vote.agentId] : []));

export function panelConsensus(view: LoopView, consensus: ConsensusView): PanelConsensus {
  const low = new Set(dissenters(consensus));
  const shown = new Set([...low, ...consensus.proofs.map(({ agentId }) => agentId)]);
  const { passed, threshold, votes } = consensus;
  const agentOf = (agentId: string) => view.agents.find((agent) => agent.id === agentId);
  const familyOf = (agentId: string) => agentOf(agentId)?.preset ?? '';
  return {
    iteration: consensus.iteration,
    passed,
    status: passed ? (low.size > 0 ? 'warning' : 'done') : 'bad',
    title:
      consensus.score === null
        ? l10n.t('No consensus: quorum missed')
        : l10n.t('Consensus {0}, needs {1}', score(consensus.score), score(threshold)),
    sameFamily: sharedFamily(view, votes),
    about: about(consensus, new Set(votes.map((vote) => familyOf(vote.agentId))).size),
    threshold,
    votes: votes.map((vote) => ({
      agentId: vote.agentId,
      family: familyOf(vote.agentId),
      score: vote.score,
      low: low.has(vote.agentId),
      marked: isMarked(consensus, vote.agentId),
      findings: findingsOf(consensus, vote),
      trust: panelTrust(agentOf(vote.agentId)),
    })),
    dissent: consensus.findings
      .filter((finding) => shown.has(finding.by))
      .map((finding) => ({
        by: finding.by,
        severity: finding.severity,
        text: visible(finding.text),
        place: finding.file ? visible(`${finding.file}${finding.line ? `:${finding.line}` : ''}`) : null,
        proof: proofText(consensus, finding),
      })),
  };
}

/** Not where it is only not known how somebody looked. */
const isMarked = ({ marked = [] }: ConsensusView, agentId: string): boolean =>
  marked.some((review) => review.agentId === agentId && isReproach(review));

/** Of those who voted; null where none is known to share a family with an implementer. */
function sharedFamily({ sameFamily = [] }: LoopView, votes: ConsensusView['votes']): string | null {
  const shared = sameFamily.filter(({ agentId }) => votes.some((vote) => vote.agentId === agentId));
  if (shared.length === 0) return null;
  const families = [...new Set(shared.map(({ family }) => family))].join(', ');
  const who = shared.map(({ agentId }) => agentId).join(', ');
  return l10n.t('Same model family as the implementers ({0}): {1}.', families, who);
}

/** As the harness found it where it could look, else as its validator gave it. */
function proofText({ proofs }: ConsensusView, finding: ConsensusView['findings'][number]): string {
  const found = proofs.find(({ agentId, text }) => agentId === finding.by && text === finding.text);
  if (!found) return finding.proof ? l10n.t('Proof: {0}', visible(finding.proof)) : l10n.t('No proof given.');
  const command = visible(found.command);
  switch (found.outcome) {
    case 'proven':
      return l10n.t('Proven: {0} fails on the integrated commit.', command);
    case 'refuted':
      return l10n.t('Refuted: {0} passes on the integrated commit.', command);
    case 'unusable':
      return l10n.t('Not proven: {0} could not be run to its end.', command);
  }
}

function about(consensus: ConsensusView, families: number): string {
  const { votes, passed } = consensus;
  const given = votes.filter((vote) => vote.score !== null).length;
  if (consensus.score === null)
    return l10n.t('{0} of {1} votes: no consensus, not a low one', given, votes.length);
  const low = dissenters(consensus).length;
  const from = families > 1 ? l10n.t('from {0} programs', families) : l10n.t('from one program');
  const hides =
    passed && low > 0 ? l10n.t('; the mean hides {0}', low === 1 ? 'a dissent' : `${low} dissents`) : '';
  const missing = given < votes.length ? l10n.t(', {0} without a vote', votes.length - given) : '';
  const provers = new Set(
    consensus.proofs.flatMap((proof) => (proof.outcome === 'proven' ? [proof.agentId] : [])),
  );
  const stops = provers.size > 0 ? l10n.t('; stopped by what {0} proved', [...provers].join(', ')) : '';
  return `${count(given, 'blind vote')} ${from}${missing}${hides}${stops}`;
}

const PROBE: Readonly<Partial<Record<NonNullable<ConsensusView['probes']>[number]['outcome'], string>>> = {
  found: l10n.t('found a seeded fault'),
  missed: l10n.t('missed a seeded fault: the vote is lost'),
};

function findingsOf(
  consensus: ConsensusView,
  { agentId, score: given }: ConsensusView['votes'][number],
): string {
  if (given === null) return l10n.t('no vote: counted as none');
  const own = consensus.findings.filter((finding) => finding.by === agentId);
  const of = (severity: string) => own.filter((finding) => finding.severity === severity).length;
  const words = [
    of('critical') > 0 && l10n.t('{0} critical', of('critical')),
    of('warning') > 0 && count(of('warning'), 'warning'),
    of('suggestion') > 0 && count(of('suggestion'), 'suggestion'),
  ].filter((word) => word !== false);
  const told = words.length > 0 ? words.join(', ') : l10n.t('no findings');
  const probe = consensus.probes?.find((each) => each.agentId === agentId);
  const marks = consensus.marked?.find((each) => each.agentId === agentId)?.marks ?? [];
  // A missed fault is said with the fault.
  const shown = markWords(marks.filter((mark) => mark !== 'missed-fault'));
  return [told, (probe && PROBE[probe.outcome]) ?? '', ...shown].filter((word) => word !== '').join('; ');
}
