// Finds Application Default Credentials and prints what the Gemini API answers to them.
import { GoogleAuth } from "google-auth-library";

const client = await new GoogleAuth().getClient();
const url = "https://generativelanguage.googleapis.com/v1/models";
const reply = await client.request({ url, validateStatus: () => true });
console.log(JSON.stringify({ status: reply.status, body: reply.data }));
