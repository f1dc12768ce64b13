import type { ASTNode } from '@marcbachmann/cel-js';
import { binaryOperators } from './binary-operators.ts';
import { compileLoop, type LoopName, loopNames } from './compile-loop.ts';
import { asTruth, joined, type Run, type Step } from './evaluation.ts';
import { absentClaim, type FactPath, readFact } from './expression-facts.ts';
import { asInt, expressionFunctions, readLiteral } from './expression-functions.ts';
import { failed, isList, isMap, lessSure, type Outcome, Undetermined, type Value } from './outcome.ts';
import type { StepMeter } from './step-meter.ts';
import { pathOf } from './survey-expression.ts';

const wrongType = failed('Something was done with a value of another type.');

/**
 * Compiles a part of an expression that was surveyed and checked. Each part counts as it runs. What is not determined goes
 * through every operation but those that come out the same without it: "and", "or", and the loops made of them.
 * @param local the variable of the loop that it stands in
 */
export function compileNode(node: ASTNode, local: string | undefined): Step {
  const step = stepOf(node, local);
  return (run) => {
    run.meter.charge(1);
    return step(run);
  };
}

function stepOf(node: ASTNode, local: string | undefined): Step {
  const compile = (inner: ASTNode) => compileNode(inner, local);
  const path = pathOf(node, local);
  if (path !== undefined) return factStep(path);
  switch (node.op) {
    case 'value': {
      const value = node.args;
      return typeof value === 'object' && value !== null ? never(node) : () => value;
    }
    case 'id':
      return node.args === local ? (run) => run.item : never(node);
    case '.':
    case '[]': {
      const [inner, key] = node.args;
      return withTwo(compile(inner), typeof key === 'string' ? () => key : compile(key), fieldOf);
    }
    case 'call': {
      const [name, args] = node.args;
      const [first] = args;
      if (name === 'has') return first?.op === '.' ? hasStep(first, local) : never(node);
      const literal = readLiteral(name, args);
      return literal === undefined ? callStep(node, name, args.map(compile)) : () => literal;
    }
    case 'rcall': {
      const [name, target, args] = node.args;
      if (isLoop(name)) return compileLoop(name, compile(target), args, compileNode);
      return callStep(node, name, [target, ...args].map(compile));
    }
    case 'list': {
      const items = node.args.map(compile);
      return withAll(items, (values, run) => {
        run.meter.charge(values.length);
        return values;
      });
    }
    case 'map': {
      const keys = node.args.map(([key]) => String(key.op === 'value' ? key.args : never(node)));
      const values = node.args.map(([, value]) => compile(value));
      return withAll(values, (all, run) => {
        run.meter.charge(all.length);
        return Object.fromEntries(all.map((value, index) => [keys[index] ?? '', value]));
      });
    }
    case '?:': {
      const [condition, one, other] = [compile(node.args[0]), compile(node.args[1]), compile(node.args[2])];
      return (run) => {
        const asked = condition(run);
        if (asked instanceof Undetermined) return asked;
        return typeof asked === 'boolean' ? (asked ? one(run) : other(run)) : wrongType;
      };
    }
    case '||':
    case '&&': {
      const [one, other] = [compile(node.args[0]), compile(node.args[1])];
      const settles = node.op === '||';
      return (run) => {
        const first = asTruth(one(run));
        return first === settles ? first : joined(settles, first, asTruth(other(run)));
      };
    }
    case '!_':
      return withOne(compile(node.args), (value) => (typeof value === 'boolean' ? !value : wrongType));
    case '-_':
      return withOne(compile(node.args), (value) => {
        if (typeof value === 'bigint') return asInt(-value);
        return typeof value === 'number' ? -value : wrongType;
      });
    case '.?':
    case '[?]':
      return never(node);
    default: {
      const [one, other] = node.args;
      return withTwo(compile(one), compile(other), binaryOperators[node.op](node.args));
    }
  }
}

function isLoop(name: string): name is LoopName {
  return loopNames.some((loop) => loop === name);
}

function callStep(node: ASTNode, name: string, args: readonly Step[]): Step {
  const call = Object.hasOwn(expressionFunctions, name) ? expressionFunctions[name] : undefined;
  if (call === undefined) return never(node);
  const [only] = args;
  if (only === undefined || args.length > 1) return withAll(args, (values, run) => call(values, run.meter));
  return (run) => {
    const value = only(run);
    return value instanceof Undetermined ? value : call([value], run.meter);
  };
}

function withOne(step: Step, next: (value: Value) => Outcome): Step {
  return (run) => {
    const outcome = step(run);
    return outcome instanceof Undetermined ? outcome : next(outcome);
  };
}

function withTwo(first: Step, second: Step, next: (one: Value, other: Value, meter: StepMeter) => Outcome): Step {
  return (run) => {
    const one = first(run);
    const other = second(run);
    if (one instanceof Undetermined) return other instanceof Undetermined ? lessSure(one, other) : one;
    return other instanceof Undetermined ? other : next(one, other, run.meter);
  };
}

/** Runs all parts, so that an unknown fact in any of them is seen, and goes on where each came to a value. */
function withAll(steps: readonly Step[], next: (values: readonly Value[], run: Run) => Outcome): Step {
  return (run) => {
    const values: Value[] = [];
    let open: Undetermined | undefined;
    for (const step of steps) {
      const outcome = step(run);
      if (outcome instanceof Undetermined) open = open === undefined ? outcome : lessSure(open, outcome);
      else values.push(outcome);
    }
    return open ?? next(values, run);
  };
}

function factStep([root, first, ...deeper]: FactPath): Step {
  const fact: FactPath = first === undefined ? [root] : [root, first];
  if (deeper.length === 0) return (run) => readFact(fact, run.facts);
  return (run) => {
    let value = readFact(fact, run.facts);
    for (const key of deeper) value = value instanceof Undetermined ? value : fieldOf(value, key);
    return value;
  };
}

const absentField = failed('A claim has no such part.');

function fieldOf(value: Value, key: Value): Outcome {
  if (isList(value)) {
    const at = typeof key === 'bigint' || typeof key === 'number' ? Number(key) : Number.NaN;
    return value[at] ?? (at in value ? null : absentField);
  }
  if (!isMap(value) || typeof key !== 'string') return wrongType;
  return Object.hasOwn(value, key) ? (value[key] ?? null) : absentField;
}

/** Whether a field is there. Whether an object has it cannot be said of what is no object. */
function hasStep(node: ASTNode & { op: '.' }, local: string | undefined): Step {
  const path = pathOf(node, local);
  if (path?.length === 2) {
    return (run) => {
      const value = readFact(path, run.facts);
      if (value === absentClaim) return false;
      return value instanceof Undetermined ? value : true;
    };
  }
  const [inner, key] = node.args;
  return withOne(compileNode(inner, local), (value) => (isMap(value) ? Object.hasOwn(value, key) : wrongType));
}

/** The survey lets nothing through that is not compiled here. */
function never(node: ASTNode): never {
  throw new TypeError(`An expression has a part that is not known: ${node.op}.`);
}
