/**
 * Of options that exclude each other, the one that is given.
 *
 * @throws Error when there are two
 */
export function onlyOne<Name extends string>(
  options: { readonly [name in Name]?: unknown },
  ...names: readonly Name[]
): Name | undefined {
  const [first, second] = names.filter(name => options[name] !== undefined && options[name] !== false)
  if (second !== undefined) throw new Error(`--${first} and --${second} do not go together`)
  return first
}
