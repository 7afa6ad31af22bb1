/**
 * Orders of messages that would make a session believe that a name stands for one thing while the upstream runs another. Played against the
 * scripted backend, and against a real server: what a step says is a word there. A piece of the tests.
 */
import type { FrontendMessage } from '../../frontend.ts'
import { bind, closePortal, closeStatement, execute, parse, run } from './scripted-client.test.ts'

export type Step = string | readonly FrontendMessage[]
export interface Attack { readonly name: string; readonly steps: readonly Step[] }

const A = 'good', B = 'masked'
const P = (name: string, text: string): FrontendMessage => parse(name, text)

/** Every attack tries to have the rows of `masked` delivered under the plan of `good`, whose description is the same. */
export const ATTACKS: readonly Attack[] = [
  { name: 'a portal bound to the unnamed statement before it was replaced', steps: [[P('', A), bind('one', ''), execute('one'), bind('kept', ''), P('', B), bind('two', ''), execute('two'), execute('kept')]] },
  { name: 'a portal bound to a statement that was closed and made anew', steps: ['begin', [P('s', A), bind('one', 's'), execute('one'), bind('kept', 's')], [closeStatement('s'), P('s', B), bind('two', 's'), execute('two')], [execute('kept')]] },
  { name: 'a portal bound to a statement that DEALLOCATE took', steps: ['begin', [P('s', A), bind('one', 's'), execute('one'), bind('kept', 's')], 'deallocate s', [P('s', B), bind('two', 's'), execute('two')], [execute('kept')]] },
  { name: 'a portal bound to a statement that DEALLOCATE ALL took', steps: ['begin', [P('s', A), bind('one', 's'), execute('one'), bind('kept', 's')], 'deallocate all', [P('s', B), bind('two', 's'), execute('two')], [execute('kept')]] },
  { name: 'an open portal that CLOSE took, and DECLARE made anew', steps: ['begin', [P('', A), bind('p', ''), execute('p', 1)], 'close p', `declare p cursor for ${B}`, [execute('p')]] },
  { name: 'an open portal that CLOSE ALL took, and DECLARE made anew', steps: ['begin', [P('', A), bind('p', ''), execute('p', 1)], 'close all', `declare p cursor for ${B}`, [execute('p')]] },
  { name: 'an open portal that a rollback to a savepoint took, and DECLARE made anew', steps: ['begin', 'savepoint s', [P('', A), bind('p', ''), execute('p', 1)], 'rollback to s', `declare p cursor for ${B}`, [execute('p')]] },
  { name: 'an open portal that COMMIT took in the same batch, and DECLARE made anew', steps: ['begin', [P('', A), bind('p', ''), execute('p', 1)], [...run('commit'), ...run('begin'), ...run(`declare p cursor for ${B}`), execute('p')]] },
  { name: 'a cursor that COMMIT took, and a portal of its name', steps: ['begin', `declare p cursor for ${A}`, 'commit', 'begin', [P('', B), bind('p', ''), execute('p', 1)], 'fetch p'] },
  { name: 'a cursor that ROLLBACK took, and a portal of its name', steps: ['begin', `declare p cursor for ${A}`, 'rollback', 'begin', [P('', B), bind('p', ''), execute('p', 1)], 'fetch p'] },
  { name: 'a cursor that a rollback to a savepoint took, and a portal of its name', steps: ['begin', 'savepoint s', `declare p cursor for ${A}`, 'rollback to s', [P('', B), bind('p', ''), execute('p', 1)], 'fetch p'] },
  { name: 'a statement whose Parse was dropped with its batch, and PREPARE of its name', steps: [[...run('fails'), P('s', A), bind('', 's'), execute('')], `prepare s as ${B}`, [bind('', 's'), execute('')], 'execute s'] },
  { name: 'a statement that was closed in a batch that failed before', steps: [[P('s', B), bind('', 's'), execute('')], [...run('fails'), closeStatement('s'), P('s', A), bind('', 's'), execute('')], [bind('', 's'), execute('')]] },
  { name: 'the unnamed statement, replaced in a batch that failed before', steps: [[P('', B), bind('', ''), execute('')], [...run('fails'), P('', A), bind('', ''), execute('')], [bind('', ''), execute('')]] },
  { name: 'the unnamed statement after a simple Query', steps: [[P('', A), bind('', ''), execute('')], `${B};${B}`, [bind('', ''), execute('')]] },
  { name: 'a portal closed in a batch that failed before', steps: ['begin', [P('', A), bind('p', ''), execute('p', 1)], [...run('fails'), closePortal('p')], 'rollback', 'begin', `declare p cursor for ${B}`, [execute('p')]] },
  { name: 'FETCH of a portal that was bound and never opened', steps: ['begin', [P('', A), bind('p', '')], `declare p cursor for ${B}`, 'fetch p'] },
]

/** `t` is harmless in the schema `fake`, which is left by ... */
export const PATHS: readonly Attack[] = [
  { name: 'a setting that held for one implicit transaction', steps: ['good; setlocal fake; t', 't'] },
  { name: 'a setting that held for one transaction', steps: ['begin', 'setlocal fake', 't', 'commit', 't'] },
  { name: 'a setting that held for one transaction, in one batch with what follows', steps: ['begin', [...run('setlocal fake'), ...run('t'), ...run('commit'), ...run('t')]] },
  { name: 'ROLLBACK', steps: ['begin', 'setpath fake', 't', 'rollback', 't'] },
  { name: 'COMMIT of a failed transaction', steps: ['begin', 'setpath fake', 't', 'fails', 'commit', 't'] },
  { name: 'COMMIT of a failed transaction, in one batch with what follows', steps: ['begin', 'setpath fake', 't', 'fails', [...run('commit'), ...run('t')]] },
  { name: 'ROLLBACK of a failed transaction, in one batch with what follows', steps: ['begin', 'setpath fake', 't', 'fails', [...run('rollback'), ...run('t')]] },
  { name: 'a rollback to a savepoint', steps: ['begin', 'savepoint s', 'setpath fake', 't', 'rollback to s', 't'] },
  { name: 'a rollback to a savepoint after an error, in one batch with what follows', steps: ['begin', 'savepoint s', 'setpath fake', 't', 'fails', [...run('rollback to s'), ...run('t')]] },
  { name: 'an error in an implicit transaction', steps: [[...run('setpath fake'), ...run('t'), ...run('fails')], 't'] },
  { name: 'an error in a Query of several statements', steps: ['setpath fake; t; fails', 't'] },
  { name: 'a refusal in an implicit transaction', steps: [[...run('setpath fake'), ...run('t'), ...run('denied')], 't'] },
  { name: 'a refusal in a Query of several statements', steps: ['setpath fake; t; denied', 't'] },
]
