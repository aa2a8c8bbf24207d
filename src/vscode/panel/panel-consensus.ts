/** The validators' votes and what they found; pure. */
import type { ConsensusView, LoopView } from '../../app/projections/loop-view.ts';
import type { PanelConsensus } from '../../protocol/panel-loop.ts';
import { visible } from '../words.ts';
import { count, score } from './figures.ts';

/** Those whose votes the mean hides. */
export const dissenters = ({ votes, threshold }: ConsensusView): readonly string[] =>
  votes.flatMap((vote) => (vote.score !== null && vote.score < threshold ? [vote.agentId] : []));

export function panelConsensus(view: LoopView, consensus: ConsensusView): PanelConsensus {
  const low = new Set(dissenters(consensus));
  const { passed, threshold, votes } = consensus;
  const familyOf = (agentId: string) => view.agents.find((agent) => agent.id === agentId)?.preset ?? '';
  return {
    iteration: consensus.iteration,
    passed,
    status: passed ? (low.size > 0 ? 'warning' : 'done') : 'bad',
    title:
      consensus.score === null
        ? 'No consensus: quorum missed'
        : `Consensus ${score(consensus.score)}, needs ${score(threshold)}`,
    about: about(consensus, new Set(votes.map((vote) => familyOf(vote.agentId))).size),
    threshold,
    votes: votes.map((vote) => ({
      agentId: vote.agentId,
      family: familyOf(vote.agentId),
      score: vote.score,
      low: low.has(vote.agentId),
      findings: findingsOf(consensus, vote),
    })),
    dissent: consensus.findings
      .filter((finding) => low.has(finding.by))
      .map((finding) => ({
        by: finding.by,
        severity: finding.severity,
        text: visible(finding.text),
        place: finding.file ? visible(`${finding.file}${finding.line ? `:${finding.line}` : ''}`) : null,
        proof: finding.proof ? `Proof: ${visible(finding.proof)}` : 'No proof given.',
      })),
  };
}

function about(consensus: ConsensusView, families: number): string {
  const { votes, passed } = consensus;
  const given = votes.filter((vote) => vote.score !== null).length;
  if (consensus.score === null) return `${given} of ${votes.length} votes: no consensus, not a low one`;
  const low = dissenters(consensus).length;
  const from = families > 1 ? `from ${families} programs` : 'from one program';
  const hides = passed && low > 0 ? `; the mean hides ${low === 1 ? 'a dissent' : `${low} dissents`}` : '';
  const missing = given < votes.length ? `, ${votes.length - given} without a vote` : '';
  return `${count(given, 'blind vote')} ${from}${missing}${hides}`;
}

function findingsOf(
  consensus: ConsensusView,
  { agentId, score: given }: ConsensusView['votes'][number],
): string {
  if (given === null) return 'no vote: counted as none';
  const own = consensus.findings.filter((finding) => finding.by === agentId);
  const of = (severity: string) => own.filter((finding) => finding.severity === severity).length;
  const words = [
    of('critical') > 0 && `${of('critical')} critical`,
    of('warning') > 0 && count(of('warning'), 'warning'),
    of('suggestion') > 0 && count(of('suggestion'), 'suggestion'),
  ].filter((word) => word !== false);
  return words.length > 0 ? words.join(', ') : 'no findings';
}
