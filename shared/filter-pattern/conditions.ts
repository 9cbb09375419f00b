import type { Junction, Logical } from './ast.js'

export function isJunction<Leaf extends { readonly kind: string }>(node: Logical<Leaf>): node is Junction<Leaf> {
  return node.kind === 'and' || node.kind === 'or'
}

/** The conditions of a tree from left to right. */
export function leavesOf<Leaf extends { readonly kind: string }>(node: Logical<Leaf>): readonly Leaf[] {
  return isJunction(node) ? node.operands.flatMap(leavesOf) : [node]
}

/** Turns a tree of conditions into something else, leaves first. */
export function foldLogical<Leaf extends { readonly kind: string }, Result>(
  node: Logical<Leaf>,
  onLeaf: (leaf: Leaf) => Result,
  onJunction: (kind: 'and' | 'or', operands: readonly Result[]) => Result,
): Result {
  if (!isJunction(node)) return onLeaf(node)
  return onJunction(
    node.kind,
    node.operands.map(operand => foldLogical(operand, onLeaf, onJunction)),
  )
}
