/** What the source of a step says: which names it may return, and whether it looks before it writes. */
import { parseExpressionAt } from 'acorn';

type Step = (...args: never[]) => unknown;

interface SyntaxNode {
  type: string;
  [field: string]: unknown;
}

/** The identifiers a function returns (`blocked`, `exit` and the steps it goes on with); undefined when its source is unreadable. */
export const returnedNames = remembered((step): ReadonlySet<string> | undefined => {
  const root = parsed(step);
  if (root === undefined) return undefined;
  const names = new Set<string>();
  inFunction(root, names);
  return names;
});

/** The names of what a function calls; none when its source is unreadable. */
export const calledNames = remembered((step): ReadonlySet<string> => {
  const names = new Set<string>();
  const visit = (node: SyntaxNode): void => {
    if (node.type === 'CallExpression') inValue(node.callee as SyntaxNode, names);
    for (const child of children(node)) visit(child);
  };
  const root = parsed(step);
  if (root) visit(root);
  return names;
});

/** The same steps are in many variants; each is read once. */
function remembered<Result>(read: (step: Step) => Result): (step: Step) => Result {
  const known = new WeakMap<Step, { result: Result }>();
  return (step) => {
    const entry = known.get(step) ?? { result: read(step) };
    known.set(step, entry);
    return entry.result;
  };
}

/** Methods of a row that write nothing themselves; the first ones call what they are given. */
const calling = new Set(['every', 'some', 'find', 'findIndex', 'reduce', 'forEach']);
const comparing = new Set(['indexOf', 'includes']);
/** Names from outside that are plain values. */
const constants = new Set(['NULL', 'blocked', 'exit', 'undefined']);

/**
 * Whether it can be seen in the source that a step which returns `blocked` has written nothing: nothing that could write stands before
 * its last `return`, and none of its loops returns. Whatever is not plainly harmless counts as a write.
 */
export const looksFirst = remembered((step): boolean => {
  const root = parsed(step);
  if (root === undefined) return false;
  const own = namesDeclaredIn(root);
  let lastReturn = (root.body as SyntaxNode).type === 'BlockStatement' ? -1 : (root.end as number);
  let firstWrite = Number.POSITIVE_INFINITY;
  let returnsInLoop = false;
  const visit = (node: SyntaxNode, inLoop: boolean): void => {
    if (node.type === 'ReturnStatement') {
      lastReturn = Math.max(lastReturn, node.end as number);
      returnsInLoop ||= inLoop;
    }
    if (mayWrite(node, own)) firstWrite = Math.min(firstWrite, node.start as number);
    const loop = inLoop || /^(For|While|DoWhile)/.test(node.type);
    for (const child of children(node)) visit(child, loop);
  };
  visit(root, false);
  return !returnsInLoop && lastReturn < firstWrite;
});

/** Names of a function's parameters and variables, and of those of functions inside it. */
function namesDeclaredIn(root: SyntaxNode): Set<string> {
  const names = new Set<string>();
  const declare = (pattern: SyntaxNode | null): void => {
    if (!pattern) return;
    if (pattern.type === 'Identifier') names.add(pattern.name as string);
    else if (pattern.type === 'ObjectPattern')
      for (const each of pattern.properties as SyntaxNode[]) declare((each.value ?? each.argument) as SyntaxNode);
    else if (pattern.type === 'ArrayPattern') for (const each of pattern.elements as SyntaxNode[]) declare(each);
    else declare((pattern.left ?? pattern.argument ?? null) as SyntaxNode | null);
  };
  const visit = (node: SyntaxNode): void => {
    if (/Function/.test(node.type)) for (const parameter of node.params as SyntaxNode[]) declare(parameter);
    if (node.type === 'VariableDeclarator') declare(node.id as SyntaxNode);
    for (const child of children(node)) visit(child);
  };
  visit(root);
  return names;
}

function mayWrite(node: SyntaxNode, own: ReadonlySet<string>): boolean {
  switch (node.type) {
    case 'AssignmentExpression':
    case 'UpdateExpression':
    case 'NewExpression':
    case 'TaggedTemplateExpression':
    case 'AwaitExpression':
    case 'YieldExpression':
    case 'TryStatement':
    case 'ClassExpression':
    case 'ClassDeclaration':
    case 'FunctionDeclaration':
      return true;
    case 'UnaryExpression':
      return node.operator === 'delete';
    case 'ForOfStatement':
    case 'ForInStatement':
      return (node.left as SyntaxNode).type !== 'VariableDeclaration';
    case 'CallExpression':
      return !isHarmlessCall(node, own);
    case 'VariableDeclarator':
      return node.init !== null && !isOwn(node.init as SyntaxNode, own);
    default:
      return false;
  }
}

/** A call of a row's own method, on something that comes from the arguments, with its callback written out. */
function isHarmlessCall({ callee, arguments: args }: SyntaxNode, own: ReadonlySet<string>): boolean {
  const { type, object, property, computed } = callee as SyntaxNode;
  if (type !== 'MemberExpression' || computed || !isOwn(object as SyntaxNode, own)) return false;
  const { name } = property as SyntaxNode;
  if (comparing.has(name as string)) return true;
  const [first] = args as SyntaxNode[];
  return calling.has(name as string) && first !== undefined && /Function/.test(first.type);
}

/** Whether an expression is made of the step's own names and constants only. */
function isOwn(node: SyntaxNode, own: ReadonlySet<string>): boolean {
  if (node.type === 'Identifier') return own.has(node.name as string) || constants.has(node.name as string);
  if (node.type === 'MemberExpression' && !node.computed) return isOwn(node.object as SyntaxNode, own);
  if (node.type === 'Property' && !node.computed) return isOwn(node.value as SyntaxNode, own);
  return children(node).every((child) => isOwn(child, own));
}

function parsed(step: Step): SyntaxNode | undefined {
  const source = String(step);
  const expression = /^(async\b|function\b|\(|[\w$]+\s*=>)/.test(source) ? source : `function ${source}`;
  try {
    return parseExpressionAt(expression, 0, { ecmaVersion: 'latest' }) as unknown as SyntaxNode;
  } catch {
    return undefined;
  }
}

function children(node: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (const part of Object.values(node)) {
    if (typeof part !== 'object' || part === null) continue;
    for (const each of Array.isArray(part) ? part : [part]) if (typeof each?.type === 'string') found.push(each);
  }
  return found;
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
