// Shows an OpenAPI document and sends requests to the API it describes. Everything from the document and from answers is put into
// the page as text, never as markup.
'use strict'

const source = new URL(document.querySelector('meta[name="document"]').content, location.href)
const byId = (id) => document.getElementById(id)
let api

// element makes an element: properties, then children (texts or elements).
function element(name, properties, ...children) {
  const made = document.createElement(name)
  for (const [key, value] of Object.entries(properties ?? {})) {
    if (value === undefined || value === false) continue
    if (key.startsWith('on')) made.addEventListener(key.slice(2), value)
    else made.setAttribute(key, value === true ? '' : value)
  }
  for (const child of children.flat()) if (child !== null && child !== undefined) made.append(child)
  return made
}

// prose shows a text in which `code` stands between backquotes.
function prose(text) {
  return (text ?? '').split('`').map((part, i) => (i % 2 ? element('code', {}, part) : part))
}

// follow resolves a reference within the document.
function follow(value) {
  let at = value
  for (let hops = 0; at && at.$ref && hops < 8; hops++) {
    at = at.$ref.slice(2).split('/').reduce((node, key) => node?.[key.replaceAll('~1', '/').replaceAll('~0', '~')], api)
  }
  return at ?? {}
}

const schemaName = (schema) => schema?.$ref?.split('/').pop()

// typeText names a schema's type in a few words.
function typeText(schema) {
  if (!schema) return ''
  if (schema.$ref) return schemaName(schema)
  if (schema.oneOf) return schema.oneOf.map(typeText).join(' or ')
  const types = [schema.type ?? 'any'].flat()
  const named = types.map((type) => (type === 'array' ? `array of ${typeText(schema.items ?? {})}` : type))
  let text = named.join(' or ')
  if (schema.format) text += ` (${schema.format})`
  if (schema.maxLength) text += `, at most ${schema.maxLength} characters`
  if (schema.enum) text += ': ' + schema.enum.map((v) => JSON.stringify(v)).join(', ')
  return text
}

// sample makes a value that fits a schema, to begin a body with.
function sample(schema) {
  schema = follow(schema)
  if (schema.oneOf) return sample(schema.oneOf[0])
  if (schema.enum) return schema.enum[0]
  switch ([schema.type].flat()[0]) {
    case 'object': {
      const required = schema.required ?? Object.keys(schema.properties ?? {}).slice(0, 3)
      return Object.fromEntries(required.map((key) => [key, sample(schema.properties?.[key])]))
    }
    case 'array': return []
    case 'integer': return 1
    case 'number': return 1.5
    case 'boolean': return true
    case undefined: return {}
  }
  return { date: '2024-01-31', 'date-time': '2024-01-31T10:00:00Z', uuid: '00000000-0000-4000-8000-000000000000' }[schema.format] ?? 'text'
}

function table(heads, rows) {
  return element('div', { class: 'scroll' }, element('table', {},
    element('thead', {}, element('tr', {}, heads.map((head) => element('th', { scope: 'col' }, head)))),
    element('tbody', {}, rows)))
}

function schemaTable(name, schema) {
  const required = new Set(schema.required ?? [])
  const rows = Object.entries(schema.properties ?? {}).map(([key, property]) => element('tr', {},
    element('td', { class: required.has(key) ? 'name required' : 'name' }, key),
    element('td', {}, typeText(property)),
    element('td', {}, prose(property.description))))
  return element('details', { class: 'schema' },
    element('summary', {}, 'Columns of ', element('code', {}, name)),
    schema.description ? element('p', {}, prose(schema.description)) : null,
    table(['Name', 'Type', 'Meaning'], rows))
}

