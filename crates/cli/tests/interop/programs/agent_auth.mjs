// google-auth-library as it is: the credential file of the environment, whose tokens come from the agent.
import { GoogleAuth } from 'google-auth-library';

const auth = new GoogleAuth({ scopes: 'https://www.googleapis.com/auth/cloud-platform' });
const client = await auth.getClient();
const reply = await client.request({ url: `http://${process.env.HALLPASS_EMULATOR_HOST}/v1beta/models` });
const headers = await client.getRequestHeaders();
console.log(
  JSON.stringify({
    type: client.constructor.name,
    status: reply.status,
    project: headers.get('x-goog-user-project'),
  }),
);
