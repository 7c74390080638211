// Uses Gemini through OpenAI's SDK as its documentation shows it; prints what came, as JSON.
// Nothing here knows of hallpass: the address and the key are in OPENAI_BASE_URL and OPENAI_API_KEY.
import OpenAI from 'openai'

const client = new OpenAI({ maxRetries: 0 })
const model = 'gemini-3-flash-preview'
const seen = {}

seen.models = []
for await (const one of client.models.list()) seen.models.push(one.id)
seen.model = (await client.models.retrieve(`models/${model}`)).id

const question = [{ role: 'user', content: 'Why is the sky blue?' }]
let answer = await client.chat.completions.create({ model, messages: question })
seen.text = answer.choices[0].message.content
seen.finish_reason = answer.choices[0].finish_reason

const stream = await client.chat.completions.create({ model, messages: question, stream: true })
seen.streamed = ''
seen.pieces = 0
for await (const chunk of stream) {
  const text = chunk.choices[0]?.delta?.content
  if (text) {
    seen.streamed += text
    seen.pieces += 1
  }
}

const tools = [{
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'The weather of a city.',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
}]
const messages = [{ role: 'user', content: "What is the weather in 'Bern' and in 'Basel'?" }]
answer = await client.chat.completions.create({ model, messages, tools })
const calls = answer.choices[0].message.tool_calls
seen.calls = calls.map((call) => [call.function.name, JSON.parse(call.function.arguments)])
messages.push(answer.choices[0].message)
for (const call of calls) messages.push({ role: 'tool', tool_call_id: call.id, content: '{"sky":"clear"}' })
answer = await client.chat.completions.create({ model, messages, tools })
seen.after_calls = answer.choices[0].message.content

// The SDK's own loop: it asks, calls, and asks again. It drops `extra_content`, so it is good for models that ask for no signature.
const runner = client.chat.completions.runTools({
  model: 'gemini-2.5-flash',
  messages: messages.slice(0, 1),
  tools: [{
    type: 'function',
    function: { ...tools[0].function, parse: JSON.parse, function: ({ city }) => ({ sky: 'clear', city }) },
  }],
})
seen.looped = await runner.finalContent()

const vectors = await client.embeddings.create({ model: 'gemini-embedding-001', input: ['a', 'b'], dimensions: 8 })
seen.vectors = vectors.data.map((vector) => vector.embedding.length)

try {
  await client.chat.completions.create({ model: 'no-such-model', messages: question })
} catch (error) {
  seen.unknown_model = [error instanceof OpenAI.NotFoundError, error.code]
}
try {
  await client.chat.completions.create({ model, messages: question, logit_bias: { 1: 1 } })
} catch (error) {
  seen.refused = [error instanceof OpenAI.BadRequestError, error.param]
}
console.log(JSON.stringify(seen))
