import type { Attachment } from '../loop/attachment.ts';
import type { Continuation } from '../loop/config.ts';
import type { Role } from '../loop/model.ts';

export interface ContextRequest {
  readonly taskId: string;
  readonly agentId: string;
  readonly role: Role;
  readonly iteration: number;
  /** Absolute path of the folder the agent starts in. */
  readonly workspace: string;
  readonly redis: { readonly host: string; readonly port: number } | null;
  readonly channels: { readonly complete: string; readonly error: string; readonly signal: string };
  readonly memoryLimit: string | null;
  readonly totalLimitMs: number;
  readonly description: string;
  readonly requirements: readonly string[];
  readonly priority: string;
  readonly deliverables: readonly string[];
  readonly acceptance: readonly string[];
  readonly feedback: readonly string[];
  readonly nonce: string;
  readonly scoreThreshold: number | null;
  /** Null where the loop began at a commit of the user's. */
  readonly continuesTask?: Continuation | null;
  readonly attachments?: readonly Attachment[];
  /** Absolute path of the folder with the agent's copies of them. */
  readonly attachmentFolder?: string;
}

/** What `src/protocol/context.ts` describes. */
export function agentContext(request: ContextRequest) {
  return {
    task_id: request.taskId,
    agent_id: request.agentId,
    mode: 'cli' as const,
    workspace: request.workspace,
    coordination: {
      ...(request.redis === null ? {} : { redis: { ...request.redis } }),
      channels: { ...request.channels },
    },
    resources: {
      ...(request.memoryLimit === null ? {} : { memory_limit: request.memoryLimit }),
      timeout: String(Math.ceil(request.totalLimitMs / 1000)),
    },
    role: request.role,
    iteration: request.iteration,
    description: request.description,
    requirements: [...request.requirements],
    priority: request.priority,
    deliverables: [...request.deliverables],
    acceptance: [...request.acceptance],
    feedback: [...request.feedback],
    nonce: request.nonce,
    ...(request.scoreThreshold === null ? {} : { scoreThreshold: request.scoreThreshold }),
    ...attachmentsOf(request),
    ...(request.continuesTask ? { continues: earlierTask(request.continuesTask) } : {}),
  };
}

function attachmentsOf({ attachments = [], attachmentFolder = '' }: ContextRequest) {
  if (attachments.length === 0) return {};
  return {
    attachments: attachments.map(({ name, file, kind, bytes, sha256 }) => ({
      path: `${attachmentFolder}/${file}`,
      name,
      kind,
      bytes,
      sha256,
    })),
  };
}

const earlierTask = ({ taskId, description, outcome, commit }: Continuation) => ({
  task_id: taskId,
  description,
  outcome,
  commit,
});
