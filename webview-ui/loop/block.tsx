import * as l10n from '@vscode/l10n';
import { Component, type ComponentChildren } from 'preact';

interface Props {
  readonly name: string;
  /** Another one is tried again. */
  readonly version: unknown;
  readonly children: ComponentChildren;
}

interface State {
  readonly problem: string | null;
  readonly version: unknown;
}

/** A fault in one block replaces that block alone. */
export class Block extends Component<Props, State> {
  override state: State = { problem: null, version: null };

  override componentDidCatch(error: unknown): void {
    const problem = error instanceof Error ? error.message : String(error);
    this.setState({ problem, version: this.props.version });
  }

  override render({ name, version, children }: Props) {
    const { problem } = this.state;
    if (problem === null || version !== this.state.version) return children;
    return (
      <p class="error card-body" role="status">
        {l10n.t(
          '{0} could not be drawn: {1}. It is tried again with the next change; the rest goes on.',
          name,
          problem,
        )}
      </p>
    );
  }
}
