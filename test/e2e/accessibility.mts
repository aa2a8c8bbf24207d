import axe from 'axe-core';
import type { Frame } from 'playwright-core';

interface Violation {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

/** What axe finds wrong in a webview, in sentences; empty when nothing is. */
export async function accessibilityProblems(frame: Frame): Promise<readonly string[]> {
  // Evaluated, not loaded: the page's policy lets no other script in.
  await frame.evaluate(axe.source);
  const violations = await frame.evaluate<readonly Violation[]>(
    `axe.run(document.body, { resultTypes: ['violations'] }).then((result) => result.violations)`,
  );
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map((node) => `${id}: ${help}: ${node.html.slice(0, 200)} ${node.failureSummary ?? ''}`),
  );
}
