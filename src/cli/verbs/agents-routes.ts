import type { RouteProbe, RouteStanding } from '../../app/routing/provider-routing.ts';
import type { CliContext } from '../context.ts';
import { watchInterruptions } from '../interruptions.ts';
import { EXIT, printable, refuse, type Exit } from '../io.ts';
import { table } from '../loop-table.ts';

interface RoutesFlags {
  readonly probe?: boolean;
  readonly json?: boolean;
}

/**
 * `cfn agents --routes`: the table of providers; with `--probe` their own lists are asked for its models. Ends with 1 where
 * a provider that was asked has not the model.
 */
export async function showRoutes(
  context: CliContext,
  { probe = false, json = false }: RoutesFlags,
): Promise<Exit> {
  const { io } = context;
  const core = await context.loadCore();
  const interruptions = watchInterruptions(context);
  try {
    if (!probe) {
      const routes = await core.routing.standings();
      if (!routes.ok) return refuse(io, routes.error);
      if (json) io.stdout.write(`${JSON.stringify({ routes: routes.value })}\n`);
      else writeTable(context, routes.value);
      return EXIT.proceed;
    }
    const probed = await core.routing.probe(interruptions.signal);
    if (!probed.ok) return refuse(io, probed.error);
    if (json) io.stdout.write(`${JSON.stringify({ routes: probed.value })}\n`);
    else
      for (const each of probed.value) io.stdout.write(`${MARKS[each.status]} ${printable(each.message)}\n`);
    return probed.value.some(({ status }) => status === 'absent') ? EXIT.abort : EXIT.proceed;
  } finally {
    interruptions.dispose();
    await core.dispose();
  }
}

const MARKS: Readonly<Record<RouteProbe['status'], string>> = {
  there: 'ok  ',
  absent: 'FAIL',
  unknown: '-   ',
};

function writeTable({ io }: CliContext, routes: readonly RouteStanding[]): void {
  const rows = routes.map((route) => [
    route.provider,
    printable(route.model),
    route.preset,
    keyText(route),
    route.lastVerified === null ? unverified(route) : `verified ${route.lastVerified}`,
    route.price === null ? 'price unknown' : priceText(route.price),
    route.baseUrl ?? "its CLI's own sign-in",
  ]);
  // Nobody is to guess the end of an address: a narrow terminal wraps it.
  for (const line of table(rows, Number.MAX_SAFE_INTEGER)) io.stdout.write(`${line}\n`);
}

function keyText({ keyVariable, hasKey }: RouteStanding): string {
  if (keyVariable === null) return 'no key needed';
  return hasKey === true ? `${keyVariable} is set` : `${keyVariable} is missing`;
}

const unverified = ({ origin }: RouteStanding): string =>
  origin === 'seed' ? 'from the seed, not verified' : 'yours, not verified';

const priceText = ({ input, output }: NonNullable<RouteStanding['price']>): string =>
  `$${input} in, $${output} out a million tokens`;
