// Finds Application Default Credentials and prints what the Gemini API answers to them.
import { GoogleAuth } from "google-auth-library";

const emulator = process.env.EMULATOR;
// google-auth-library ignores the `token_uri` of a user's file: its own option aims the refresh.
const auth = new GoogleAuth({
  clientOptions: { endpoints: { oauth2TokenUrl: `${emulator}/token` } },
});
const client = await auth.getClient();
const reply = await client.request({ url: `${emulator}/v1/models`, validateStatus: () => true });
console.log(JSON.stringify({ status: reply.status, body: reply.data }));
