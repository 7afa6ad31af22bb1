/**
 * Queries by chance over the small ward of the oracle: joins of every kind, subqueries, CTEs, views, set operations, grouping, windows. They read
 * and never fail for what they compute: whole numbers are compared with whole numbers.
 */

export interface MadeQuery {
  readonly sql: string
  /** Names of its columns, and those of them that are whole numbers. */
  readonly columns: readonly string[]
  readonly numbers: readonly string[]
}

interface Source { readonly from: string; readonly columns: readonly string[]; readonly numbers: readonly string[] }

/** Ids of patients; rooms and rows have numbers of the same range, so that a wrong join finds something. */
export const PATIENT_COUNT = 6

const TABLES: readonly { readonly name: string; readonly texts: readonly string[]; readonly numbers: readonly string[] }[] = [
  { name: 'patients', texts: ['name', 'zip'], numbers: ['id', 'weight'] }, { name: 'patients', texts: ['name', 'zip'], numbers: ['id', 'weight'] },
  { name: 'notes', texts: ['body'], numbers: ['id', 'patient_id'] }, { name: 'notes', texts: ['body'], numbers: ['id', 'patient_id'] },
  { name: 'visits', texts: ['kind'], numbers: ['id', 'patient_id', 'room_id'] }, { name: 'rooms', texts: ['name'], numbers: ['id', 'floor'] },
]

/** The same queries for the same seed. */
export class QueryGrammar {
  #state: number
  #names = 0

