// Makes, uses and deletes what @google/genai keeps at Google, with a key or with Application Default Credentials, and
// prints what came as JSON.
import { writeFileSync } from "node:fs";
import { GoogleGenAI } from "@google/genai";

const client = new GoogleGenAI(process.argv[2] === "key" ? { apiKey: "emulator-api-key" } : {});
const model = "gemini-2.5-flash";
const question = "Who was the keeper?";
writeFileSync("guide.txt", "The lighthouse of Lime Rock is white. Its keeper was Ida Lewis.\n");
const all = async (pager) => {
  const kept = [];
  for await (const item of pager) kept.push(item);
  return kept;
};
// Asks until it has ended; ten times at most.
const done = async (ask, ended) => {
  for (let times = 0; times < 10; times += 1) {
    const answer = await ask();
    if (ended(answer)) return answer;
  }
  throw new Error("it did not end");
};

const steps = {
  async files() {
    const file = await client.files.upload({ file: "guide.txt", config: { mimeType: "text/plain" } });
    const got = await client.files.get({ name: file.name });
    const fileData = { fileUri: file.uri, mimeType: file.mimeType };
    const contents = [{ role: "user", parts: [{ text: question }, { fileData }] }];
    const answer = await client.models.generateContent({ model, contents });
    const listed = (await all(await client.files.list()))[0].name === file.name;
    await client.files.delete({ name: file.name });
    const left = (await all(await client.files.list())).length;
    return [got.state, got.sizeBytes, got.mimeType, answer.text.includes("Ida Lewis"), listed, left];
  },
  async fileSearch() {
    const store = await client.fileSearchStores.create({ config: { displayName: "my documents" } });
    const config = { displayName: "guide.txt", mimeType: "text/plain" };
    const asked = { fileSearchStoreName: store.name, file: "guide.txt", config };
    const operation = await client.fileSearchStores.uploadToFileSearchStore(asked);
    await done(() => client.operations.get({ operation }), (it) => it.done);
    const tools = [{ fileSearch: { fileSearchStoreNames: [store.name] } }];
    const answer = await client.models.generateContent({ model, contents: question, config: { tools } });
    const cited = answer.candidates[0].groundingMetadata.groundingChunks[0].retrievedContext.title;
    await client.fileSearchStores.delete({ name: store.name, config: { force: true } });
    return [answer.text.includes("Ida Lewis"), cited];
  },
  async caches() {
    const contents = "The lighthouse of Lime Rock is white. Its keeper was Ida Lewis. ".repeat(2000);
    const cache = await client.caches.create({ model, config: { contents, ttl: "600s" } });
    const config = { cachedContent: cache.name };
    const answer = await client.models.generateContent({ model, contents: question, config });
    await client.caches.delete({ name: cache.name });
    return answer.usageMetadata.cachedContentTokenCount === cache.usageMetadata.totalTokenCount;
  },
  async batches() {
    const src = ["One.", "Two."].map((text) => ({ contents: [{ role: "user", parts: [{ text }] }] }));
    const { name } = await client.batches.create({ model, src, config: { displayName: "two" } });
    const ends = ["JOB_STATE_SUCCEEDED", "JOB_STATE_FAILED"];
    const job = await done(() => client.batches.get({ name }), (it) => ends.includes(it.state));
    await client.batches.delete({ name });
    return [job.state, job.dest.inlinedResponses.length];
  },
  async interactions() {
    const first = await client.interactions.create({ model, input: "One." });
    const asked = { model, input: "Two.", previous_interaction_id: first.id, stream: true };
    const kinds = (await all(await client.interactions.create(asked))).map((event) => event.event_type);
    return [first.status, kinds[0], kinds.at(-1)];
  },
};

const answers = {};
for (const [name, step] of Object.entries(steps)) {
  answers[name] = await step().catch((error) => `${error.name}: ${error.message}`.slice(0, 160));
}
console.log(JSON.stringify(answers));
