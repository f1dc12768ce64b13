import type { ASTNode } from '@marcbachmann/cel-js';
import { asTruth, joined, type Run, type Step } from './evaluation.ts';
import { failed, isList, isMap, type Outcome, Undetermined, type Value } from './outcome.ts';

export const loopNames = ['all', 'exists', 'exists_one', 'filter', 'map'] as const;

export type LoopName = (typeof loopNames)[number];

const noList = failed('A loop was given something that is neither a list nor an object.');

/** Compiles a loop over a list, or over the keys of an object. Its last argument is what is worked out for each item. */
export function compileLoop(
  name: LoopName,
  target: Step,
  args: readonly ASTNode[],
  compile: (body: ASTNode, local: string) => Step,
): Step {
  const [variable, ...bodies] = args;
  if (variable?.op !== 'id') throw new TypeError('A loop has no variable.');
  const [first, second] = bodies.map((body) => compile(body, variable.args));
  if (first === undefined) throw new TypeError('A loop has no body.');
  const loop = loopOf(name, first, second);
  return (run) => {
    const found = target(run);
    if (found instanceof Undetermined) return found;
    const items = isList(found) ? found : isMap(found) ? Object.keys(found) : undefined;
    if (items === undefined) return noList;
    run.meter.charge(items.length);
    return loop(items, run);
  };
}

type Loop = (items: readonly Value[], run: Run) => Outcome;

function loopOf(name: LoopName, body: Step, second: Step | undefined): Loop {
  switch (name) {
    case 'all':
      return untilSettled(false, body);
    case 'exists':
      return untilSettled(true, body);
    case 'exists_one':
      return (items, run) => {
        const found = chosen(items, body, run);
        return found instanceof Undetermined ? found : found.length === 1;
      };
    case 'filter':
      return (items, run) => chosen(items, body, run);
    case 'map':
      return (items, run) => {
        const found = second === undefined ? items : chosen(items, body, run);
        return found instanceof Undetermined ? found : changed(found, second ?? body, run);
      };
  }
}

function untilSettled(settles: boolean, body: Step): Loop {
  return (items, run) => {
    let verdict: boolean | Undetermined = !settles;
    for (const item of items) {
      run.item = item;
      verdict = joined(settles, verdict, asTruth(body(run)));
      if (verdict === settles) return settles;
    }
    return verdict;
  };
}

function chosen(items: readonly Value[], body: Step, run: Run): readonly Value[] | Undetermined {
  const found: Value[] = [];
  for (const item of items) {
    run.item = item;
    const isWanted = asTruth(body(run));
    if (isWanted instanceof Undetermined) return isWanted;
    if (isWanted) found.push(item);
  }
  return found;
}

function changed(items: readonly Value[], body: Step, run: Run): readonly Value[] | Undetermined {
  const made: Value[] = [];
  for (const item of items) {
    run.item = item;
    const value = body(run);
    if (value instanceof Undetermined) return value;
    made.push(value);
  }
  return made;
}
