/** Code that came later: it takes the names that a minifier gave others before. */
export class Neighbour extends Error {
  readonly since: number = Date.now();
}

export function greet(who: string): string {
  const letters = who.split('').map((letter) => letter.toUpperCase());
  if (letters.length === 0) throw new Neighbour('nobody');
  return letters.join('');
}
