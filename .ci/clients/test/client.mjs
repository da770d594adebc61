// The clients under test. GROUNDWORK_URL is the address of a running quickstart.
import assert from 'node:assert/strict'
import { PostgrestClient } from '@supabase/postgrest-js'
import { createClient } from '@supabase/supabase-js'

export const url = process.env.GROUNDWORK_URL
assert.ok(url, 'GROUNDWORK_URL is not set')

export const rest = new PostgrestClient(`${url}/rest/v1`)

// Node 20 has no WebSocket, and nothing here is realtime.
export const supabase = createClient(url, 'any-key', {
  realtime: { transport: class {} },
  auth: { persistSession: false, autoRefreshToken: false },
})

/** Returns the data of an answer that must be a success, with the given status when there is one. */
export async function ok(request, status) {
  const answer = await request
  assert.equal(answer.error, null, JSON.stringify(answer.error))
  if (status !== undefined) assert.equal(answer.status, status)
  return answer.data
}

/** Returns the error of an answer that must be a failure with that status and code. */
export async function fails(request, status, code) {
  const answer = await request
  assert.ok(answer.error, `expected ${code}, got ${JSON.stringify(answer.data)}`)
  assert.equal(answer.error.code, code, JSON.stringify(answer.error))
  assert.equal(answer.status, status)
  return answer.error
}

/** The values of one column, in the order of the rows. */
export const column = (rows, name) => rows.map((row) => row[name])

let visitors = 0
/** A visitor that no other test has. */
export const visitor = (name) => `${name} ${process.pid}-${++visitors}`
