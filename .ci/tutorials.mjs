// Works through the tutorials as a reader would: starts the programs they show, pastes their curl lines, compares the answers.
//
//   <!-- start: FOLDER -->  before a block: build that program and start it in an empty folder, ending the one before
//   <!-- refused -->        the requests of the next block are answered with 4xx
//   <!-- answer -->         the next block is the answer to the last request
import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const scratch = mkdtempSync(join(tmpdir(), 'tutorials-'))
let program

// The pages say 8080; here it is a port that is free.
const written = '127.0.0.1:8080'
const here = await new Promise((resolve) => {
  const probe = createServer().listen(0, '127.0.0.1', () => {
    const { port } = probe.address()
    probe.close(() => resolve(`127.0.0.1:${port}`))
  })
})

async function stop() {
  if (!program) return
  const ended = new Promise((resolve) => program.once('exit', resolve))
  program.kill('SIGTERM')
  assert.equal(await ended, 0, 'the program did not stop cleanly')
  program = undefined
}

async function start(folder) {
  await stop()
  const binary = join(scratch, folder.replaceAll('/', '_'))
  const source = join(root, folder, 'main.go')
  writeFileSync(`${binary}.go`, readFileSync(source, 'utf8').replaceAll(written, here))
  writeFileSync(`${binary}.json`, JSON.stringify({ Replace: { [source]: `${binary}.go` } }))
  execFileSync('go', ['build', '-overlay', `${binary}.json`, '-o', binary, `./${folder}`], { cwd: root, stdio: 'inherit' })
  program = spawn(binary, { cwd: mkdtempSync(join(scratch, 'run-')), stdio: 'inherit' })
  const patience = AbortSignal.timeout(10_000)
  for (;;) {
    if (patience.aborted || program.exitCode !== null) throw new Error(`${folder} is not ready`)
    const ready = await fetch(`http://${here}/ready`).catch(() => undefined)
    if (ready?.ok) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** The blocks of a page with the remark above each. */
function* blocks(text) {
  for (const match of text.matchAll(/(?:^<!-- ([^\n]*) -->\n)?^```(\w*)\n([\s\S]*?)^```$/gm)) {
    yield { remark: match[1] ?? '', language: match[2], body: match[3].trim() }
  }
}

async function work(page) {
  console.log(`--- ${page}`)
  let answer
  for (const { remark, language, body } of blocks(readFileSync(join(root, page), 'utf8'))) {
    if (remark.startsWith('start: ')) await start(remark.slice(7))
    if (remark === 'answer') assert.deepEqual(JSON.parse(answer), JSON.parse(body), `${page}: the answer is ${answer}`)
    if (language !== 'sh') continue
    for (const line of body.split('\n').filter((line) => line.startsWith('curl '))) {
      const out = spawnSync('bash', ['-c', `${line.replaceAll(written, here)} -sS -w '\\n%{http_code}'`], { encoding: 'utf8' })
      const [, text, status] = /^([\s\S]*)\n(\d+)$/.exec(out.stdout) ?? assert.fail(`${line}\n${out.stderr}`)
      assert.match(status, remark === 'refused' ? /^4/ : /^2/, `${line}\n${text}`)
      console.log(`ok ${status} ${line}`)
      answer = text
    }
  }
  await stop()
}

try {
  for (const name of readdirSync(join(root, 'docs/tutorials')).filter((name) => name !== 'README.md').sort()) {
    await work(`docs/tutorials/${name}`)
  }
} finally {
  program?.kill('SIGKILL')
  rmSync(scratch, { recursive: true, force: true })
}