// operation shows one operation with its form; the inside is made when it is opened first.
function operation(path, method, op, shared) {
  const id = `op-${op.operationId}`
  const inside = element('div')
  const details = element('details', { class: 'op', id },
    element('summary', {},
      element('span', { class: `method ${method}` }, method),
      element('span', { class: 'path' }, path),
      element('span', { class: 'what' }, op.summary)),
    inside)
  details.addEventListener('toggle', () => {
    if (details.open && !inside.hasChildNodes()) fill(inside, path, method, op, [...(shared ?? []), ...(op.parameters ?? [])].map(follow))
  })
  return details
}

function fill(inside, path, method, op, parameters) {
  if (op.description) inside.append(element('p', {}, prose(op.description)))
  const inputs = parameters.map((parameter, i) => ({ parameter, input: element('input', {
    id: `${op.operationId}-${i}`, placeholder: parameter.example ?? '', spellcheck: 'false', autocomplete: 'off', required: parameter.required,
  }) }))
  if (inputs.length) {
    inside.append(element('h4', {}, 'Parameters'), table(['Name', 'In', 'Meaning', 'Value'], inputs.map(({ parameter, input }) => element('tr', {},
      element('td', { class: parameter.required ? 'name required' : 'name' }, element('label', { for: input.id }, parameter.name)),
      element('td', {}, parameter.in),
      element('td', {}, prose(parameter.description)),
      element('td', { class: 'value' }, input)))))
  }
  const content = op.requestBody && follow(op.requestBody).content?.['application/json']
  let body = null
  if (content) {
    body = element('textarea', { id: `${op.operationId}-body`, spellcheck: 'false' })
    body.value = JSON.stringify(sample(content.schema), null, 2)
    inside.append(element('h4', {}, element('label', { for: body.id }, 'Body')), element('p', { class: 'hint' }, typeText(content.schema)), body)
  }
  const answers = Object.entries(op.responses ?? {}).map(([status, response]) => element('tr', {},
    element('td', { class: 'name' }, status), element('td', {}, prose(follow(response).description)),
    element('td', {}, Object.entries(follow(response).content ?? {}).slice(0, 1).map(([, media]) => typeText(media.schema)))))
  inside.append(element('h4', {}, 'Answers'), table(['Status', 'Meaning', 'Body'], answers))
  const answer = element('div', { 'aria-live': 'polite' })
  const address = element('code', {})
  const button = element('button', { type: 'button', onclick: () => send(button, answer, request(path, method, inputs, body)) }, 'Send')
  const show = () => { address.textContent = request(path, method, inputs, body).url.href }
  for (const { input } of inputs) {
    input.addEventListener('input', show)
    input.addEventListener('keydown', (event) => { if (event.key === 'Enter') button.click() })
  }
  show()
  inside.append(element('div', { class: 'send' }, button, address), answer)
}

// request puts address, headers and body together.
function request(path, method, inputs, body) {
  const base = new URL(api.servers?.[0]?.url ?? './', source).href.replace(/\/$/, '')
  const headers = new Headers()
  const query = []
  for (const { parameter, input } of inputs) {
    if (input.value === '' && parameter.in !== 'path') continue
    if (parameter.in === 'path') path = path.replace(`{${parameter.name}}`, encodeURIComponent(input.value))
    if (parameter.in === 'header') headers.set(parameter.name, input.value)
    if (parameter.in === 'query') query.push(`${encodeURIComponent(parameter.name)}=${encodeURIComponent(input.value)}`)
  }
  if (byId('apikey').value) headers.set('apikey', byId('apikey').value)
  if (byId('bearer').value) headers.set('Authorization', `Bearer ${byId('bearer').value}`)
  if (body) headers.set('Content-Type', 'application/json')
  const url = new URL(base + path + (query.length ? '?' + query.join('&') : ''))
  return { url, options: { method: method.toUpperCase(), headers, body: body ? body.value : undefined } }
}

