// @google/genai: the median of a generate call in µs, frames per second, and KiB for each open stream.
import { readFileSync } from 'node:fs'
import { GoogleGenAI } from '@google/genai'

const [base, frames, held] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])]
const client = new GoogleGenAI({ apiKey: 'AQ.bench', httpOptions: { baseUrl: base } })
const contents = 'Why is the sky blue?'

async function call() {
  const began = performance.now()
  const answer = await client.models.generateContent({ model: 'gemini-bench', contents })
  if (!answer.text) throw new Error('no text')
  return (performance.now() - began) * 1000
}

async function median(count) {
  const times = []
  for (let number = 0; number < count; number++) times.push(await call())
  return times.sort((a, b) => a - b)[count >> 1]
}

await median(100)
const medians = []
for (let round = 0; round < 5; round++) medians.push(await median(200))

async function read(count) {
  const began = performance.now()
  let got = 0
  for await (const chunk of await client.models.generateContentStream({ model: `gemini-stream-${count}`, contents })) got++
  if (got < count - 1) throw new Error(`${got} frames`)
  return count / ((performance.now() - began) / 1000)
}

const speeds = []
for (let round = 0; round < 3; round++) speeds.push(await read(frames / 10))

const resident = () => Number(readFileSync('/proc/self/status', 'utf8').match(/VmRSS:\s+(\d+)/)[1])
const streams = []
async function hold() {
  const stream = await client.models.generateContentStream({ model: 'gemini-hold', contents })
  await stream.next()
  streams.push(stream)
}
await hold()
const before = resident()
for (let number = 0; number < held; number++) await hold()
const version = JSON.parse(readFileSync(new URL('./node_modules/@google/genai/package.json', import.meta.url))).version
console.log(`@google/genai ${version} (JavaScript)|${Math.min(...medians)}|${Math.max(...speeds)}|${(resident() - before) / held}`)
process.exit(0)
