import type { PanelAgent, PanelLoop } from '../../src/protocol/webview.ts';
import { Agents } from './agents.tsx';
import type { Send } from './panel-state.ts';
import { Consensus } from './consensus.tsx';
import { Convergence } from './convergence.tsx';
import { DecisionCard } from './decision.tsx';
import { Diagram } from './diagram.tsx';
import { Gate } from './gate.tsx';
import { Header } from './header.tsx';
import { Iterations } from './iterations.tsx';
import { TransferPoints } from './points.tsx';

interface Props {
  readonly loop: PanelLoop;
  readonly send: Send;
}

export function LoopPanel({ loop, send }: Props) {
  return (
    <>
      <Header loop={loop} send={send} />
      <Diagram steps={loop.steps} wayBack={loop.wayBack} />
      <div class="columns">
        <main>
          {loop.ask && (
            <DecisionCard iteration={loop.iteration} ask={loop.ask} decision={loop.decision} send={send} />
          )}
          <Sections loop={loop} send={send} />
        </main>
        <Side loop={loop} />
      </div>
    </>
  );
}

function Sections({ loop, send }: Props) {
  const of = (role: PanelAgent['role']) => loop.agents.filter((agent) => agent.role === role);
  const implement = <Agents key="implement" title="Implement" agents={of('implementer')} send={send} />;
  const validate = <Agents key="validate" title="Validate" agents={of('validator')} send={send} />;
  const decide = <Agents key="decide" title="Decide" agents={of('product-owner')} send={send} />;
  const gate = loop.gate && <Gate key="gate" gate={loop.gate} />;
  const consensus = loop.consensus && <Consensus key="consensus" consensus={loop.consensus} />;
  // Under a due decision stands first what it depends on.
  const order = loop.ask
    ? [consensus, gate, implement, validate, decide]
    : [implement, gate, validate, consensus, decide];
  return <div class="stack">{order}</div>;
}

function Side({ loop }: Pick<Props, 'loop'>) {
  return (
    <aside class="stack">
      <Iterations iterations={loop.iterations} />
      <Convergence convergence={loop.convergence} maxIterations={loop.maxIterations} />
      <TransferPoints points={loop.transferPoints} />
      {loop.decision && !loop.ask && (
        <section>
          <h2>Decision</h2>
          <p>
            <b>{loop.decision.decision}</b> by {loop.decision.by}
          </p>
          <p class="dim">
            <bdi>{loop.decision.reason}</bdi>
          </p>
        </section>
      )}
      {loop.feedback.length > 0 && (
        <section>
          <h2>
            Feedback <span class="dim">{loop.feedback.length}</span>
          </h2>
          <ul class="feedback">
            {loop.feedback.map((item, index) => (
              <li key={index}>
                <bdi>{item}</bdi>
              </li>
            ))}
          </ul>
        </section>
      )}
    </aside>
  );
}
