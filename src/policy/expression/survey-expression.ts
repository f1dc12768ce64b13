import type { ASTNode } from '@marcbachmann/cel-js';
import { loopNames } from './compile-loop.ts';
import { type ExpressionRoot, expressionRoots, type FactPath } from './expression-facts.ts';
import { expressionFunctions, readLiteral } from './expression-functions.ts';
import { Undetermined } from './outcome.ts';

/** What an expression reads. */
export interface Survey {
  readonly reads: readonly FactPath[];
  /** The texts that stand in it. */
  readonly texts: readonly string[];
}

/** Something that CEL has and a rule may not use. Offsets in UTF-16 units from the expression's start. */
export interface Refused {
  readonly says: string;
  readonly help: string;
  readonly start: number;
  readonly end: number;
}

/** Functions whose cost is bounded by the size of what they are given. Above all `matches` is not among them: it would backtrack. */
const functions = new Set(['has', ...Object.keys(expressionFunctions)]);
const loops = new Set<string>(loopNames);
/** Names that CEL gives to types. Rules have no use for them. */
const typeNames = new Set([
  ...['bool', 'bytes', 'double', 'int', 'list', 'map', 'null_type', 'string', 'type', 'uint'],
  ...['cel', 'google', 'optional'],
]);

const advice: Readonly<Record<string, string>> = {
  matches: 'use startsWith, endsWith or contains; for paths write paths: [{ regex: … }]',
  getHours: 'use hours:, which knows zones and daylight saving',
  getDayOfWeek: 'use hours:, which knows zones and daylight saving',
};

/**
 * Looks through a parsed expression: which facts and claims it reads, and that it has nothing but what is compiled: only
 * functions of a short list, no loop inside a loop, and each claim by its name, so that it is known which ones a rule reads.
 */
export function surveyExpression(ast: ASTNode): Survey | Refused {
  const reads: FactPath[] = [];
  const texts: string[] = [];
  const visit = (node: ASTNode, local: string | undefined): Refused | undefined => {
    const all = (nodes: readonly ASTNode[]) => firstRefusal(nodes.map((one) => () => visit(one, local)));
    const path = pathOf(node, local);
    if (path !== undefined) {
      reads.push(path);
      return path.length === 1 && path[0] !== 'now' ? unnamedFact(node, path[0]) : undefined;
    }
    switch (node.op) {
      case 'value':
        if (typeof node.args === 'string') texts.push(node.args);
        return typeof node.args === 'object' && node.args !== null ? oddLiteral(node) : undefined;
      case 'id':
        return node.args !== local && typeNames.has(node.args)
          ? unknownFunction(node, node.args, node.start)
          : undefined;
      case '.':
      case '.?':
        return visit(node.args[0], local);
      case '[]':
      case '[?]':
        return all(node.args);
      case 'call': {
        const [name, args] = node.args;
        if (!functions.has(name)) return unknownFunction(node, name, node.start);
        const literal = readLiteral(name, args);
        return literal instanceof Undetermined ? oddTime(node, name) : all(args);
      }
      case 'rcall': {
        const [name, target, args] = node.args;
        if (!loops.has(name))
          return functions.has(name) ? all([target, ...args]) : unknownFunction(node, name, target.end);
        if (local !== undefined)
          return {
            says: 'has a loop inside a loop',
            help: 'keep to one all, exists, exists_one, filter or map: their cost would multiply',
            start: node.start,
            end: node.end,
          };
        const [variable, ...bodies] = args;
        const inner = variable?.op === 'id' ? variable.args : '';
        return visit(target, local) ?? firstRefusal(bodies.map((body) => () => visit(body, inner)));
      }
      case 'list':
        return all(node.args);
      case 'map':
        return firstRefusal(
          node.args.map(
            ([key, value]) =>
              () =>
                oddKey(key) ?? visit(value, local),
          ),
        );
      case '!_':
      case '-_':
        return visit(node.args, local);
      default:
        return all(node.args);
    }
  };
  return visit(ast, undefined) ?? { reads, texts };
}

/** The fact that a chain of names and literal keys leads to; `undefined` for any other expression. */
export function pathOf(node: ASTNode, local: string | undefined): FactPath | undefined {
  if (node.op === 'id') return isRoot(node.args) && node.args !== local ? [node.args] : undefined;
  if (node.op !== '.' && node.op !== '[]') return undefined;
  const [inner, last] = node.args;
  const key = typeof last === 'string' ? last : last.op === 'value' ? last.args : undefined;
  if (typeof key !== 'string') return undefined;
  const head = pathOf(inner, local);
  return head === undefined ? undefined : [...head, key];
}

function isRoot(name: string): name is ExpressionRoot {
  return expressionRoots.some((root) => root === name);
}

function firstRefusal(steps: readonly (() => Refused | undefined)[]): Refused | undefined {
  for (const step of steps) {
    const refused = step();
    if (refused !== undefined) return refused;
  }
  return undefined;
}

function unnamedFact({ start, end }: ASTNode, root: ExpressionRoot): Refused {
  if (root !== 'claims')
    return { says: `does not say what of ${root}`, help: 'name one fact: request.path', start, end };
  return {
    says: 'does not say which claim',
    help: 'name each claim: claims.department, or claims["https://corp.example/roles"]',
    start,
    end,
  };
}

function oddLiteral({ start, end }: ASTNode): Refused {
  return { says: 'has a value of a type that no fact has', help: 'write 3 for 3u, and "a" for b"a"', start, end };
}

function oddTime({ start, end }: ASTNode, name: string): Refused {
  const help =
    name === 'duration' ? 'write it like duration("1h30m")' : 'write it like timestamp("2026-01-05T10:00:00Z")';
  return { says: `has a ${name} that cannot be read`, help, start, end };
}

/** Keys that are worked out would make types, and what is made of them, grow without bound. */
function oddKey(key: ASTNode): Refused | undefined {
  if (key.op === 'value' && typeof key.args === 'string') return undefined;
  return { says: 'has a key that is not a text', help: 'write {"a": 1}', start: key.start, end: key.end };
}

function unknownFunction(node: ASTNode, name: string, from: number): Refused {
  const at = node.input.indexOf(name, from);
  const start = at === -1 ? node.start : at;
  return {
    says: `uses ${name}, which rules do not have`,
    help: advice[name] ?? `functions are: ${[...functions, ...loops].join(', ')}`,
    start,
    end: start + name.length,
  };
}
