/** How the tour speaks, and what it holds itself to: every claim it prints is checked, and one that fails makes the tour fail. */

export class TourReport {
  readonly #print: (text: string) => void
  #failures = 0
  #claims = 0
  #chapters = 0

  constructor(print: (text: string) => void) { this.#print = print }

  get failures(): number { return this.#failures }
  get claims(): number { return this.#claims }

  chapter(title: string): void {
    this.#chapters += 1
    this.#print(`\n${this.#chapters}. ${title}\n`)
  }

  say(text: string): void { this.#print(text) }

  /** Lines that came from somewhere, set off from ours. */
  quote(text: string): void {
    this.#print(text.trimEnd().split('\n').map((line) => `   ${line}`).join('\n'))
  }

  /** One claim, and whether it holds. */
  claim(text: string, holds: boolean): void {
    this.#claims += 1
    if (!holds) this.#failures += 1
    this.#print(`   ${holds ? '[ok]' : '[NOT SO]'} ${text}`)
  }
}
