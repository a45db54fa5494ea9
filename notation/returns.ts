/** What the source of a step says: which names it may return, and whether it looks before it writes. */
import { parseExpressionAt } from 'acorn';

interface SyntaxNode {
  type: string;
  [field: string]: unknown;
}

/** The identifiers a function returns (`blocked`, `exit` and the steps it goes on with); undefined when its source is unreadable. */
export function returnedNames(step: (...args: never[]) => unknown): ReadonlySet<string> | undefined {
  const root = parsed(step);
  if (root === undefined) return undefined;
  const names = new Set<string>();
  inFunction(root, names);
  return names;
}

/** Methods of a row that write nothing themselves. */
const reading = new Set(['every', 'some', 'find', 'findIndex', 'indexOf', 'includes', 'reduce', 'forEach']);

/**
 * Whether it can be seen in the source that a step which returns `blocked` has written nothing: no assignment, and no call that could
 * make one, stands before its last `return`, and none of its loops returns.
 */
export function looksFirst(step: (...args: never[]) => unknown): boolean {
  const root = parsed(step);
  if (root === undefined) return false;
  let lastReturn = -1;
  let firstWrite = Number.POSITIVE_INFINITY;
  let returnsInLoop = false;
  const visit = (node: SyntaxNode, inLoop: boolean): void => {
    const at = node.start as number;
    if (node.type === 'ReturnStatement' && node.argument) {
      lastReturn = Math.max(lastReturn, node.end as number);
      returnsInLoop ||= inLoop;
    }
    if (node.type === 'AssignmentExpression' || node.type === 'UpdateExpression') firstWrite = Math.min(firstWrite, at);
    if (/^(Call|New|TaggedTemplate|Await|Yield)Expression$/.test(node.type)) {
      const method = ((node.callee as SyntaxNode | undefined)?.property as SyntaxNode | undefined)?.name;
      if (!reading.has(method as string)) firstWrite = Math.min(firstWrite, at);
    }
    const loop = inLoop || /^(For|While|DoWhile)/.test(node.type);
    for (const child of children(node)) visit(child, loop);
  };
  visit(root, false);
  return !returnsInLoop && lastReturn < firstWrite;
}

function parsed(step: (...args: never[]) => unknown): SyntaxNode | undefined {
  const source = String(step);
  const expression = /^(async\b|function\b|\(|[\w$]+\s*=>)/.test(source) ? source : `function ${source}`;
  try {
    return parseExpressionAt(expression, 0, { ecmaVersion: 'latest' }) as unknown as SyntaxNode;
  } catch {
    return undefined;
  }
}

function children(node: SyntaxNode): SyntaxNode[] {
  return Object.values(node)
    .flat()
    .filter((part): part is SyntaxNode => typeof (part as SyntaxNode | undefined)?.type === 'string');
}

function inFunction(node: SyntaxNode, names: Set<string>): void {
  const body = node.body as SyntaxNode;
  if (body.type === 'BlockStatement') inStatement(body, names);
  else inValue(body, names);
}

function inStatement(node: SyntaxNode, names: Set<string>): void {
  if (/Function/.test(node.type)) return; // a callback's return is not the step's
  if (node.type === 'ReturnStatement') {
    if (node.argument) inValue(node.argument as SyntaxNode, names);
    return;
  }
  for (const child of children(node)) inStatement(child, names);
}

function inValue(node: SyntaxNode, names: Set<string>): void {
  if (node.type === 'Identifier') names.add(node.name as string);
  // A loader that rewrites imports turns a name into a member of the imported module.
  if (node.type === 'MemberExpression') names.add((node.property as SyntaxNode).name as string);
  if (node.type === 'SequenceExpression') inValue((node.expressions as SyntaxNode[]).at(-1) as SyntaxNode, names);
  if (node.type === 'ConditionalExpression') {
    inValue(node.consequent as SyntaxNode, names);
    inValue(node.alternate as SyntaxNode, names);
  }
  if (node.type === 'LogicalExpression') {
    inValue(node.left as SyntaxNode, names);
    inValue(node.right as SyntaxNode, names);
  }
}
