import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fails, ok, rest, url, visitor } from './client.mjs'

const visits = () => rest.from('visits')

test('unknown names', async () => {
  const unknown = await fails(rest.from('countriez').select(), 404, 'PGRST205')
  assert.equal(unknown.message, "Could not find the table 'public.countriez' in the schema cache")
  assert.equal(unknown.hint, "Perhaps you meant the table 'public.countries'")
  const column = await fails(rest.from('countries').select('code').eq('nope', 1), 400, '42703')
  assert.equal(column.message, 'column countries.nope does not exist')
  await fails(rest.from('countries').select('nope'), 400, '42703')
  await fails(rest.from('countries').select('code, nope(id)'), 400, 'PGRST200')
  await fails(visits().insert({ nope: 1 }), 400, 'PGRST204')
  await fails(rest.rpc('nope'), 404, 'PGRST202')
})

test('values that do not fit', async () => {
  const error = await fails(visits().select().eq('id', 'abc'), 400, '22P02')
  assert.match(error.message, /invalid input syntax for type bigint: "abc"/)
  await fails(visits().select().eq('visited_on', '2024-02-30'), 400, '22008')
  await fails(visits().select().eq('id', '9223372036854775808'), 400, '22003')
})

test('queries that do not parse', async () => {
  const error = await fails(rest.from('countries').select('code').filter('code', 'equals', 'CH'), 400, 'PGRST100')
  assert.match(error.message, /^"failed to parse filter \(equals\.CH\)" \(line 1, column \d+\)$/)
  assert.ok(error.details)
  await fails(rest.from('countries').select('code, continents('), 400, 'PGRST100')
})

test('not exactly one row', async () => {
  const none = await fails(rest.from('countries').select().eq('code', 'XX').single(), 406, 'PGRST116')
  assert.equal(none.details, 'The result contains 0 rows')
  await fails(rest.from('countries').select().eq('continent_code', 'EU').single(), 406, 'PGRST116')
})

test('a page beyond the end', async () => {
  await fails(rest.from('continents').select('code', { count: 'exact' }).range(100, 110), 416, 'PGRST103')
})

test('constraints', async () => {
  const row = { country_code: 'CH', visitor: visitor('Twice'), rating: 1, visited_on: '2024-05-01' }
  await ok(visits().insert(row), 201)
  const twice = await fails(visits().insert(row), 409, '23505')
  assert.match(twice.message, /^duplicate key value violates unique constraint/)
  await fails(visits().insert({ country_code: 'XX', visitor: visitor('Where'), rating: 1 }), 409, '23503')
})

test('validation names every field', async () => {
  const error = await fails(visits().insert({ country_code: 'CH', visitor: '', rating: 9 }), 400, '23514')
  assert.deepEqual(error.details.map((detail) => detail.field).sort(), ['rating', 'visitor'])
})

test('changes without a filter are refused', async () => {
  await fails(visits().update({ rating: 1 }), 400, '21000')
  await fails(visits().delete(), 400, '21000')
})

test('the atlas takes no writes', async () => {
  const answer = await fetch(`${url}/rest/v1/countries`, {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"code":"YY"}',
  })
  assert.equal(answer.status, 405)
  assert.equal((await answer.json()).code, 'PGRST117')
  assert.match(answer.headers.get('allow'), /GET/)
  await fails(rest.from('countries').delete().eq('code', 'CH'), 405, 'PGRST117')
})

test('errors are JSON everywhere', async () => {
  for (const path of ['/nowhere', '/rest/v1/a/b/c', '/rest/v1/visits?id=eq.5%ZZ']) {
    const answer = await fetch(url + path)
    assert.match(answer.headers.get('content-type'), /^application\/json/, path)
    const body = await answer.json()
    assert.deepEqual(Object.keys(body).sort(), ['code', 'details', 'hint', 'message'], path)
    assert.ok(answer.status >= 400 && answer.status < 500, path)
  }
})

test('a body that is no JSON', async () => {
  const answer = await fetch(`${url}/rest/v1/visits`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"a"' })
  assert.equal(answer.status, 400)
  assert.equal((await answer.json()).code, 'PGRST102')
})

test('cors', async () => {
  const answer = await fetch(`${url}/rest/v1/visits`, {
    method: 'OPTIONS',
    headers: { Origin: 'https://example.org', 'Access-Control-Request-Method': 'POST', 'Access-Control-Request-Headers': 'apikey, prefer' },
  })
  assert.equal(answer.status, 200)
  assert.equal(answer.headers.get('access-control-allow-origin'), '*')
  assert.match(answer.headers.get('access-control-allow-headers'), /apikey/i)
  const failed = await fetch(`${url}/rest/v1/nope`, { headers: { Origin: 'https://example.org' } })
  assert.equal(failed.headers.get('access-control-allow-origin'), '*')
  assert.match(failed.headers.get('access-control-expose-headers'), /Content-Range/)
})
