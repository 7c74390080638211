// @google/genai as it is: a key and an address from the environment. Prints what came as JSON.
import { GoogleGenAI } from '@google/genai';

const client = new GoogleGenAI({});
const ask = { model: 'gemini-2.5-flash', contents: 'Hello.' };
let stream = '';
for await (const chunk of await client.models.generateContentStream(ask)) stream += chunk.text;
const embedded = await client.models.embedContent({ model: 'gemini-embedding-001', contents: 'a' });
const sent = await client.files.upload({
  file: new Blob(['a file'], { type: 'text/plain' }),
  config: { mimeType: 'text/plain' },
});
console.log(
  JSON.stringify({
    generate: (await client.models.generateContent(ask)).text,
    stream,
    embed: embedded.embeddings.length,
    upload: sent.sizeBytes,
  }),
);
