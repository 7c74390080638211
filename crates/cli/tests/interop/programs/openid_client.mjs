// Signs in with openid-client at the issuer of its argument, and prints what it was given at each step.
import { readFileSync } from "node:fs";
import * as oidc from "openid-client";

const issuer = new URL(process.argv[2]);
const { client_id, client_secret } = JSON.parse(readFileSync("client_secret.json")).installed;
const plain = issuer.protocol === "http:" ? { execute: [oidc.allowInsecureRequests] } : undefined;
const config = await oidc.discovery(issuer, client_id, client_secret, undefined, plain);

const [verifier, state, nonce] = [oidc.randomPKCECodeVerifier(), oidc.randomState(), oidc.randomNonce()];
const asked = oidc.buildAuthorizationUrl(config, {
  redirect_uri: "http://127.0.0.1:8000/callback",
  scope: "openid email https://www.googleapis.com/auth/generative-language.retriever",
  code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
  code_challenge_method: "S256",
  access_type: "offline",
  state,
  nonce,
});
const agreed = await fetch(asked, { redirect: "manual" });
const answer = new URL(agreed.headers.get("location"));
const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce };
const tokens = await oidc.authorizationCodeGrant(config, answer, checks);
const { sub, iss } = tokens.claims();
const user = await oidc.fetchUserInfo(config, tokens.access_token, sub);
const refreshed = await oidc.refreshTokenGrant(config, tokens.refresh_token);
const models = await oidc.fetchProtectedResource(
  config,
  refreshed.access_token,
  new URL("/v1beta/models", process.argv[3]),
  "GET",
);
await oidc.tokenRevocation(config, tokens.refresh_token);
const after = await oidc.refreshTokenGrant(config, tokens.refresh_token).catch((error) => error.error);
console.log(JSON.stringify({ iss, email: user.email, models: models.status, after }));
