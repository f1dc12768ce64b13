import type { ASTNode } from '@marcbachmann/cel-js';
import { loopNames } from './compile-loop.ts';
import type { FactPath } from './expression-facts.ts';
import { pathOf } from './survey-expression.ts';

/**
 * How large a value can be. `weight` counts it whole: 1 for each part of it and another for each 16 characters, so it also
 * bounds the steps that comparing, reading or copying it takes.
 */
export interface Size {
  /** How often a loop over it goes round. */
  readonly items: number;
  readonly weight: number;
}

interface Estimate {
  readonly steps: number;
  readonly size: Size;
}

/** The largest part of an expression: where it is refused. */
export interface Cost {
  readonly steps: number;
  /** The part that costs the most of its own; loops are what costs. */
  readonly start: number;
  readonly end: number;
}

const scalar: Size = { items: 0, weight: 1 };

function text(length: number): Size {
  return { items: 0, weight: 1 + length / 16 };
}

/** How large the facts can be that an expression reads. */
export interface FactSizes {
  readonly groups: Size;
  readonly claim: Size;
  /** Of every fact that is a text. */
  readonly text: Size;
}

/**
 * The most that is expected: 10,000 groups; 16 KiB of claims as JSON, which a session keeps, with at most one part for
 * every two bytes; a path as long as a request may be. Somebody with more is still bounded: evaluation ends at its budget.
 */
const largestFacts: FactSizes = {
  groups: { items: 10_000, weight: 1 + 10_000 * text(64).weight },
  claim: { items: 8_192, weight: 1 + 8_192 },
  text: text(16_384),
};

/** Works out what evaluating an expression can cost at the most, in steps, without evaluating any of it. */
export function estimateCost(ast: ASTNode, facts = largestFacts): Cost {
  let worst = { own: -1, node: ast };
  const noted = (node: ASTNode, own: number, inner: number, size: Size): Estimate => {
    if (own > worst.own) worst = { own, node };
    return { steps: own + inner, size };
  };

  const visit = (node: ASTNode, local: string | undefined, item: Size): Estimate => {
    const inner = (one: ASTNode) => visit(one, local, item);
    const path = pathOf(node, local);
    if (path !== undefined) return { steps: 1 + path.length, size: sizeOfFact(path, facts) };
    switch (node.op) {
      case 'value':
        return { steps: 1, size: typeof node.args === 'string' ? text(node.args.length) : scalar };
      case 'id':
        return { steps: 1, size: item };
      case 'rcall': {
        const [name, target, args] = node.args;
        if (!loopNames.some((loop) => loop === name)) return noted(node, ...callOf(name, [target, ...args].map(inner)));
        return loopOf(node, name, inner(target), args);
      }
      case 'call':
        return noted(node, ...callOf(node.args[0], node.args[1].map(inner)));
      case 'list':
        return madeOf(node.args.map(inner));
      case 'map':
        return madeOf(node.args.flatMap(([key, value]) => [inner(key), inner(value)]));
      case '!_':
      case '-_':
        return { steps: 1 + inner(node.args).steps, size: scalar };
      case '.':
      case '.?':
        return fieldOf([inner(node.args[0])]);
      case '[]':
      case '[?]':
        return fieldOf(node.args.map(inner));
      case '?:': {
        const parts = node.args.map(inner);
        const [, one, other] = parts;
        return { steps: 1 + stepsOf(parts), size: sum(one?.size ?? scalar, other?.size ?? scalar) };
      }
      case '+': {
        const parts = node.args.map(inner);
        const size = parts.reduce((all, { size: part }) => sum(all, part), scalar);
        return noted(node, 1 + size.items + size.weight, stepsOf(parts), size);
      }
      case 'in': {
        const [value, list] = [inner(node.args[0]), inner(node.args[1])];
        return noted(node, 1 + list.size.weight, value.steps + list.steps, scalar);
      }
      case '||':
      case '&&':
        return { steps: 1 + stepsOf(node.args.map(inner)), size: scalar };
      default: {
        const [one, other] = [inner(node.args[0]), inner(node.args[1])];
        const compared = Math.min(one.size.weight, other.size.weight);
        return noted(node, 1 + compared, one.steps + other.steps, scalar);
      }
    }
  };

  /**
   * No loop stands in another, so what a body costs grows with the weight of its item in a straight line at the most. Over
   * all items it is then no more than what it costs for an item of average weight, as often as there are items.
   */
  const loopOf = (node: ASTNode, name: string, target: Estimate, args: readonly ASTNode[]): Estimate => {
    const [variable, ...bodies] = args;
    const { items, weight } = target.size;
    const average = items === 0 ? 0 : weight / items;
    const each = bodies.map((body) =>
      visit(body, variable?.op === 'id' ? variable.args : '', { items: average, weight: average }),
    );
    const around = 1 + items * (1 + stepsOf(each));
    const kept = name === 'filter' ? { items, weight } : { items, weight: 1 + items * (each.at(-1)?.size.weight ?? 1) };
    return noted(node, around, target.steps, name === 'map' || name === 'filter' ? kept : scalar);
  };

  const { steps } = visit(ast, undefined, scalar);
  return { steps: Math.ceil(steps), start: worst.node.start, end: worst.node.end };
}

function stepsOf(parts: readonly Estimate[]): number {
  return parts.reduce((all, { steps }) => all + steps, 0);
}

function sum(one: Size, other: Size): Size {
  return { items: one.items + other.items, weight: one.weight + other.weight };
}

function sizeOfFact([root, key]: FactPath, facts: FactSizes): Size {
  if (root === 'claims') return facts.claim;
  if (root === 'user' && key === 'groups') return facts.groups;
  return root === 'request' || root === 'user' || root === 'device' ? facts.text : scalar;
}

/** A list or a map that is written out. */
function madeOf(parts: readonly Estimate[]): Estimate {
  const weight = parts.reduce((all, { size }) => all + size.weight, 1);
  return { steps: 1 + parts.length + stepsOf(parts), size: { items: parts.length, weight } };
}

/** What is taken out of a value is no larger than the value. */
function fieldOf(parts: readonly Estimate[]): Estimate {
  const weight = parts[0]?.size.weight ?? 1;
  return { steps: 1 + stepsOf(parts), size: { items: weight, weight } };
}

/** Own steps, those of the arguments, and what comes of it. A letter in the other case can be three. */
function callOf(name: string, args: readonly Estimate[]): [own: number, inner: number, size: Size] {
  const inner = stepsOf(args);
  const read = args.reduce((all, { size }) => all + size.weight, 0);
  switch (name) {
    case 'startsWith':
    case 'endsWith':
      return [1 + (args.at(-1)?.size.weight ?? 1), inner, scalar];
    case 'lowerAscii':
    case 'upperAscii':
    case 'trim':
      return [1 + 4 * read, inner, { items: 0, weight: 3 * read }];
    case 'string':
      return [1, inner, { items: 0, weight: 32 + read }];
    default:
      return [1 + read, inner, scalar];
  }
}
