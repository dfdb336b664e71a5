// SPDX-License-Identifier: GPL-3.0-or-later
// oidc-provider (npm) as an identity provider of the tests, with the sign-in pages it brings for development:
//   node provider.mjs FOLDER_WITH_NODE_MODULES
// Each line of its input is a JSON object of settings and replaces what was in force; "ready" answers. It ends with its input.
// The first line alone names port, certificate and key (PEM); all lines issuer, clients, people (claims by login) and
// keys ([{kid, alg}], the first of an algorithm signs).
import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:https";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const { Provider } = await import(pathToFileURL(join(process.argv[2], "node_modules/oidc-provider/lib/index.js")));
const made = new Map();
let current;

/** The key of that name, the same each time. */
function keyOf({ kid, alg }) {
	if (!made.has(kid)) {
		const { privateKey } = alg === "ES256"
			? generateKeyPairSync("ec", { namedCurve: "P-256" })
			: generateKeyPairSync("rsa", { modulusLength: 2048 });
		made.set(kid, { ...privateKey.export({ format: "jwk" }), kid, alg, use: "sig" });
	}
	return made.get(kid);
}

/** What its own page for development says of a sign-in, and how that person has signed in; failures are logged. */
function sayHow(provider, people) {
	const finished = provider.interactionFinished.bind(provider);
	provider.interactionFinished = (request, response, result, options) => {
		if (result.login) result.login.amr = people[result.login.accountId]?.amr;
		return finished(request, response, result, options);
	};
	provider.on("backchannel.error", (_context, error) => console.error("notice:", error));
	return provider;
}

function providerOf({ issuer, clients, people, keys }) {
	return sayHow(new Provider(issuer, {
		clients,
		jwks: { keys: keys.map(keyOf) },
		cookies: { keys: ["cookies of the tests"] },
		pkce: { required: () => true },
		claims: { openid: ["sub", "amr", "groups"], profile: ["name", "preferred_username"], email: ["email", "email_verified"] },
		conformIdTokenClaims: false, // else claims are only at the UserInfo endpoint
		features: { backchannelLogout: { enabled: true }, rpInitiatedLogout: { enabled: true } },
		fetch: (address, { dispatcher: _noLoopback, ...options }) => fetch(address, options), // where its notices go
		findAccount: (_ctx, login) => ({ accountId: login, claims: () => ({ sub: login, ...people[login] }) }),
		ttl: { Session: 3600, Interaction: 600, Grant: 3600, IdToken: 300, AccessToken: 300 },
	}), people);
}

async function take(settings) {
	current = providerOf(settings).callback();
	if (settings.port) {
		const server = createServer({ cert: settings.certificate, key: settings.key }, (request, response) => current(request, response));
		await new Promise((listening) => server.listen(settings.port, "127.0.0.1", listening));
	}
	console.log("ready");
}

for await (const line of createInterface({ input: process.stdin })) await take(JSON.parse(line));
process.exit(0);