  constructor(seed: number) { this.#state = seed }

  /** Parentheses around parentheses, at most this deep. */
  next(depth = 2): MadeQuery {
    this.#names = 0
    const made = this.#query(depth)
    if (this.#below(5) > 0) return made
    // In the order of all columns, so that what is cut off is the same each time.
    return { ...made, sql: `select * from (${made.sql}) z order by ${made.columns.map((_, at) => at + 1).join(', ')} limit ${1 + this.#below(4)}` }
  }

  /** @returns a whole number from 0, below `end`: of a linear congruential generator the upper bits, which repeat last. */
  #below(end: number): number {
    this.#state = (Math.imul(this.#state, 1_103_515_245) + 12_345) & 0x7fff_ffff
    return (this.#state >>> 16) % end
  }

  /** A patient's id. */
  id(): number { return 1 + this.#below(PATIENT_COUNT) }

  #pick<T>(list: readonly T[]): T {
    const found = list[this.#below(list.length)]
    if (found === undefined) throw new Error('nothing to pick from')
    return found
  }

  #name(letter: string): string { return `${letter}${this.#names++}` }

  #source(depth: number): Source {
    const way = this.#below(10)
    if (depth > 0 && way < 3) {
      const { sql, columns, numbers } = this.#query(depth - 1)
      const name = this.#name('s')
      return { from: `(${sql}) ${name}`, columns: columns.map((column) => `${name}.${column}`), numbers: numbers.map((column) => `${name}.${column}`) }
    }
    const name = this.#name('t')
    if (way === 3) return { from: `ward.directory ${name}`, columns: [`${name}.pid`, `${name}.label`], numbers: [`${name}.pid`] }
    const table = this.#pick(TABLES)
    const numbers = table.numbers.map((column) => `${name}.${column}`)
    return { from: `ward.${table.name} ${name}`, columns: [...numbers, ...table.texts.map((column) => `${name}.${column}`)], numbers }
  }

  #joined(depth: number): Source {
    let left = this.#source(depth)
    for (let more = this.#below(3); more > 0; more -= 1) {
      const right = this.#source(depth)
      const kind = this.#pick(['join', 'left join', 'right join', 'full join', 'cross join', 'join'])
      const further = this.#below(4) === 0 ? ` and ${this.#pick(left.numbers)} = ${this.id()}` : ''
      const condition = kind === 'cross join' ? '' : ` on ${this.#pick(right.numbers)} = ${this.#pick(left.numbers)}${further}`
      left = { from: `${left.from} ${kind} ${right.from}${condition}`, columns: [...left.columns, ...right.columns], numbers: [...left.numbers, ...right.numbers] }
    }
    return left
  }

  #condition({ columns, numbers }: Source): string {
    const inner = this.#source(0)
    const [outer, own] = [this.#pick(numbers), this.#pick(inner.numbers)]
    switch (this.#below(8)) {
      case 0: return `${outer} = ${this.id()}`
      case 1: return `${outer} = ${this.#pick(numbers)}`
      case 2: return `${outer} > ${this.#below(4)}`
      case 3: return `${this.#pick(columns)} is not null`
      case 4: return `${this.#pick(['exists', 'not exists'])} (select 1 from ${inner.from} where ${own} = ${outer})`
      case 5: return `${outer} ${this.#pick(['in', 'not in'])} (select ${own} from ${inner.from})`
      case 6: return `${outer} = (select max(${own}) from ${inner.from} where ${this.#pick(inner.numbers)} = ${this.id()})`
      default: return `(${outer} = ${this.id()} or ${this.#pick(numbers)} = ${this.id()})`
    }
  }

  #select(depth: number): MadeQuery {
    const source = this.#joined(depth)
    const where = this.#below(3) === 0 ? '' : ` where ${this.#condition(source)}${this.#below(2) === 0 ? '' : ` and ${this.#condition(source)}`}`
    const rest = ` from ${source.from}${where}`
    const way = this.#below(6)
    if (way === 1) return { sql: `select count(*) as n, max(${this.#pick(source.numbers)}) as m${rest}`, columns: ['n', 'm'], numbers: ['n', 'm'] }
    const values = [this.#pick(source.numbers), ...Array.from({ length: this.#below(3) }, () => this.#pick(source.columns))]
    const columns = values.map((_, at) => `c${at}`)
    const numbers = columns.filter((_, at) => source.numbers.includes(values[at] ?? ''))
    const list = values.map((value, at) => `${value} as c${at}`).join(', ')
    switch (way) {
      case 0: return { sql: `select ${list}, count(*) as n${rest} group by ${[...new Set(values)].join(', ')}`, columns: [...columns, 'n'], numbers }
      case 2: { const inner = this.#source(0); return { sql: `select ${list}, (select count(*) from ${inner.from} where ${this.#pick(inner.numbers)} = ${this.#pick(source.numbers)}) as n${rest}`, columns: [...columns, 'n'], numbers } }
      case 3: return { sql: `select ${list}, count(*) over (partition by ${this.#pick(source.numbers)}) as n${rest}`, columns: [...columns, 'n'], numbers }
      case 4: return { sql: `select distinct ${list}${rest}`, columns, numbers }
      default: return { sql: `select ${list}${rest}`, columns, numbers }
    }
  }

  #query(depth: number): MadeQuery {
    const way = depth > 0 ? this.#below(8) : 7
    if (way === 0) {
      const [left, right] = [this.#select(depth - 1), this.#select(depth - 1)]
      const word = this.#pick(['union', 'union all', 'intersect', 'except'])
      return { sql: `(select ${this.#pick(left.numbers)} as c0 from (${left.sql}) x) ${word} (select ${this.#pick(right.numbers)} as c0 from (${right.sql}) y)`, columns: ['c0'], numbers: ['c0'] }
    }
    if (way === 1) {
      const inner = this.#select(depth - 1)
      const name = this.#name('w')
      const [left, right, shown] = [this.#pick(inner.numbers), this.#pick(inner.numbers), this.#pick(inner.numbers)]
      return { sql: `with ${name} as (${inner.sql}) select l.${left} as c0, r.${shown} as c1 from ${name} l join ${name} r on l.${left} = r.${right}`, columns: ['c0', 'c1'], numbers: ['c0', 'c1'] }
    }
    return this.#select(depth)
  }
}
