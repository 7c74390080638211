// Signs in with Auth.js as a site's server does, and prints the session that it keeps.
import { readFileSync } from "node:fs";
import { Auth } from "@auth/core";
import Google from "@auth/core/providers/google";

const { client_id, client_secret } = JSON.parse(readFileSync("client_secret.json")).web;
const config = {
  basePath: "/auth",
  secret: "of this test",
  trustHost: true,
  providers: [Google({ clientId: client_id, clientSecret: client_secret })],
};

const cookies = new Map();
const site = async (path, init = {}) => {
  const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  const request = new Request(new URL(path, "http://localhost:3000"), { ...init, headers: { cookie } });
  const reply = await Auth(request, config);
  for (const line of reply.headers.getSetCookie()) {
    const [name, value] = line.split(";")[0].split(/=(.*)/);
    cookies.set(name, value);
  }
  return reply;
};

const { csrfToken } = await (await site("/auth/csrf")).json();
const asked = await site("/auth/signin/google", { method: "POST", body: new URLSearchParams({ csrfToken }) });
const agreed = await fetch(asked.headers.get("location"), { redirect: "manual" });
const back = await site(agreed.headers.get("location"));
const session = await (await site("/auth/session")).json();
console.log(JSON.stringify({ back: back.headers.get("location"), user: session?.user }));
