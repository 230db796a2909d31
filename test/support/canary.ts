/** A value as it may be written down: plain, encoded, quoted, backwards. */
export function spellingsOf(value: string): string[] {
  const bytes = Buffer.from(value);
  const plain = value.replace(/^base64:/, '');
  return [
    ...new Set([
      value,
      plain,
      ...(['base64', 'base64url', 'hex'] as const).map((encoding) => bytes.toString(encoding).replace(/=+$/, '')),
      encodeURIComponent(plain),
      JSON.stringify(plain).slice(1, -1),
      Array.from(plain).reverse().join(''),
    ]),
  ];
}
