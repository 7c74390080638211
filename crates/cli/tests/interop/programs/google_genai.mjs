// Asks for everything that @google/genai has for text, with a key or with Application Default Credentials, and prints
// what came as JSON.
import { GoogleGenAI } from "@google/genai";

const client = new GoogleGenAI(process.argv[2] === "key" ? { apiKey: "emulator-api-key" } : {});
const [model, newest] = ["gemini-2.5-flash", "gemini-3.1-pro-preview"];
const all = async (pieces) => {
  const kept = [];
  for await (const piece of pieces) kept.push(piece);
  return kept;
};

const steps = {
  async models() {
    const found = await client.models.get({ model });
    return [(await all(await client.models.list())).length, found.displayName];
  },
  async generate() {
    const answer = await client.models.generateContent({ model, contents: "Hello." });
    return [answer.text, answer.candidates[0].finishReason, answer.usageMetadata.totalTokenCount];
  },
  async stream() {
    const chunks = await all(await client.models.generateContentStream({ model, contents: "Hello." }));
    return chunks.map((chunk) => chunk.text);
  },
  async count() {
    return (await client.models.countTokens({ model, contents: "Hello." })).totalTokens;
  },
  async embed() {
    const config = { outputDimensionality: 2 };
    const asked = { model: "gemini-embedding-001", contents: ["a", "b"], config };
    return (await client.models.embedContent(asked)).embeddings.map((embedding) => embedding.values.length);
  },
  async chat() {
    const chat = client.chats.create({ model });
    await chat.sendMessage({ message: "One." });
    await chat.sendMessage({ message: "Two." });
    return chat.getHistory().length;
  },
  async tools() {
    const parameters = { type: "OBJECT", properties: { city: { type: "STRING" } }, required: ["city"] };
    const declared = { name: "get_weather", description: "Says how the weather is.", parameters };
    const config = { tools: [{ functionDeclarations: [declared] }] };
    const chat = client.chats.create({ model: newest, config });
    const asked = await chat.sendMessage({ message: "How is the weather in Rome?" });
    const [call] = asked.functionCalls;
    const functionResponse = { id: call.id, name: call.name, response: { result: "sunny in Rome" } };
    const answer = await chat.sendMessage({ message: [{ functionResponse }] });
    return [call.args, Boolean(chat.getHistory()[1].parts[0].thoughtSignature), answer.text];
  },
  async schema() {
    const responseSchema = { type: "OBJECT", properties: { city: { type: "STRING" } }, required: ["city"] };
    const config = { responseMimeType: "application/json", responseSchema };
    return JSON.parse((await client.models.generateContent({ model, contents: "Name Rome.", config })).text);
  },
  async refusal() {
    await client.models.generateContent({ model: "gemini-0-none", contents: "Hello." });
  },
};

const answers = {};
for (const [name, step] of Object.entries(steps)) {
  answers[name] = await step().catch((error) => `${error.name}: ${error.status ?? error.message}`);
}
console.log(JSON.stringify(answers));
