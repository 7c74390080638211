// Run by `with-emulator.sh node --test`: nothing in here knows that Google is not the real one.
import assert from "node:assert";
import test from "node:test";
import { GoogleAuth } from "google-auth-library";

test("Application Default Credentials open the Gemini API", async () => {
  const client = await new GoogleAuth().getClient();
  const { data } = await client.request({ url: "https://generativelanguage.googleapis.com/v1/models" });
  assert.ok(data.models.some((model) => model.name === "models/gemini-2.5-flash"));
});
