/** What a reader of the coordination keys may count on after a loop, whatever happened to its server. */
export const coordinationKeys = (taskId: string, iterations: number): readonly string[] => [
  `swarm:${taskId}:epic-context`,
  `swarm:${taskId}:success-criteria`,
  `swarm:${taskId}:phase-context`,
  `swarm:${taskId}:confidence:worker`,
  `swarm:${taskId}:confidence:v1`,
  `swarm:${taskId}:decision`,
  `coord:${taskId}:decision`,
  `coord:${taskId}:complete`,
  `task:${taskId}:assignment`,
  `task:${taskId}:output`,
  `task:${taskId}:loop3`,
  `gate:${taskId}`,
  `handoff:${taskId}:reviewer`,
  `events:${taskId}`,
  `coord:${taskId}:completion:${iterations}`,
];

/** Where a key lies on a server of the user's own. */
export const keyOnServer = (namespace: string, taskId: string, key: string): string =>
  `cfn:{${namespace}:${taskId}}:${key}`;