async function send(button, target, { url, options }) {
  button.disabled = true
  const started = performance.now()
  try {
    const response = await fetch(url, options)
    const text = await response.text()
    const took = Math.round(performance.now() - started)
    const headers = [...response.headers].map(([name, value]) => `${name}: ${value}`).join('\n')
    target.replaceChildren(element('div', { class: response.ok ? 'answer good' : 'answer bad' },
      element('h5', {}, `${response.status} ${response.statusText} · ${took} ms · ${text.length} characters`),
      element('pre', { class: 'headers', tabindex: '0', 'aria-label': 'Headers' }, headers),
      text ? element('pre', { tabindex: '0', 'aria-label': 'Body' }, pretty(text, response.headers.get('content-type'))) : null))
  } catch (error) {
    target.replaceChildren(element('div', { class: 'answer bad' }, element('h5', {}, `No answer: ${error.message}`)))
  }
  button.disabled = false
}

// pretty indents JSON without reading it as numbers: their digits stay as they came.
function pretty(text, media) {
  if (!media?.includes('json')) return text
  let out = ''
  let depth = 0
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g)) {
    if (token === '{' || token === '[') out += token + '\n' + '  '.repeat(++depth)
    else if (token === '}' || token === ']') out = out.trimEnd() + (/[{[]$/.test(out.trimEnd()) ? '' : '\n' + '  '.repeat(depth - 1)) + token, depth--
    else if (token === ',') out += ',\n' + '  '.repeat(depth)
    else out += token === ':' ? ': ' : token
  }
  return out
}

function show() {
  document.title = byId('title').textContent = api.info.title
  byId('version').textContent = `version ${api.info.version}`
  const main = byId('main')
  main.replaceChildren()
  if (api.info.description) main.append(element('p', {}, prose(api.info.description)))
  const methods = ['get', 'post', 'put', 'patch', 'delete']
  for (const tag of api.tags ?? []) {
    const section = element('section', { id: `tag-${tag.name}`, 'aria-labelledby': `head-${tag.name}` },
      element('h2', { id: `head-${tag.name}` }, tag.name),
      element('p', {}, prose(tag.description)))
    for (const [path, item] of Object.entries(api.paths ?? {})) {
      for (const method of methods) {
        if (item[method]?.tags?.includes(tag.name)) section.append(operation(path, method, item[method], item.parameters))
      }
    }
    for (const name of [tag.name, `${tag.name}.insert`, `${tag.name}.update`]) {
      const schema = api.components?.schemas?.[name]
      if (schema) section.append(schemaTable(name, schema))
    }
    main.append(section)
    byId('index').append(element('li', {}, element('a', { href: `#tag-${tag.name}` }, tag.name)))
  }
  if (!api.tags?.length) main.append(element('p', {}, 'There is nothing that you may use. With credentials there may be more.'))
  openTarget()
}

function openTarget() {
  const target = location.hash && byId(decodeURIComponent(location.hash.slice(1)))
  if (!target) return
  if (target.matches('details')) target.open = true
  target.scrollIntoView()
}

// load asks for the document with the credentials: it lists what their owner may use.
async function load() {
  const headers = new Headers({ Accept: 'application/openapi+json, application/json;q=0.9' })
  if (byId('apikey').value) headers.set('apikey', byId('apikey').value)
  if (byId('bearer').value) headers.set('Authorization', `Bearer ${byId('bearer').value}`)
  byId('index').replaceChildren()
  try {
    const response = await fetch(source, { headers })
    const text = await response.text()
    if (!response.ok) throw new Error(`${response.status} ${text}`)
    api = JSON.parse(text)
    show()
  } catch (error) {
    byId('main').replaceChildren(element('p', { role: 'alert' }, `The document could not be loaded: ${error.message}`))
  }
}

byId('credentials').addEventListener('change', load)
byId('credentials').addEventListener('submit', (event) => { event.preventDefault(); load() })
byId('find').addEventListener('input', (event) => {
  const wanted = event.target.value.toLowerCase()
  for (const item of byId('index').children) item.hidden = !item.textContent.toLowerCase().includes(wanted)
})
addEventListener('hashchange', openTarget)
load()
