// Prints what Google says of the access token of the Application Default Credentials.
import { GoogleAuth } from "google-auth-library";

const client = await new GoogleAuth().getClient();
const { token } = await client.getAccessToken();
console.log(JSON.stringify(await client.getTokenInfo(token)));
