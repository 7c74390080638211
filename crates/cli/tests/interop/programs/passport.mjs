// Signs in with two of Passport's strategies as a site's server does, and prints the profile of each.
import { readFileSync } from "node:fs";
import passport from "passport";
import { Strategy as OAuth } from "passport-google-oauth20";
import OpenID from "passport-google-oidc";

const { client_id, client_secret, redirect_uris } = JSON.parse(readFileSync("client_secret.json")).web;
const client = { clientID: client_id, clientSecret: client_secret, callbackURL: redirect_uris[0] };
passport.use("oauth20", new OAuth(client, (token, refresh, profile, done) => done(null, profile)));
passport.use("oidc", new OpenID(client, (issuer, profile, done) => done(null, profile)));

// What Express would do for a request: the strategy ends it with a redirect or with a user.
const ask = (name, url, session) =>
  new Promise((resolve, reject) => {
    const query = Object.fromEntries(new URL(url, "http://localhost").searchParams);
    const request = { method: "GET", url, query, headers: {}, connection: {}, session };
    const response = { setHeader: (_, value) => resolve(value), end() {} };
    const scope = ["openid", "profile", "email"];
    passport.authenticate(name, { scope, session: false }, (error, user, info) =>
      user ? resolve(user) : reject(error ?? new Error(JSON.stringify(info))),
    )(request, response, reject);
  });

const profiles = {};
for (const name of ["oauth20", "oidc"]) {
  const session = {};
  const agreed = await fetch(await ask(name, "/login", session), { redirect: "manual" });
  const { id, displayName, emails } = await ask(name, agreed.headers.get("location"), session);
  profiles[name] = { id, displayName, email: emails[0].value };
}
console.log(JSON.stringify(profiles));
