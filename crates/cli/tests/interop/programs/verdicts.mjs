// Says what google-auth-library makes of each file in a folder: a token, or the start of its error.
import { readdirSync } from "node:fs";
import { GoogleAuth } from "google-auth-library";

const folder = process.argv[2];
const verdicts = {};
for (const name of readdirSync(`${folder}/adc`).sort()) {
  try {
    const client = await new GoogleAuth({ keyFile: `${folder}/adc/${name}` }).getClient();
    const { token } = await client.getAccessToken();
    verdicts[`adc/${name.replace(".json", "")}`] =
      token === "ya29.kept" ? "the token in it" : token ? "a new token" : "no token, no error";
  } catch (error) {
    // What names positions or paths differs from version to version.
    verdicts[`adc/${name.replace(".json", "")}`] = `${error.name}: ${error.message}`
      .split(/[\n,(]/)[0]
      .replace(/ at position.*| in JSON.*/, "")
      .replace(/Unexpected .*|Unterminated .*|Expected .*/, "not JSON")
      .slice(0, 60)
      .trim();
  }
}
console.log(JSON.stringify(verdicts));
