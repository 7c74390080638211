// Vercel's AI SDK as it is: a key from the environment, and the address, which it reads from no variable, by its
// option. Prints what came as JSON.
import { createGoogleGenerativeAI } from '@ai-sdk/google';
import { generateText, isStepCount, jsonSchema, streamText, tool } from 'ai';

const google = createGoogleGenerativeAI({ baseURL: process.env.GEMINI_API_BASE });
const ask = { model: google('gemini-2.5-flash'), prompt: 'Hello.', maxRetries: 0 };
const generated = await generateText(ask);
let stream = '';
for await (const piece of streamText(ask).textStream) stream += piece;

const city = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
const cities = [];
const weather = tool({
  description: 'Says how the weather is in a city.',
  inputSchema: jsonSchema(city),
  execute: async ({ city }) => {
    cities.push(city);
    return 'sunny';
  },
});
const looped = await generateText({
  model: google('gemini-3.1-pro-preview'),
  prompt: 'How is the weather in Rome?',
  tools: { get_weather: weather },
  stopWhen: isStepCount(3),
  maxRetries: 0,
});
console.log(
  JSON.stringify({
    generate: generated.text,
    stream,
    cities,
    steps: looped.steps.length,
    tool: looped.text,
  }),
);
