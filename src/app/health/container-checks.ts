import { isElsewhere } from '../../domain/containers/engine.ts';
import { containerState } from '../../domain/containers/usage.ts';
import type { ListedContainer } from '../../ports/container-engine.ts';
import type { ContainerFacts, HealthFacts } from './health-facts.ts';
import {
  plural,
  REDIS_SILENT,
  serviceDown,
  sizeText,
  toCheck,
  type CheckHead,
  type Finding,
  type HealthCheck,
} from './health-report.ts';

const HEADS = {
  docker: {
    id: 'docker',
    title: 'Container engine',
    meaning: 'Only for agents that are to run in containers.',
  },
  image: { id: 'image', title: 'Agent image', meaning: 'What agents in containers run in.' },
  compose: {
    id: 'compose',
    title: 'Compose services',
    meaning: 'Services of this checkout that `cfn compose` describes.',
  },
} satisfies Readonly<Record<string, CheckHead>>;

/** Compose's own labels. */
export const COMPOSE = {
  folder: 'com.docker.compose.project.working_dir',
  service: 'com.docker.compose.service',
  once: 'com.docker.compose.oneoff',
} as const;

export const wantsContainers = ({
  settings,
  codePlace,
}: Pick<HealthFacts, 'settings' | 'codePlace'>): boolean =>
  settings.runtime === 'container' || codePlace === 'container';

export function containerChecks(facts: HealthFacts): readonly HealthCheck[] {
  const services = servicesOf(facts.containers);
  return [
    toCheck(HEADS.docker, docker(facts)),
    toCheck(HEADS.image, image(facts)),
    ...(services.length === 0
      ? [toCheck(HEADS.compose, noServices(facts.containers))]
      : services.map((one) => {
          const name = one.labels[COMPOSE.service] ?? one.name;
          const head = {
            id: `compose-${name}`,
            title: `Compose service ${name}`,
            meaning: HEADS.compose.meaning,
          };
          return toCheck(head, service(name, one));
        })),
  ];
}

function docker(facts: HealthFacts): Finding {
  const { engine } = facts;
  if (engine.ok) {
    const { flavour, version, address, cpus, memoryBytes } = engine.value;
    const detail = `${flavour} ${version} at ${address.host} (${plural(cpus, 'core')}, ${sizeText(memoryBytes)})`;
    const folders = isElsewhere(address) ? '; agents work in copies of their folders there' : '';
    return { state: 'ok', detail: `${detail}${folders}` };
  }
  if (!wantsContainers(facts)) return { state: 'skipped', detail: `not used: ${engine.error}` };
  const chosen = facts.settings.runtime === 'container' ? 'The settings ask' : 'This repository asks';
  return {
    state: 'error',
    detail: `${chosen} for containers: ${engine.error}`,
    advice: [
      'Start Docker or Podman, or set "runtime" to "process" in .cfn/config.json.',
      ...(facts.codePlace === 'container'
        ? ['Or let code run on this machine: cfn init --code machine']
        : []),
    ],
  };
}

function image({ containers }: HealthFacts): Finding {
  if (!containers?.image) return { state: 'skipped', detail: 'not used' };
  const { name, there } = containers.image;
  if (!there.ok) return { state: 'warning', detail: there.error };
  return there.value
    ? { state: 'ok', detail: name }
    : {
        state: 'error',
        detail: `The engine has no image ${name}, so no agent in a container starts`,
        advice: [
          'Build it: cfn image build, or CFN: Build Agent Image.',
          'Or name another one: --image NAME',
        ],
      };
}

function servicesOf(containers: ContainerFacts | null): readonly ListedContainer[] {
  const listed = containers?.services;
  if (!listed?.ok) return [];
  const lasting = listed.value.filter(
    ({ labels }) => labels[COMPOSE.service] !== undefined && labels[COMPOSE.once]?.toLowerCase() !== 'true',
  );
  return lasting.sort((one, other) => (one.name < other.name ? -1 : 1));
}

function noServices(containers: ContainerFacts | null): Finding {
  if (containers === null || !containers.composed) return { state: 'skipped', detail: 'not used' };
  if (!containers.services.ok) return { state: 'warning', detail: containers.services.error };
  return { state: 'skipped', detail: 'not started; docker compose up -d starts them' };
}

function service(name: string, { state, isHealthy }: ListedContainer): Finding {
  const logs = `See what it says: docker compose logs ${name}`;
  if (containerState(state) !== 'running')
    return {
      state: 'error',
      detail: `${serviceDown(name)}: it is ${state}`,
      advice: [logs, `Start it: docker compose up -d ${name}`],
    };
  if (isHealthy !== false) return { state: 'ok', detail: isHealthy ? 'running, healthy' : 'running' };
  return name === 'redis'
    ? { state: 'error', detail: `${REDIS_SILENT}: it runs and answers no ping`, advice: [logs] }
    : { state: 'warning', detail: 'it runs, and its own check fails', advice: [logs] };
}
