// Budgets: a program prints what it measured, and exits with 1 where that misses one. `--slack FACTOR` widens them. `--rounds NUMBER` is
// how often a program measures what others do beside it.

import { parseArgs } from 'node:util'

const { values, positionals } = parseArgs({
  options: { slack: { type: 'string', default: '1' }, rounds: { type: 'string', default: '3' }, only: { type: 'string' } },
  allowPositionals: true,
})
const slack = Number(values.slack)
if (!(slack >= 1)) throw new Error(`--slack is a factor of 1 or more, not ${values.slack}`)

export const rounds = Number(values.rounds)
if (!(rounds >= 1)) throw new Error(`--rounds is 1 or more, not ${values.rounds}`)

/** Of a program that starts itself: what the new process measures. */
export const { only } = values
export const files = positionals

/** Checks a value that must not be above its budget. */
export function atMost(what, value, budget, unit) {
  report(value <= budget * slack, what, value, `at most ${budget * slack}`, unit)
}

/** Checks a value that must not be below its budget. */
export function atLeast(what, value, budget, unit) {
  report(value >= budget / slack, what, value, `at least ${budget / slack}`, unit)
}

function report(isMet, what, value, budget, unit) {
  console.log(`${isMet ? 'ok    ' : 'MISSED'} ${what}: ${value.toFixed(1)} ${unit}, ${budget}`)
  if (!isMet) process.exitCode = 1
}

/** CPU milliseconds of this process, on all its threads. */
export function cpu() {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/**
 * A function that gives the milliseconds since now: the shorter one of CPU time, which has what V8 compiles in the background, and of wall
 * time, which has what the machine does for others.
 */
export function stopwatch() {
  const [wall, busy] = [performance.now(), cpu()]
  return () => Math.min(performance.now() - wall, cpu() - busy)
}

export const median = numbers => numbers.toSorted((a, b) => a - b)[numbers.length >> 1]

/** The program that runs, to start it again with `--only`. */
export const self = process.argv[1]
