/** Hand-overs as read-only documents, told again from the journal each time they are opened. */
import { l10n } from 'vscode';
import * as vscode from 'vscode';
import * as z from 'zod/mini';
import type { HandOver } from '../../app/hand-overs.ts';
import type { Loops } from '../loops.ts';
import { visible } from '../words.ts';

const HAND_OVER = 'cfn-hand-over';

const address = z.object({
  taskId: z.string(),
  point: z.int(),
  iteration: z.int(),
  what: z.enum(['payload', 'prompt']),
});
export type HandOverAddress = z.infer<typeof address>;

export function handOverUri(given: HandOverAddress): vscode.Uri {
  const { point, iteration, what } = given;
  const name =
    what === 'payload'
      ? l10n.t('TP {0}, iteration {1}.json', point, iteration)
      : l10n.t('Prompts of TP {0}, iteration {1}.md', point, iteration);
  return vscode.Uri.from({ scheme: HAND_OVER, path: `/${name}`, query: JSON.stringify(given) });
}

export async function handOverDocument(loops: Loops, uri: vscode.Uri): Promise<string> {
  const { taskId, point, iteration, what } = address.parse(JSON.parse(uri.query));
  const service = await loops.service();
  if (!service.ok) throw new Error(service.error.message);
  const found = await service.value.handOver(taskId, { point, iteration });
  if (!found.ok) throw new Error(found.error.message);
  return what === 'payload' ? payloads(found.value) : prompts(found.value);
}

function payloads({ parts }: HandOver): string {
  if (parts.length === 0) return l10n.t('// Nothing was handed over here in this iteration.\n');
  return parts
    .map((part) => (parts.length === 1 ? pretty(part.text) : `// ${part.key}\n${pretty(part.text)}`))
    .join('\n');
}

function pretty(text: string): string {
  try {
    return `${JSON.stringify(JSON.parse(text), null, 2)}\n`;
  } catch {
    return `${text}\n`;
  }
}

function prompts(handOver: HandOver): string {
  if (handOver.prompts.length === 0) return l10n.t('No prompt carried this hand-over.\n');
  return handOver.prompts
    .map(({ agentId, attempt, text }) => {
      const body = text ?? l10n.t('Its attempt was archived or removed, and the prompt with it.');
      return l10n.t('# {0}, attempt {1}\n\n{2}\n', visible(agentId), attempt, body);
    })
    .join('\n');
}
