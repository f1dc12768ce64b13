import type { ASTNode } from '@marcbachmann/cel-js';
import { type ExpressionRoot, expressionRoots, type FactPath } from './expression-facts.ts';

/** What an expression reads, and how. */
export interface Survey {
  readonly reads: readonly FactPath[];
  /** What it asks `has()` about. */
  readonly tested: readonly FactPath[];
}

/** Something that CEL has and a rule may not use. Offsets in UTF-16 units from the expression's start. */
export interface Refused {
  readonly says: string;
  readonly help: string;
  readonly start: number;
  readonly end: number;
}

/** Functions whose cost is bounded by the size of what they are given. Above all `matches` is not among them: it would backtrack. */
const functions = new Set([
  ...['has', 'size', 'startsWith', 'endsWith', 'contains', 'lowerAscii', 'upperAscii', 'trim'],
  ...['int', 'double', 'string', 'bool', 'duration', 'timestamp'],
]);
const loops = new Set(['all', 'exists', 'exists_one', 'filter', 'map']);

const advice: Readonly<Record<string, string>> = {
  matches: 'use startsWith, endsWith or contains; for paths write paths: [{ regex: … }]',
  getHours: 'use hours:, which knows zones and daylight saving',
  getDayOfWeek: 'use hours:, which knows zones and daylight saving',
};

/**
 * Looks through a parsed expression: which facts and claims it reads, and that its cost stays bounded: only functions of a
 * short list, no loop inside a loop, and each claim by its name, so that it is known which ones a rule reads.
 */
export function surveyExpression(ast: ASTNode): Survey | Refused {
  const reads: FactPath[] = [];
  const tested: FactPath[] = [];
  const visit = (node: ASTNode, locals: readonly string[], isInLoop: boolean): Refused | undefined => {
    const all = (nodes: readonly ASTNode[]) => firstRefusal(nodes.map((one) => () => visit(one, locals, isInLoop)));
    const path = pathOf(node, locals);
    if (path !== undefined) {
      reads.push(path);
      return path[0] === 'claims' && path.length === 1 ? unnamedClaim(node) : undefined;
    }
    switch (node.op) {
      case 'value':
      case 'id':
        return undefined;
      case '.':
      case '.?':
        return visit(node.args[0], locals, isInLoop);
      case '[]':
      case '[?]':
        return all(node.args);
      case 'call': {
        const [name, args] = node.args;
        if (!functions.has(name)) return unknownFunction(node, name, node.start);
        if (name === 'has') tested.push(...pathsOf(args, locals));
        return all(args);
      }
      case 'rcall': {
        const [name, target, args] = node.args;
        if (!loops.has(name))
          return functions.has(name) ? all([target, ...args]) : unknownFunction(node, name, target.end);
        if (isInLoop)
          return {
            says: 'has a loop inside a loop',
            help: 'keep to one all, exists, exists_one, filter or map: their cost would multiply',
            start: node.start,
            end: node.end,
          };
        const [variable, ...bodies] = args;
        const inner = variable?.op === 'id' ? [...locals, variable.args] : locals;
        return visit(target, locals, isInLoop) ?? firstRefusal(bodies.map((body) => () => visit(body, inner, true)));
      }
      case 'list':
        return all(node.args);
      case 'map':
        return all(node.args.flat());
      case '!_':
      case '-_':
        return visit(node.args, locals, isInLoop);
      default:
        return all(node.args);
    }
  };
  return visit(ast, [], false) ?? { reads, tested };
}

function pathsOf(args: readonly ASTNode[], locals: readonly string[]): readonly FactPath[] {
  return args.flatMap((arg) => {
    const path = pathOf(arg, locals);
    return path === undefined ? [] : [path];
  });
}

/** The fact that a chain of names and literal keys leads to; `undefined` for any other expression. */
function pathOf(node: ASTNode, locals: readonly string[]): FactPath | undefined {
  if (node.op === 'id') return isRoot(node.args) && !locals.includes(node.args) ? [node.args] : undefined;
  if (node.op !== '.' && node.op !== '[]') return undefined;
  const [inner, last] = node.args;
  const key = typeof last === 'string' ? last : last.op === 'value' ? last.args : undefined;
  if (typeof key !== 'string') return undefined;
  const head = pathOf(inner, locals);
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

function unnamedClaim({ start, end }: ASTNode): Refused {
  return {
    says: 'does not say which claim',
    help: 'name each claim: claims.department, or claims["https://corp.example/roles"]',
    start,
    end,
  };
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
