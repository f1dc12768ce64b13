import type { RouteImpact } from './impact.ts';

const mostNames = 20;

/**
 * `payroll  loses access: noor@vendor.example`: who gains and loses at one route, in lines. Names are as the provider
 * gave them: whoever prints them on a terminal must escape what would change how they read.
 */
export function renderImpact({ route, gained, lost, stricter }: RouteImpact): readonly string[] {
  const lines: string[] = [];
  if (lost.length > 0) lines.push(`${route}  ${lost.length === 1 ? 'loses' : 'lose'} access: ${names(lost)}`);
  if (gained.length > 0) lines.push(`${route}  ${gained.length === 1 ? 'gains' : 'gain'} access: ${names(gained)}`);
  const demands = Map.groupBy(stricter, ({ needs }) => needs.join(', '));
  for (const [needs, people] of demands)
    lines.push(`${route}  must bring ${needs}: ${names(people.map(({ person }) => person))}`);
  return lines;
}

function names(people: readonly string[]): string {
  const shown = people.slice(0, mostNames).join(', ');
  const rest = people.length - mostNames;
  return rest > 0 ? `${shown} and ${rest.toLocaleString('en-US')} ${rest === 1 ? 'other' : 'others'}` : shown;
}
