// Sends requests through a proxy that compares both sides with the API document, and fails when it found a difference.
import assert from 'node:assert/strict'
import { test } from 'node:test'

const proxy = process.env.PRISM_URL
const json = { 'Content-Type': 'application/json', Prefer: 'return=representation' }

const requests = [
  ['GET', '/countries?select=code,name&limit=2', 200],
  ['GET', '/countries/CH', 200],
  ['GET', '/continents', 200],
  ['GET', '/languages?code=eq.de', 200],
  ['GET', '/country_languages?country_code=eq.CH&order=percentage.desc', 200],
  ['GET', '/countries/XX', 404],
  ['GET', '/countries?population=eq.many', 400],
  ['POST', '/visits', 201, { country_code: 'CH', visitor: `Prism ${Date.now()}`, rating: 5 }],
  ['POST', '/visits', 409, { country_code: 'XX', visitor: 'Prism', rating: 5 }],
  ['GET', '/visits?order=id.desc&limit=1', 200],
  ['PATCH', '/visits?visitor=like.Prism*', 200, { note: 'seen' }],
  ['DELETE', '/visits?visitor=like.Prism*', 200],
  ['POST', '/rpc/speakers', 200, { language: 'rm' }],
  ['GET', '/rpc/speakers?language=rm', 200],
]

for (const [method, path, status, body] of requests) {
  test(`${method} ${path} answers as the document says`, async () => {
    const answer = await fetch(proxy + path, { method, headers: json, body: body && JSON.stringify(body) })
    const text = await answer.text()
    assert.equal(answer.headers.get('sl-violations'), null)
    assert.equal(answer.status, status, text)
  })
}
