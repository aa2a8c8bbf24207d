import { expect, it } from 'vitest';
import { agentContextSchema } from '../../protocol/context.ts';
import { agentContext, type ContextRequest } from './context.ts';

const request: ContextRequest = {
  taskId: 'task-1',
  agentId: 'backend-1',
  role: 'implementer',
  iteration: 2,
  workspace: '/projects/tree',
  redis: { host: '127.0.0.1', port: 6421 },
  channels: {
    complete: 'coord:task-1:complete',
    error: 'coord:task-1:error',
    signal: 'coord:task-1:signal:backend-1',
  },
  memoryLimit: '1g',
  totalLimitMs: 300_000,
  description: 'Fix it',
  requirements: ['r'],
  priority: 'high',
  deliverables: ['d'],
  acceptance: ['a'],
  feedback: ['f'],
  nonce: 'n0',
  scoreThreshold: 0.9,
};

it('[SI-065] gives the CLI context of the seeds with the loop’s own fields', () => {
  const context = agentContext(request);
  expect(agentContextSchema.parse(context)).toEqual(context);
  expect(context).toMatchObject({
    task_id: 'task-1',
    agent_id: 'backend-1',
    mode: 'cli',
    workspace: '/projects/tree',
    coordination: {
      redis: { host: '127.0.0.1', port: 6421 },
      channels: { signal: 'coord:task-1:signal:backend-1' },
    },
    resources: { memory_limit: '1g', timeout: '300' },
    role: 'implementer',
    iteration: 2,
    feedback: ['f'],
    nonce: 'n0',
    scoreThreshold: 0.9,
  });
});

it('leaves out what is not there', () => {
  const context = agentContext({ ...request, redis: null, memoryLimit: null, scoreThreshold: null });
  expect(agentContextSchema.parse(context)).toEqual(context);
  expect(context.coordination).not.toHaveProperty('redis');
  expect(context.resources).not.toHaveProperty('memory_limit');
  expect(context).not.toHaveProperty('scoreThreshold');
});
